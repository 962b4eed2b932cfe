"""The telephone line as a service: many calls on one recogniser, a limit on them, and a proper end."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from intents.completeness import completeness
from rostlots.assistant import Assistant, new_conversation
from rostlots.networks import within
from rostlots.own_words import warn_of_newer_words
from rostlots.phone.call import Call
from rostlots.phone.priority import give_way, running_threads
from rostlots.phone.sip import Endpoint, SipCall
from rostlots.phone.voice import RATE, TelephoneSpeaker
from rostlots.speaking import open_speaker
from rostlots.talking import Voice
from skill import Knowledge
from skill.calling import closing, greeting
from speech import BargeIn, Listener, open_ear

if TYPE_CHECKING:
    from rostlots.phone.settings import PhoneSettings
    from speech.hearing import EarChoice

LANG = "sv"

RECOGNITIONS = 2
"""At the same time, one for each of two cores; more would make all of them slower."""

END_SECONDS = 60.0
"""For running calls to be told that they end, when the service ends."""

STRANGERS_SECONDS = 600.0
"""Between two lines in the log about calls from where none are taken."""

log = logging.getLogger(__name__)


class LineBroken(Exception):
    """The SIP stack has died; a new process has to answer the telephone."""


def serve(settings: PhoneSettings, ready: Callable[[], None]) -> None:
    """Answer calls until SIGTERM or SIGINT. ready: is called when the line is open.

    Raises:
        NotReady: the line cannot be opened.
        LineBroken: it has broken down while it was open.
        SpeechError: there is no voice or no recogniser.
    """
    assistant = Assistant.from_settings(settings.product)
    assistant.warm_up(LANG)
    voice_of_answers = open_speaker(settings.product, LANG)
    voice_of_answers.warm_up()
    speaker = TelephoneSpeaker(voice_of_answers)
    warn_of_newer_words(settings.product.stt, settings.speech)
    threads = settings.speech.threads
    ear = open_ear(
        cast("EarChoice", settings.product.stt), replace(settings.speech, threads=threads, at_once=RECOGNITIONS)
    )
    _prepare(speaker, assistant.language(LANG).knowledge)
    with ThreadPoolExecutor(RECOGNITIONS, "rostlots-hearing") as executor:
        voice = Voice(assistant, speaker, Listener(ear, executor, completeness(LANG)))
        asyncio.run(Service(settings, voice).run(ready))


def _prepare(speaker: TelephoneSpeaker, knowledge: Knowledge) -> None:
    """Render what must be there at once, or when nothing else works any more."""
    state = new_conversation(LANG)
    for connects in (True, False):
        speaker.render(greeting(state, knowledge, connects=connects)[0].say)
    speaker.render(knowledge.phrase("fallback", "broken"))
    speaker.render(knowledge.phrase("phone", "waiting"))
    speaker.render(knowledge.phrase("hearing", "moment"))
    speaker.render(closing("full", knowledge))
    speaker.render(closing("shutting_down", knowledge))
    # The first use loads the network that tells voice from noise.
    BargeIn(RATE).take(bytes(RATE), b"")


class Service:
    """The calls of one line."""

    def __init__(self, settings: PhoneSettings, voice: Voice) -> None:
        self._settings = settings
        self._voice = voice
        self._calls: dict[asyncio.Task[None], Call] = {}
        self._refused: set[asyncio.Task[None]] = set()
        self._strangers = _Strangers()

    async def run(self, ready: Callable[[], None]) -> None:
        """Answer calls until SIGTERM or SIGINT. Raises `NotReady` or `LineBroken`."""
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        for end in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(end, over.set)
        endpoint = Endpoint(self._settings, on_broken=over.set)
        others = running_threads()
        try:
            await endpoint.open(self._incoming)
            # Recognition and this loop may be late, the sound that callers hear may not.
            give_way(others)
            ready()
            await over.wait()
            if endpoint.broken:
                raise LineBroken
            await self._end(endpoint)
        finally:
            await endpoint.close()

    def _incoming(self, sip: SipCall) -> None:
        if self._settings.peers and not within(sip.origin, self._settings.peers):
            self._strangers.refused()
            self._keep(self._refused, asyncio.ensure_future(sip.reject()))
            return
        full = len(self._calls) >= self._settings.calls
        if full and (self._settings.when_full == "busy" or len(self._refused) >= self._settings.calls):
            self._keep(self._refused, asyncio.ensure_future(sip.reject()))
            return
        call = Call(sip, self._settings, self._voice)
        if full:
            self._keep(self._refused, asyncio.ensure_future(call.refuse()))
            return
        task = asyncio.ensure_future(call.hold())
        self._calls[task] = call
        task.add_done_callback(self._over)

    def _keep(self, tasks: set[asyncio.Task[None]], task: asyncio.Task[None]) -> None:
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def _over(self, task: asyncio.Task[None]) -> None:
        del self._calls[task]
        if not task.cancelled() and (fault := task.exception()) is not None:
            # The kind alone: a message may hold what somebody has said.
            log.error("A call broke off: %s.", type(fault).__name__)

    async def _end(self, endpoint: Endpoint) -> None:
        """Take no more calls, and let the present ones end with the right words."""
        for call in self._calls.values():
            call.close("shutting_down")
        try:
            async with asyncio.timeout(END_SECONDS):
                await endpoint.refuse_more()
                await asyncio.gather(*self._calls, *self._refused, return_exceptions=True)
        except TimeoutError:
            log.warning("Calls were cut off, because they did not end in time.")


class _Strangers:
    """Calls from where none are taken, told of in the log, but not once for each: there may be thousands."""

    def __init__(self) -> None:
        self._told = -STRANGERS_SECONDS

    def refused(self) -> None:
        """One more."""
        now = time.monotonic()
        if now - self._told >= STRANGERS_SECONDS:
            self._told = now
            log.warning("A call was refused that came from outside ROSTLOTS_SIP_PEERS.")
