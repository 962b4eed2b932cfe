"""The sound device as a line, without one."""

from __future__ import annotations

import asyncio
import sys

import pytest

from speech.errors import EngineMissing
from speech.microphone import SoundDevice


def test_it_plays_in_blocks_and_hears_at_the_same_time() -> None:
    async def run() -> None:
        line = SoundDevice()
        line.play(b"ab" * 300)
        assert await asyncio.to_thread(line.exchange, b"x" * 400) == b"ab" * 200
        assert await asyncio.to_thread(line.exchange, b"y" * 400) == b"ab" * 100 + b"\0" * 200
        assert await anext(line.frames) == b"x" * 400
        assert await anext(line.frames) == b"y" * 400
        line.play(b"ab" * 300)
        line.stop()
        assert line.exchange(b"z" * 400) == b"\0" * 400

    asyncio.run(run())


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)

    async def run() -> None:
        with SoundDevice():
            pass

    with pytest.raises(EngineMissing, match="pip install sounddevice"):
        asyncio.run(run())
