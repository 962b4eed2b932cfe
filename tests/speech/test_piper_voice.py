"""Piper with a voice made here: the interface of a real one, and a tone in place of speech."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import speech
from speech import SpeechSettings, open_voice
from speech.errors import ModelDamaged, ModelMissing, VoiceUnavailable

pytestmark = pytest.mark.model


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A network that gives each phoneme 1000 samples, times the length scale."""
    pytest.importorskip("piper")
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper

    def constant(name: str, kind: int, shape: list[int], values: list[float]) -> Any:
        return helper.make_tensor(name, kind, shape, values)

    nodes = [
        helper.make_node("Gather", ["scales", "one"], ["length"], axis=0),
        helper.make_node("Cast", ["input_lengths"], ["count"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["count", "length"], ["longer"]),
        helper.make_node("Mul", ["longer", "thousand"], ["samples"]),
        helper.make_node("Cast", ["samples"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Concat", ["ones", "whole"], ["shape"], axis=0),
        helper.make_node("Expand", ["half", "shape"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tone",
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, [1, "n"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, 1, "t"])],
        [
            constant("one", TensorProto.INT64, [1], [1]),
            constant("thousand", TensorProto.FLOAT, [1], [1000.0]),
            constant("ones", TensorProto.INT64, [3], [1, 1, 1]),
            constant("half", TensorProto.FLOAT, [1, 1, 1, 1], [0.5]),
        ],
    )
    path = tmp_path / "sv_SE-nst-medium.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    config = {
        "audio": {"sample_rate": 22050},
        "espeak": {"voice": "sv"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_id_map": {mark: [number] for number, mark in enumerate("_^$ abcdefghijklmnopqrstuvwxyzɛːɑˈˌ.")},
        "num_symbols": 40,
        "num_speakers": 1,
    }
    path.with_name(path.name + ".json").write_text(json.dumps(config))
    return path


def test_it_speaks_and_slow_is_slower(made: Path, settings: SpeechSettings) -> None:
    voice = open_voice("auto", replace(settings, piper_voice=made))
    assert voice.name.startswith("piper sv_SE-nst-medium")
    normal, slow = voice.render("Hej på dig."), voice.render("Hej på dig.", pace="slow")
    assert normal.rate == 22050
    assert normal.samples.dtype == np.int16
    assert slow.seconds / normal.seconds == pytest.approx(1.35, abs=0.01)
    with pytest.raises(VoiceUnavailable):
        voice.render("")


@pytest.mark.parametrize("harm", ["empty", "cut", "config gone", "config empty", "config broken"])
def test_damage_is_one_sentence(made: Path, settings: SpeechSettings, harm: str) -> None:
    config = made.with_name(made.name + ".json")
    match harm:
        case "empty":
            made.write_bytes(b"")
        case "cut":
            made.write_bytes(made.read_bytes()[:100])
        case "config gone":
            config.unlink()
        case "config empty":
            config.write_text("{}")
        case "config broken":
            config.write_text("{")
    with pytest.raises((ModelDamaged, ModelMissing), match="rostlots models install piper-sv"):
        open_voice("piper", replace(settings, piper_voice=made))


def test_not_installed(settings: SpeechSettings) -> None:
    with pytest.raises(ModelMissing, match="rostlots models install piper-sv"):
        open_voice("piper", settings)


def test_english_is_not_spoken_by_the_swedish_voice(made: Path, settings: SpeechSettings) -> None:
    with pytest.raises(VoiceUnavailable):
        open_voice("piper", replace(settings, piper_voice=made), "en")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_it_lives_beside_pyttsx3(made: Path, order: tuple[int, int]) -> None:
    """Both bring an eSpeak NG of their own; in one process they must not get hold of each other's."""
    pytest.importorskip("pyttsx3")
    code = (
        "import sys; from pathlib import Path; from speech.piper_voice import PiperVoice; "
        "from speech.pyttsx3_voice import Pyttsx3Voice; "
        "make = [Pyttsx3Voice, lambda: PiperVoice(Path(sys.argv[1]))]; "
        f"voices = [make[i]() for i in {order}]; "
        "print(all(voice.render('Hej på dig.').seconds > 0.3 for voice in voices * 2))"
    )
    root = Path(speech.__file__).parents[1]
    command = [sys.executable, "-c", code, str(made)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    assert done.stdout == "True\n", done.stderr
