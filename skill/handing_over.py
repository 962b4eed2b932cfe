"""Where this voice stops and people take over: no advice, no prognosis, no guess."""

from skill.draft import Draft
from skill.knowledge_base import Knowledge

REQUEST = "handoff.request"
_URGENT = "handoff.urgent"


def answer(knowledge: Knowledge, topic: str) -> Draft:
    """The words for a hand-over; only a request for a person puts the call through, where that can be done."""
    say = knowledge.phrase("handoff", topic.partition(".")[2])
    if topic == _URGENT:
        return Draft(say=say, handoff=knowledge.contacts["health_line"].handoff(connect=False))
    asked_for = topic == REQUEST
    return Draft(
        say=say,
        handoff=knowledge.helpline.handoff(connect=asked_for and knowledge.connects),
        offer=None if asked_for else REQUEST,
        numbered=True,
    )
