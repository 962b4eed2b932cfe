"""A spoken conversation on a line: speak, be interrupted, listen, answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from rostlots.speaking import pace_of
from skill import respond_to_silence
from speech import Heard, Listener, PreparedSpeech
from speech.line import Line, speak

if TYPE_CHECKING:
    from rostlots.assistant import Assistant
    from skill import Reply, State

Show = Callable[["Reply"], None]


async def converse(
    line: Line,
    reply: Reply,
    state: State,
    assistant: Assistant,
    speaker: PreparedSpeech,
    listener: Listener,
    show: Show,
) -> None:
    """Hold a conversation that begins with a reply, until one ends it or the line is closed.

    show: is told of each reply before it is spoken. Whoever speaks interrupts it, except in an emergency.

    Raises:
        speech.SpeechError: hearing or speaking has broken down.
    """
    loop = asyncio.get_running_loop()
    while True:
        show(reply)
        render = partial(speaker.render, reply.say, pace=pace_of(state))
        spoken = await loop.run_in_executor(None, render)
        lead = await speak(line, spoken, interruptible=reply.action != "emergency")
        if reply.ends and lead is None:
            return
        heard = await _listen(line, lead or b"", assistant, state, listener)
        if heard is None and line.frames.closed:
            return
        if heard is None:
            reply, state = respond_to_silence(state, assistant.language(state.lang).knowledge)
        else:
            reply, state = await loop.run_in_executor(listener.executor, assistant.reply_to, heard.transcript, state)


async def _listen(line: Line, lead: bytes, assistant: Assistant, state: State, listener: Listener) -> Heard | None:
    """What is said next; None if nobody spoke."""
    prompt = assistant.language(state.lang).knowledge.phrases["hearing"]["prompt"]
    async with aclosing(listener.listen(line.frames, line.rate, lead=lead, prompt=prompt)) as events:
        async for event in events:
            if isinstance(event, Heard):
                return event
    return None
