"""Hearing and speaking: recordings to text, text to sound, and the models that both need.

Importing this package costs nothing: each name below loads its module when it is first used,
and each engine loads its libraries when it is opened.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

# onnxruntime, which finds voice and runs Piper, reports its use to its maker unless this is set before it loads.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

if TYPE_CHECKING:
    from speech.audio import Audio, read_audio, write_wav
    from speech.barge_in import BargeIn
    from speech.endpointing import Patience
    from speech.errors import (
        AudioTooLong,
        AudioUnreadable,
        DownloadFailed,
        EngineMissing,
        HearingFailed,
        ModelDamaged,
        ModelMissing,
        ModelUnfit,
        SoundDeviceFailed,
        SpeechError,
        VoiceUnavailable,
    )
    from speech.frames import Frames
    from speech.hearing import Ear, Hypothesis, Transcript, open_ear
    from speech.line import Line, speak
    from speech.microphone import SoundDevice
    from speech.models import ModelRow, check, install, list_models
    from speech.prepared import PreparedSpeech
    from speech.pronounce import for_speech
    from speech.settings import SpeechSettings
    from speech.stream import Heard, Listener, NobodySpoke, PartialText, SpeechEnded, SpeechStarted
    from speech.voice import Spoken, Voice, open_voice

_HOME = {
    "Audio": "audio",
    "AudioTooLong": "errors",
    "AudioUnreadable": "errors",
    "BargeIn": "barge_in",
    "DownloadFailed": "errors",
    "Ear": "hearing",
    "EngineMissing": "errors",
    "Frames": "frames",
    "Heard": "stream",
    "HearingFailed": "errors",
    "Hypothesis": "hearing",
    "Line": "line",
    "Listener": "stream",
    "ModelDamaged": "errors",
    "ModelMissing": "errors",
    "ModelRow": "models",
    "ModelUnfit": "errors",
    "NobodySpoke": "stream",
    "PartialText": "stream",
    "Patience": "endpointing",
    "PreparedSpeech": "prepared",
    "SoundDevice": "microphone",
    "SoundDeviceFailed": "errors",
    "SpeechEnded": "stream",
    "SpeechError": "errors",
    "SpeechSettings": "settings",
    "SpeechStarted": "stream",
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
    "read_audio": "audio",
    "speak": "line",
    "write_wav": "audio",
}

__all__ = [
    "Audio",
    "AudioTooLong",
    "AudioUnreadable",
    "BargeIn",
    "DownloadFailed",
    "Ear",
    "EngineMissing",
    "Frames",
    "Heard",
    "HearingFailed",
    "Hypothesis",
    "Line",
    "Listener",
    "ModelDamaged",
    "ModelMissing",
    "ModelRow",
    "ModelUnfit",
    "NobodySpoke",
    "PartialText",
    "Patience",
    "PreparedSpeech",
    "SoundDevice",
    "SoundDeviceFailed",
    "SpeechEnded",
    "SpeechError",
    "SpeechSettings",
    "SpeechStarted",
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
    "read_audio",
    "speak",
    "write_wav",
]


def __getattr__(name: str) -> object:
    """Load the module that defines ``name``."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
