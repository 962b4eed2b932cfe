"""Hearing with Whisper, and knowing when it has made something up."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from speech.activity import find_voice, spoken_part
from speech.hearing import Hypothesis, Transcript
from speech.loops import without_loop
from speech.whisper_model import Decoded, WhisperModel

if TYPE_CHECKING:
    from pathlib import Path

    from speech.audio import Audio
    from speech.whisper_model import Encoded, Written

MOST_SECONDS = 28.0
"""Speech that is heard of one recording: Whisper's window of 30 s less some room."""

TEXTS = 5

LEAST_FIT = -1.7
"""Mean log probability, nothing expected, below which a text is no reading of the sound."""

ECHO_WORDS = 5
"""Words of the prompt in a row that make a text its echo."""

INVENTED = 3.5
"""By how much more probable a text must be that was written without a prompt, to go before the one with it."""

NO_SPEECH_PROMPTED = 0.75
NO_SPEECH = 0.6
LEAST_SCORE = -1.2


class WhisperEar:
    """A Whisper model that listens to Swedish."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        """Load the model in ``folder``. Raises ``EngineMissing`` or ``ModelDamaged``."""
        self._model = WhisperModel(folder, threads)
        self.name = f"whisper {folder.name}"

    def hear(self, audio: Audio, prompt: str | None = None) -> Transcript:
        """Listen to one utterance.

        Of more than 28 s, pauses are left out, and then the end. A prompt makes Whisper write its words for noise;
        therefore the text is held against the sound once more without it, and where it does not fit, the recording is
        also written down without it.
        """
        timings: dict[str, float] = {}
        clock = _Clock(timings)
        activity = find_voice(audio)
        clock.stop("voice")
        if activity.silent:
            return Transcript("silence", (), self.name, timings)
        encoded = self._model.encode(spoken_part(audio, activity, MOST_SECONDS))
        clock.stop("encode")
        decoded = self._model.decode(encoded, prompt, TEXTS)
        clock.stop("decode")
        if prompt:
            written = self._against_prompt(encoded, decoded, prompt)
            clock.stop("doubt")
            clear = decoded.no_speech < NO_SPEECH_PROMPTED
        else:
            written = decoded.written
            clear = decoded.no_speech < NO_SPEECH or written[0].score >= LEAST_SCORE
        hypotheses = as_hypotheses(written) if clear else ()
        return Transcript("speech" if hypotheses else "unclear", hypotheses, self.name, timings)

    def _against_prompt(self, encoded: Encoded, decoded: Decoded, prompt: str) -> tuple[Written, ...]:
        """The prompted texts if the best of them fits the sound by itself; else also those without a prompt.

        Empty if neither fits.
        """
        prompted = tuple(one for one in decoded.written if one.tokens and not echoes(one.text, prompt))
        fit = self._model.judge(encoded, [prompted[0].tokens])[0] if prompted else float("-inf")
        if fit >= LEAST_FIT:
            return prompted
        free = self._model.decode(encoded, None, TEXTS).written
        if free[0].score < LEAST_FIT:
            return ()
        if free[0].score - fit > INVENTED:
            return free + prompted
        return prompted + free


def as_hypotheses(written: tuple[Written, ...]) -> tuple[Hypothesis, ...]:
    """Texts without loops, each once, in the same order."""
    found: dict[str, Hypothesis] = {}
    for one in written:
        text = without_loop(one.text)
        if any(character.isalnum() for character in text):
            found.setdefault(text.casefold(), Hypothesis(text, one.score))
    return tuple(found.values())


def echoes(text: str, prompt: str) -> bool:
    """Whether the text says again a long piece of the prompt, which is nothing that anybody said."""
    said, expected = (" ".join(re.findall(r"\w+", words.casefold())) for words in (text, prompt))
    words = said.split()
    pieces = (" ".join(words[at : at + ECHO_WORDS]) for at in range(len(words) - ECHO_WORDS + 1))
    return any(f" {piece} " in f" {expected} " for piece in pieces)


class _Clock:
    """Writes down how long each stage took."""

    def __init__(self, timings: dict[str, float]) -> None:
        self._timings = timings
        self._last = time.perf_counter()

    def stop(self, stage: str) -> None:
        """The stage is over: note its milliseconds."""
        now = time.perf_counter()
        self._timings[stage] = (now - self._last) * 1000
        self._last = now
