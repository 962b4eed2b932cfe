"""Malformed messages, floods and strange sound: the line goes on serving."""

from __future__ import annotations

import random
import socket
import struct
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from telephone import (
    CALL,
    G729_ONLY,
    HANG_UP,
    Caller,
    Line,
    caller,
    pause,
    refused,
    sipp,
    telephone_line,
    until,
)

from rostlots.assistant import new_conversation
from skill import Knowledge
from skill.calling import greeting
from skill.pressing import press

from .conftest import spoken

pytestmark = pytest.mark.model


def throw(messages: Iterable[bytes], port: int) -> None:
    """Send packets from an address that has nothing to do with any call."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as attacker:
        for message in messages:
            attacker.sendto(message, ("127.0.0.1", port))
            time.sleep(0.001)


def still_answered(anna: Caller, knowledge: Knowledge) -> None:
    """A call that runs was left alone."""
    assert not anna.happened("CALL_CLOSED")
    begun = len(anna.heard()) / 8000
    anna.press("3")
    _, state = greeting(new_conversation(), knowledge, connects=False)
    anna.hears(spoken(press("3", state, knowledge, connects=False)[0].say), after=begun)


def hostile_messages() -> list[bytes]:
    """Whole, torn, and altered requests."""
    chance = random.Random(9)
    head = (
        "{method} sip:helpline@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK{n}\r\n"
        "From: <sip:x@127.0.0.1>;tag=t{n}\r\nTo: <sip:helpline@127.0.0.1>\r\nCall-ID: hostile{n}\r\n"
        "CSeq: 1 {method}\r\nMax-Forwards: 70\r\nContact: <sip:x@127.0.0.1:9>\r\nContent-Length: 0\r\n\r\n"
    )
    found = [b"", b"\r\n\r\n", b"\0" * 1400, b"INVITE", bytes(range(256)) * 5, b"SIP/2.0 200 OK\r\n\r\n"]
    for n in range(600):
        whole = bytearray(
            head.format(method=chance.choice(["INVITE", "OPTIONS", "BYE", "REFER", "NOTIFY"]), n=n).encode()
        )
        if n % 3 == 0:
            del whole[chance.randrange(len(whole)) :]
        if n % 3 == 1:
            for _ in range(10):
                whole[chance.randrange(len(whole))] = chance.randrange(256)
        found.append(bytes(whole))
    return found


def test_it_goes_on_serving_under_attack(folder: Path, knowledge: Knowledge) -> None:
    with telephone_line(folder / "line", SIP_CALLS="4") as line, caller(folder / "anna") as anna:
        anna.call(line)
        throw(hostile_messages(), line.port)
        for port in range(31000, 31060):
            throw([random.Random(port).randbytes(172)], port)
        sipp(folder / "codecs", refused("488", G729_ONLY), line).ends()
        time.sleep(1)
        still_answered(anna, knowledge)
        until(lambda: _answers(folder / "after", line), 60)
        assert line.process.poll() is None
        assert len(line.log.read_text().splitlines()) < len(hostile_messages())
        for private in ("127.0.0.1:9", "hostile", "anna@"):
            assert private not in line.log.read_text()


def _answers(folder: Path, line: Line) -> bool:
    running = sipp(folder, CALL + pause(0.5) + HANG_UP, line)
    return running.process.wait(60) == 0


OFFER = "v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"


def flood(method: str, count: int) -> list[bytes]:
    """Well-formed requests, to whose answers nobody listens."""
    body = OFFER if method == "INVITE" else ""
    return [
        (
            f"{method} sip:helpline@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK{method}{n}\r\n"
            f"From: <sip:x@127.0.0.1>;tag=t{n}\r\nTo: <sip:helpline@127.0.0.1>\r\nCall-ID: flood{method}{n}\r\n"
            f"CSeq: 1 {method}\r\nMax-Forwards: 70\r\nContact: <sip:x@127.0.0.1:9>\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()
        for n in range(count)
    ]


def test_it_goes_on_serving_after_floods(folder: Path, knowledge: Knowledge) -> None:
    with telephone_line(folder / "line", SIP_CALLS="4") as line, caller(folder / "anna") as anna:
        anna.call(line)
        throw(flood("OPTIONS", 1000), line.port)
        throw(flood("INVITE", 500), line.port)
        still_answered(anna, knowledge)
        until(lambda: _answers(folder / "after", line), 90)
        assert line.process.poll() is None
        assert "ERROR" not in line.log.read_text()


def test_sound_from_elsewhere_ends_no_call(folder: Path, knowledge: Knowledge) -> None:
    with telephone_line(folder / "line") as line, caller(folder / "anna") as anna:
        anna.call(line)
        for port in range(31000, 31040, 2):
            packets = [struct.pack("!BBHII", 0x80, 0, n, n * 160, port) + b"\x80" * 160 for n in range(50)]
            throw(packets, port)
        still_answered(anna, knowledge)
