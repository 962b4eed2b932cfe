"""Settings, listening, speaking, and the typed conversation: what the ways in add to the one function behind them."""

from __future__ import annotations

import io
import sys
import wave
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from talking import Command, Talk, benign_questions

import rostlots.speaking
import speech
from rostlots.assistant import Assistant
from rostlots.settings import VARIABLES, Settings, SettingsError
from rostlots.speaking import pace_of, write_spoken
from skill import State
from speech import Audio, Hypothesis, Transcript

# ------------------------------------------------------------------ settings


def test_settings_have_defaults() -> None:
    assert Settings.from_environ({}) == Settings(hours=None, stt="auto", voice="auto")
    assert Settings.from_environ({"ROSTLOTS_HELPLINE_HOURS": "  ", "ROSTLOTS_STT": ""}) == Settings()


def test_settings_are_read() -> None:
    environ = {"ROSTLOTS_HELPLINE_HOURS": " vardagar 8 till 16 ", "ROSTLOTS_STT": "Vosk", "ROSTLOTS_VOICE": "piper"}
    assert Settings.from_environ(environ) == Settings("vardagar 8 till 16", "vosk", "piper")


@pytest.mark.parametrize("name", ["ROSTLOTS_STT", "ROSTLOTS_VOICE"])
def test_a_value_that_cannot_be_used_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is 'x'; it takes auto"):
        Settings.from_environ({name: "x"})


def test_help_lists_commands_settings_and_exit_status(rostlots: Command) -> None:
    ran = rostlots("--help")
    assert ran.status == 0
    for name, _, _ in VARIABLES:
        assert name in ran.out
    for command in ("ask", "listen", "talk", "models", "knowledge", "evaluate"):
        assert command in ran.out
        assert rostlots(command, "--help").status == 0


def test_the_hours_are_told_where_the_operator_has_said_them(
    monkeypatch: pytest.MonkeyPatch, rostlots: Command
) -> None:
    question = "När har Cancerlinjen öppet?"
    without = rostlots("ask", question).out
    assert "vet jag inte" in without
    monkeypatch.setenv("ROSTLOTS_HELPLINE_HOURS", "vardagar klockan 8 till 16 {nu}")
    told = rostlots("ask", question).out
    assert "vardagar klockan 8 till 16 {nu}" in told
    for said in (without, told):
        assert "010-199 10 10" in said
    assert "vet jag inte" in Talk(Assistant()).say(question).say, "the hours of one assistant are its own"


def test_an_answer_is_printed_with_its_source(rostlots: Command) -> None:
    said, source = rostlots("ask", "Vad är gulsot?").out.splitlines()
    assert "Gulsot vid metastaser i levern:" in said
    assert source == "Källa: Metastaser, Cancerfonden, avsnittet Metastaser i levern: Symtom"


# ------------------------------------------------------------------ listening


@dataclass
class Ear:
    """Hears what it is told to."""

    transcript: Transcript
    name: str = "test"
    prompt: str | None = None

    def hear(self, audio: Audio, prompt: str | None = None) -> Transcript:
        self.prompt = prompt
        return self.transcript


def heard(*readings: tuple[str, float]) -> Ear:
    return Ear(Transcript("speech", tuple(Hypothesis(t, s) for t, s in readings), "test", {"decode": 40.04}))


SOUND = Audio(np.zeros(1600, np.float32))


def test_a_spoken_question_gets_the_answer_of_the_typed_one(assistant: Assistant) -> None:
    ear = heard(("vilka symtom ger metastaser i levern", -0.1))
    reply, state = assistant.listen(SOUND, State(), ear)
    typed, typed_state = assistant.answer("vilka symtom ger metastaser i levern", State())
    assert (reply.topic, reply.say, reply.sources) == (typed.topic, typed.say, typed.sources)
    assert state == typed_state
    assert isinstance(reply.timings, dict)
    assert reply.timings["decode"] == 40.0
    assert set(reply.timings) == {"decode", "hear", "understand", "total"}
    assert ear.prompt is not None
    assert "metastaser" in ear.prompt


def test_agreement_of_several_readings_wins(assistant: Assistant) -> None:
    ear = heard(
        ("vilka symtom ger mitt kvaster i levern", -0.5),
        ("vilka symtom ger metastaser i levern", -0.6),
        ("vilka symtom ger meta staser i levern", -0.7),
    )
    assert assistant.listen(SOUND, State(), ear)[0].topic == "liver.symptoms"


def test_a_call_for_help_in_one_reading_is_heard(assistant: Assistant) -> None:
    ear = heard(("hon handlar inte", -0.50), ("hon andas inte", -0.55))
    reply, _ = assistant.listen(SOUND, State(), ear)
    assert reply.action == "emergency"


def test_a_stray_word_in_an_unlikely_reading_is_no_emergency(assistant: Assistant) -> None:
    ear = heard(("vad är metastaser", -0.1), ("vad är metastas", -0.2), ("hon andas inte", -3.0))
    assert assistant.listen(SOUND, State(), ear)[0].topic == "metastasis.definition"


def test_silence_and_noise_are_met_differently(assistant: Assistant) -> None:
    silent, _ = assistant.listen(SOUND, State(noticed=True), Ear(Transcript("silence", (), "test")))
    noisy, _ = assistant.listen(SOUND, State(noticed=True), Ear(Transcript("unclear", (), "test")))
    assert silent.topic == noisy.topic == "fallback.unclear"
    assert silent.heard == noisy.heard == ""
    assert "hör dig inte" in silent.say
    assert "förstod inte" in noisy.say


def test_silence_twice_leads_to_people(assistant: Assistant) -> None:
    ear = Ear(Transcript("silence", (), "test"))
    _, state = assistant.listen(SOUND, State(), ear)
    reply, _ = assistant.listen(SOUND, state, ear)
    assert reply.action == "handoff"
    assert reply.handoff is not None
    assert reply.handoff.phone == "+46101991010"


# ------------------------------------------------------------------ speaking


@dataclass(frozen=True)
class Rendered:
    samples: Any
    rate: int = 16_000


class Voice:
    """Speaks a tenth of a second of nothing and remembers what was wanted."""

    def __init__(self) -> None:
        self.spoken: list[tuple[str, str]] = []

    def render(self, text: str, pace: str = "normal") -> Rendered:
        self.spoken.append((text, pace))
        return Rendered(np.zeros(1600, np.int16))


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch) -> Voice:
    voice = Voice()
    monkeypatch.setattr(rostlots.speaking, "open_speaker", lambda settings, lang: voice)
    return voice


def test_the_spoken_answer_is_the_printed_one(voice: Voice, tmp_path: Path, rostlots: Command) -> None:
    file = tmp_path / "svar.wav"
    ran = rostlots("ask", "Vad är gulsot?", "--speak", file)
    assert ran.status == 0
    ((text, pace),) = voice.spoken
    assert text in ran.out
    assert pace == "normal"
    with wave.open(str(file)) as sound:
        assert sound.getnframes() == 1600
    assert [f.name for f in tmp_path.iterdir()] == ["svar.wav"]


def test_a_recording_is_answered_aloud(
    voice: Voice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rostlots: Command
) -> None:
    ear = heard(("vad är gulsot", -0.1))
    monkeypatch.setattr(speech, "open_ear", lambda choice, settings: ear, raising=False)
    recording = tmp_path / "fråga.wav"
    with wave.open(str(recording), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(32_000))
    ran = rostlots("listen", recording, "--answer-audio", tmp_path / "svar.wav")
    assert (ran.status, ran.err) == (0, "")
    assert "Hört: vad är gulsot" in ran.out
    assert "Gulsot vid metastaser i levern" in voice.spoken[0][0]
    assert (tmp_path / "svar.wav").stat().st_size > 3200


def test_slower_is_spoken_slower_for_the_rest_of_the_talk(assistant: Assistant, tmp_path: Path) -> None:
    talk, voice = Talk(assistant), Voice()
    for text in ("Vad är metastaser?", "långsammare, tack", "berätta mer", "Vad är gulsot?"):
        reply = talk.say(text)
        write_spoken(voice, reply.say, talk.state, tmp_path / "svar.wav")  # type: ignore[arg-type]
    assert [pace for _, pace in voice.spoken] == ["normal", "slow", "slow", "slow"]
    assert pace_of(State()) == "normal"


# ------------------------------------------------------------------ a typed conversation


def test_a_typed_conversation_remembers(monkeypatch: pytest.MonkeyPatch, rostlots: Command) -> None:
    lines = "Vilka symtom ger metastaser i levern?\noch i lungorna då?\nhej då\nVad är gulsot?\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    ran = rostlots("talk", "--text")
    assert ran.status == 0
    assert "Symtom vid metastaser i lungorna:" in ran.out
    assert ran.out.count("automatisk röst") == 1
    assert "Hej då." in ran.out
    assert "Gulsot vid" not in ran.out, "the conversation is over"


@pytest.mark.parametrize("lines", ["", "\nVad är gulsot?\n"], ids=["end of input", "empty line"])
def test_a_typed_conversation_can_be_left(lines: str, monkeypatch: pytest.MonkeyPatch, rostlots: Command) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    ran = rostlots("talk", "--text", "--lang", "en")
    assert ran.status == 0
    assert "automatic voice" in ran.out
    assert "Gulsot" not in ran.out


# ------------------------------------------------------------------ many callers


def test_callers_at_the_same_time_do_not_meet(assistant: Assistant) -> None:
    texts = benign_questions()
    talks = [[*texts[n : n + 3], "berätta mer", "upprepa"] for n in range(0, 400, 10)]

    def hold(turns: list[str]) -> list[str]:
        talk = Talk(assistant)
        return [talk.say(turn).say for turn in turns]

    one_by_one = [hold(turns) for turns in talks]
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(hold, talks))
    assert at_once == one_by_one
