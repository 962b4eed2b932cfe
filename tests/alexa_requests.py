"""Requests as Alexa sends them, and what came back."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NoReturn
from uuid import uuid4

import pytest
from ask_sdk_core.skill import CustomSkill

from rostlots.alexa.exchange import exchange

SKILL_ID = "amzn1.ask.skill.0a1b2c3d-0000-4000-8000-00000000cafe"


def envelope(
    request: dict[str, Any],
    *,
    attributes: dict[str, Any] | None = None,
    new: bool = False,
    screen: bool = False,
    locale: str = "en-GB",
    at: datetime | None = None,
    skill_id: str = SKILL_ID,
) -> dict[str, Any]:
    """A whole request; `request` holds what its type has beyond the rest."""
    application = {"applicationId": skill_id}
    user = {"userId": "amzn1.ask.account.TEST"}
    interfaces: dict[str, Any] = {"AudioPlayer": {}}
    if screen:
        interfaces["Alexa.Presentation.APL"] = {"runtime": {"maxVersion": "2023.3"}}
    return {
        "version": "1.0",
        "session": {
            "new": new,
            "sessionId": "amzn1.echo-api.session.TEST",
            "application": application,
            "attributes": attributes or {},
            "user": user,
        },
        "context": {
            "System": {
                "application": application,
                "user": user,
                "device": {"deviceId": "amzn1.ask.device.TEST", "supportedInterfaces": interfaces},
                "apiEndpoint": "https://api.eu.amazonalexa.com",
                "apiAccessToken": "token",
            }
        },
        "request": {
            "requestId": f"amzn1.echo-api.request.{uuid4()}",
            "timestamp": (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "locale": locale,
            **request,
        },
    }


def launch(**more: Any) -> dict[str, Any]:
    return envelope({"type": "LaunchRequest"}, new=True, **more)


def intent(name: str, slots: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Slots: by name, as `slot` makes them."""
    asked = {"name": name, "confirmationStatus": "NONE", "slots": slots or {}}
    return envelope({"type": "IntentRequest", "dialogState": "COMPLETED", "intent": asked}, **more)


def slot(name: str, said: str, *, found: tuple[str, str] | None = None) -> dict[str, Any]:
    """A slot. Said: the word itself. Found: name and id of the value that Alexa took it for."""
    built: dict[str, Any] = {"name": name, "value": said, "confirmationStatus": "NONE", "source": "USER"}
    code = "ER_SUCCESS_NO_MATCH" if found is None else "ER_SUCCESS_MATCH"
    resolution: dict[str, Any] = {"authority": f"amzn1.er-authority.{name}", "status": {"code": code}}
    if found is not None:
        resolution["values"] = [{"value": {"name": found[0], "id": found[1]}}]
    built["resolutions"] = {"resolutionsPerAuthority": [resolution]}
    return {name: built}


def without(reason: str) -> NoReturn:
    """Leave a test out for want of a program; where CI runs, that is a fault."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def words_of(ssml: str) -> str:
    """The words of speech markup; it has to be well-formed."""
    root = ElementTree.fromstring(ssml)
    assert root.tag == "speak"
    return re.sub(r"\s+", " ", " ".join(root.itertext())).strip()


@dataclass
class Session:
    """A conversation with the skill: sends requests, carries the attributes on."""

    skill: CustomSkill
    locale: str = "en-GB"
    screen: bool = False
    attributes: dict[str, Any] = field(default_factory=dict)
    last: dict[str, Any] = field(default_factory=dict)

    def launch(self) -> str:
        return self.send(launch(locale=self.locale, screen=self.screen))

    def intend(self, name: str, slots: dict[str, Any] | None = None) -> str:
        more = {"attributes": self.attributes, "locale": self.locale, "screen": self.screen}
        return self.send(intent(name, slots, **more))

    def ask(self, first: str, rest: str) -> str:
        """A free question, by its first word and the rest."""
        return self.intend(f"Free{first.capitalize()}", slot("question", rest))

    def send(self, request: dict[str, Any]) -> str:
        """The words that come back, empty where nothing is said."""
        self.last = exchange(self.skill, json.dumps(request).encode())
        self.attributes = self.last.get("sessionAttributes") or {}
        speech = self.last["response"].get("outputSpeech")
        return words_of(speech["ssml"]) if speech else ""
