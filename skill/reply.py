"""What one turn of the conversation gives back to every way in."""

from typing import Literal

import msgspec

Action = Literal["answer", "clarify", "handoff", "emergency", "control", "fallback"]
Lang = Literal["sv", "en"]


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """The place in the source that carries an answer."""

    title: str
    section: str
    url: str | None = None


class Handoff(msgspec.Struct, frozen=True):
    """Who to reach.

    phone: E.164, or a short number that has no such form.
    spoken: the number as it is read out.
    connect: the channel should put the call through now.
    """

    name: str
    phone: str
    spoken: str
    connect: bool


class Alternative(msgspec.Struct, frozen=True):
    """A topic that came close."""

    topic: str
    confidence: float


class Reply(msgspec.Struct, frozen=True):
    """One turn's result, with the fields that the outside relies on.

    heard: the text that was understood.
    topic: an id of `topics.toml`, after the conversation's context has been applied.
    confidence: 0 to 1; of many replies at 0.8, about 80 % are right.
    say: what is spoken, plain text. more: what "berätta mer" would bring next.
    sources: empty where nothing factual is said.
    ends: the conversation is over after this.
    timings: milliseconds by stage, where sound was involved.
    """

    heard: str
    action: Action
    topic: str
    confidence: float
    say: str
    more: str | None = None
    sources: tuple[Source, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    handoff: Handoff | None = None
    ends: bool = False
    lang: Lang = "sv"
    timings: dict[str, float] | msgspec.UnsetType = msgspec.UNSET


_FAMILY_ACTIONS: dict[str, Action] = {
    "handoff": "handoff",
    "safety": "emergency",
    "control": "control",
    "clarify": "clarify",
    "fallback": "fallback",
}


def action_of(topic: str) -> Action:
    """The action that a topic id belongs to; every content topic is an answer."""
    return _FAMILY_ACTIONS.get(topic.partition(".")[0], "answer")
