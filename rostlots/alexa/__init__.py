"""The Alexa skill: the same conversation on a smart speaker.

`blueprint` for the web service; `rostlots.alexa.lambda_function.handler` for Lambda; `rostlots.alexa.package` writes
the skill package. Alexa has no Swedish, so the skill speaks English.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rostlots.alexa.settings import AlexaSettings
from rostlots.assistant import Assistant

if TYPE_CHECKING:
    from flask import Blueprint

    from rostlots.settings import Settings
    from skill import Reply

__all__ = ["AlexaSettings", "blueprint"]


def blueprint(
    settings: Settings,
    alexa: AlexaSettings,
    *,
    redis_url: str | None = None,
    note: Callable[[Reply], None] | None = None,
) -> Blueprint:
    """`POST /alexa` for a Flask application. Note: is told of every reply, to count them."""
    from rostlots.alexa.endpoint import endpoint, verifier
    from rostlots.alexa.skill import build_skill, warm_up

    assistant = Assistant.from_settings(settings, connects=False)
    warm_up(assistant)
    return endpoint(build_skill(assistant, note=note), verifier(alexa, redis_url=redis_url))
