"""The page at `/`: everything but the microphone works without a script."""

from __future__ import annotations

from typing import get_args

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from rostlots.web import limits
from rostlots.web.errors import Refused, as_response, asked_lang, code_of
from rostlots.web.rendering import page
from rostlots.web.replies import web_reply
from rostlots.web.requests import LONGEST_TEXT, MOST_JSON_BYTES
from rostlots.web.service import Service
from rostlots.web.sessions import LONGEST_TOKEN
from skill import Lang, UnknownChoice

CHANNEL = "page"


def blueprint(service: Service) -> Blueprint:
    """The page, empty or with the answer to a form."""
    routes = Blueprint("page", __name__)
    turn_limit = service.limiter.shared_limit(limits.per_minute(service.settings), scope="turns")

    @routes.get("/")
    def empty() -> str:
        return page(service, asked_lang())

    @routes.post("/")
    @turn_limit
    def answered() -> str:
        request.max_content_length = MOST_JSON_BYTES
        lang, text, topic, token = _form()
        state = service.sessions.load(token, lang)
        if topic:
            try:
                reply, state = service.turns.choose(topic, state, CHANNEL, connects=False)
            except UnknownChoice:
                raise Refused("invalid") from None
        else:
            reply, state = service.turns.ask(text, state, CHANNEL, connects=False)
        return page(service, lang, reply=web_reply(service, reply, state, token))

    @routes.errorhandler(Exception)
    def refused(error: Exception) -> Response:
        response = as_response(error)
        if not isinstance(error, MethodNotAllowed):
            response.set_data(page(service, asked_lang(), refusal=code_of(error)))
            response.content_type = "text/html; charset=utf-8"
        return response

    return routes


def _form() -> tuple[Lang, str, str, str]:
    """Language, text, topic and session of the form. Raises `Refused`."""
    text = request.form.get("text", "")
    topic = request.form.get("topic", "")
    token = request.form.get("session", "")
    lang = next((known for known in get_args(Lang) if known == request.args.get("lang", "sv")), None)
    if lang is None or len(text) > LONGEST_TEXT or len(token) > LONGEST_TOKEN or len(topic) > 100:
        raise Refused("invalid")
    return lang, text, topic, token
