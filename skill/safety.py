"""Danger to life and wishes to die: said first, without delay, whatever else was asked."""

from dataclasses import replace

from skill.draft import Draft
from skill.knowledge_base import Knowledge

EMERGENCY = "safety.emergency"
SELF_HARM = "safety.self_harm"


def answer(knowledge: Knowledge, topic: str) -> Draft:
    """What to do now. No notice and no offer stands before or after it."""
    if topic == SELF_HARM:
        return Draft(
            say=knowledge.phrase("safety", "self_harm"),
            more=knowledge.phrase("safety", "self_harm_more"),
            handoff=knowledge.contacts["suicide_line"].handoff(connect=False),
            numbered=True,
        )
    return Draft(
        say=knowledge.phrase("safety", "emergency"),
        more=knowledge.phrase("safety", "emergency_more"),
        handoff=knowledge.contacts["emergency"].handoff(connect=False),
    )


def still(knowledge: Knowledge, topic: str, *, ends: bool) -> Draft:
    """The way to help once more, where somebody who was told it has not asked for anything else since."""
    return replace(more(knowledge, topic), action="emergency", ends=ends)


def more(knowledge: Knowledge, topic: str) -> Draft:
    """What "berätta mer" brings after the words for a danger: the same way to help once more, never a fact."""
    first = answer(knowledge, topic)
    return Draft(say=first.more or first.say, handoff=first.handoff, numbered=first.numbered)
