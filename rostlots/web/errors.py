"""Every refusal of the web service: a code, a status and one sentence for the person at the other end."""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus
from pathlib import Path
from typing import Literal

import msgspec
from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from rostlots.assistant import LANGUAGES
from rostlots.web.texts import texts
from skill import Lang
from speech.errors import AudioTooLong, AudioUnreadable, SpeechError

Code = Literal[
    "bad_request",
    "forbidden",
    "not_found",
    "method_not_allowed",
    "too_large",
    "too_long",
    "unsupported",
    "unreadable",
    "invalid",
    "too_many",
    "broken",
    "busy",
    "deaf",
    "mute",
]

STATUS: dict[Code, int] = {
    "bad_request": 400,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_large": 413,
    "too_long": 413,
    "unsupported": 415,
    "unreadable": 422,
    "invalid": 422,
    "too_many": 429,
    "broken": 500,
    "busy": 503,
    "deaf": 503,
    "mute": 503,
}
"""too_long: a recording of more seconds than are heard. deaf, mute: hearing or speaking is not set up, or broken."""

RETRY_AFTER: dict[Code, int] = {"too_many": 30, "busy": 3, "deaf": 60, "mute": 60}
"""Seconds after which it is worth trying again."""

log = logging.getLogger(__name__)


class ErrorDetail(msgspec.Struct, frozen=True):
    """What went wrong: a stable code, and a sentence for a person, in Swedish unless ?lang=en."""

    code: Code
    message: str


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of every refusal."""

    error: ErrorDetail


class Refused(Exception):
    """A request that is not served; ends as an answer with the code's status."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


def asked_lang() -> Lang:
    """The language that the request asks for in its address, else Swedish."""
    return next((known for known in LANGUAGES if known == request.args.get("lang")), "sv")


def code_of(error: Exception) -> Code:
    """The code that an error ends as."""
    match error:
        case Refused():
            return error.code
        case AudioTooLong():
            return "too_long"
        case AudioUnreadable():
            return "unreadable"
        case SpeechError():
            return "deaf"
        case HTTPException():
            return _of_status(error.code or 500)
    return "broken"


def _of_status(status: int) -> Code:
    known: dict[int, Code] = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported"}
    fallback: Code = "bad_request" if status < 500 else "broken"
    return "too_many" if status == HTTPStatus.TOO_MANY_REQUESTS else known.get(status, fallback)


def refusal(error: Exception, lang: Lang) -> ErrorBody:
    """What is said of an error, counted; what was not foreseen is logged without anything of the request."""
    code = code_of(error)
    if code in ("broken", "deaf"):
        log.error("%s at %s", type(error).__name__, _place(error))
    current_app.extensions["rostlots"].metrics.rejected(code)
    return ErrorBody(ErrorDetail(code, texts(lang).errors[code]))


def as_response(error: Exception) -> Response:
    """The answer to a request that failed."""
    body = refusal(error, asked_lang())
    code = body.error.code
    response = Response(msgspec.json.encode(body), STATUS[code], content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    if code in RETRY_AFTER:
        response.headers["Retry-After"] = str(RETRY_AFTER[code])
    if isinstance(error, HTTPException) and (allowed := dict(error.get_headers()).get("Allow")):
        response.headers["Allow"] = allowed
    return response


def _place(error: Exception) -> str:
    """Where it happened. Not what the error says, which may hold words of the request."""
    return " < ".join(
        f"{Path(f.filename).name}:{f.lineno}" for f in reversed(traceback.extract_tb(error.__traceback__)[-4:])
    )


def register(app: Flask) -> None:
    """Turn every error of the application into an answer of the same form."""
    app.register_error_handler(Exception, as_response)
