"""Replies as sound: the voice that the settings ask for, with its store of rendered answers."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

from rostlots.settings import Settings
from skill import State
from speech import PreparedSpeech, SpeechSettings, open_voice, write_wav
from speech.voice import Language, VoiceChoice

Pace = Literal["normal", "slow"]


def open_speaker(settings: Settings, lang: str) -> PreparedSpeech:
    """The voice for a language. Raises a `speech.SpeechError`."""
    speech = SpeechSettings.from_environ()
    language = cast(Language, lang)
    voice = open_voice(cast(VoiceChoice, settings.voice), speech, language)
    return PreparedSpeech.of(voice, speech, language)


def write_spoken(speaker: PreparedSpeech, text: str, state: State, path: Path) -> None:
    """Write a text as a WAV file, at the pace that the caller has asked for; whole or not at all."""
    spoken = speaker.render(text, pace=pace_of(state))
    write_wav(path, spoken.samples, spoken.rate)


def pace_of(state: State) -> Pace:
    """How fast to speak in this conversation."""
    return "slow" if state.slow else "normal"
