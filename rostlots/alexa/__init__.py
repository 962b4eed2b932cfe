"""The Alexa skill: the same conversation on a smart speaker.

`blueprint` for the web service; `rostlots.alexa.lambda_function.handler` for Lambda; `rostlots.alexa.package` writes
the skill package. Alexa has no Swedish, so the skill speaks English.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rostlots.alexa.settings import AlexaSettings
from rostlots.assistant import Assistant
from rostlots.settings import SettingsError

if TYPE_CHECKING:
    from flask import Blueprint
    from redis import Redis

    from rostlots.settings import Settings
    from skill import Reply

__all__ = ["AlexaSettings", "blueprint"]


def blueprint(
    settings: Settings,
    alexa: AlexaSettings,
    *,
    redis: Redis | None = None,
    note: Callable[[Reply], None] | None = None,
    sound: Callable[[str, bool], str] | None = None,
) -> Blueprint:
    """`POST /alexa` for a Flask application.

    redis: where workers tell each other which requests came before. note: is told of every reply, to count them.
    sound: the path at which the service gives the sound of a Swedish text, slow or not: an MP3 of MPEG 2, 48 kbit/s,
    16 to 24 kHz and at most 240 s; used where the settings say so.

    Raises:
        SettingsError: Swedish sound is wanted, and there is none.
    """
    from rostlots.alexa.endpoint import endpoint, verifier
    from rostlots.alexa.skill import build_skill, warm_up

    recorded = _recorded(alexa, sound)
    # Without the review of what was not understood: the store says that nothing is kept.
    assistant = Assistant(hours=settings.hours, connects=False, answers_in="sv" if recorded else None)
    if alexa.skill_id is not None or not alexa.verify:
        warm_up(assistant)
    return endpoint(build_skill(assistant, note=note, recorded=recorded), verifier(alexa, redis=redis))


def _recorded(alexa: AlexaSettings, sound: Callable[[str, bool], str] | None) -> Callable[[str, bool], str] | None:
    """The whole address of a Swedish text's sound, where Swedish is what the operator wants."""
    if alexa.audio_url is None:
        return None
    if sound is None:
        raise SettingsError("ROSTLOTS_ALEXA_AUDIO_URL is set, but this service has no Swedish voice.")
    base, path = alexa.audio_url, sound
    return lambda text, slow: base + path(text, slow)
