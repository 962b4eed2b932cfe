"""Whether calls by webhook would work: the service is asked at its public address as the providers ask it."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx

from rostlots.assistant import Assistant, new_conversation
from rostlots.telephony import elks
from rostlots.telephony.settings import TelephonySettings
from rostlots.web.spoken import address_of
from skill.calling import for_phone, greeting
from skill.pressing import press
from speech.kind import kind_of

QUESTION = "Vad gör man åt metastaser i levern?"
KEY = "3"

SECONDS = 15.0
"""For an answer; Twilio waits no longer."""

_TOKEN = re.compile(r"[0-9a-f]{32}")

# A call that nobody makes; the number is one of those that Post- och telestyrelsen keeps for films.
_TWILIO_CALL = {"CallSid": "CA" + "0" * 32, "From": "+46701740605", "CallStatus": "ringing", "Direction": "inbound"}
_ELKS_CALL = {"direction": "incoming", "callid": "c" + "0" * 32, "from": "+46701740605"}


class Finding(NamedTuple):
    """One line of the result. note: neither well nor a fault, but worth knowing."""

    state: Literal["ok", "fault", "note"]
    text: str


class _Failed(Exception):
    """A request that did not bring what it should; the message says why."""


def check(
    settings: TelephonySettings, assistant: Assistant, api: str = f"https://{elks.API_HOST}"
) -> Iterator[Finding]:
    """What there is to say of each provider that is set up, one thing after the other.

    assistant: set up as that of the service, to know its words. api: where 46elks has its own.
    """
    site = _Site(settings.public_url or "", _words(settings, assistant))
    yield _address(site.base)
    yield Finding(
        "note", "calls are put through now" if settings.opening.is_open() else "calls are not put through now"
    )
    with site.client:
        if settings.twilio_token is not None:
            yield from _named("Twilio", _twilio(site, settings.twilio_token))
        if settings.elks_secret is not None:
            yield from _named("46elks", _elks(site, settings, settings.elks_secret, api))


def _named(provider: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings under the provider's name; what fails ends them."""
    try:
        for finding in findings:
            yield finding._replace(text=f"{provider}: {finding.text}")
    except _Failed as failed:
        yield Finding("fault", f"{provider}: {failed}")


def _address(base: str) -> Finding:
    parts = urlsplit(base)
    if parts.scheme == "https":
        return Finding("ok", f"public address: {base}")
    try:
        here = parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        here = False
    if here:
        return Finding("note", f"public address: {base} is this machine's own, which no provider reaches")
    return Finding("fault", f"public address: {base} is not https, so that calls could be read on their way")


def _words(settings: TelephonySettings, assistant: Assistant) -> Mapping[str, str]:
    """What the service should say to the requests made here, by the address of its sound."""
    knowledge, connects = assistant.language("sv").knowledge, settings.opening.is_open()
    first, state = greeting(new_conversation(), knowledge, connects=connects)
    turns = (assistant.answer(QUESTION, state), press(KEY, state, knowledge, connects=connects))
    closed = settings.opening.words(knowledge)
    replies = [for_phone(*turn, knowledge, connects=connects, closed=closed)[0] for turn in turns]
    return {address_of(reply.say, "sv"): reply.say for reply in (first, *replies)}


class _Site:
    """The service at its public address."""

    def __init__(self, base: str, words: Mapping[str, str]) -> None:
        self.base = base
        self.client = httpx.Client(timeout=SECONDS, follow_redirects=False)
        self._words = words

    def post(self, url: str, form: Mapping[str, str], signature: str | None = None) -> httpx.Response:
        """The answer, whatever it is. Raises `_Failed` where there is none."""
        headers = {} if signature is None else {"X-Twilio-Signature": signature}
        self._ours(url)
        try:
            return self.client.post(url, data=dict(form), headers=headers)
        except httpx.HTTPError as fault:
            raise _Failed(f"the public address does not answer ({fault})") from None

    def heard(self, url: str, asked: str, started: float) -> Finding:
        """What a caller hears: the sound is fetched as the provider fetches it. Raises `_Failed`."""
        seconds = time.monotonic() - started
        self._ours(url)
        try:
            answer = self.client.get(url)
        except httpx.HTTPError as fault:
            raise _Failed(f"the sound of {asked} cannot be had ({fault})") from None
        if answer.status_code != 200 or kind_of(answer.content) != "mp3":
            raise _Failed(f"the sound of {asked} cannot be had (status {answer.status_code})")
        shown = f"{asked} ({seconds:.1f} s to answer, {len(answer.content) / 1000:.0f} kB of sound)"
        said = self._words.get(url.removeprefix(self.base))
        if said is None:
            return Finding("note", f"{shown} has other words than here: is the running service of another version?")
        return Finding("ok", f"{shown}: {said}")

    def _ours(self, url: str) -> None:
        if not url.startswith(f"{self.base}/"):
            raise _Failed("the running service has another ROSTLOTS_PUBLIC_URL")


def _twilio(site: _Site, token: str) -> Iterator[Finding]:
    try:
        from twilio.request_validator import RequestValidator
    except ImportError:
        raise _Failed("its library is missing: pip install 'rostlots[twilio]'") from None
    usual = _TOKEN.fullmatch(token) is not None
    yield Finding(
        "ok" if usual else "fault", "the auth token has " + ("" if usual else "not ") + "32 hexadecimal digits"
    )
    start = f"{site.base}/voice/twilio"
    forged = site.post(start, _TWILIO_CALL, RequestValidator(f"not {token}").compute_signature(start, _TWILIO_CALL))
    yield _refusal(forged, "a forged signature")
    url = start
    said: dict[str, str] = {}
    for asked in ("the greeting", f"the answer to “{QUESTION}”"):
        form = {**_TWILIO_CALL, **said}
        started = time.monotonic()
        answer = site.post(url, form, RequestValidator(token).compute_signature(url, form))
        _expect(answer, "a signed request", "ROSTLOTS_TWILIO_AUTH_TOKEN or ROSTLOTS_PUBLIC_URL")
        try:
            root = ElementTree.fromstring(answer.text)  # noqa: S314 - from our own service, and read by nobody else
        except ElementTree.ParseError:
            raise _Failed("the answer is no TwiML") from None
        sound = next((play.text or "" for play in root.iter("Play")), None)
        if sound is None:
            raise _Failed('the service has no voice of its own: rostlots ask "Hej" --speak hej.wav says why')
        yield site.heard(sound, asked, started)
        url = next((gather.get("action") or "" for gather in root.iter("Gather")), "")
        said = {"SpeechResult": QUESTION, "Confidence": "0.9"}


def _elks(site: _Site, settings: TelephonySettings, secret: str, api: str) -> Iterator[Finding]:
    yield _account(site, settings, api)
    start = f"{site.base}/voice/46elks/"
    yield _refusal(site.post(start + "x" * len(secret), _ELKS_CALL), "a wrong secret")
    started = time.monotonic()
    answer = site.post(start + secret, _ELKS_CALL)
    if answer.status_code == 403 and settings.elks_networks:
        yield Finding("note", "the webhook cannot be tried from here, as ROSTLOTS_46ELKS_NETWORKS lets others in alone")
        return
    action = _action(answer)
    yield site.heard(action.get("ivr", ""), "the greeting", started)
    url = action.get("next", "")
    if "record" not in _action(site.post(url, {**_ELKS_CALL, "result": "failed"})):
        raise _Failed("no question is recorded after the greeting")
    yield Finding("ok", "after the greeting a question is recorded")
    started = time.monotonic()
    action = _action(site.post(url, {**_ELKS_CALL, "result": KEY}))
    yield site.heard(action.get("ivr", ""), f"the answer to key {KEY}", started)


def _action(answer: httpx.Response) -> dict[str, str]:
    """Raises `_Failed`."""
    _expect(answer, "a request with the secret", "ROSTLOTS_46ELKS_SECRET")
    try:
        action = answer.json()
    except ValueError:
        action = None
    if not isinstance(action, dict):
        raise _Failed("the answer is no action")
    if "connect" in action:
        raise _Failed('the service has no voice of its own: rostlots ask "Hej" --speak hej.wav says why')
    return action


def _account(site: _Site, settings: TelephonySettings, api: str) -> Finding:
    if not (settings.elks_user and settings.elks_password):
        return Finding(
            "fault", "recorded questions cannot be fetched without ROSTLOTS_46ELKS_USER and ROSTLOTS_46ELKS_PASSWORD"
        )
    try:
        status = site.client.get(f"{api}/a1/me", auth=(settings.elks_user, settings.elks_password)).status_code
    except httpx.HTTPError as fault:
        return Finding("fault", f"the API of 46elks does not answer ({fault})")
    if status != 200:
        return Finding("fault", f"the API of 46elks does not take user and password (status {status})")
    return Finding("ok", "the API of 46elks takes user and password")


def _refusal(answer: httpx.Response, what: str) -> Finding:
    if answer.status_code == 403:
        return Finding("ok", f"{what} is refused")
    if answer.status_code == 200:
        return Finding("fault", f"{what} is taken: anybody could ring")
    raise _Failed(_wrong(answer.status_code))


def _expect(answer: httpx.Response, what: str, cause: str) -> None:
    """Raises `_Failed`."""
    if answer.status_code == 403:
        raise _Failed(f"{what} is refused: the running service has another {cause}, or a proxy changes addresses")
    if answer.status_code != 200:
        raise _Failed(_wrong(answer.status_code))


def _wrong(status: int) -> str:
    if status in (404, 405):
        return "there is no webhook at the public address: the running service was started without these settings"
    if 300 <= status < 400:
        return "the public address sends elsewhere; providers need the final one"
    return f"the public address answers with status {status}"
