"""Settings of the telephone line, and the hours of those who answer behind it."""

from __future__ import annotations

import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("opening_hours")

from rostlots.opening import Opening
from rostlots.phone.settings import PhoneSettings
from rostlots.settings import VARIABLES, SettingsError


def sip(**values: str) -> PhoneSettings:
    return PhoneSettings.from_environ({f"ROSTLOTS_SIP_{name}": value for name, value in values.items()})


def test_defaults_stay_on_this_machine_and_put_nobody_through() -> None:
    settings = sip()
    assert settings.listen == "127.0.0.1:5060"
    assert not settings.connects()
    assert settings == sip(LISTEN=" ", CALLS="")


def test_values_are_read(tmp_path: Path) -> None:
    pem = tmp_path / "a.pem"
    pem.write_text("")
    settings = sip(
        LISTEN="0.0.0.0:5061",
        PEERS="192.0.2.1, 2001:db8::/32",
        RTP_PORTS="30000-30100",
        DOMAIN="sip.example.com",
        USER="100",
        PASSWORD="a b;c",
        TRANSPORT="TLS",
        CERTIFICATE=str(pem),
        SRTP="dtls",
        HAND_OVER="sip:0101991010@sip.example.com",
        WHEN_FULL="announce",
    )
    assert settings.rtp_ports == (30000, 30100)
    assert [str(network) for network in settings.peers] == ["192.0.2.1/32", "2001:db8::/32"]
    assert (settings.transport, settings.srtp, settings.when_full) == ("tls", "dtls", "announce")
    assert settings.connects()
    assert "a b;c" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LISTEN", "5060"),
        ("LISTEN", "127.0.0.1:5060\ncatchall yes"),
        ("RTP_PORTS", "20000"),
        ("RTP_PORTS", "30000-20000"),
        ("USER", "a@b"),
        ("PASSWORD", 'a"b'),
        ("DOMAIN", "a;b"),
        ("TRANSPORT", "smoke"),
        ("SRTP", "zrtp"),
        ("CALLS", "0"),
        ("CALLS", "many"),
        ("HAND_OVER", "0101991010"),
        ("HAND_OVER", "sip:a@b c"),
        ("HAND_OVER_HOURS", "sometimes"),
        ("CERTIFICATE", "/there/is/none"),
        ("WHEN_FULL", "hang"),
        ("PEERS", "sip.example.com"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"ROSTLOTS_SIP_{name}"):
        sip(**{name: value})


@pytest.mark.parametrize("listen", ["0.0.0.0:5060", "192.0.2.10:5060", "[::]:5060", "voice.example.com:5060"])
def test_where_others_can_reach_the_line_it_is_said_who_may_ring(listen: str) -> None:
    with pytest.raises(SettingsError, match="ROSTLOTS_SIP_PEERS"):
        sip(LISTEN=listen)
    assert sip(LISTEN=listen, DOMAIN="sip.example.com").peers == ()
    assert len(sip(LISTEN=listen, PEERS="0.0.0.0/0, ::/0").peers) == 2


@pytest.mark.parametrize("listen", ["127.0.0.1:5060", "127.0.0.2:5070", "[::1]:5060", "localhost:5060"])
def test_on_this_machine_alone_nothing_has_to_be_said_of_that(listen: str) -> None:
    assert sip(LISTEN=listen).listen == listen


def test_tls_needs_a_certificate() -> None:
    with pytest.raises(SettingsError, match="ROSTLOTS_SIP_CERTIFICATE"):
        sip(TRANSPORT="tls")


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2026-11-23 08:00", True),
        ("2026-11-23 07:59", False),
        ("2026-11-23 16:00", False),
        ("2026-11-22 12:00", False),  # a Sunday
        ("2026-06-19 12:00", False),  # Midsummer Eve, a Friday on which nobody works
        ("2027-01-06 12:00", False),  # Epiphany, a Wednesday
    ],
)
def test_hours_are_swedish(when: str, is_open: bool) -> None:
    time = datetime.datetime.fromisoformat(when).replace(tzinfo=ZoneInfo("Europe/Stockholm"))
    opening = Opening.from_environ({"ROSTLOTS_SIP_HAND_OVER_HOURS": "Mo-Fr 08:00-16:00; PH off"})
    assert opening.is_open(time) is is_open
    assert opening.is_open(time.astimezone(ZoneInfo("America/New_York"))) is is_open


def test_each_variable_is_in_the_table() -> None:
    known = {name for names, _, _ in VARIABLES for name in names.split(", ")}
    folder = Path(__file__).parents[3] / "rostlots"
    source = (folder / "phone" / "settings.py").read_text() + (folder / "opening.py").read_text()
    import re

    named = set(re.findall(r'"(ROSTLOTS_SIP_[A-Z_]+)"', source))
    named |= {f"ROSTLOTS_SIP_{name}" for name in re.findall(r'(?:text|number)\("([A-Z_]+)"', source)}
    assert named <= known
    assert {name for name in known if name.startswith("ROSTLOTS_SIP_")} <= named
