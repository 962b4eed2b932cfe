"""What the tests of the web service share: the application, the running service, Redis, and a recording."""

from __future__ import annotations

import io
import shutil
import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from serving import QUESTION, Served, free_port, serving, web_settings

from rostlots.web import create_app
from speech.audio import wav_bytes


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application as it stands in one process."""
    return create_app(web_settings(tmp_path_factory.mktemp("web")))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def silence() -> bytes:
    """A second of nothing, as WAV."""
    return wav_bytes(np.zeros(16_000, dtype=np.int16), 16_000)


@pytest.fixture(scope="session")
def webm() -> bytes:
    """The recorded question as Chromium would send it: Opus in WebM."""
    import av
    import soundfile

    samples, rate = soundfile.read(str(QUESTION), dtype="int16")
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
    frame.sample_rate = rate
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="webm") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        for part in av.AudioResampler(format="flt", layout="mono", rate=48_000).resample(frame):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.fixture(scope="session")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the microphone hears: the recorded question and then a long silence."""
    import soundfile

    samples, rate = soundfile.read(str(QUESTION), dtype="int16")
    path = tmp_path_factory.mktemp("microphone") / "question.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        pause = np.zeros(rate, dtype=np.int16)
        file.writeframes(np.concatenate([pause, samples, np.tile(pause, 20)]).tobytes())
    return path


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service with two workers, ready to hear."""
    with serving(tmp_path_factory.mktemp("served"), wait_for="/readyz") as running:
        yield running


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis on this machine."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server here; scripts/system-packages installs it")
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    import redis

    url = f"redis://127.0.0.1:{port}/0"
    with redis.Redis.from_url(url) as connection:
        for _ in range(100):
            try:
                connection.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
    yield url
    process.terminate()
    process.wait()
