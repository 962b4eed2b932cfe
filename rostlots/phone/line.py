"""The sound of one call as a `speech.Line`: steady frames in, whatever the network does, and sound out."""

from __future__ import annotations

import asyncio
from typing import Protocol

from speech import Frames

TICK_SECONDS = 0.02

LATE_SECONDS = 0.1
"""Sound that may be missing for so long before silence stands in for it: callers whose telephone sends nothing while
they are silent, or while a key is held, must not stop our own clock."""

CATCH_UP_SECONDS = 0.5
"""Beyond so much the clock, not the caller, was wrong, as after a stop of the whole machine."""


class Sound(Protocol):
    """The sound of a call; `rostlots.phone.sip.SipCall` is one."""

    def read(self, most: int) -> bytes: ...
    def write(self, pcm: bytes) -> int: ...
    def flush(self) -> None: ...
    def unsent(self) -> int: ...


class CallLine:
    """A `speech.Line`; make it inside the event loop, and have `run` going as long as it is used."""

    def __init__(self, sound: Sound, rate: int) -> None:
        self.rate = rate
        self.frames = Frames()
        self._sound = sound
        self._unwritten = bytearray()
        self._flushing = False

    def play(self, pcm: bytes) -> None:
        """Play this after what was given before."""
        self._unwritten += pcm
        self._write()

    def stop(self) -> None:
        """Throw away what has not been played yet."""
        self._unwritten.clear()
        # With nothing to throw away the stack would wait for something, and take the beginning of what comes next.
        if self._sound.unsent():
            self._flushing = True
            self._sound.flush()

    async def played(self) -> None:
        """Until the last sound has left, or the line is closed."""
        while (self._unwritten or self._sound.unsent()) and not self.frames.closed:
            await asyncio.sleep(TICK_SECONDS)

    async def run(self) -> None:
        """Exchange sound until cancelled."""
        clock = asyncio.get_running_loop().time
        begun, heard = clock(), 0
        while True:
            if sound := self._sound.read(self.rate * 2):
                self.frames.put(sound)
                heard += len(sound)
            late = self._bytes(clock() - begun) - heard
            if late > self._bytes(CATCH_UP_SECONDS) or late < 0:
                begun, heard = clock(), 0
            elif late > self._bytes(LATE_SECONDS):
                silence = self._bytes(TICK_SECONDS)
                self.frames.put(bytes(silence))
                heard += silence
            self._write()
            await asyncio.sleep(TICK_SECONDS)

    def _write(self) -> None:
        # What is written before the stack has thrown the old sound away goes with it.
        self._flushing = self._flushing and self._sound.unsent() > 0
        if self._unwritten and not self._flushing:
            taken = self._sound.write(bytes(self._unwritten))
            del self._unwritten[:taken]

    def _bytes(self, seconds: float) -> int:
        return int(seconds * self.rate) * 2
