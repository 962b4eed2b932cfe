"""The package as a whole: its public names, its cost of import, its errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import speech
from speech import errors

HEAVY = ("numpy", "soundfile", "vosk", "faster_whisper", "ctranslate2", "onnxruntime", "pyttsx3", "piper", "httpx")


def test_every_public_name_is_there() -> None:
    for name in speech.__all__:
        assert getattr(speech, name) is not None
    assert dir(speech) == sorted(speech.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError):
        speech.nothing_of_the_kind  # noqa: B018


def test_importing_loads_no_library() -> None:
    code = (
        "import sys, speech; from speech import SpeechError, open_ear, open_voice, list_models, for_speech, "
        f"SpeechSettings; print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    root = Path(speech.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


def test_finding_voice_leaves_no_trace_of_a_library_that_reports_its_use(tmp_path: Path) -> None:
    code = (
        "import sys, numpy, speech; from speech.activity import find_voice; "
        "find_voice(speech.Audio(numpy.zeros(16000, numpy.float32))); print('onnxruntime' in sys.modules)"
    )
    root = Path(speech.__file__).parents[1]
    environment = {**os.environ, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    for name in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root, env=environment
    )
    assert done.stdout.strip() == "True"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_all_errors_are_one_family() -> None:
    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert len(found) == 11
    assert all(issubclass(error, errors.SpeechError) for error in found)


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    settings = speech.SpeechSettings.from_environ(
        {"ROSTLOTS_MODELS": str(tmp_path), "ROSTLOTS_VOSK_MODEL": "", "ROSTLOTS_SPEECH_THREADS": "4"}
    )
    assert settings.models_dir == tmp_path
    assert settings.vosk_model is None
    assert settings.threads == 4


@pytest.mark.parametrize("value", ["", "0", "-1", "många"])
def test_a_senseless_number_of_threads_is_the_default(value: str) -> None:
    assert speech.SpeechSettings.from_environ({"ROSTLOTS_SPEECH_THREADS": value}).threads == 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become somebody unknown")
def test_a_user_without_a_home_has_settings() -> None:
    code = (
        "import os; from speech.settings import SpeechSettings; os.setuid(54321); "
        "print(SpeechSettings.from_environ({}).vosk_cache)"
    )
    root = Path(speech.__file__).parents[1]
    environment = {name: value for name, value in os.environ.items() if name != "HOME"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=root, env=environment
    )
    assert done.stdout.strip() == "None", done.stderr
