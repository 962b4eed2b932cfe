"""One call from the greeting to the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from rostlots.assistant import new_conversation
from rostlots.phone import hand_over
from rostlots.phone.channel import PhoneChannel
from rostlots.phone.hand_over import Action, Event
from rostlots.phone.line import CallLine
from rostlots.phone.signals import CallSignals
from rostlots.phone.sip import NotConnected, SipCall
from rostlots.speaking import pace_of
from rostlots.talking import End, Voice, converse
from skill.calling import closing, greeting, not_connected
from speech import SpeechError
from speech.line import speak

if TYPE_CHECKING:
    from rostlots.phone.settings import PhoneSettings
    from skill import Reply, State
    from skill.calling import Closing
    from speech.voice import Pace

log = logging.getLogger(__name__)

SOUND_SECONDS = 5.0
"""Wait for the sound of a call that was answered."""

SETTLING_SECONDS = 0.2
"""Silence before the first word: a telephone may still set up its keys when the first packets reach it, and its owner
bring it to the ear."""

WAITING_SECONDS = 8.0
"""Silence of a hand-over after which the caller is told that we still wait."""


class Call:
    """A call that was taken."""

    def __init__(self, sip: SipCall, settings: PhoneSettings, voice: Voice) -> None:
        self._sip = sip
        self._settings = settings
        self._voice = voice
        self._channel = PhoneChannel(settings, voice.assistant.language("sv").knowledge)
        self._signals = CallSignals(self._channel)

    def close(self, why: Closing) -> None:
        """End the call with the fitting words, as soon as what may not be interrupted has been said."""
        self._signals.close(why)

    async def hold(self) -> None:
        """Answer, talk, and hang up. Never raises because of the caller, the voice or the recogniser."""
        await self._with_line(self._talk)

    async def refuse(self) -> None:
        """Answer, say that all lines are busy, and hang up."""
        await self._with_line(partial(self._close, "full"))

    async def _with_line(self, talk: Callable[[CallLine], Awaitable[None]]) -> None:
        """Answer, do something with the sound until it is done or the caller has hung up, and hang up."""
        self._sip.on_key = self._signals.press
        try:
            await self._sip.answer()
            rate = await self._rate()
            if rate is not None:
                await asyncio.sleep(SETTLING_SECONDS)
                await self._on_line(CallLine(self._sip, rate), talk)
        finally:
            await self._sip.hang_up()

    async def _on_line(self, line: CallLine, talk: Callable[[CallLine], Awaitable[None]]) -> None:
        beside = [asyncio.ensure_future(work) for work in (line.run(), self._close_with_call(line))]
        try:
            await talk(line)
            await line.played()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _talk(self, line: CallLine) -> None:
        """The conversation, with its hand-overs, and the last words where we end it."""
        loop = asyncio.get_running_loop()
        limit = loop.call_later(self._settings.call_seconds, self._signals.close, "time_over")
        try:
            reply, state = greeting(new_conversation(), self._channel.knowledge, connects=self._channel.connects())
            while True:
                ended = await converse(line, reply, state, self._voice, self._channel, self._signals)
                if ended.why is not End.CONNECT:
                    break
                step = await self._hand_over(line, ended.reply, ended.state)
                if step.failure is None:
                    return
                reply, state = not_connected(step.failure, ended.state, self._channel.knowledge)
        except SpeechError as fault:
            log.error("A call was ended, because speech has broken down: %s", fault)
            await self._apologise(line)
            return
        except Exception:
            # Whatever is wrong here, the caller hears how to reach people; the service logs what it was.
            await self._apologise(line)
            raise
        finally:
            limit.cancel()
        if ended.why is End.SILENCE:
            await self._close("end_of_silence", line)
        elif ended.why is End.SIGNAL and self._signals.closing is not None:
            await self._close(self._signals.closing, line)

    async def _hand_over(self, line: CallLine, notice: Reply, state: State) -> hand_over.Step:
        """Go through `rostlots.phone.hand_over` until it is over."""
        step = hand_over.BEGIN
        while not step.stage.over:
            if step.action is Action.PLAY_NOTICE:
                await self._say(line, notice.say, pace_of(state))
                event = Event.NOTICE_HEARD
            elif step.action is Action.REFER:
                event = await self._refer(line)
            # A caller who has hung up is neither put through nor told anything.
            if line.frames.closed and event is not Event.ANSWERED:
                event = Event.HUNG_UP
            step = hand_over.advance(step, event)
        log.info("A call was to be put through: %s.", step.stage.value)
        return step

    async def _refer(self, line: CallLine) -> Event:
        """Ask the caller's telephone to ring the helpline; what came of it."""
        waiting = asyncio.ensure_future(self._keep_company(line))
        try:
            await self._sip.transfer(self._settings.hand_over or "", self._settings.hand_over_seconds)
        except NotConnected as failed:
            return hand_over.failure_of(failed.status)
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            line.stop()
        return Event.ANSWERED

    async def _keep_company(self, line: CallLine) -> None:
        """Tell somebody who waits that we wait, too."""
        while True:
            await asyncio.sleep(WAITING_SECONDS)
            await self._say(line, self._channel.knowledge.phrase("phone", "waiting"))

    async def _close(self, why: Closing, line: CallLine) -> None:
        await self._say(line, closing(why, self._channel.knowledge))

    async def _apologise(self, line: CallLine) -> None:
        """The helpline's number, which was rendered when the service started."""
        with suppress(SpeechError):
            line.stop()
            await self._say(line, self._channel.knowledge.phrase("fallback", "broken"))

    async def _say(self, line: CallLine, text: str, pace: Pace = "normal") -> None:
        """Say something to its last sound; nothing interrupts it but the end of the call."""
        loop = asyncio.get_running_loop()
        spoken = await loop.run_in_executor(None, partial(self._voice.speaker.render, text, pace=pace))
        await speak(line, spoken, interruptible=False)
        await line.played()

    async def _rate(self) -> int | None:
        """The rate of the sound as soon as there is any; None where the call ends before."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SOUND_SECONDS):
                while not self._sip.closed.is_set():
                    if (rate := self._sip.rate()) is not None:
                        return rate
                    await asyncio.sleep(0.01)
        return None

    async def _close_with_call(self, line: CallLine) -> None:
        await self._sip.closed.wait()
        line.frames.close()
