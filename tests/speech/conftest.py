"""What the tests of hearing and speaking share."""

from __future__ import annotations

import io
import lzma
import threading
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
from numpy.typing import NDArray

from speech.audio import RATE, Audio
from speech.settings import SpeechSettings


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "model: needs a real model or voice, installed from the package registry")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on how the machine is set up."""
    import os

    for name in list(os.environ):
        if name.startswith("ROSTLOTS_"):
            monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> SpeechSettings:
    """Folders that are empty and go after the test."""
    return SpeechSettings(models_dir=tmp_path / "models", cache_dir=tmp_path / "cache", vosk_cache=tmp_path / "vosk")


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Folder of the recordings of real people."""
    return Path(__file__).with_name("recordings")


@pytest.fixture
def tone() -> NDArray[np.float32]:
    """One second of 440 Hz at 16 kHz, half of full scale."""
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32)


@pytest.fixture
def noise() -> dict[str, Audio]:
    """Three seconds each of sounds in which nobody speaks."""
    random = np.random.default_rng(7)
    n = 3 * RATE
    t = np.arange(n) / RATE
    white = random.standard_normal(n)
    spectrum = np.fft.rfft(white)
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    pink = np.fft.irfft(spectrum, n)
    clicks = np.where(random.random(n) < 0.001, 0.8, 0.0)
    melody = np.concatenate(
        [
            sum(np.sin(2 * np.pi * f * h * t[: n // 6]) / h for h in range(1, 9)) * np.exp(-t[: n // 6] * 5)
            for f in (131, 147, 165, 175, 196, 220)
        ]
    )
    sounds = {
        "digital silence": np.zeros(n),
        "direct current": np.full(n, 0.3),
        "white noise": 0.1 * white,
        "faint white noise": 0.001 * white,
        "pink noise": 0.3 * pink / np.abs(pink).max(),
        "mains hum": 0.2 * sum(np.sin(2 * np.pi * 50 * k * t) / k for k in range(1, 8)),
        "ringing tone": 0.2 * np.sin(2 * np.pi * 425 * t) * (t % 2 < 1),
        "dialling": 0.2 * (np.sin(2 * np.pi * 697 * t) + np.sin(2 * np.pi * 1209 * t)) * (t % 0.4 < 0.2),
        "clicks": clicks,
        "plucked melody": 0.1 * melody,
    }
    return {name: Audio(np.clip(sound, -1, 1).astype(np.float32)) for name, sound in sounds.items()}


@dataclass
class Site:
    """A web server with a few files, and with the faults that a test asks for."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    """Content by path."""
    break_after: list[int] = field(default_factory=list)
    """For each coming answer, the bytes after which the connection breaks."""
    ranges: bool = True
    """Whether a part of a file may be asked for."""
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and ``Range`` of each request so far."""


@pytest.fixture
def site() -> Iterator[Site]:
    """A server on this machine."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            site.requests.append((self.path, wanted))
            content = site.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and site.ranges else 0
            if start and start >= len(content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(content)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            body = content[start:]
            if site.break_after:
                body = body[: site.break_after.pop(0)]
                self.close_connection = True
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_port}"
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


class Zipper(Protocol):
    """Makes the bytes of a zip."""

    def __call__(self, members: Mapping[str, bytes], mode: Mapping[str, int] | None = None) -> bytes:
        """``members`` is content by name, ``mode`` the Unix mode of some of them."""


@pytest.fixture
def zipped() -> Zipper:
    """A maker of zips."""

    def make(members: Mapping[str, bytes], mode: Mapping[str, int] | None = None) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in members.items():
                info = zipfile.ZipInfo(name)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = (mode or {}).get(name, 0) << 16
                file.writestr(info, content)
        return buffer.getvalue()

    return make


@pytest.fixture(scope="session")
def net() -> bytes:
    """A small acoustic net with the tables of the Swedish Vosk model, which has learnt two synthetic voices."""
    return lzma.decompress((Path(__file__).with_name("data") / "standin/am/final.mdl.xz").read_bytes())
