"""What the tests of streams share: an ear that says what it is told, recordings as frames, a line in real time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from speech import Audio, Ear, Frames, Hypothesis, Listener, Patience, Transcript
from speech.audio import RATE
from speech.hearing import always
from speech.stream import Event

Samples = NDArray[np.float32]


@dataclass
class Told:
    """An ear that hears what it is told, and counts."""

    text: str = "vad är metastaser"
    seconds: float = 0.0
    heard: list[float] = field(default_factory=list)
    name: str = "told"

    def hear(self, audio: Audio, prompt: str | None = None, wanted: Callable[[], bool] = always) -> Transcript:
        time.sleep(self.seconds)
        self.heard.append(audio.seconds)
        return Transcript("speech", (Hypothesis(self.text, -0.1),), self.name)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), dtype=np.float32)


def pcm(*parts: Samples) -> bytes:
    return np.rint(np.clip(np.concatenate(parts), -1, 1) * 32767).astype("<i2").tobytes()


def cut(data: bytes, size: int = 640) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


async def paced(data: bytes, rate: int = RATE, speed: float = 1.0) -> AsyncIterator[bytes]:
    """Frames of 20 ms as a line gives them; at speed 0 as fast as they are taken."""
    started = time.perf_counter()
    for number, frame in enumerate(cut(data, rate // 50 * 2)):
        wait = started + number * 0.02 * speed - time.perf_counter()
        await asyncio.sleep(max(0.0, wait) if speed else 0)
        yield frame


def events_of(
    ear: Ear,
    data: bytes,
    rate: int = RATE,
    complete: Callable[[str], bool | None] = lambda text: None,
    patience: Patience | None = None,
    speed: float = 0.0,
) -> list[Event]:
    """All events of one utterance."""

    async def collect() -> list[Event]:
        with ThreadPoolExecutor(1) as executor:
            listener = Listener(ear, executor, complete, patience)
            return [event async for event in listener.listen(paced(data, rate, speed), rate)]

    return asyncio.run(collect())


@dataclass
class RoomLine:
    """A line in real time: what is played comes back as an echo, and a person says what is in ``person``."""

    frames: Frames
    rate: int = RATE
    echo: float = 0.1
    person: bytearray = field(default_factory=bytearray)
    played: bytearray = field(default_factory=bytearray)
    _out: bytearray = field(default_factory=bytearray)
    stopped: bool = False

    def play(self, data: bytes) -> None:
        self._out += data

    def stop(self) -> None:
        self._out.clear()
        self.stopped = True

    async def run(self) -> None:
        """Exchange 20 ms each 20 ms until cancelled."""
        size = self.rate // 50 * 2
        started, number = time.perf_counter(), 0
        late = bytearray(size * 4)
        while True:
            out = bytes(self._out[:size])
            del self._out[:size]
            self.played += out
            late += out.ljust(size, b"\0")
            said = bytes(self.person[:size]).ljust(size, b"\0")
            del self.person[:size]
            mixed = np.frombuffer(bytes(late[:size]), "<i2") * self.echo + np.frombuffer(said, "<i2")
            del late[:size]
            self.frames.put(np.clip(mixed, -32768, 32767).astype("<i2").tobytes())
            number += 1
            await asyncio.sleep(max(0.0, started + number * 0.02 - time.perf_counter()))
