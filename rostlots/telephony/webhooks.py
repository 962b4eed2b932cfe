"""`/voice/twilio` and `/voice/46elks`: who may call them, and what each step of a call answers."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

import msgspec
from flask import Blueprint, Response, request

from rostlots.settings import SettingsError
from rostlots.telephony import elks
from rostlots.telephony.settings import TelephonySettings
from rostlots.telephony.talk import Place, Talk, Turn
from rostlots.web.errors import Refused

if TYPE_CHECKING:
    from rostlots.web.service import Service

MOST_BYTES = 65_536
"""Of a request; what somebody has said is a few hundred. All of it is listened to: a call for help may come last."""

Result = TypeVar("Result")

log = logging.getLogger(__name__)


def blueprint(service: Service, settings: TelephonySettings | None = None) -> Blueprint:
    """The webhooks. Settings: None reads the environment.

    Raises:
        SettingsError: the settings cannot be used, or Twilio is set up without its library.
    """
    settings = TelephonySettings.from_environ() if settings is None else settings
    routes = Blueprint("telephony", __name__)
    if settings.twilio_token is not None:
        _add_twilio(routes, service, settings, settings.twilio_token)
    if settings.elks_secret is not None:
        _add_elks(routes, service, settings, settings.elks_secret)
    return routes


def _place() -> Place:
    """Where the call stands, from the address; a broken one is the start."""
    try:
        return msgspec.convert(request.args.to_dict(), Place, strict=False)
    except msgspec.ValidationError:
        return Place()


def _guarded(turn: Callable[[], Result], talk: Talk, place: Place) -> Result | Turn:
    """The turn, or words of apology: whatever goes wrong here, a caller is waiting."""
    try:
        return turn()
    except Exception as fault:
        # The kind alone: a message may hold what somebody has said.
        log.error("A telephone turn broke: %s.", type(fault).__name__)
        return talk.broken(place)


def _add_twilio(routes: Blueprint, service: Service, settings: TelephonySettings, token: str) -> None:
    try:
        from rostlots.telephony import twilio
    except ImportError as error:
        raise SettingsError("Twilio needs its library: pip install 'rostlots[twilio]'.") from error
    talk = Talk(service, "twilio", settings.opening)
    address, sound = _addresses(service, settings, "/voice/twilio")

    @routes.post("/voice/twilio")
    def twilio_turn() -> Response:
        request.max_content_length = MOST_BYTES
        query = request.query_string.decode("ascii", "replace")
        url = f"{settings.public_url}/voice/twilio" + (f"?{query}" if query else "")
        form = request.form.to_dict()
        if not twilio.genuine(token, url, form, request.headers.get("X-Twilio-Signature", "")):
            log.info("A request to /voice/twilio was refused: it is not signed for the public address.")
            raise Refused("forbidden")
        place = _place()

        def turn() -> Turn | None:
            if place.step == "dialled":
                failure = twilio.failure_of(form.get("DialCallStatus", ""))
                return None if failure is None else talk.failed(failure, place)
            if place.step != "heard":
                return talk.start()
            if key := form.get("Digits", ""):
                return talk.pressed(key[:1], place)
            if text := form.get("SpeechResult", "").strip():
                return talk.said(text, place)
            return talk.silence(place)

        done = _guarded(turn, talk, place)
        body = twilio.over() if done is None else twilio.twiml(done, address, sound)
        return Response(body, content_type="text/xml; charset=utf-8")


def _add_elks(routes: Blueprint, service: Service, settings: TelephonySettings, secret: str) -> None:
    talk = Talk(service, "46elks", settings.opening)
    address, sound = _addresses(service, settings, f"/voice/46elks/{secret}")

    @routes.post("/voice/46elks")
    @routes.post("/voice/46elks/<given>")
    def elks_turn(given: str = "") -> Response:
        request.max_content_length = MOST_BYTES
        secret_right = hmac.compare_digest(given.encode(), secret.encode())
        if not (secret_right and elks.allowed(request.remote_addr, settings.elks_networks)):
            log.info("A request to /voice/46elks was refused: the secret is not ours, or the sender not 46elks.")
            raise Refused("forbidden")
        place = _place()
        action = _elks_step(talk, place, settings, address, sound)
        return Response(msgspec.json.encode(action), content_type="application/json")


def _elks_step(
    talk: Talk, place: Place, settings: TelephonySettings, address: elks.Address, sound: elks.Sound
) -> elks.Action:
    form = request.form
    if place.step == "end":
        return elks.hang_up()
    if place.step == "connect":
        return elks.connect(talk.knowledge.helpline.phone, place, address)
    key = form.get("result", "")
    if place.step == "pressed" and key not in _KEYS:
        return elks.record(place, address)

    def turn() -> Turn:
        if place.step == "pressed":
            return talk.pressed(key, place)
        if place.step == "recorded":
            url = form.get("wav", "")
            return talk.recorded(elks.fetch(url, settings), place) if url else talk.silence(place)
        if place.step in ("busy", "failed"):
            return talk.failed("busy" if place.step == "busy" else "no_answer", place)
        return talk.start()

    return elks.action(_guarded(turn, talk, place), address, sound, talk.knowledge.helpline.phone)


_KEYS = frozenset("0123456789*#")


def _addresses(service: Service, settings: TelephonySettings, path: str) -> tuple[elks.Address, elks.Sound]:
    """The public address of a step of the call, and that of the sound of a text, None where there is no voice."""
    base = settings.public_url or ""

    def address(place: Place) -> str:
        return f"{base}{path}?{urlencode(place.query())}"

    def sound(text: str, slow: bool) -> str | None:
        try:
            return base + service.spoken.rendered(text, "sv", slow=slow)
        except Exception as fault:
            log.error("Answers cannot be spoken: %s.", type(fault).__name__)
            return None

    return address, sound
