"""46elks: a turn as one action in JSON, and recordings from its API."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx

from rostlots.networks import Network, within
from rostlots.telephony.settings import TelephonySettings
from rostlots.telephony.talk import Place, Turn

API_HOST = "api.46elks.com"
"""The only place from which a recording is fetched; the address comes with the request, and could be anybody's."""

MOST_BYTES = 3_000_000
"""A recording of a minute is below one megabyte."""

RECORD_SECONDS = 30

RING_SECONDS = 40

FETCH_SECONDS = 8.0
"""For a whole recording, while the caller hears nothing."""

Address = Callable[[Place], str]
Sound = Callable[[str, bool], str | None]
Action = dict[str, Any]


class NoRecording(Exception):
    """A recording cannot be had."""


def allowed(address: str | None, networks: tuple[Network, ...]) -> bool:
    """Whether a request comes from where 46elks is; from anywhere if that is not set."""
    if not networks:
        return True
    try:
        return within(ipaddress.ip_address(address or ""), networks)
    except ValueError:
        return False


def action(turn: Turn, address: Address, sound: Sound, helpline: str) -> Action:
    """The answer to a request: a prompt during which a key may be pressed, and the address that comes next.

    46elks has no voice of its own: where ours is broken the caller is put through to people, better than silence.
    """
    spoken = sound(turn.text, turn.slow)
    if spoken is None:
        over = address(Place("end"))
        return {"connect": helpline, "timeout": RING_SECONDS, "busy": over, "failed": over, "next": over}
    if turn.ends:
        return {"play": spoken, "next": address(Place("end"))}
    if turn.connect is not None:
        return {"play": spoken, "next": address(Place("connect", turn.session))}
    after = Place("pressed", turn.session, turn.silences)
    if not turn.interruptible:
        return {"play": spoken, "next": address(after)}
    return {"ivr": spoken, "digits": 1, "timeout": 1, "repeat": 1, "next": address(after)}


def record(place: Place, address: Address) -> Action:
    """Take down the next question."""
    after = Place("recorded", place.session, place.silences)
    return {"record": address(after), "silencedetection": "yes", "timelimit": RECORD_SECONDS}


def connect(number: str, place: Place, address: Address) -> Action:
    """Put the call through, with ways out."""
    return {
        "connect": number,
        "timeout": RING_SECONDS,
        "busy": address(Place("busy", place.session)),
        "failed": address(Place("failed", place.session)),
        "next": address(Place("end", place.session)),
    }


def hang_up() -> Action:
    """The end."""
    return {"hangup": ""}


def fetch(url: str, settings: TelephonySettings) -> bytes:
    """A recording, held in memory only.

    Raises:
        NoRecording: the address is not that of the API, or it gives none in time.
    """
    place = urlsplit(url)
    if place.scheme != "https" or place.netloc != API_HOST:
        raise NoRecording
    end = time.monotonic() + FETCH_SECONDS
    credentials = (settings.elks_user or "", settings.elks_password or "")
    try:
        with httpx.stream("GET", url, auth=credentials, timeout=5.0, follow_redirects=False) as response:
            if response.status_code != 200:
                raise NoRecording
            data = b""
            for part in response.iter_bytes():
                data += part
                if len(data) > MOST_BYTES or time.monotonic() > end:
                    raise NoRecording
            return data
    except httpx.HTTPError:
        raise NoRecording from None
