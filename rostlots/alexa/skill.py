"""The skill: one object that turns Alexa's requests into turns of the conversation, on the web and on Lambda."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ask_sdk_core.dispatch_components import AbstractExceptionHandler, AbstractRequestHandler
from ask_sdk_core.skill import CustomSkill
from ask_sdk_core.skill_builder import SkillBuilder
from ask_sdk_core.utils import is_request_type
from ask_sdk_model import Intent, IntentRequest

from rostlots.alexa.definition import PUBLISHED
from rostlots.alexa.heard import said
from rostlots.alexa.intents import intents
from rostlots.alexa.voice import Voice, lang_of, state_of
from rostlots.assistant import Assistant, new_conversation

if TYPE_CHECKING:
    from ask_sdk_core.handler_input import HandlerInput
    from ask_sdk_model import Response

    from rostlots.alexa.voice import Noted, Recorded

_GREETING = "control.greeting"
_log = logging.getLogger(__name__)


def build_skill(assistant: Assistant, *, note: Noted | None = None, recorded: Recorded | None = None) -> CustomSkill:
    """The skill around an assistant that connects no calls.

    recorded: speak the answers as recordings, since Alexa cannot read their language; otherwise Alexa reads them.
    """
    voice = Voice(assistant, note, recorded)
    builder = SkillBuilder()
    builder.add_request_handler(_Launch(voice))
    builder.add_request_handler(_Utterance(voice))
    builder.add_request_handler(_NothingToSay())
    builder.add_exception_handler(_Broken(voice))
    return builder.create()


def warm_up(assistant: Assistant) -> None:
    """Load what the published languages need, so that the first caller doesn't wait for it."""
    for lang in PUBLISHED:
        assistant.language(lang)
        intents(lang)


class _Launch(AbstractRequestHandler):
    """The skill was opened without a question."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    def can_handle(self, handler_input: HandlerInput) -> bool:
        return bool(is_request_type("LaunchRequest")(handler_input))

    def handle(self, handler_input: HandlerInput) -> Response:
        reply, state = self._voice.assistant.answer_topic(_GREETING, new_conversation(lang_of(handler_input)))
        return self._voice.reply(handler_input, reply, state)


class _Utterance(AbstractRequestHandler):
    """Somebody said something."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    def can_handle(self, handler_input: HandlerInput) -> bool:
        return bool(is_request_type("IntentRequest")(handler_input))

    def handle(self, handler_input: HandlerInput) -> Response:
        request, assistant = handler_input.request_envelope.request, self._voice.assistant
        state = state_of(handler_input)
        asked = request.intent if isinstance(request, IntentRequest) else None
        heard = said(asked or Intent(), state.lang)
        if heard.topic is not None:
            reply, after = assistant.answer_topic(heard.topic, state)
        elif heard.words is not None:
            reply, after = assistant.answer(heard.words, state)
        else:
            reply, after = assistant.answer_noise(state)
        return self._voice.reply(handler_input, reply, after)


class _NothingToSay(AbstractRequestHandler):
    """The session's end, touches on the screen and Alexa's own events: Alexa takes no words for an answer to these."""

    def can_handle(self, handler_input: HandlerInput) -> bool:
        return True

    def handle(self, handler_input: HandlerInput) -> Response:
        return handler_input.response_builder.response


class _Broken(AbstractExceptionHandler):
    """Whatever fails, the caller hears the number."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    def can_handle(self, handler_input: HandlerInput, exception: Exception) -> bool:
        return True

    def handle(self, handler_input: HandlerInput, exception: Exception) -> Response:
        # The kind alone: a message could hold what somebody said.
        _log.error("a turn of the Alexa skill failed: %s", type(exception).__name__)
        return self._voice.broken(handler_input)
