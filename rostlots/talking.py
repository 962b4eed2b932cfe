"""A spoken conversation on a line: speak, be interrupted, listen, answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from rostlots.speaking import pace_of
from skill import respond_to_silence
from speech import Heard, Listener, SpeechEnded, Transcript
from speech.line import Line, speak

if TYPE_CHECKING:
    from rostlots.assistant import Assistant
    from skill import Reply, State
    from speech.voice import Pace, Spoken

MOMENT_SECONDS = 1.5
"""From a caller's last word, after which they are told that there is still somebody. Most answers come sooner; where
the sound leaves doubt it takes seconds."""

LEAST_THOUGHT = 0.2
"""Seconds from the end of a question that the answer has for itself, though that end was long in doubt."""

LATE_SECONDS = 0.25
"""From the end of speech to its words, where others wait at the recogniser, too: mostly the words are there before."""

SILENCES = 3
"""Turns in a row without a word that end a conversation: asked again, offered people, ended."""

Result = TypeVar("Result")


class Speaker(Protocol):
    """Renders replies; `speech.PreparedSpeech` is one."""

    def render(self, text: str, *, pace: Pace = "normal") -> Spoken:
        """Speak a text. Raises a `speech.SpeechError`."""


class Channel(Protocol):
    """What a way in adds to the conversation."""

    def adapted(self, reply: Reply, state: State) -> tuple[Reply, State]:
        """A turn as this way in can keep it, for instance where no call can be put through."""

    def show(self, reply: Reply) -> None:
        """Is told of each reply before it is spoken."""


class Signals(Protocol):
    """What reaches a conversation beside the voice: keys, and an end that somebody else has decided."""

    async def wait(self) -> None:
        """Until there is a signal; at once where one has not been taken yet."""

    def take(self, state: State) -> tuple[Reply, State] | None:
        """Take the oldest signal: the turn that it brings, None where it ends the conversation."""


@dataclass(frozen=True)
class Voice:
    """What all conversations of a process share: understanding, speaking, hearing."""

    assistant: Assistant
    speaker: Speaker
    listener: Listener


class End(Enum):
    """Why a conversation is over."""

    SAID = "a reply has ended it"
    CONNECT = "the call is to be put through; the reply has not been spoken yet"
    SILENCE = "nobody has spoken for several turns"
    SIGNAL = "a signal has ended it"
    CLOSED = "the line is closed"


@dataclass(frozen=True)
class Ended:
    """How a conversation ended, with its last turn."""

    why: End
    reply: Reply
    state: State


class _Signalled(Enum):
    SIGNALLED = 0


async def converse(
    line: Line, reply: Reply, state: State, voice: Voice, channel: Channel, signals: Signals | None = None
) -> Ended:
    """Hold a conversation that begins with a reply.

    Whoever speaks or gives a signal interrupts the reply, except in an emergency.

    Raises:
        speech.SpeechError: hearing or speaking has broken down.
    """
    loop = asyncio.get_running_loop()
    silences = 0
    while True:
        channel.show(reply)
        if reply.handoff is not None and reply.handoff.connect:
            return Ended(End.CONNECT, reply, state)
        spoken = await loop.run_in_executor(None, partial(voice.speaker.render, reply.say, pace=pace_of(state)))
        interruptible = reply.action != "emergency"
        # An emergency is heard to its end, whatever is pressed meanwhile.
        said = await _unless(signals if interruptible else None, speak(line, spoken, interruptible=interruptible))
        if line.frames.closed:
            return Ended(End.CLOSED, reply, state)
        if reply.ends and said is None:
            return Ended(End.SAID, reply, state)
        with _Moment(partial(_say_moment, line, state, voice)) as moment:
            if isinstance(said, _Signalled):
                heard: Transcript | _Signalled | None = said
            else:
                heard = await _unless(signals, _listen(line, said or b"", state, voice, moment))
            if line.frames.closed:
                return Ended(End.CLOSED, reply, state)
            silences = silences + 1 if heard is None else 0
            if silences == SILENCES:
                return Ended(End.SILENCE, reply, state)
            if isinstance(heard, _Signalled):
                assert signals is not None  # noqa: S101 - for the type checker
                line.stop()
                signalled = signals.take(state)
                if signalled is None:
                    return Ended(End.SIGNAL, reply, state)
                turn = signalled
            elif heard is None:
                turn = respond_to_silence(state, voice.assistant.language(state.lang).knowledge)
            else:
                turn = await _answered(heard, state, voice, moment)
        reply, state = channel.adapted(*turn)


class _Moment:
    """A word to somebody who waits for an answer, unless that is there before it. Left as a context, it is not said."""

    def __init__(self, say: Callable[[], Coroutine[Any, Any, object]]) -> None:
        self._say = say
        self._timer: asyncio.TimerHandle | None = None
        self._saying: asyncio.Future[object] | None = None
        self._began = 0.0

    def __enter__(self) -> _Moment:
        return self

    def __exit__(self, *fault: object) -> None:
        self._cancel_timer()
        if self._saying is not None:
            self._saying.cancel()

    def wait(self, seconds: float) -> None:
        """Their question is over: begin to wait, and say the word after so many seconds."""
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        self._timer = loop.call_later(seconds, self._begin)

    @property
    def waited(self) -> float:
        """Seconds since the question was over."""
        return asyncio.get_running_loop().time() - self._began

    async def over(self) -> None:
        """The answer is there: returns when the word has been said, at once where it was not begun."""
        self._cancel_timer()
        if self._saying is not None:
            await self._saying

    def _begin(self) -> None:
        self._saying = asyncio.ensure_future(self._say())

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


async def _listen(line: Line, lead: bytes, state: State, voice: Voice, moment: _Moment) -> Transcript | None:
    """What is said next; None if nobody spoke."""
    prompt = voice.assistant.language(state.lang).knowledge.phrases["hearing"]["prompt"]
    async with aclosing(voice.listener.listen(line.frames, line.rate, lead=lead, prompt=prompt)) as events:
        async for event in events:
            if isinstance(event, SpeechEnded):
                moment.wait(max(LEAST_THOUGHT, MOMENT_SECONDS - event.silence))
            elif isinstance(event, Heard):
                return event.transcript
    return None


async def _answered(heard: Transcript, state: State, voice: Voice, moment: _Moment) -> tuple[Reply, State]:
    """The turn that answers what was heard, after what was said to the caller meanwhile."""
    # Where the words came late, others wait at the recogniser, too.
    reply_to = partial(voice.assistant.reply_to, heard, state, hurried=moment.waited > LATE_SECONDS)
    turn = await asyncio.get_running_loop().run_in_executor(voice.listener.executor, reply_to)
    await moment.over()
    return turn


async def _say_moment(line: Line, state: State, voice: Voice) -> None:
    await speak(line, await _rendered("moment", state, voice), interruptible=False)


async def _rendered(phrase: str, state: State, voice: Voice) -> Spoken:
    """One of the phrases around hearing, as sound. Raises a `speech.SpeechError`."""
    text = voice.assistant.language(state.lang).knowledge.phrase("hearing", phrase)
    return await asyncio.get_running_loop().run_in_executor(
        None, partial(voice.speaker.render, text, pace=pace_of(state))
    )


async def _unless(signals: Signals | None, work: Coroutine[Any, Any, Result]) -> Result | _Signalled:
    """The result of the work, or, with the work given up, that there was a signal first."""
    if signals is None:
        return await work
    working = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(signals.wait())
    try:
        await asyncio.wait((working, waiting), return_when=asyncio.FIRST_COMPLETED)
        return _Signalled.SIGNALLED if waiting.done() else working.result()
    finally:
        for task in (working, waiting):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
