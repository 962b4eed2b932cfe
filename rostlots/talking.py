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
        if isinstance(said, _Signalled):
            heard: _Said | _Signalled | None = said
        else:
            heard = await _unless(signals, _listen(line, said or b"", state, voice))
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
            turn = await _answered(heard, state, voice)
        reply, state = channel.adapted(*turn)


class _Moment:
    """A word to somebody who waits for an answer, unless that is there before it."""

    def __init__(self, seconds: float, say: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """seconds: until it is said."""
        self._say = say
        self._saying: asyncio.Future[object] | None = None
        self._timer = asyncio.get_running_loop().call_later(seconds, self._begin)

    def _begin(self) -> None:
        self._saying = asyncio.ensure_future(self._say())

    def cancel(self) -> None:
        """Nobody waits any more."""
        self._timer.cancel()
        if self._saying is not None:
            self._saying.cancel()

    async def over(self) -> None:
        """The answer is there: returns when the word has been said, at once where it was not begun."""
        self._timer.cancel()
        if self._saying is not None:
            await self._saying


@dataclass(frozen=True)
class _Said:
    """What somebody has said. late: the recogniser was busy with what others have said."""

    transcript: Transcript
    late: bool
    moment: _Moment


async def _listen(line: Line, lead: bytes, state: State, voice: Voice) -> _Said | None:
    """What is said next; None if nobody spoke."""
    prompt = voice.assistant.language(state.lang).knowledge.phrases["hearing"]["prompt"]
    clock = asyncio.get_running_loop().time
    ended = 0.0
    moment: _Moment | None = None
    try:
        async with aclosing(voice.listener.listen(line.frames, line.rate, lead=lead, prompt=prompt)) as events:
            async for event in events:
                if isinstance(event, SpeechEnded):
                    ended = clock()
                    moment = _Moment(
                        max(LEAST_THOUGHT, MOMENT_SECONDS - event.silence), partial(_say_moment, line, state, voice)
                    )
                elif isinstance(event, Heard) and moment is not None:
                    said = _Said(event.transcript, clock() - ended > LATE_SECONDS, moment)
                    moment = None
                    return said
    finally:
        if moment is not None:
            moment.cancel()
    return None


async def _answered(heard: _Said, state: State, voice: Voice) -> tuple[Reply, State]:
    """The turn that answers what was heard, after what was said to the caller meanwhile."""
    reply_to = partial(voice.assistant.reply_to, heard.transcript, state, hurried=heard.late)
    try:
        turn = await asyncio.get_running_loop().run_in_executor(voice.listener.executor, reply_to)
    except BaseException:
        heard.moment.cancel()
        raise
    await heard.moment.over()
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
