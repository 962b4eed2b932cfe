"""Every voice is brought to one loudness."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest

from speech.loudness import LOUDNESS, PEAK, at_usual_loudness
from speech.voice import Spoken

RATE = 22050


def voice(seconds: float, level: float) -> Spoken:
    """A tone that comes and goes like syllables."""
    at = np.arange(int(seconds * RATE)) / RATE
    tone = np.sin(2 * np.pi * 220 * at) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * at))
    return Spoken(np.rint(tone * level * 32767).astype(np.int16), RATE)


@pytest.mark.parametrize("level", [0.02, 0.1, 0.4, 0.9])
def test_any_level_becomes_the_same_loudness(level: float) -> None:
    after = at_usual_loudness(voice(3.0, level))
    assert pyloudnorm.Meter(RATE).integrated_loudness(after.samples / 32768) == pytest.approx(LOUDNESS, abs=0.5)
    assert np.abs(after.samples).max() <= PEAK * 32768 + 1


def test_peaks_are_not_clipped() -> None:
    spoken = voice(3.0, 0.01)
    spoken.samples[RATE] = 30000
    after = at_usual_loudness(spoken)
    assert np.abs(after.samples).max() <= PEAK * 32768 + 1


@pytest.mark.parametrize("seconds", [0.01, 0.2, 0.4])
def test_a_short_word_is_brought_there_too(seconds: float) -> None:
    assert np.abs(at_usual_loudness(voice(seconds, 0.02)).samples).max() > np.abs(voice(seconds, 0.02).samples).max()


def test_silence_stays_silence() -> None:
    assert not at_usual_loudness(Spoken(np.zeros(RATE, np.int16), RATE)).samples.any()
