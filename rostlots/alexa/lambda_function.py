"""The skill on AWS Lambda.

Amazon verifies the requests there: the function's trigger admits one skill. `ROSTLOTS_ALEXA_SKILL_ID` checks it again.
"""

from __future__ import annotations

import json
from typing import Any

from rostlots.alexa.exchange import NotARequest, exchange
from rostlots.alexa.settings import AlexaSettings
from rostlots.alexa.skill import build_skill, warm_up
from rostlots.assistant import Assistant
from rostlots.settings import Settings

# Built while Lambda starts the process, so that the first caller doesn't wait for it.
_settings = AlexaSettings.from_environ()
_assistant = Assistant(hours=Settings.from_environ().hours, connects=False)
warm_up(_assistant)
_skill = build_skill(_assistant)


def handler(event: Any, context: object) -> dict[str, Any]:
    """One request.

    Raises:
        NotARequest: it cannot be read, or is for another skill.
    """
    if _settings.skill_id is not None and _named(event) != _settings.skill_id:
        raise NotARequest("the request is for another skill")
    return exchange(_skill, json.dumps(event).encode())


def _named(event: Any) -> object:
    try:
        return event["context"]["System"]["application"]["applicationId"]
    except (KeyError, TypeError):
        return None
