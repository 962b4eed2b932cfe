"""While our own voice speaks: whether a person has begun to speak, so that it must stop."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from speech.activity import VoiceStream
from speech.audio import RATE
from speech.echo import EchoCanceller
from speech.frames import CHUNK, Inlet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

MAYBE = 0.4
"""Probability of voice from which a chunk speaks for an interruption, by as much as the probability is."""

ENOUGH = 1.5
"""Sum of probabilities that is an interruption: two chunks of plain voice, three or four of doubtful one. A word takes
a chunk or two to be known for voice, so that most decisions fall before 200 ms are over. With 1.0 some more would, and
some clicks and hums would stop the voice, too."""

FORGETS = 0.5
"""Taken off the sum for a chunk of something else."""

BRIGHT_HERTZ = 700
BRIGHT_SHARE = 0.01
"""Share of power above so many hertz that a vowel has and a hum with closed lips ("mm") has not."""

LEAD_SECONDS = 0.7
"""Kept of the sound before the decision, with the beginning of what was said."""


class BargeIn:
    """Follows one spoken answer. Pure: it is given what is heard and what is played, and decides.

    Stops for a voice that says something. Doesn't stop for noise and coughs (no voice), for "mm" (a hum with closed
    lips, see ``BRIGHT_SHARE``) or for our own voice come back (see ``speech.echo``). The person must be
    louder than what is left of that echo: beside a loud loudspeaker headphones help; a telephone needs nothing.
    """

    def __init__(self, rate: int) -> None:
        """``rate`` is that of both lines, in samples per second. Raises ``AudioUnreadable`` or ``EngineMissing``."""
        self._heard = Inlet(rate)
        self._played = Inlet(rate)
        self._references: deque[Samples] = deque()
        self._voice = VoiceStream()
        self._echo = EchoCanceller()
        self._speech = 0.0
        self._power = np.zeros(2)
        self._stopped = False
        self._kept: deque[bytes] = deque()
        self._most = int(LEAD_SECONDS * rate) * 2

    @property
    def sound(self) -> bytes:
        """What was heard of late, as it came in, from before the person began: the ``lead`` of ``Listener.listen``."""
        return b"".join(self._kept)

    def take(self, frame: bytes, played: bytes, *, interruptible: bool = True) -> bool:
        """The next frame heard, and what was played in the same time; True once, when the voice must stop.

        Both are int16 little-endian mono; where ``played`` is shorter, the rest was silence. With ``interruptible``
        False the answer is False whatever is heard, as in the directions of an emergency.
        """
        self._keep(frame)
        self._references.extend(self._played.take(played[: len(frame)].ljust(len(frame), b"\0")))
        for chunk in self._heard.take(frame):
            reference = self._references.popleft() if self._references else np.zeros(CHUNK, dtype=np.float32)
            self._weigh(chunk, reference)
            if not interruptible:
                self._speech = 0.0
            if self._interrupted and not self._stopped:
                self._stopped = True
                return True
        return False

    def _weigh(self, chunk: Samples, reference: Samples) -> None:
        """Count the chunk for or against an interruption."""
        left = self._echo.take(chunk, reference)
        probability = self._voice.probability(left)
        if probability >= MAYBE and not self._echo.may_be_echo(left):
            self._speech += probability
            self._power += _powers(left)
            return
        if not self._speech:
            self._echo.learn(left)
        self._speech = max(0.0, self._speech - FORGETS)
        if not self._speech:
            self._power[:] = 0.0

    @property
    def _interrupted(self) -> bool:
        high, whole = self._power
        return self._speech >= ENOUGH and bool(high >= BRIGHT_SHARE * whole)

    def _keep(self, frame: bytes) -> None:
        self._kept.append(frame)
        while sum(map(len, self._kept)) - len(self._kept[0]) >= self._most:
            self._kept.popleft()


def _powers(chunk: Samples) -> NDArray[np.float64]:
    """Power above 700 Hz, and of all above the hum of the mains."""
    power = np.square(np.abs(np.fft.rfft(chunk * np.hanning(len(chunk)))))
    hertz = np.fft.rfftfreq(len(chunk), 1 / RATE)
    return np.array([power[hertz > BRIGHT_HERTZ].sum(), power[hertz > 80].sum()])
