"""Taking our own voice out of what the microphone hears, as far as it is known what is being played."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speech.audio import RATE
from speech.frames import CHUNK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

LATEST = int(0.5 * RATE)
"""Longest way from being played to being heard, in samples: a telephone line there and back, or a slow loudspeaker."""

TAPS = 256
"""Length of the echo's path that is modelled, 16 ms: the direct way and first reflections, not a room's long tail."""

EARLY = 32
"""Taps before the strongest one."""

MEMORY = int(1.5 * RATE)
"""Samples from which the path is estimated."""

EVERY = 10
"""Chunks between two estimates while the path is new; later it is looked at a quarter as often."""

ALIKE = 0.5
"""Normalised cross-correlation from which a window is an echo, while its path is not known yet. Another voice reaches
about 0.35 by chance."""

WINDOW = 4 * CHUNK
"""Samples that are compared then."""

HELPS = 0.8
"""Share of the power that an estimated path must leave at most; one that leaves more is no echo's."""

LOUDER = 4.0
"""By how much more power than our voice has ever left behind something else must have."""

YOUNG = MEMORY // CHUNK
"""Chunks of our voice after which the path is known well enough to be relied upon; until then all the echo counts."""

USUAL = 0.01
"""Share of power that may come back while nothing is known: 20 dB below what is played."""

FORGETS = 0.995
"""Of what was left behind, per chunk: half is forgotten in some 4 s."""

RISES = 0.3
"""Of the way to a higher value, per chunk: the soft first sound of a person does not count for what is left of ours."""

FAINT = 1e-7
"""Power below which nothing is played."""


class EchoCanceller:
    """Learns from the answer itself by which path it comes back: delay and filter by least squares.

    What was played is sent through that path and subtracted. What is left of our voice all the same (a room's tail) is
    told from a person by its power, compared with what was left so far.
    """

    def __init__(self) -> None:
        self._heard: Samples = np.zeros(MEMORY, dtype=np.float32)
        self._played: Samples = np.zeros(MEMORY + LATEST + TAPS, dtype=np.float32)
        self._path: Samples | None = None
        self._delay = 0
        self._chunks = 0
        self._learnt = 0
        self._returns = 0.0
        self._leaves = 0.0

    def take(self, heard: Samples, played: Samples) -> Samples:
        """The next 32 ms of both; returns what was heard without the echo."""
        self._heard = np.concatenate([self._heard[len(heard) :], heard])
        self._played = np.concatenate([self._played[len(played) :], played])
        self._chunks += 1
        if self._path is None:
            return heard
        end = len(self._played) - self._delay
        echo = np.convolve(self._played[end - CHUNK - TAPS + 1 : end], self._path, mode="valid")
        left = (heard - echo).astype(np.float32)
        return left if _power(left) < _power(heard) else heard

    def may_be_echo(self, left: Samples) -> bool:
        """Whether what is left of the last 32 ms may still be our voice."""
        loudest = self._loudest()
        if loudest < FAINT:
            return False
        if self._learnt >= YOUNG:
            return _power(left) < LOUDER * self._leaves * loudest
        return self._alike() or _power(left) < LOUDER * max(self._returns, USUAL) * loudest

    def learn(self, left: Samples) -> None:
        """Nobody speaks in what was taken last, of which this is left: let the path be estimated from it."""
        loudest = self._loudest()
        if loudest < FAINT:
            return
        self._learnt += 1
        if self._path is not None:
            # What is louder than the whole echo is none.
            now = min(_power(left) / loudest, self._returns)
            self._leaves = max(self._leaves * FORGETS, self._leaves + RISES * (now - self._leaves))
        # Where nothing at all is heard, nothing comes back; many silent callers at once would cost a whole processor.
        due = self._chunks % (EVERY if self._learnt < YOUNG else 4 * EVERY) == 0
        if due and _power(self._heard) >= FAINT:
            self._estimate()

    def _loudest(self) -> float:
        """Power of the loudest chunk that may be coming back now."""
        recent = self._played[-(LATEST + CHUNK) :]
        chunks = recent[len(recent) % CHUNK :].reshape(-1, CHUNK)
        return float(np.mean(np.square(chunks), axis=1).max())

    def _alike(self) -> bool:
        # Differences take away the low sounds, in which any two voices are alike.
        heard, played = np.diff(self._heard[-WINDOW:]), np.diff(self._played[-(WINDOW + LATEST) :])
        sums = np.concatenate([[0.0], np.cumsum(np.square(played, dtype=np.float64))])
        strength = np.maximum(sums[len(heard) :] - sums[: -len(heard)], FAINT)
        likeness = _products(heard, played) / np.sqrt(strength * max(float(np.dot(heard, heard)), FAINT))
        return float(np.abs(likeness).max()) >= ALIKE

    def _estimate(self) -> None:
        # Some ms, in the event loop of every call: each spectrum is computed once.
        size = _size(len(self._played))
        heard = np.fft.rfft(self._heard, size)
        products = np.fft.irfft(np.fft.rfft(self._played[TAPS:], size) * np.conj(heard), size)[: LATEST + 1]
        # Place 0 is the longest delay.
        strongest = LATEST - int(np.abs(products).argmax())
        delay = max(0, strongest - EARLY)
        end = len(self._played) - delay
        played = self._played[end - MEMORY - TAPS + 1 : end]
        spectrum = np.fft.rfft(played, size)
        half = np.fft.irfft(np.square(np.abs(spectrum)), size)[:TAPS]
        # The autocorrelation from lag -(TAPS - 1) to TAPS - 1.
        correlogram = np.concatenate([half[:0:-1], half])
        matrix = np.lib.stride_tricks.sliding_window_view(correlogram, TAPS)[::-1][:TAPS]
        regular = matrix + np.eye(TAPS) * (1e-4 * matrix[0, 0] + FAINT)
        wanted = np.fft.irfft(spectrum * np.conj(heard), size)[:TAPS][::-1]
        path = np.linalg.solve(regular, wanted).astype(np.float32)
        echo = np.convolve(played, path, mode="valid")
        left = _power(self._heard - echo)
        if left < HELPS * _power(self._heard):
            self._returns = _power(echo) / max(_power(played), FAINT)
            if self._path is None:
                self._leaves = min(left / max(_power(played), FAINT), self._returns)
            self._path, self._delay = path, delay


def _power(samples: Samples) -> float:
    return float(np.mean(np.square(samples)))


def _products(shorter: Samples, longer: Samples) -> NDArray[np.float64]:
    """The sum of products at every place of the shorter within the longer."""
    size = _size(len(longer))
    product = np.fft.rfft(longer, size) * np.conj(np.fft.rfft(shorter, size))
    found: NDArray[np.float64] = np.fft.irfft(product, size)[: len(longer) - len(shorter) + 1]
    return found


def _size(samples: int) -> int:
    """A length for the Fourier transform; places within the longer of two never reach round its end."""
    return 1 << (samples - 1).bit_length()
