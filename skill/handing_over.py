"""Where this voice stops and people take over: no advice, no prognosis, no guess."""

import msgspec

from skill.draft import Draft
from skill.knowledge_base import Knowledge
from skill.reply import Reply
from skill.state import State

REQUEST = "handoff.request"
_URGENT = "handoff.urgent"


def answer(knowledge: Knowledge, topic: str) -> Draft:
    """The words for a hand-over; only a request for a person puts the call through at once."""
    say = knowledge.phrase("handoff", topic.partition(".")[2])
    if topic == _URGENT:
        return Draft(say=say, handoff=knowledge.contacts["health_line"].handoff(connect=False))
    connect = topic == REQUEST
    return Draft(
        say=say,
        handoff=knowledge.helpline.handoff(connect=connect),
        offer=None if connect else REQUEST,
        numbered=True,
    )


def by_hand(reply: Reply, state: State, knowledge: Knowledge) -> tuple[Reply, State]:
    """A turn for a channel that cannot put a call through: none is promised or offered, the caller is asked to ring."""
    handoff = None if reply.handoff is None else msgspec.structs.replace(reply.handoff, connect=False)
    said = None if state.said is None else _by_hand(state.said, knowledge)
    reply = msgspec.structs.replace(reply, say=_by_hand(reply.say, knowledge), handoff=handoff)
    return reply, msgspec.structs.replace(state, said=said)


def _by_hand(text: str, knowledge: Knowledge) -> str:
    for family, name in _NEEDS_A_CALL:
        text = text.replace(knowledge.phrase(family, name), knowledge.phrase("by_hand", name))
    for offer in knowledge.phrase("by_hand", "offers").split("|"):
        text = text.replace(offer, "")
    return text.strip()


_NEEDS_A_CALL = (("handoff", "request"), ("control", "identity"))
