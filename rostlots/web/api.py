"""The API: a question in, a reply out."""

from __future__ import annotations

import io
import logging
import time

import msgspec
from flask import Blueprint, Response, request, send_file

from rostlots.web import limits, openapi, rendering
from rostlots.web.errors import Refused
from rostlots.web.hearing import MOST_BYTES
from rostlots.web.replies import WebReply, web_reply
from rostlots.web.requests import MOST_JSON_BYTES, SESSION_HEADER, AskRequest
from rostlots.web.service import Service
from rostlots.web.sessions import LONGEST_TOKEN
from skill import UnknownChoice
from speech.errors import SpeechError

log = logging.getLogger(__name__)

# The address is made of what is said, so the sound behind it never changes.
_FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}


_decoder = msgspec.json.Decoder(AskRequest)


def blueprint(service: Service) -> Blueprint:
    """`/api/…`."""
    routes = Blueprint("api", __name__, url_prefix="/api")
    turn_limit = service.limiter.shared_limit(limits.per_minute(service.settings), scope="turns")
    document = msgspec.json.encode(openapi.document())

    @routes.post("/ask")
    @turn_limit
    def ask() -> Response:
        request.max_content_length = MOST_JSON_BYTES
        asked = _asked()
        before = service.sessions.load(asked.session, asked.lang)
        if isinstance(asked.topic, str):
            try:
                reply, state = service.turns.choose(asked.topic, before, _channel(), connects=asked.connects)
            except UnknownChoice:
                raise Refused("invalid") from None
        elif isinstance(asked.text, str):
            reply, state = service.turns.ask(asked.text, before, _channel(), connects=asked.connects)
        else:
            raise Refused("invalid")
        return _given(web_reply(service, reply, state, asked.session), spoken=False)

    @routes.post("/listen")
    @turn_limit
    def listen() -> Response:
        token = request.headers.get(SESSION_HEADER) or request.args.get("session")
        lang = request.args.get("lang")
        if lang not in (None, "sv", "en") or len(token or "") > LONGEST_TOKEN:
            raise Refused("invalid")
        connects = request.args.get("connects", "true") != "false"
        before = service.sessions.load(token, lang)
        reply, state = service.turns.listen(_recording(), before, _channel(), connects=connects)
        return _given(web_reply(service, reply, state, token), spoken=True)

    @routes.get("/speech/<name>.mp3")
    @service.limiter.limit(limits.per_minute(service.settings, limits.SPEECH_PER_TURN))
    def speech(name: str) -> Response:
        if name in request.if_none_match:
            return Response(status=304, headers=_FOR_EVER)
        started = time.perf_counter()
        try:
            sound = service.spoken.sound(name)
        except SpeechError as fault:
            log.error("Answers cannot be spoken: %s", type(fault).__name__)
            raise Refused("mute") from None
        if sound is None:
            raise Refused("not_found")
        service.metrics.stage("speak", time.perf_counter() - started)
        response = send_file(io.BytesIO(sound), "audio/mpeg", etag=name)
        response.headers.update(_FOR_EVER)
        return response

    @routes.get("/openapi.json")
    def description() -> Response:
        return Response(document, content_type="application/json", headers={"Cache-Control": "max-age=3600"})

    return routes


def _asked() -> AskRequest:
    """The body. Raises `Refused`."""
    if not request.is_json:
        raise Refused("unsupported")
    try:
        return _decoder.decode(request.get_data(cache=False))
    except msgspec.ValidationError:
        raise Refused("invalid") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused("bad_request") from None


def _recording() -> bytes:
    request.max_content_length = MOST_BYTES
    data = request.get_data(cache=False)
    if not data:
        raise Refused("bad_request")
    return data


def _channel() -> str:
    return "page" if rendering.wants_html() else "api"


def _given(reply: WebReply, *, spoken: bool) -> Response:
    """The reply as a program takes it, or as the open page does."""
    if rendering.wants_html():
        return rendering.fragment(reply, spoken=spoken)
    return Response(msgspec.json.encode(reply), content_type="application/json")
