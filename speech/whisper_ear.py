"""Hearing with Whisper, and knowing when it has made something up."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING

from speech.activity import find_voice, spoken_part
from speech.hearing import Hypothesis, Transcript, always
from speech.loops import without_loop
from speech.whisper_model import Decoded, WhisperModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speech.audio import Audio
    from speech.whisper_model import Encoded, Written

MOST_SECONDS = 28.0
"""Speech that is heard of one recording: Whisper's window of 30 s less some room."""

TEXTS = 5
"""Readings per decoding."""

# The borders between words and noise, for Whisper base. Measured on 355 synthetic questions, half of them by telephone,
# and 11 clips of people, against melodies, sung and hummed vowels that pass for voice. Babble and speech played
# backwards are within the range of speech: that they mean nothing is for the understanding to find.

LEAST_FIT = -1.9
"""Mean log probability of a text under a decoder that expects nothing, below which it is no reading of the sound. The
best text without a prompt had at least -1.77 for speech and at most -2.08 for other sounds. Higher, faint questions are
called unclear; lower, music becomes a question."""

ECHO_WORDS = 5
"""Words of the prompt in a row that make a text its echo. Seen in one question of 355, one of 26 backwards."""

INVENTED = 3.5
"""By how much more probable, expecting nothing, a text without a prompt must be to go before the one with it. At 2,
right words that Whisper would never write unprompted ("modertumör") would go behind wrong ones."""

NO_SPEECH_PROMPTED = 0.75
"""Probability of no speech, with a prompt, above which there was none: at most 0.63 for speech, melodies 0.91."""

NO_SPEECH = 0.6
LEAST_SCORE = -1.2
"""Without a prompt the same probability says less, up to 0.94 for faint speech, so it only counts together with a poor
score: above the one and below the other were 2 of 366 with speech, a melody and two vowels without."""


class WhisperEar:
    """A Whisper model that listens to Swedish."""

    def __init__(self, folder: Path, threads: int = 2, at_once: int = 1) -> None:
        """Load the model in ``folder``. Raises ``EngineMissing`` or ``ModelDamaged``."""
        self._model = WhisperModel(folder, threads, at_once)
        self.name = f"whisper {folder.name}"

    def hear(self, audio: Audio, prompt: str | None = None, wanted: Callable[[], bool] = always) -> Transcript:
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
        if not wanted():
            return Transcript("unclear", (), self.name, timings)
        decoded = self._model.decode(encoded, prompt, TEXTS)
        clock.stop("decode")
        if prompt:
            written = self._against_prompt(encoded, decoded, prompt)
            clock.stop("doubt")
            clear = decoded.no_speech < NO_SPEECH_PROMPTED
        else:
            written = decoded.written
            least = LEAST_FIT if decoded.no_speech < NO_SPEECH else LEAST_SCORE
            clear = written[0].score >= least
        hypotheses = as_hypotheses(written) if clear else ()
        fit = partial(self._model.fit, encoded)
        return Transcript("speech" if hypotheses else "unclear", hypotheses, self.name, timings, fit)

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
    """Texts without loops, in the same order; of those that differ in punctuation and capitals only the first."""
    found: dict[str, Hypothesis] = {}
    for one in written:
        text = without_loop(one.text)
        if words := _words(text):
            found.setdefault(words, Hypothesis(text, one.score))
    return tuple(found.values())


def echoes(text: str, prompt: str) -> bool:
    """Whether the text says again a long piece of the prompt, which is nothing that anybody said."""
    words, expected = _words(text).split(), _words(prompt)
    pieces = (" ".join(words[at : at + ECHO_WORDS]) for at in range(len(words) - ECHO_WORDS + 1))
    return any(f" {piece} " in f" {expected} " for piece in pieces)


def _words(text: str) -> str:
    """The words alone, in small letters."""
    return " ".join(re.findall(r"\w+", text.casefold()))


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
