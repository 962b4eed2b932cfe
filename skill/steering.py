"""What steers the talk itself: more, again, slower, yes, no, stop, and questions about this voice."""

from collections.abc import Callable

from skill import answering, handing_over, safety
from skill.draft import Draft
from skill.knowledge_base import Knowledge
from skill.state import State

_MONTHS = {
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "en": "January February March April May June July August September October November December",
}


def answer(knowledge: Knowledge, state: State, topic: str) -> Draft:
    """The reply to a `control.*` topic."""
    name = topic.partition(".")[2]
    special = _SPECIAL.get(name)
    if special is not None:
        return special(knowledge, state)
    return Draft(say=knowledge.phrase("control", name), keep_open=name in _LEAVES_OPEN)


def _again(knowledge: Knowledge, state: State, before: str = "") -> Draft:
    said = knowledge.phrase("control", "repeat_nothing") if state.said is None else state.said
    told = state.said_of or ""
    return Draft(
        say=f"{before} {said}".strip(),
        more=answering.continuation(knowledge, told) if told == state.topic and state.part == "say" else None,
        sources=knowledge.sources(told),
        handoff=safety.answer(knowledge, told).handoff if told.startswith("safety.") else None,
        keep_open=True,
    )


def _more(knowledge: Knowledge, state: State) -> Draft:
    if (state.said_of or "").startswith("safety."):
        return safety.more(knowledge, state.said_of or "")
    return answering.more(knowledge, state)


def _slower(knowledge: Knowledge, state: State) -> Draft:
    return _again(knowledge, state, knowledge.phrase("control", "slower"))


def _louder(knowledge: Knowledge, state: State) -> Draft:
    return _again(knowledge, state, knowledge.phrase("control", "louder"))


def _yes(knowledge: Knowledge, state: State) -> Draft:
    if state.offer == answering.MORE:
        return answering.more(knowledge, state)
    if state.offer == handing_over.REQUEST:
        return handing_over.answer(knowledge, handing_over.REQUEST)
    if state.asking is not None and state.said is not None:
        # A yes doesn't say which; the question is put once more.
        return Draft(say=state.said, keep_open=True)
    if state.offer is not None:
        return answering.answer(knowledge, state, state.offer)
    return Draft(say=knowledge.phrase("control", "yes_nothing"))


def _no(knowledge: Knowledge, state: State) -> Draft:
    if state.offer == handing_over.REQUEST:
        return Draft(say=knowledge.phrase("handoff", "after_no"), numbered=True)
    return Draft(say=knowledge.phrase("control", "no_nothing"))


def _stop(knowledge: Knowledge, state: State) -> Draft:
    return Draft(say=knowledge.phrase("control", "stop"), ends=True, numbered=True)


def _source(knowledge: Knowledge, state: State) -> Draft:
    return Draft(
        say=knowledge.phrase("control", "source", retrieved=spoken_date(knowledge)),
        sources=knowledge.sources(state.topic) if state.topic else (),
        keep_open=True,
    )


def spoken_date(knowledge: Knowledge) -> str:
    """The day on which the source was taken, in words: "22 november 2026"."""
    taken = knowledge.source.retrieved
    return f"{taken.day} {_MONTHS[knowledge.lang].split()[taken.month - 1]} {taken.year}"


_SPECIAL: dict[str, Callable[[Knowledge, State], Draft]] = {
    "more": _more,
    "repeat": _again,
    "simpler": answering.simpler,
    "slower": _slower,
    "louder": _louder,
    "yes": _yes,
    "no": _no,
    "stop": _stop,
    "source": _source,
}
# After these the caller can still say yes to what was offered before.
_LEAVES_OPEN = frozenset({"wait", "identity"})
