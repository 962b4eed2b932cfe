"""Helpers of the tests: a conversation that keeps its own state, and what must hold for any reply at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol, get_args

import msgspec

from intents.data_files import questions, topic_register
from rostlots.assistant import Assistant
from skill import Reply, State, load_knowledge
from skill.reply import Action, Lang


class Ran(Protocol):
    """What a run of the command line left."""

    @property
    def status(self) -> int: ...
    @property
    def out(self) -> str: ...
    @property
    def err(self) -> str: ...


Command = Callable[..., Ran]


@dataclass
class Talk:
    """One conversation."""

    assistant: Assistant
    state: State = field(default_factory=State)

    def say(self, *texts: str) -> Reply:
        """Say one thing after the other; the reply to the last."""
        for text in texts:
            reply, self.state = self.assistant.answer(text, self.state)
        return reply


def complaint(ran: Ran) -> str:
    """The one sentence that a failed run says on standard error, without the hint how the command is used."""
    assert "Traceback" not in ran.err
    lines = [line for line in ran.err.splitlines() if line.strip() and not line.startswith(("Usage: ", "Try '"))]
    assert len(lines) == 1, ran.err
    return lines[0].removeprefix("Error: ")


@cache
def benign_questions(lang: str = "sv") -> tuple[str, ...]:
    """Questions of the product's own files that have nothing to do with danger or distress."""
    return tuple(q.text for q in questions(lang) if not any(t.startswith(("safety.", "handoff.")) for t in q.topics))


@cache
def _facts(lang: str) -> tuple[str, ...]:
    """Sentences of the knowledge that tell a fact."""
    parts = [p for a in load_knowledge(lang).answers.values() for p in (a.say, a.more, a.simple)]
    sentences = [s for part in parts for s in re.split(r"(?<=[.!?]) ", part) if "{phone" not in s]
    # Those that send the caller on stand in phrases that tell no fact, too.
    return tuple(s for s in sentences if len(s.split()) > 3 and not re.search(r"läkare|doctor|Cancerlinjen", s))


def assert_proper(reply: Reply) -> None:
    """What holds for every reply, whatever was said."""
    assert reply.action in get_args(Action)
    assert reply.lang in get_args(Lang)
    assert reply.topic in topic_register()
    assert 0 <= reply.confidence <= 1
    assert reply.say.strip()
    assert "{" not in reply.say + (reply.more or "")
    ranking = [a.confidence for a in reply.alternatives]
    assert len(ranking) <= 3
    assert ranking == sorted(ranking, reverse=True)
    assert reply.topic not in {a.topic for a in reply.alternatives}
    assert msgspec.json.decode(msgspec.json.encode(reply), type=Reply) == reply
    if reply.action == "answer" and reply.topic != "helpline.hours":
        assert reply.sources
    if any(fact in reply.say for fact in _facts(reply.lang)):
        assert reply.sources, reply.say
    if reply.action == "emergency":
        assert "112" in reply.say
        assert reply.handoff is not None
        assert not reply.sources
    if reply.action == "handoff":
        assert reply.handoff is not None
