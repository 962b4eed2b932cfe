"""Hearing with Whisper base and its pack, which has learned both the subject's words and to write nothing."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from speech.activity import find_voice, spoken_part
from speech.hearing import Transcript, always
from speech.whisper_ear import MOST_SECONDS, TEXTS, as_hypotheses
from speech.whisper_model import WhisperModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speech.audio import Audio

NO_SPEECH = 0.2
"""Probability of no speech from which nothing was said; the pack was trained to tell the two apart by it."""

LEAST_SCORE = -1.2
"""Mean log probability per token below which a text is no reading of the sound."""


class PackedEar:
    """Whisper base with the pack merged into it, listening to Swedish."""

    def __init__(self, folder: Path, threads: int = 2, at_once: int = 1) -> None:
        """Load the merged model in ``folder``. Raises ``EngineMissing`` or ``ModelDamaged``."""
        self._model = WhisperModel(folder, threads, at_once)
        self.name = f"whisper {folder.name}"

    def hear(self, audio: Audio, prompt: str | None = None, wanted: Callable[[], bool] = always) -> Transcript:
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
        if not wanted():
            return Transcript("unclear", (), self.name, timings)
        voiceless, no_speech = self._model.voiceless(encoded)
        stop("doubt")
        if voiceless or no_speech >= NO_SPEECH:
            return Transcript("unclear", (), self.name, timings)
        written = self._model.decode(encoded, None, TEXTS).written
        stop("decode")
        hypotheses = as_hypotheses(written) if written[0].score >= LEAST_SCORE else ()
        # Nothing was expected, so the scores of what was written say how well it fits.
        fit = partial(self._model.fit, encoded, known={one.text: one.score for one in hypotheses})
        return Transcript("speech" if hypotheses else "unclear", hypotheses, self.name, timings, fit)
