"""Frames of any length and rate become the same sound."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import soxr
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from speech.audio import RATE
from speech.frames import CHUNK, Inlet


def through(data: bytes, cuts: list[int], rate: int) -> NDArray[np.float32]:
    inlet = Inlet(rate)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    chunks = [chunk for a, b in pairwise(places) for chunk in inlet.take(data[a:b])]
    assert all(chunk.shape == (CHUNK,) and chunk.dtype == np.float32 for chunk in chunks)
    return np.concatenate(chunks) if chunks else np.zeros(0, dtype=np.float32)


@given(st.binary(max_size=6000), st.lists(st.integers(0, 6000), max_size=8))
def test_however_it_is_cut(data: bytes, cuts: list[int]) -> None:
    whole = through(data, [], RATE)
    assert np.array_equal(through(data, cuts, RATE), whole)
    expected = np.frombuffer(data[: len(data) // 2 * 2], "<i2")[: len(whole)] / 32768
    assert np.allclose(whole, expected)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000])
def test_resampling_keeps_its_state_between_frames(rate: int) -> None:
    random = np.random.default_rng(1)
    sound = 0.2 * np.sin(2 * np.pi * np.cumsum(300 + 2000 * random.random(4 * rate).cumsum() / (4 * rate)) / rate)
    data = np.rint(sound * 32767).astype("<i2").tobytes()
    step = rate // 50 * 2
    found = through(data, list(range(step, len(data), step)), rate)
    whole = soxr.resample(sound, rate, RATE)
    part = whole[RATE : 3 * RATE]
    likeness = np.correlate(found, part, mode="valid").max() / np.dot(part, part)
    assert likeness > 0.99
    assert len(found) > len(whole) - 0.06 * RATE  # nothing is held back for longer
