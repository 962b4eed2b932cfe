"""What the web service bears: typed turns and recordings over loopback, beside the bare recogniser, and its memory.

usage: python -m benchmarks.web [--seconds 10] [--turns 10000] [--recording FILE]

Starts `rostlots serve` with two workers and no rate limit. The clients run on the same cores as the service, so a
machine of its own would do better. "Bare" is the same conversations in one process without the web.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from benchmarks.answering import percentile, typed

_ROOT = Path(__file__).parent.parent
_QUESTIONS = _ROOT / "tests" / "data" / "conversations.jsonl"
_RECORDING = _ROOT / "examples" / "question.opus"
_WORKERS = 2


@contextmanager
def service() -> Iterator[tuple[int, int]]:
    """A running service: its port and the process id of its parent."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "ROSTLOTS_SECRET_KEY": secrets.token_urlsafe(32),
            "ROSTLOTS_TURNS_PER_MINUTE": "0",
            "ROSTLOTS_SPEECH_THREADS": "1",
            "ROSTLOTS_CACHE": folder,
        }
        command = [sys.executable, "-m", "rostlots", "serve", "--port", str(port), "--workers", str(_WORKERS)]
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            ready = 0
            while ready < 20:  # in a row, so that every worker has answered
                ready = ready + 1 if _ready(port) else 0
                time.sleep(0.1)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait()


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def conversations() -> list[dict[str, object]]:
    """The development conversations that ship with the tests."""
    return [json.loads(line) for line in _QUESTIONS.read_text(encoding="utf-8").splitlines() if line.strip()]


def talk(port: int, seconds: float, turns: int, shift: int) -> list[float]:
    """One client with one connection: whole conversations, until time or turns are over; milliseconds per turn."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    lines = conversations()
    end = time.perf_counter() + seconds
    times: list[float] = []
    number = shift
    while True:
        line = lines[number % len(lines)]
        number += 1
        session = None
        for text in line["turns"]:  # type: ignore[attr-defined]
            if len(times) >= turns or time.perf_counter() > end:
                return times
            body = json.dumps({"text": text, "session": session, "lang": line.get("lang")})
            started = time.perf_counter()
            connection.request("POST", "/api/ask", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read()
            times.append((time.perf_counter() - started) * 1000)
            assert response.status == 200, content
            session = json.loads(content)["session"]


def record(port: int, seconds: float, recording: Path) -> tuple[list[float], int]:
    """One client that sends a recording again and again: seconds of those that were heard, and how many were not."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    content = recording.read_bytes()
    end = time.perf_counter() + seconds
    times, refused = [], 0
    while time.perf_counter() < end:
        started = time.perf_counter()
        connection.request("POST", "/api/listen", content, {"Content-Type": "audio/ogg"})
        response = connection.getresponse()
        response.read()
        if response.status == 200:
            times.append(time.perf_counter() - started)
        else:
            assert response.status == 503
            refused += 1
            time.sleep(0.5)
    return times, refused


def memory(parent: int) -> float:
    """MB of all workers together that they do not share."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    lines = (line for pid in children for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty"))) / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="for each measurement under load")
    parser.add_argument("--turns", type=int, default=10_000, help="between the two readings of memory")
    parser.add_argument("--recording", type=Path, default=_RECORDING)
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {_WORKERS} workers")

    bare, _ = typed(_QUESTIONS, 3)
    print(f"bare typed turn: median {statistics.median(bare):.2f} ms, 95th percentile {percentile(bare, 0.95):.2f} ms")
    with service() as (port, parent), get_context("spawn").Pool(8) as clients:
        talk(port, 60, 500, 0)
        alone = talk(port, arguments.seconds, 100_000, 0)
        print(
            f"typed turn over HTTP, one client: median {statistics.median(alone):.2f} ms, "
            f"95th percentile {percentile(alone, 0.95):.2f} ms; "
            f"the web adds {statistics.median(alone) - statistics.median(bare):.2f} ms at the median"
        )
        for count in (2, 8):
            jobs = [(port, arguments.seconds, 1_000_000, 37 * n) for n in range(count)]
            started = time.perf_counter()
            times = [t for one in clients.starmap(talk, jobs, chunksize=1) for t in one]
            rate = len(times) / (time.perf_counter() - started)
            print(
                f"typed turns, {count} clients: {rate:.0f} a second, median {statistics.median(times):.1f} ms, "
                f"95th percentile {percentile(times, 0.95):.1f} ms"
            )
        for count in (1, 2, 8):
            jobs = [(port, arguments.seconds, arguments.recording)] * count
            heard = clients.starmap(record, jobs, chunksize=1)
            waits = [t for times, _ in heard for t in times]
            print(
                f"recordings, {count} clients: {60 * len(waits) / arguments.seconds:.0f} a minute, "
                f"median {statistics.median(waits):.2f} s, 95th percentile {percentile(waits, 0.95):.2f} s, "
                f"{sum(refused for _, refused in heard)} refused with 503"
            )
        before = memory(parent)
        share = arguments.turns // 8
        clients.starmap(talk, [(port, 3600, share, 37 * n) for n in range(8)], chunksize=1)
        after = memory(parent)
        print(f"memory of both workers: {before:.0f} MB, after {8 * share} more turns {after:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
