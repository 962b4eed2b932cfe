"""A reply as the web gives it: with the conversation's token, the sound's address, and what to offer next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skill import Reply, State, Suggestion, suggestions

if TYPE_CHECKING:
    from rostlots.web.service import Service


class WebReply(Reply, frozen=True, kw_only=True):
    """One turn's result.

    session: goes along with the next question. audio: address of the spoken answer (MP3).
    suggestions: what to ask next; a topic can be sent in place of a text.
    """

    session: str
    audio: str
    suggestions: tuple[Suggestion, ...] = ()


def web_reply(service: Service, reply: Reply, state: State, token: str | None) -> WebReply:
    """The reply to send; `token` is the one that the request came with."""
    knowledge = service.assistant.language(state.lang).knowledge
    return WebReply(
        **{name: getattr(reply, name) for name in reply.__struct_fields__},
        session=service.sessions.save(state, token),
        audio=service.spoken.address(reply.say, reply.lang, slow=state.slow),
        suggestions=() if reply.action == "emergency" else suggestions(state, knowledge),
    )
