"""What the API takes."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from rostlots.web.sessions import LONGEST_TOKEN
from skill import Lang
from speech.audio import RATES

LONGEST_TEXT = 2000
"""Characters of a typed question; a long one has three hundred."""

MOST_JSON_BYTES = 65_536

SESSION_HEADER = "Rostlots-Session"
"""Where the page sends its conversation: servers in between write addresses down, but not this."""


class AskRequest(msgspec.Struct, frozen=True):
    """A typed question, or in its place the topic of a suggestion.

    session: from the reply before; without it a conversation begins.
    connects: false where the client cannot put a call through, so that none is promised.
    """

    text: Annotated[str, Meta(max_length=LONGEST_TEXT)] | msgspec.UnsetType = msgspec.UNSET
    topic: str | msgspec.UnsetType = msgspec.UNSET
    session: Annotated[str, Meta(max_length=LONGEST_TOKEN)] | None = None
    lang: Lang | None = None
    connects: bool = True


class StreamRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first message of a question that is heard while it is said.

    rate: samples per second of the sound that follows. html: the reply comes as a part of the page.
    """

    rate: Annotated[int, Meta(ge=RATES.start, le=RATES.stop - 1)]
    session: Annotated[str, Meta(max_length=LONGEST_TOKEN)] | None = None
    lang: Lang | None = None
    connects: bool = True
    html: bool = False
