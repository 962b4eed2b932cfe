"""`POST /alexa`: the skill as a web service of its own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ask_sdk_core.skill import CustomSkill
from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

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
    """The blueprint. Whatever is wrong with a request is answered with 400 and nothing of the request."""
    blueprint = Blueprint("alexa", __name__)

    @blueprint.post("/alexa")
    def alexa() -> tuple[Response, int]:
        request.max_content_length = _MOST_BYTES
        try:
            body = request.get_data(cache=False)
            verify(request.headers, body)
            return jsonify(exchange(skill, body)), 200
        except (Rejected, NotARequest, HTTPException) as fault:
            reason = "the body cannot be read" if isinstance(fault, HTTPException) else str(fault)
            _log.info("a request to /alexa was refused: %s", reason)
            return jsonify(error={"code": "bad_request", "message": f"Not answered: {reason}."}), 400

    return blueprint


def _anything(headers: Headers, body: bytes) -> None:
    """Lets everything through."""
