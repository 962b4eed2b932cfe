"""`POST /alexa`: the Alexa skill as one of the ways in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rostlots import alexa

if TYPE_CHECKING:
    from flask import Blueprint

    from rostlots.web.service import Service


def blueprint(service: Service) -> Blueprint:
    """The skill with what the service shares: Redis against replays, the figures, and the Swedish voice."""
    return alexa.blueprint(
        service.settings.product,
        service.settings.alexa,
        redis=service.redis,
        note=lambda reply: service.metrics.turn("alexa", reply),
        sound=lambda text, slow: service.spoken.address(text, "sv", slow=slow),
    )
