"""When a person has begun and when they have finished, told from the probability of voice in each 32 ms."""

from __future__ import annotations

from dataclasses import dataclass

from speech.frames import STEP

VOICE = 0.5
"""Probability from which a chunk counts as voice."""

STILL_VOICE = 0.35
"""Probability that is enough while somebody speaks, so that a soft ending is not taken for silence."""

FIRST_CHUNKS = 3
"""Chunks of voice in a row that make a beginning, so that a click is none."""

NEXT_CHUNKS = 2
"""Chunks of voice in a row that end a pause."""

LEAST_PAUSE = 0.2
"""Seconds; shorter silences are part of words and say nothing of how somebody speaks."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a person, in seconds."""

    complete: float = 0.45
    """Silence that ends a question that sounds whole."""
    unknown: float = 0.9
    """Silence that ends what may be whole or not. People pause for up to about 0.7 s within a question."""
    half: float = 1.8
    """Silence that ends what is plainly unfinished; no wait is longer."""
    look: float = 0.12
    """Silence after which the words so far are looked at. Of 300 recordings as many are understood as with 0.22 s; most
    pauses that are no end are shorter than the look takes, which is then given up."""
    start: float = 8.0
    """Wait for the first word."""
    most: float = 30.0
    """Longest utterance."""
    stalled: float = 5.0
    """Time without any frame after which the line counts as dead."""


class Endpointer:
    """Follows one utterance. All times are of the sound, not of a clock."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._run = 0
        self._length = 0.0
        self.speaking = False
        """Somebody has begun."""
        self.silence = 0.0
        """Seconds since the last voice."""
        self.longest_pause = 0.0
        """Seconds of the longest pause after which the person went on."""

    def step(self, probability: float) -> None:
        """Take the probability of voice in the next chunk."""
        self._length += STEP
        voiced = probability >= (STILL_VOICE if self.speaking and self.silence < LEAST_PAUSE else VOICE)
        self._run = self._run + 1 if voiced else 0
        if not self.speaking:
            if self._run >= FIRST_CHUNKS:
                self.speaking = True
                self._length = self._run * STEP
            return
        # Within a word one chunk is enough, after a pause it may be a click.
        if voiced and (self.silence < LEAST_PAUSE or self._run >= NEXT_CHUNKS):
            if self.silence >= LEAST_PAUSE:
                self.longest_pause = max(self.longest_pause, self.silence)
            self.silence = 0.0
        else:
            self.silence += STEP

    def wait(self, complete: bool | None) -> float:
        """Seconds of silence that end the utterance, as its words sound whole, half, or neither.

        Who has paused for long within it may do so again and gets longer.
        """
        patience = self._patience
        if complete is False:
            return patience.half
        usual = patience.complete if complete else patience.unknown
        slow = self.longest_pause * (0.75 if complete else 1.25) + 0.1
        return min(max(usual, slow), patience.half)

    def over(self, complete: bool | None) -> bool:
        """Whether the person has finished, or has spoken for too long."""
        return self.speaking and (self.silence >= self.wait(complete) or self._length >= self._patience.most)

    @property
    def nobody(self) -> bool:
        """Whether the wait for a first word is over."""
        return not self.speaking and self._length >= self._patience.start and not self._run
