"""Speaking the subject's words with this computer's voice to an ear that should know them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from speech.audio import read_audio, write_wav
from speech.hearing import Ear
from speech.voice import Voice

SAID = (
    "Vad är metastaser?",
    "Jag har fått metastaser i levern.",
    "Vad är gulsot?",
    "Hur går en strålbehandling till?",
    "Varför svullnar lymfkörtlarna?",
    "Vart sprider sig prostatacancer?",
)
WANTED = ("metastaser", "levern", "gulsot", "strålbehandling", "lymfkörtlarna", "prostatacancer")
"""Of each sentence, the word that must be heard."""

PROVES = (
    "That tries graph, acoustic model and sound together with one synthetic voice; it says nothing of how well people "
    "are heard."
)


def heard_words(ear: Ear, voice: Voice) -> list[tuple[str, bool]]:
    """Each wanted word, and whether it was in the best reading. Raises ``SpeechError``."""
    results = []
    with tempfile.TemporaryDirectory() as name:
        for sentence, word in zip(SAID, WANTED, strict=True):
            path = Path(name) / "said.wav"
            spoken = voice.render(sentence, pace="slow")
            write_wav(path, spoken.samples, spoken.rate)
            results.append((word, word in ear.hear(read_audio(path)).text.lower().split()))
    return results
