"""The sound device as a line, without one."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import speech
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


ON_A_DEVICE = """
import asyncio, sys
from speech.microphone import SoundDevice

async def run():
    with SoundDevice() as line:
        line.play(bytes(64_000))
        heard = b""
        while len(heard) < 64_000:
            heard += await anext(line.frames)
    sys.stdout.buffer.write(heard[:64_000])

asyncio.run(run())
"""


def test_a_real_device_of_portaudio_and_alsa(tmp_path: Path) -> None:
    """ALSA's file device: what is heard comes from a file."""
    try:
        import sounddevice
    except (ImportError, OSError):
        pytest.skip("PortAudio is not installed: pip install sounddevice, apt install libportaudio2")
    if not any(api["name"] == "ALSA" for api in sounddevice.query_hostapis()):
        pytest.skip("PortAudio has no ALSA here")
    recording = np.random.default_rng(3).integers(-9000, 9000, 64_000).astype("<i2").tobytes()
    (tmp_path / "in.raw").write_bytes(recording)
    (tmp_path / "asound.conf").write_text(
        'pcm.!default { type file slave.pcm "null" format "raw" '
        f'file "{tmp_path}/out.raw" infile "{tmp_path}/in.raw" }}'
        "\npcm.null { type null }\n"
    )
    environment = {**os.environ, "ALSA_CONFIG_PATH": str(tmp_path / "asound.conf")}
    root = Path(speech.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", ON_A_DEVICE], capture_output=True, env=environment, cwd=root, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    # The device may have thrown away its first blocks.
    assert done.stdout[32_000:48_000] in recording


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)

    async def run() -> None:
        with SoundDevice():
            pass

    with pytest.raises(EngineMissing, match="pip install sounddevice"):
        asyncio.run(run())
