"""`POST /alexa`: the skill as a web service of its own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ask_sdk_core.skill import CustomSkill
from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from rostlots.alexa.exchange import NotARequest, exchange
from rostlots.alexa.settings import AlexaSettings
from rostlots.alexa.sources import SeenEverywhere, SeenHere, amazon_roots, fetch
from rostlots.alexa.verification import Headers, Rejected, SignedByAlexa, Verifier

if TYPE_CHECKING:
    from redis import Redis

# Alexa's requests are some kilobytes.
_MOST_BYTES = 128 * 1024
_log = logging.getLogger(__name__)


def verifier(settings: AlexaSettings, *, redis: Redis | None = None) -> Verifier:
    """The verification that the settings ask for; with Redis, a request counts once over all workers."""
    if not settings.verify:
        _log.warning(
            "Alexa's signatures are not verified: ROSTLOTS_ALEXA_VERIFY is 0. Never so where others can reach."
        )
        return _anything
    seen = SeenHere() if redis is None else SeenEverywhere(redis)
    return SignedByAlexa(settings.skill_id, fetch=fetch, roots=amazon_roots(), seen=seen)


def endpoint(skill: CustomSkill, verify: Verifier) -> Blueprint:
    """The blueprint.

    What is not Alexa's, or cannot be read, raises `BadRequest` with nothing of the request; the application answers
    and counts it as it does any other refusal.
    """
    blueprint = Blueprint("alexa", __name__)

    @blueprint.post("/alexa")
    def alexa() -> Response:
        request.max_content_length = _MOST_BYTES
        try:
            body = request.get_data(cache=False)
            verify(request.headers, body)
            return jsonify(exchange(skill, body))
        except (Rejected, NotARequest) as fault:
            _log.info("a request to /alexa was refused: %s", fault)
            raise BadRequest from None

    return blueprint


def _anything(headers: Headers, body: bytes) -> None:
    """Lets everything through."""
