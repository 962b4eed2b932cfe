"""Hearing with Whisper base and its pack, which has learned both the subject's words and to write nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from speech.activity import find_voice, spoken_part
from speech.hearing import Transcript
from speech.whisper_ear import MOST_SECONDS, TEXTS, as_hypotheses
from speech.whisper_model import WhisperModel

if TYPE_CHECKING:
    from pathlib import Path

    from speech.audio import Audio
    from speech.whisper_model import Decoded

NO_SPEECH = 0.5
"""Probability of no speech from which nothing was said. The pack was trained to tell the two apart by it."""

LEAST_SCORE = -1.2
"""Mean log probability per token below which a text is no reading of the sound."""


class PackedEar:
    """Whisper base with the pack merged into it, listening to Swedish."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        """Load the merged model in ``folder``. Raises ``EngineMissing`` or ``ModelDamaged``."""
        self._model = WhisperModel(folder, threads)
        self.name = f"whisper {folder.name}"

    def hear(self, audio: Audio, prompt: str | None = None) -> Transcript:
        """Listen to one utterance. The prompt is not used: the pack knows its words already.

        Of more than 28 s, pauses are left out, and then the end.
        """
        timings: dict[str, float] = {}
        started = time.perf_counter()

        def stop(stage: str) -> None:
            timings[stage] = (time.perf_counter() - started) * 1000 - sum(timings.values())

        activity = find_voice(audio)
        stop("voice")
        if activity.silent:
            return Transcript("silence", (), self.name, timings)
        encoded = self._model.encode(spoken_part(audio, activity, MOST_SECONDS))
        stop("encode")
        decoded = self._model.decode(encoded, None, TEXTS, may_be_empty=True)
        stop("decode")
        hypotheses = as_hypotheses(decoded.written) if says_something(decoded) else ()
        return Transcript("speech" if hypotheses else "unclear", hypotheses, self.name, timings)


def says_something(decoded: Decoded) -> bool:
    """Whether the most probable text was said: it is not empty, probable enough, and there was speech at all."""
    best = decoded.written[0]
    return bool(best.tokens) and best.score >= LEAST_SCORE and decoded.no_speech < NO_SPEECH
