"""Speaking on a line that is heard at the same time, so that a person can interrupt."""

from __future__ import annotations

import asyncio
from typing import Protocol

import numpy as np

from speech.barge_in import BargeIn
from speech.errors import EngineMissing
from speech.frames import SAMPLE_BYTES, Frames
from speech.voice import Spoken

AHEAD_SECONDS = 0.3
"""Sound given to the line before its time, against stutter where the machine is busy; a stop throws it away."""

FRAME_SECONDS = 0.02

DEAF_SECONDS = 0.1
"""Without anything heard for so long, speaking goes on by the clock until something is heard again."""


class Line(Protocol):
    """Sound both ways, int16 little-endian mono."""

    @property
    def rate(self) -> int:
        """Samples per second, both ways."""

    @property
    def frames(self) -> Frames:
        """What is heard."""

    def play(self, pcm: bytes) -> None:
        """Play this after what was given before. Returns at once."""

    def stop(self) -> None:
        """Throw away what has not been played yet."""


async def speak(line: Line, spoken: Spoken, *, interruptible: bool = True) -> bytes | None:
    """Play rendered speech and listen meanwhile; returns when it is over.

    ``None`` if it was played whole, or the line was closed. If a person began to speak, the voice has stopped, and
    what they have said so far is returned: the ``lead`` of ``Listener.listen``. With ``interruptible`` False nobody can
    stop it.

    Raises ``AudioUnreadable`` for an impossible rate of the line, or ``EngineMissing``.
    """
    barge = BargeIn(line.rate)
    pcm = at_rate(spoken, line.rate).samples.astype("<i2", copy=False).tobytes()
    line.frames.drain()
    given = int(AHEAD_SECONDS * line.rate) * SAMPLE_BYTES
    line.play(pcm[:given])
    passed = 0
    deaf = False
    clock = asyncio.get_running_loop().time
    at = clock()
    while passed < len(pcm) and not line.frames.closed:
        frame = await _next(line.frames, FRAME_SECONDS if deaf else DEAF_SECONDS)
        before, at = at, clock()
        deaf = not frame
        length = len(frame) if frame else int((at - before) * line.rate) * SAMPLE_BYTES
        played = pcm[passed : passed + length]
        passed += length
        if frame and barge.take(frame, played, interruptible=interruptible):
            line.stop()
            return barge.sound
        if rest := pcm[given : given + length]:
            line.play(rest)
        given += length
    return None


async def _next(frames: Frames, seconds: float) -> bytes:
    """The next frame, or nothing if none comes in time."""
    try:
        async with asyncio.timeout(seconds):
            return await anext(frames)
    except (TimeoutError, StopAsyncIteration):
        return b""


def at_rate(spoken: Spoken, rate: int) -> Spoken:
    """The same speech at another rate, in samples per second. Raises ``EngineMissing``."""
    if spoken.rate == rate:
        return spoken
    try:
        import soxr
    except ImportError as error:
        raise EngineMissing("Speaking on a line needs soxr: pip install soxr.") from error
    samples = soxr.resample(spoken.samples.astype(np.float32), spoken.rate, rate)
    return Spoken(np.rint(np.clip(samples, -32768, 32767)).astype(np.int16), rate)
