"""What a conversation remembers between two turns: a value that goes in and comes out."""

import msgspec

from skill.reply import Lang


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """The conversation so far. It holds topic ids and our own words, never the caller's.

    noticed, numbered: the caller has been told that this is an automatic voice, and the helpline's number.
    topic: the content topic that was last spoken of; follow-ups refer to it. part: how far it was told.
    organ: the organ last named by the caller or by us. cancer: the `spread.*` topic of the cancer last named.
    asking: "clarify.organ", "clarify.aspect" or "clarify.choice" while such a question is open.
    options: the topics between which that question asked the caller to choose.
    offer: what a "yes" would bring: a content topic, "control.more" or "handoff.request".
    queued: the second of two things asked in one breath.
    said, said_of: our last words, for "upprepa", and the topic that they told of.
    misses: turns in a row that were not understood.
    slow, loud: how the caller wants to be spoken to, for the rest of the conversation.
    """

    lang: Lang = "sv"
    turns: int = 0
    noticed: bool = False
    numbered: bool = False
    topic: str | None = None
    part: str = "say"
    organ: str | None = None
    cancer: str | None = None
    asking: str | None = None
    options: tuple[str, ...] = ()
    offer: str | None = None
    queued: str | None = None
    said: str | None = None
    said_of: str | None = None
    misses: int = 0
    slow: bool = False
    loud: bool = False


def to_json(state: State) -> bytes:
    """The state as compact JSON, for a session store."""
    return msgspec.json.encode(state)


def from_json(data: bytes | str) -> State:
    """The state from what `to_json` gave.

    Raises:
        ValueError: the data is not a state.
    """
    try:
        return msgspec.json.decode(data, type=State)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise ValueError(f"not a conversation state: {error}") from None
