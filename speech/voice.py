"""One way to speak: rendered speech, what a voice must offer, and the choice between voices."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from speech.errors import EngineMissing, ModelDamaged, ModelMissing, VoiceUnavailable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from speech.settings import SpeechSettings

Pace = Literal["normal", "slow"]
VoiceChoice = Literal["auto", "pyttsx3", "piper"]
Language = Literal["sv", "en"]

PIPER_FILE = "sv_SE-nst-medium.onnx"

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Spoken:
    """Rendered speech, one channel."""

    samples: NDArray[np.int16]
    """Shape ``(n,)``, n > 0."""
    rate: int
    """Samples per second."""

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


class Voice(Protocol):
    """Turns text into sound."""

    @property
    def name(self) -> str:
        """Engine, voice and version: whatever changes the sound changes this name."""

    def render(self, text: str, *, pace: Pace = "normal") -> Spoken:
        """Speak ``text``, which ``for_speech`` has prepared. Raises ``VoiceUnavailable``."""


def open_voice(choice: VoiceChoice, settings: SpeechSettings, lang: Language = "sv") -> Voice:
    """Load a voice; ``auto`` is Piper for Swedish where its voice is installed and whole, else pyttsx3.

    Piper speaks Swedish only. Raises ``EngineMissing``, ``ModelMissing``, ``ModelDamaged`` or ``VoiceUnavailable``.
    """
    if choice == "piper" or (choice == "auto" and lang == "sv" and _piper_is_there(settings)):
        if lang != "sv":
            raise VoiceUnavailable("Piper has a Swedish voice only.")
        try:
            return _open_piper(settings)
        except (EngineMissing, ModelMissing, ModelDamaged) as error:
            if choice == "piper":
                raise
            log.warning("%s Speaking with pyttsx3 instead.", error)
    from speech.pyttsx3_voice import Pyttsx3Voice

    return Pyttsx3Voice(lang)


def _piper_is_there(settings: SpeechSettings) -> bool:
    from speech.models import is_installed

    return settings.piper_voice is not None or is_installed("piper-sv", settings)


def _open_piper(settings: SpeechSettings) -> Voice:
    from speech.models import folder_of
    from speech.piper_voice import PiperVoice

    return PiperVoice(settings.piper_voice or folder_of("piper-sv", settings) / PIPER_FILE)
