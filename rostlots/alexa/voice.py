"""What goes back to Alexa: a reply as speech, card and screen, with the state that the next request brings along.

The session's attributes carry the conversation's state, which holds nothing that the caller said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from ask_sdk_model import Intent, IntentRequest, Slot
from ask_sdk_model.dialog import ElicitSlotDirective

from rostlots.alexa.definition import definition, language_of
from rostlots.alexa.intents import intents
from rostlots.alexa.screen import card, document
from rostlots.alexa.ssml import Markup
from rostlots.assistant import Assistant, new_conversation
from skill import Knowledge, Reply, State, from_json, load_knowledge, to_json

if TYPE_CHECKING:
    from ask_sdk_core.handler_input import HandlerInput
    from ask_sdk_model import Response

    # What is told of every reply: the web service counts them.
    Noted = Callable[[Reply], None]
    # The https address of a text's sound, slow or not.
    Recorded = Callable[[str, bool], str]

_STATE = "state"


class Voice:
    """Speaks and shows replies; the same for every handler."""

    def __init__(self, assistant: Assistant, note: Noted | None, recorded: Recorded | None) -> None:
        self.assistant = assistant
        self._note = note
        self._recorded = recorded

    def reply(self, handler_input: HandlerInput, reply: Reply, state: State) -> Response:
        knowledge = self.assistant.language(state.lang).knowledge
        screen = definition(knowledge.lang).screen
        response = handler_input.response_builder
        response.speak(self._speech(reply.say, knowledge, state))
        response.set_card(card(reply, knowledge, screen))
        if _has_screen(handler_input):
            response.add_directive(document(reply, knowledge, screen))
        if not reply.ends:
            response.ask(self._speech(_reprompt(reply, knowledge), knowledge, state))
            for directive in _asking_for_organ(handler_input, reply, state):
                response.add_directive(directive)
        response.set_should_end_session(reply.ends)
        # Last: a turn that failed leaves the conversation where it was.
        handler_input.attributes_manager.session_attributes = {_STATE: to_json(state).decode()}
        if self._note is not None:
            self._note(reply)
        return response.response

    def broken(self, handler_input: HandlerInput) -> Response:
        """The way out where something failed: the number, read by Alexa herself, and the talk goes on."""
        lang = lang_of(handler_input)
        response = handler_input.response_builder
        response.speak(_markup(lang).speech(load_knowledge(lang).phrase("fallback", "broken")))
        response.ask(_markup(lang).speech(load_knowledge(lang).phrase("control", "yes_nothing")))
        return response.response

    def _speech(self, text: str, knowledge: Knowledge, state: State) -> str:
        if self._recorded is not None:
            return f"<audio src={quoteattr(self._recorded(text, state.slow))}/>"
        return _markup(knowledge.lang).speech(text, slow=state.slow, loud=state.loud)


def lang_of(handler_input: HandlerInput) -> str:
    """The language that the device speaks."""
    return language_of(getattr(handler_input.request_envelope.request, "locale", None))


def state_of(handler_input: HandlerInput) -> State:
    """The conversation so far; a new one where there is none, or none that can be read."""
    fresh = new_conversation(lang_of(handler_input))
    session = handler_input.request_envelope.session
    if session is None or session.new:
        return fresh
    stored = (session.attributes or {}).get(_STATE)
    if not isinstance(stored, str):
        return fresh
    try:
        state = from_json(stored)
    except ValueError:
        return fresh
    return state if state.lang == fresh.lang else fresh


@cache
def _markup(lang: str) -> Markup:
    return Markup(load_knowledge(lang).contacts.values(), definition(lang).pronunciation)


def _has_screen(handler_input: HandlerInput) -> bool:
    context = handler_input.request_envelope.context
    device = context.system.device if context is not None and context.system is not None else None
    interfaces = device.supported_interfaces if device is not None else None
    return interfaces is not None and interfaces.alexa_presentation_apl is not None


def _reprompt(reply: Reply, knowledge: Knowledge) -> str:
    """What is said after some seconds of silence: the open question, or that 112 should be rung."""
    if reply.topic.startswith("safety."):
        return knowledge.phrase("safety", f"{reply.topic.partition('.')[2]}_more")
    *_, last = reply.say.replace("? ", "?\n").replace(". ", ".\n").splitlines() or [""]
    return last if last.endswith("?") else knowledge.phrase("control", "yes_nothing")


def _asking_for_organ(handler_input: HandlerInput, reply: Reply, state: State) -> Iterable[ElicitSlotDirective]:
    """While the voice asks which part of the body is meant, Alexa is told to expect the name of one."""
    request = handler_input.request_envelope.request
    if reply.topic != "clarify.organ" or not state.options or not isinstance(request, IntentRequest):
        return
    aspect = state.options[0].partition(".")[2]
    for intent in intents(state.lang).values():
        if intent.asks_for == aspect and intent.slot is not None:
            empty = Intent(name=intent.name, slots={intent.slot: Slot(name=intent.slot)})
            yield ElicitSlotDirective(updated_intent=empty, slot_to_elicit=intent.slot)
            return
