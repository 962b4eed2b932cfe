"""Sound that arrives bit by bit: a line for frames from any thread, and one steady 16 kHz behind any rate."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from speech.audio import RATE, RATES
from speech.errors import AudioUnreadable, EngineMissing

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK = 512
"""Samples in a chunk at 16 kHz, 32 ms: the step of the voice detector and the grain of every decision here."""

STEP = CHUNK / RATE
"""Seconds in a chunk."""

SAMPLE_BYTES = 2


class Frames:
    """A line of frames: put in by a callback or a socket, taken out with ``async for``. Make it inside the event loop.

    It holds the last ``most_bytes``; where nobody takes them, the oldest go, so that a forgotten line fills no memory.
    """

    def __init__(self, most_bytes: int = 4_000_000) -> None:
        self._most = most_bytes
        self._held: deque[bytes] = deque()
        self._bytes = 0
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()

    def put(self, frame: bytes) -> None:
        """Add a frame, from within the event loop."""
        if self._closed or not frame:
            return
        self._held.append(frame)
        self._bytes += len(frame)
        while self._bytes > self._most and len(self._held) > 1:
            self._bytes -= len(self._held.popleft())
        self._news.set()

    def put_from_thread(self, frame: bytes) -> None:
        """Add a frame from another thread. Ignored once the loop is gone."""
        self._call(self.put, frame)

    def close(self) -> None:
        """Nothing more will come: what is held is still given out, then the iteration ends."""
        self._closed = True
        self._news.set()

    def close_from_thread(self) -> None:
        """``close`` from another thread."""
        self._call(self.close)

    @property
    def closed(self) -> bool:
        """Whether nothing more will come."""
        return self._closed

    def drain(self) -> bytes:
        """Take out and return all that is held."""
        held = b"".join(self._held)
        self._held.clear()
        self._bytes = 0
        return held

    def __aiter__(self) -> Frames:
        return self

    async def __anext__(self) -> bytes:
        while not self._held:
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        frame = self._held.popleft()
        self._bytes -= len(frame)
        return frame

    def _call(self, function: object, *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)  # type: ignore[arg-type]
        except RuntimeError:  # the loop is closed, so nobody listens any more
            return


class Inlet:
    """Bytes of int16 mono at any rate in, chunks of 512 samples at 16 kHz out; keeps its state between frames."""

    def __init__(self, rate: int) -> None:
        """``rate`` is in samples per second. Raises ``AudioUnreadable`` or ``EngineMissing``."""
        if rate not in RATES:
            raise AudioUnreadable(f"A sample rate of {rate} Hz is no speech.")
        self._odd = b""
        self._left: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._resampler = None
        if rate != RATE:
            try:
                import soxr
            except ImportError as error:
                raise EngineMissing("Hearing a stream needs soxr: pip install soxr.") from error
            # The plain resampler gives its sound in blocks of 0.1 s, the one of variable rate at once.
            self._resampler = soxr.ResampleStream(rate, RATE, 1, dtype="float32", vr=True)

    def take(self, frame: bytes) -> list[NDArray[np.float32]]:
        """The chunks that are full now, each of shape ``(512,)`` within -1 to 1. A frame may be cut anywhere."""
        whole = self._odd + frame
        even = len(whole) // SAMPLE_BYTES * SAMPLE_BYTES
        self._odd = whole[even:]
        samples = np.frombuffer(whole[:even], dtype="<i2").astype(np.float32) / np.float32(32768)
        if self._resampler is not None:
            samples = np.clip(self._resampler.resample_chunk(samples), -1, 1)
        samples = np.concatenate([self._left, samples])
        full = len(samples) // CHUNK * CHUNK
        self._left = samples[full:]
        return list(samples[:full].reshape(-1, CHUNK))
