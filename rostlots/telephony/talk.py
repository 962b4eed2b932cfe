"""A telephone conversation turn by turn, the same for every provider."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated

import msgspec

from rostlots.assistant import new_conversation
from rostlots.web.errors import Refused
from skill import Knowledge, Reply, State, respond_to_silence
from skill.calling import Failure, closing, for_phone, greeting, not_connected
from skill.pressing import press
from speech.errors import AudioUnreadable

if TYPE_CHECKING:
    from rostlots.opening import Opening
    from rostlots.web.service import Service

log = logging.getLogger(__name__)

SILENCES = 3
"""Turns in a row without a word that end a call."""


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a call stands between two requests, carried in the address of the next one.

    step: what the next request is about. session: the conversation. silences: turns in a row without a word.
    """

    step: str = "start"
    session: str = ""
    silences: Annotated[int, msgspec.Meta(ge=0)] = 0

    def query(self) -> dict[str, str]:
        return {name: str(value) for name, value in msgspec.to_builtins(self).items()}


class Turn(msgspec.Struct, frozen=True):
    """What to say and how the call goes on.

    text: what is said. slow: how. ends: the call is over after it. connect: the number to ring after it.
    interruptible: whether the caller may speak or press meanwhile.
    """

    text: str
    slow: bool
    session: str
    ends: bool = False
    connect: str | None = None
    interruptible: bool = True
    silences: int = 0


class Talk:
    """The conversation of one provider. Holds no state of any call, so a repeated request gets the same answer."""

    def __init__(self, service: Service, channel: str, opening: Opening) -> None:
        self._service = service
        self._channel = channel
        self._opening = opening

    @property
    def knowledge(self) -> Knowledge:
        return self._service.assistant.language("sv").knowledge

    def start(self) -> Turn:
        """The greeting."""
        return self._turn(*greeting(new_conversation(), self.knowledge, connects=self._opening.is_open()))

    def said(self, text: str, place: Place) -> Turn:
        """What the provider has understood."""
        return self._adapted(*self._service.turns.ask(text, self._state(place), self._channel))

    def recorded(self, recording: bytes, place: Place) -> Turn:
        """What was recorded. Raises `SpeechError` where nothing can be heard."""
        try:
            reply, state = self._service.turns.listen(recording, self._state(place), self._channel)
        except Refused as refused:
            if refused.code == "busy":
                return Turn(closing("full", self.knowledge), False, "", ends=True)
            return self._unreadable(place)
        except AudioUnreadable:
            return self._unreadable(place)
        silences = place.silences + 1 if not reply.heard and reply.topic == "fallback.unclear" else 0
        return self._ended(silences) or self._adapted(reply, state, silences)

    def pressed(self, key: str, place: Place) -> Turn:
        """A key."""
        return self._adapted(*press(key, self._state(place), self.knowledge, connects=self._opening.is_open()))

    def silence(self, place: Place) -> Turn:
        """Nothing came."""
        silences = place.silences + 1
        return self._ended(silences) or self._adapted(*respond_to_silence(self._state(place), self.knowledge), silences)

    def failed(self, why: Failure, place: Place) -> Turn:
        """The helpline could not be reached."""
        return self._turn(*not_connected(why, self._state(place), self.knowledge))

    def broken(self, place: Place) -> Turn:
        """Something went wrong on our side; the call ends with the helpline's number."""
        return Turn(self.knowledge.phrase("fallback", "broken"), False, place.session, ends=True)

    def _unreadable(self, place: Place) -> Turn:
        """A recording with nothing in it comes of a caller who was silent; many of them come of a fault."""
        log.warning("A recorded question could not be read and counts as silence.")
        return self.silence(place)

    def _ended(self, silences: int) -> Turn | None:
        if silences < SILENCES:
            return None
        return Turn(closing("end_of_silence", self.knowledge), False, "", ends=True)

    def _state(self, place: Place) -> State:
        return self._service.sessions.load(place.session, "sv")

    def _adapted(self, reply: Reply, state: State, silences: int = 0) -> Turn:
        connects, closed = self._opening.is_open(), self._opening.words(self.knowledge)
        return self._turn(*for_phone(reply, state, self.knowledge, connects=connects, closed=closed), silences)

    def _turn(self, reply: Reply, state: State, silences: int = 0) -> Turn:
        handoff = reply.handoff
        connect = handoff.phone if handoff is not None and handoff.connect else None
        return Turn(
            reply.say,
            state.slow,
            self._service.sessions.save(state),
            ends=reply.ends,
            connect=connect,
            interruptible=reply.action != "emergency" and connect is None,
            silences=silences,
        )
