"""Talking by the keys of a telephone."""

from intents import Recognition
from skill import answering, calling, clarifying, handing_over
from skill.conversation import respond
from skill.knowledge_base import Knowledge
from skill.reply import Reply
from skill.state import State

ORGANS = dict(zip("12345", clarifying.ORGANS, strict=True))
"""In the order in which the voice asks for the organ, and in which the greeting names the keys."""

CONTROLS = {
    "0": handing_over.REQUEST,
    "*": "control.repeat",
    "#": answering.MORE,
    "9": "control.slower",
}


def press(key: str, state: State, knowledge: Knowledge, *, connects: bool) -> tuple[Reply, State]:
    """The reply to a key. After the question which organ is meant, 1 to 5 answer it.

    connects: whether a call can be put through now, for the words about the keys where there is no such key.
    """
    if key in CONTROLS:
        topic = CONTROLS[key]
    elif key in ORGANS:
        topic = _about(ORGANS[key], state)
    else:
        return calling.wrong_key(state, knowledge, connects=connects)
    return respond(Recognition.of_topic(topic), state, knowledge)


def _about(organ: str, state: State) -> str:
    asked = state.options if state.asking == clarifying.ORGAN else ()
    return next((topic for topic in asked if topic.startswith(f"{organ}.")), f"{organ}.about")
