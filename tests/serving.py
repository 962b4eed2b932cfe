"""Helpers of the tests: the web service as a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from rostlots.web import WebSettings
from speech import SpeechSettings

ROOT = Path(__file__).resolve().parents[1]
SECRET = "a secret of the tests"
QUESTION = ROOT / "examples" / "question.opus"


def web_settings(folder: Path, **changes: object) -> WebSettings:
    """Settings whose files go after the test; limits are off unless a test is about them."""
    speech = SpeechSettings.from_environ({"ROSTLOTS_CACHE": str(folder / "cache")})
    return WebSettings(**{"secret_key": SECRET, "turns_per_minute": 0, "speech": speech, **changes})  # type: ignore[arg-type]


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@dataclass
class Served:
    """A running `rostlots serve`."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path
    """Everything that it and its processes have written."""

    def workers(self) -> set[int]:
        """Process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return {int(pid) for pid in children.read_text().split()}


@contextmanager
def serving(folder: Path, *, wait_for: str = "/healthz", workers: int = 2, **environment: str) -> Iterator[Served]:
    """`rostlots serve` on a free port, ended afterwards."""
    port = free_port()
    log = folder / "log.txt"
    settings = {
        "ROSTLOTS_SECRET_KEY": SECRET,
        "ROSTLOTS_TURNS_PER_MINUTE": "0",
        "ROSTLOTS_SPEECH_THREADS": "1",
        "ROSTLOTS_CACHE": str(folder / "cache"),
        "TMPDIR": str(folder),
    }
    command = [sys.executable, "-m", "rostlots", "serve", "--port", str(port), "--workers", str(workers)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env={**os.environ, **settings, **environment},
            start_new_session=True,
        )
    served = Served(f"http://127.0.0.1:{port}", process, log)
    try:
        wait_until_served(served, wait_for)
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_served(served: Served, path: str, seconds: float = 180.0) -> None:
    """Until the path answers 200."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert served.process.poll() is None, served.log.read_text()
        try:
            if httpx.get(served.address + path).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{path} did not answer: {served.log.read_text()}")
