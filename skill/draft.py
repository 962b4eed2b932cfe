"""One turn's words and what they leave behind, before they become a reply and a new state."""

from dataclasses import dataclass

from skill.reply import Action, Handoff, Source


@dataclass(frozen=True)
class Draft:
    """What a module of the conversation wants said.

    offer, queued, asking, options: what the next turn may refer to (see `State`); each is closed where it is not set.
    topic, part: what was spoken of, where the turn changes it. keep_open: an open question or offer stays open.
    numbered: the helpline's number is among the words. action: where it differs from the topic's own.
    """

    say: str
    more: str | None = None
    sources: tuple[Source, ...] = ()
    handoff: Handoff | None = None
    ends: bool = False
    offer: str | None = None
    queued: str | None = None
    asking: str | None = None
    options: tuple[str, ...] = ()
    topic: str | None = None
    part: str | None = None
    keep_open: bool = False
    numbered: bool = False
    missed: bool = False
    action: Action | None = None
