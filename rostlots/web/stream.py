"""`/api/stream`: a WebSocket on which a question is heard while it is said.

The client sends what it wants (`StreamRequest`, JSON), then sound as binary messages, and `done` if the person has
ended the question by hand. It gets `{"partial"}` as often as the words change, `{"ended"}` when it need send no more,
and last `{"reply"}`, `{"html"}` for the page, or `{"error"}`.
"""

from __future__ import annotations

import logging
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from flask import Blueprint, g, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed
from wsproto.utilities import RemoteProtocolError

from rostlots.web import limits
from rostlots.web.errors import Refused, as_response, asked_lang, refusal
from rostlots.web.hearing import LONGEST, MOST_BYTES
from rostlots.web.rendering import fragment
from rostlots.web.replies import web_reply
from rostlots.web.requests import StreamRequest
from speech import PartialText, SpeechEnded

if TYPE_CHECKING:
    from flask import Response
    from simple_websocket import Server

    from rostlots.web.service import Service
    from rostlots.web.streams import Stream
    from skill import Reply, State

DONE = "done"

MOST_MESSAGE_BYTES = 65_536
"""Of one message; the library closes the line on a larger one. Two thirds of a second at 48 kHz."""

IDLE = 5.0
"""Seconds in which something must come, else the client counts as gone."""

SENDING = 5
"""Seconds in which a client must take what is sent to it."""

LINGER = 2.0
"""Seconds left to the client for taking the last message and closing the line; closing it on sound that is still under
way could cost the client that message."""

QUIET = 0.5
"""Seconds without anything from the client after which it has nothing under way."""

TICK = 0.02
"""Seconds between two looks at what has been heard, where no sound comes that would be the occasion."""

log = logging.getLogger(__name__)

_decoder = msgspec.json.Decoder(StreamRequest)


def blueprint(service: Service) -> Blueprint:
    """The one address. What is refused before the line opens is an answer by HTTP like any other."""
    routes = Blueprint("stream", __name__, url_prefix="/api")
    service.limiter.shared_limit(limits.per_minute(service.settings), scope="turns")(routes)
    routes.record_once(lambda setup: setup.app.config.setdefault("SOCK_SERVER_OPTIONS", _OPTIONS))

    @routes.before_request
    def admit() -> None:
        origin = request.headers.get("Origin")
        # Programs name none; a browser names the page on which somebody's microphone is open.
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise Refused("forbidden")
        service.streams.take_place()
        g.has_place = True

    @routes.teardown_request
    def leave(error: BaseException | None) -> None:
        if g.pop("has_place", False):
            service.streams.free_place()

    @routes.errorhandler(RemoteProtocolError)
    @routes.errorhandler(OSError)
    def not_opened(error: Exception) -> Response:
        """The client has asked for a line in the wrong way, or was gone before it was open."""
        return as_response(Refused("bad_request"))

    def stream(line: Server) -> None:
        # A client that takes nothing would else hold this thread for ever.
        with suppress(OSError):  # it may have gone already
            line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SENDING, 0))
        try:
            _say(line, _turn(service, line))
            _until_taken(line)
        finally:
            _close(line)

    Sock().route("/stream", bp=routes)(stream)
    return routes


def _turn(service: Service, line: Server) -> object:
    """What is said last: the reply, or why there is none. Raises `ConnectionClosed` if nobody is there."""
    lang = asked_lang()
    try:
        asked = _asked(line)
        before = service.sessions.load(asked.session, asked.lang)
        lang = before.lang
        stream = service.turns.follow(asked.rate, before, "page" if asked.html else "api", connects=asked.connects)
        try:
            reply, after = _heard(service, line, stream, asked.rate)
        finally:
            stream.cancel()
        given = web_reply(service, reply, after, asked.session)
        return {"html": fragment(given, spoken=True).get_data(as_text=True)} if asked.html else {"reply": given}
    except ConnectionClosed:
        raise
    except Exception as error:
        return refusal(error, lang)


def _asked(line: Server) -> StreamRequest:
    message = line.receive(timeout=IDLE)
    if not isinstance(message, str):
        raise Refused("bad_request")
    try:
        return _decoder.decode(message)
    except msgspec.ValidationError:
        raise Refused("invalid") from None
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise Refused("bad_request") from None


def _heard(service: Service, line: Server, stream: Stream, rate: int) -> tuple[Reply, State]:
    """Pass sound to the recogniser and words to the client until there is a turn."""
    began = last = time.monotonic()
    left = min(MOST_BYTES, int(LONGEST * rate) * 2)
    ended = False
    while True:
        for news in stream.news():
            if isinstance(news, PartialText):
                _say(line, {"partial": news.text})
            elif isinstance(news, SpeechEnded):
                ended = True
                _say(line, {"ended": True})
            elif isinstance(news, Exception):
                raise news
            else:
                return news
        message = line.receive(timeout=TICK)
        now = time.monotonic()
        if service.streams.ending and not ended:  # a reply that is under way still comes in time
            raise Refused("busy")
        if isinstance(message, bytes):
            last = now
            left -= len(message)
            stream.put(message)
        elif message == DONE:
            ended = True
            stream.end()
        elif message is not None or (not ended and now - last > IDLE):
            raise Refused("bad_request")
        if left < 0 or (not ended and now - began > LONGEST):
            raise Refused("too_long")


def _say(line: Server, message: object) -> None:
    """Raises `ConnectionClosed`, also where the client takes nothing."""
    try:
        line.send(msgspec.json.encode(message).decode())
    except OSError:
        raise ConnectionClosed from None


def _until_taken(line: Server) -> None:
    """Until the client has closed the line, or has nothing under way any more, or time is up."""
    end = time.monotonic() + LINGER
    while time.monotonic() < end and line.receive(timeout=QUIET) is not None:
        continue


def _close(line: Server) -> None:
    """Close the line and end the thread that reads it, so that nothing is left for the server to wait for."""
    with suppress(ConnectionClosed, OSError):
        line.close()
    with suppress(OSError):
        line.sock.shutdown(socket.SHUT_RDWR)
    line.thread.join(SENDING)


def _reader(target: Callable[[], None]) -> Thread:
    """The thread that reads a line: it holds up no end of the process, and tells no traceback of what was sent."""

    def read() -> None:
        try:
            target()
        except Exception as error:
            log.error("A line failed: %s", type(error).__name__)

    return Thread(target=read, daemon=True)


_OPTIONS = {"max_message_size": MOST_MESSAGE_BYTES, "thread_class": _reader}
