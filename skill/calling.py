"""What a telephone call needs said besides the conversation: the greeting, the keys, a failed hand-over, the end."""

from typing import Literal

import msgspec

from intents import Recognition
from skill import handing_over
from skill.conversation import finished
from skill.draft import Draft
from skill.knowledge_base import Knowledge
from skill.reply import Reply
from skill.state import State

Failure = Literal["busy", "no_answer", "refused"]
"""Why a call could not be put through, as far as that is known."""

Closing = Literal["end_of_silence", "time_over", "shutting_down", "full"]
"""Why a call is ended by us."""


def greeting(state: State, knowledge: Knowledge, *, connects: bool) -> tuple[Reply, State]:
    """The first words, with the keys. connects: whether a call can be put through now."""
    say = knowledge.phrase("phone", "greeting", keys=_keys("keys", knowledge, connects))
    # The greeting has the notice within it.
    noticed = msgspec.structs.replace(state, noticed=True)
    return _turn(Draft(say=say), "control.greeting", noticed, knowledge)


def wrong_key(state: State, knowledge: Knowledge, *, connects: bool) -> tuple[Reply, State]:
    """The reply to a key that has no meaning."""
    say = knowledge.phrase("phone", "wrong_key", keys=_keys("keys", knowledge, connects))
    return _turn(Draft(say=say, keep_open=True), "control.help", state, knowledge)


def not_connected(why: Failure, state: State, knowledge: Knowledge) -> tuple[Reply, State]:
    """The reply after a hand-over that failed: the number, twice, and again on "upprepa".

    It is said slowly, like all that follows: somebody is writing it down.
    """
    say = f"{knowledge.phrase('phone', why)} {knowledge.phrase('phone', 'number_twice')}"
    draft = Draft(say=say, handoff=knowledge.helpline.handoff(connect=False), numbered=True)
    slower = msgspec.structs.replace(state, slow=True)
    return _turn(draft, handing_over.REQUEST, slower, knowledge)


def for_phone(
    reply: Reply, state: State, knowledge: Knowledge, *, connects: bool, closed: str | None
) -> tuple[Reply, State]:
    """A turn as the telephone can keep it.

    connects: whether a call can be put through now. closed: what is said in place of a hand-over outside the opening
    hours, if that is the reason why none can.
    """
    if not connects:
        asked = reply.handoff is not None and reply.handoff.connect
        reply, state = _not_connecting(reply, state, knowledge)
        if asked and closed is not None:
            reply = msgspec.structs.replace(reply, say=closed)
            state = msgspec.structs.replace(state, said=closed)
    if reply.topic == "fallback.unclear" and reply.action == "fallback":
        hint = _keys("keys_short", knowledge, connects)
        reply = msgspec.structs.replace(reply, say=f"{reply.say} {hint}")
    return reply, state


def _not_connecting(reply: Reply, state: State, knowledge: Knowledge) -> tuple[Reply, State]:
    """The turn in the words of a way in that can put no call through: whether this one can, changes with the hour."""
    handoff = None if reply.handoff is None else msgspec.structs.replace(reply.handoff, connect=False)
    said = None if state.said is None else _without_a_call(state.said, knowledge)
    reply = msgspec.structs.replace(reply, say=_without_a_call(reply.say, knowledge), handoff=handoff)
    return reply, msgspec.structs.replace(state, said=said)


def _without_a_call(text: str, knowledge: Knowledge) -> str:
    without = knowledge.not_connecting()
    for family, names in knowledge.not_connecting_phrases.items():
        for name in names:
            text = text.replace(knowledge.phrase(family, name), without.phrase(family, name))
    return text


def closing(why: Closing, knowledge: Knowledge) -> str:
    """The last words of a call that we end."""
    return knowledge.phrase("phone", why)


def _keys(name: str, knowledge: Knowledge, connects: bool) -> str:
    person = knowledge.phrase("phone", "person_connect" if connects else "person_number")
    return knowledge.phrase("phone", name, person=person)


def _turn(draft: Draft, topic: str, state: State, knowledge: Knowledge) -> tuple[Reply, State]:
    return finished(draft, topic, Recognition.of_nothing(topic), state, knowledge)
