"""One request of Alexa's to one response, as JSON on both sides."""

from __future__ import annotations

from typing import Any, cast

from ask_sdk_core.skill import CustomSkill
from ask_sdk_model import Request, RequestEnvelope


class NotARequest(Exception):
    """What came is no request of Alexa's."""


def exchange(skill: CustomSkill, body: bytes) -> dict[str, Any]:
    """The response to a request that was verified before.

    Raises:
        NotARequest: the body cannot be read.
    """
    response = skill.serializer.serialize(skill.invoke(_envelope(skill, body), None))
    return cast(dict[str, Any], response)


def _envelope(skill: CustomSkill, body: bytes) -> RequestEnvelope:
    try:
        envelope = skill.serializer.deserialize(payload=body.decode(), obj_type=RequestEnvelope)
    except Exception:  # the SDK's reader lets many kinds through, depending on where the body goes wrong
        raise NotARequest("the body is no request") from None
    if not isinstance(envelope, RequestEnvelope) or not isinstance(envelope.request, Request):
        raise NotARequest("the body is no request")
    return envelope
