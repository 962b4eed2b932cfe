"""Helpers of the tests: a client of `/api/stream`, and sound to send."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from serving import QUESTION, Served
from simple_websocket import Client, ConnectionClosed

RATE = 16_000
Sound = NDArray[np.int16]


def pause(seconds: float, rate: int = RATE) -> Sound:
    return np.zeros(round(seconds * rate), dtype=np.int16)


def spoken(path: Path = QUESTION, rate: int = RATE) -> Sound:
    """A recording, at any rate."""
    samples, own = soundfile.read(str(path), dtype="int16")
    return samples if own == rate else soxr.resample(samples, own, rate)


@contextmanager
def line(served: Served, query: str = "", origin: str | None = None) -> Iterator[Client]:
    """An open line."""
    address = served.address.replace("http", "ws", 1) + "/api/stream" + query
    client = Client.connect(address, headers={"Origin": origin} if origin else None)
    try:
        yield client
    finally:
        with suppress(ConnectionClosed, OSError):
            client.close()
        client.thread.join(10)


def refusal(served: Served, **headers: str) -> httpx.Response:
    """The answer to a client that is not let in."""
    handshake = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    return httpx.get(served.address + "/api/stream", headers={**handshake, **key, **headers})


def begin(client: Client, **asked: object) -> None:
    client.send(json.dumps({"rate": RATE, **asked}))


def send(client: Client, sound: Sound, *, rate: int = RATE, speed: float = 1.0, size: float = 0.04) -> list[Any]:
    """Say it as a microphone does, or at speed 0 all at once; returns the words that come meanwhile, and what ends it.

    The size of a message is in seconds.
    """
    data, step = sound.tobytes(), round(rate * size) * 2
    began = time.monotonic()
    came: list[Any] = []
    for number, at in enumerate(range(0, len(data), step)):
        if speed:
            time.sleep(max(0.0, began + number * size / speed - time.monotonic()))
        if (message := client.receive(timeout=0)) is not None:
            came.append(json.loads(message))
            if "partial" not in came[-1]:
                break
        client.send(data[at : at + step])
    return came


def rest(client: Client, came: Sequence[Any] = ()) -> list[Any]:
    """All messages to the last one, after those that have come already."""
    end = time.monotonic() + 30
    all_of_them = list(came)
    while not all_of_them or all_of_them[-1].keys() & {"partial", "ended"}:
        message = client.receive(timeout=max(0.0, end - time.monotonic()))
        assert message is not None, all_of_them
        all_of_them.append(json.loads(message))
    return all_of_them


def is_closed(client: Client) -> bool:
    """Whether the service closes the line, within some seconds, whatever it says before."""
    try:
        for _ in range(50):
            client.receive(timeout=0.2)
    except ConnectionClosed:
        return True
    return False
