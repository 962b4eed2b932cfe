"""What is shown: the card in the Alexa app, and the text on devices with a screen."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from ask_sdk_model.interfaces.alexa.presentation.apl import RenderDocumentDirective
from ask_sdk_model.ui import SimpleCard

from rostlots.alexa.definition import Screen
from skill import Handoff, Knowledge, Reply

_TOKEN = "answer"  # noqa: S105 - Alexa's word for the name of a document on the screen
# Amazon takes 8000 characters in title and text together.
_MOST_TEXT = 7000


def card(reply: Reply, knowledge: Knowledge, screen: Screen) -> SimpleCard:
    """The answer with its source and the number to ring. Nothing that the caller said is on it."""
    return SimpleCard(
        title=_title(reply, knowledge, screen),
        content="\n\n".join((reply.say[:_MOST_TEXT], *_below(reply, knowledge, screen))),
    )


def document(reply: Reply, knowledge: Knowledge, screen: Screen) -> RenderDocumentDirective:
    """The same for a device with a screen, as an APL document."""
    shown = {
        "title": _title(reply, knowledge, screen),
        "text": reply.say,
        "below": "\n".join(_below(reply, knowledge, screen)),
    }
    return RenderDocumentDirective(
        token=_TOKEN, document=_layout(), datasources={"answer": {"type": "object", "properties": shown}}
    )


def _title(reply: Reply, knowledge: Knowledge, screen: Screen) -> str:
    answer = knowledge.answers.get(reply.topic)
    return screen.title if answer is None else f"{screen.title}: {answer.title}"


def _below(reply: Reply, knowledge: Knowledge, screen: Screen) -> list[str]:
    lines = [screen.source.format(title=s.title, section=s.section) for s in reply.sources]
    handoff = reply.handoff or knowledge.helpline.handoff(connect=False)
    lines.append(screen.number.format(name=handoff.name, number=_written(handoff, knowledge)))
    if handoff.phone.startswith("+"):
        lines.append(screen.abroad.format(number=handoff.phone))
    return lines


def _written(handoff: Handoff, knowledge: Knowledge) -> str:
    return next((c.written for c in knowledge.contacts.values() if c.phone == handoff.phone), handoff.phone)


@cache
def _layout() -> dict[str, Any]:
    text = (files("rostlots.alexa") / "data" / "screen.json").read_text(encoding="utf-8")
    layout: dict[str, Any] = json.loads(text)
    return layout
