"""Hearing and speaking: recordings to text, text to sound, and the models that both need.

Importing this package costs nothing: each name below loads its module when it is first used,
and each engine loads its libraries when it is opened.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speech.audio import Audio, read_audio, write_wav
    from speech.errors import (
        AudioTooLong,
        AudioUnreadable,
        DownloadFailed,
        EngineMissing,
        ModelDamaged,
        ModelMissing,
        ModelUnfit,
        SoundDeviceFailed,
        SpeechError,
        VoiceUnavailable,
    )
    from speech.hearing import Ear, Hypothesis, Transcript, open_ear
    from speech.microphone import play, record_utterance
    from speech.models import ModelRow, check, install, list_models
    from speech.prepared import PreparedSpeech
    from speech.pronounce import for_speech
    from speech.settings import SpeechSettings
    from speech.voice import Spoken, Voice, open_voice

_HOME = {
    "Audio": "audio",
    "AudioTooLong": "errors",
    "AudioUnreadable": "errors",
    "DownloadFailed": "errors",
    "Ear": "hearing",
    "EngineMissing": "errors",
    "Hypothesis": "hearing",
    "ModelDamaged": "errors",
    "ModelMissing": "errors",
    "ModelRow": "models",
    "ModelUnfit": "errors",
    "PreparedSpeech": "prepared",
    "SoundDeviceFailed": "errors",
    "SpeechError": "errors",
    "SpeechSettings": "settings",
    "Spoken": "voice",
    "Transcript": "hearing",
    "Voice": "voice",
    "VoiceUnavailable": "errors",
    "check": "models",
    "for_speech": "pronounce",
    "install": "models",
    "list_models": "models",
    "open_ear": "hearing",
    "open_voice": "voice",
    "play": "microphone",
    "read_audio": "audio",
    "record_utterance": "microphone",
    "write_wav": "audio",
}

__all__ = [
    "Audio",
    "AudioTooLong",
    "AudioUnreadable",
    "DownloadFailed",
    "Ear",
    "EngineMissing",
    "Hypothesis",
    "ModelDamaged",
    "ModelMissing",
    "ModelRow",
    "ModelUnfit",
    "PreparedSpeech",
    "SoundDeviceFailed",
    "SpeechError",
    "SpeechSettings",
    "Spoken",
    "Transcript",
    "Voice",
    "VoiceUnavailable",
    "check",
    "for_speech",
    "install",
    "list_models",
    "open_ear",
    "open_voice",
    "play",
    "read_audio",
    "record_utterance",
    "write_wav",
]


def __getattr__(name: str) -> object:
    """Load the module that defines ``name``."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
