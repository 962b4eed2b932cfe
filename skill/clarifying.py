"""Asking back: which organ, what about it, or which of two."""

from collections.abc import Sequence

from skill.answering import offer_words
from skill.draft import Draft
from skill.knowledge_base import Knowledge

ORGAN = "clarify.organ"
ASPECT = "clarify.aspect"
CHOICE = "clarify.choice"

ORGANS = ("lymph_nodes", "lungs", "liver", "bone", "brain")


def which_organ(knowledge: Knowledge, aspect: str | None) -> Draft:
    """The aspect is known, the organ is not."""
    options = organ_options(knowledge, aspect)
    if aspect is None or aspect == "about":
        say = knowledge.phrase("clarify", "organ_plain")
    else:
        say = knowledge.phrase("clarify", "organ", aspect=knowledge.phrases["aspect_names"][aspect].capitalize())
    return Draft(say=say, asking=ORGAN, options=options)


def which_aspect(knowledge: Knowledge, organ: str) -> Draft:
    """The organ is known, what about it is not."""
    name = knowledge.answers[f"{organ}.about"].title
    return Draft(
        say=knowledge.phrase("clarify", "aspect", organ=name),
        asking=ASPECT,
        options=tuple(t for t in knowledge.answers if t.startswith(f"{organ}.")),
    )


def which_of(knowledge: Knowledge, topics: Sequence[str], *, both: bool = False) -> Draft:
    """Two topics are about as likely, or (`both`) two were asked for."""
    first, second = topics[:2]
    say = knowledge.phrase(
        "clarify",
        "choice_both" if both else "choice",
        first=offer_words(knowledge, first),
        second=offer_words(knowledge, second),
    )
    return Draft(say=say, asking=CHOICE, options=(first, second))


def organ_options(knowledge: Knowledge, aspect: str | None) -> tuple[str, ...]:
    """The organ topics among which an organ's name chooses, given the aspect."""
    return tuple(t for o in ORGANS if (t := f"{o}.{aspect or 'about'}") in knowledge.answers)
