"""Synthetic voices: the two Swedish MBROLA voices and espeak-ng's own in many variants."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from speech.audio import RATE, read_audio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MBROLA = ("mb-sw1", "mb-sw2")
"""Human diphones. Their licence is for non-commercial use; they are used for training only and not shipped."""

_VARIANTS = """
    f1 f2 f3 f4 f5 m1 m2 m3 m4 m5 m6 m7 m8 klatt klatt3 klatt4 Alicia Andrea Andy Annie Denis Diogo Gene Jacky Lee Mario
    Michael belinda benjamin boris caleb ed edward iven linda max pablo quincy rob robert steph travis victor
"""
FORMANT = tuple(f"sv+{variant}" for variant in _VARIANTS.split())
"""espeak-ng's Swedish voice in the variants that come with it."""

UNSEEN = ("sv", "sv+klatt2")
"""Voices of the evaluation only. Variants of the first are trained on; the second is another kind of synthesis, which
is trained on in three other settings."""

FOREIGN = ("en-gb", "en-us", "de", "fr-fr", "es", "it", "pl", "fi", "tr", "ru", "nl", "ar", "hu")

SAID_OTHERWISE = (
    (r"\b1177\b", "elva sjuttiosju"),
    (r"\b112\b", "ett ett två"),
    (r"\b90101\b", "nio noll ett noll ett"),
    (r"\b010\b", "noll ett noll"),
    (r"\bCUP\b", "cupp"),
)
"""What stands in the text, and how people say it."""


class SynthesisFailed(Exception):
    """A synthesiser is not installed or spoke nothing; the message says which."""


@dataclass(frozen=True)
class Speaker:
    """A voice and its way of speaking."""

    voice: str
    """Name for espeak-ng."""
    rate: int
    """Words per minute."""
    pitch: int
    """0 to 99."""


def spoken_form(text: str) -> str:
    """The text with numbers as they are said on the telephone."""
    for pattern, said in SAID_OTHERWISE:
        text = re.sub(pattern, said, text)
    return text


def say(text: str, speaker: Speaker) -> NDArray[np.float32]:
    """Speak a text: 16 kHz samples within -1 to 1. Raises ``SynthesisFailed``."""
    _require(speaker.voice)
    with tempfile.TemporaryDirectory(prefix="whisper-pack-") as folder:
        path = Path(folder) / "said.wav"
        command = ["espeak-ng", "-v", speaker.voice, "-s", str(speaker.rate), "-p", str(speaker.pitch)]
        done = subprocess.run(
            [*command, "-w", str(path), "--", spoken_form(text)], capture_output=True, timeout=60, check=False
        )
        if done.returncode or not path.exists() or path.stat().st_size < RATE // 10:
            raise SynthesisFailed(f"{speaker.voice} spoke nothing for {text!r}.")
        return read_audio(path, 60).samples


@cache
def _require(voice: str) -> None:
    try:
        known = subprocess.run(["espeak-ng", "--voices=sv"], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError as error:
        raise SynthesisFailed("Training needs espeak-ng: apt-get install espeak-ng.") from error
    if voice in MBROLA:
        name = voice.partition("-")[2]
        # Without its data espeak-ng would speak with another voice and not say so.
        if f"mb/{voice}" not in known or not Path(f"/usr/share/mbrola/{name}/{name}").exists():
            raise SynthesisFailed(
                f"The voice {voice} is not installed: apt-get install mbrola mbrola-{name} (Debian contrib, non-free)."
            )
