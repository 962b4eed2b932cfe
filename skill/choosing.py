"""Talking by pointing: what to offer next, and the reply to what was chosen."""

from dataclasses import replace

import msgspec

from intents import Recognition
from skill import answering
from skill.conversation import is_content, respond
from skill.knowledge_base import Knowledge
from skill.reply import Reply
from skill.state import State

CONTROLS = ("control.more", "control.repeat", "control.slower", "control.simpler")
"""What can be chosen besides topics that tell facts."""


class UnknownChoice(Exception):
    """There is no such topic, or it is none that can be chosen."""


class Suggestion(msgspec.Struct, frozen=True):
    """A topic that somebody might want next, and how it is named: "symtom vid metastaser i levern"."""

    topic: str
    label: str


def choose(topic: str, state: State, knowledge: Knowledge) -> tuple[Reply, State]:
    """The reply to a topic that was pointed at; nothing is left to understand.

    Raises:
        UnknownChoice: it is none that can be chosen.
    """
    if topic not in CONTROLS and not is_content(topic, knowledge):
        raise UnknownChoice
    heard = "" if topic in CONTROLS else answering.offer_words(knowledge, topic)
    return respond(replace(Recognition.of_topic(topic), heard=heard), state, knowledge)


def suggestions(state: State, knowledge: Knowledge) -> tuple[Suggestion, ...]:
    """What to offer after a turn, best first: the choices of an open question, else what goes with the topic."""
    if state.asking is not None:
        topics = state.options
    elif state.topic is not None:
        entry = knowledge.answers.get(state.topic)
        topics = (*(t for t in (state.queued,) if t is not None), *(entry.suggest if entry is not None else ()))
    else:
        topics = ()
    known = dict.fromkeys(t for t in topics if is_content(t, knowledge))
    return tuple(Suggestion(t, answering.offer_words(knowledge, t)) for t in known)
