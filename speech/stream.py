"""Listening to one utterance while it is being said: frames of sound go in, events come out.

Telephone and microphone hear through this. A telephone does it so::

    from contextlib import aclosing

    listener = Listener(ear, executor, complete=completeness("sv"))   # one for all calls
    frames = Frames()                                                 # one per call, at the call's own rate
    call.on_audio(frames.put)                                         # 20 ms of int16 mono; close() at hang-up

    async with aclosing(listener.listen(frames, rate=8000)) as events:
        async for event in events:
            match event:
                case SpeechStarted():
                    ...                                # stop hold music
                case PartialText(text):
                    ...                                # show it, never keep it
                case SpeechEnded():
                    ...                                # "thinking" sound
                case Heard(transcript, audio):
                    reply, state = assistant.reply_to(transcript, state)
                case NobodySpoke():
                    reply, state = respond_to_silence(state, knowledge)

The last event is always ``Heard`` or ``NobodySpoke``. Leaving the ``async with``, or cancelling the task, ends it
cleanly; frames that were not taken stay in ``frames`` for the next turn.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from speech.activity import VoiceStream
from speech.audio import Audio
from speech.endpointing import Endpointer, Patience
from speech.following import follow
from speech.frames import STEP, Inlet

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from speech.following import Follower
    from speech.hearing import Ear, Transcript

    Samples = NDArray[np.float32]

LEAD_SECONDS = 0.5
"""Kept from before the beginning, for the soft first sound."""


@dataclass(frozen=True)
class SpeechStarted:
    """A person has begun to speak."""

    at: float
    """Seconds of sound since listening began, when it was noticed."""


@dataclass(frozen=True)
class PartialText:
    """The words so far; later ones replace it."""

    text: str


@dataclass(frozen=True)
class SpeechEnded:
    """The person has finished; the result follows as soon as it is there."""

    at: float
    """Seconds of sound since listening began."""
    silence: float
    """Seconds waited since the last voice."""


@dataclass(frozen=True, eq=False)
class Heard:
    """The result."""

    transcript: Transcript
    """Its outcome may also be ``silence`` or ``unclear``: what passed for a voice was none, or had no words."""
    audio: Audio
    """What was listened to, from just before the first sound."""


@dataclass(frozen=True)
class NobodySpoke:
    """No voice in the time given, or the line ended before one."""


Event = SpeechStarted | PartialText | SpeechEnded | Heard | NobodySpoke


def _cannot_tell(text: str) -> None:
    """Nothing is known about any text."""


class Listener:
    """Listens to utterances, one for each call of ``listen``; may be shared by any number of calls."""

    def __init__(
        self,
        ear: Ear,
        executor: Executor,
        complete: Callable[[str], bool | None] = _cannot_tell,
        patience: Patience | None = None,
    ) -> None:
        """Recognition runs in ``executor`` alone, so its size bounds how much is decoded at once; what is made of the
        result (``Transcript.fit``) decodes too, and belongs there as well.

        ``complete`` tells of the words so far whether they are a whole question (True), plainly half of one (False) or
        neither (None); it is called in the executor. See ``intents.completeness``.
        """
        self._ear = ear
        self.executor = executor
        self._complete = complete
        self._patience = patience or Patience()

    async def listen(
        self, frames: AsyncIterable[bytes], rate: int, *, lead: bytes = b"", prompt: str | None = None
    ) -> AsyncGenerator[Event]:
        """Follow ``frames`` until one utterance is over; the events are described above.

        A frame is int16 little-endian mono at ``rate`` samples per second, usually 20 ms, but of any length. ``lead``
        is sound that came before them, such as that with which a person interrupted the voice. ``prompt`` is as in
        ``Ear.hear``.

        Raises ``AudioUnreadable`` for an impossible rate, ``EngineMissing``, or ``HearingFailed`` where the recogniser
        breaks down. What ``frames`` itself raises goes through.
        """
        utterance = _Utterance(self._follow(prompt), self._patience)
        inlet = Inlet(rate)
        try:
            async for frame in _unless_stalled(_after(lead, frames), self._patience.stalled):
                for chunk in inlet.take(frame):
                    for event in utterance.take(chunk):
                        yield event
                    if utterance.over:
                        break
                if utterance.over:
                    break
            if not utterance.speaking:
                yield NobodySpoke()
                return
            yield SpeechEnded(utterance.seconds, utterance.silence)
            transcript = await utterance.follower.result()
            yield Heard(transcript, utterance.audio)
        finally:
            utterance.follower.cancel()

    def _follow(self, prompt: str | None) -> Follower:
        return follow(self._ear, self.executor, self._complete, prompt)


class _Utterance:
    """One utterance as it grows."""

    def __init__(self, follower: Follower, patience: Patience) -> None:
        self.follower = follower
        self.seconds = 0.0
        self.over = False
        self._patience = patience
        self._endpointer = Endpointer(patience)
        self._voice = VoiceStream()
        self._lead: deque[Samples] = deque(maxlen=round(LEAD_SECONDS / STEP))
        self._kept: list[Samples] = []
        self._looking = False
        self._text = ""

    @property
    def speaking(self) -> bool:
        return self._endpointer.speaking

    @property
    def silence(self) -> float:
        return self._endpointer.silence

    @property
    def audio(self) -> Audio:
        return Audio(np.concatenate(self._kept))

    def take(self, chunk: Samples) -> list[Event]:
        """The next 32 ms, and what they tell. Raises a ``SpeechError`` where recognition has failed."""
        self.seconds += STEP
        self._endpointer.step(self._voice.probability(chunk))
        if not self.speaking:
            self._lead.append(chunk)
            self.over = self._endpointer.nobody
            return []
        if not self._kept:
            for early in (*self._lead, chunk):
                self._keep(early)
            return [SpeechStarted(self.seconds)]
        self._keep(chunk)
        return self._look()

    def _keep(self, chunk: Samples) -> None:
        self._kept.append(chunk)
        self.follower.feed(chunk)

    def _look(self) -> list[Event]:
        """Look at the words in a pause, and judge by them whether the person has finished."""
        if self.silence == 0.0:
            if self._looking:
                self._looking = False
                self.follower.resume()
        elif not self._looking and self.silence >= self._patience.look:
            self._looking = True
            self.follower.pause()
        reading = self.follower.reading
        # While the words are being looked at they may turn out to be half a question.
        complete = False if reading is None else reading.complete
        self.over = self._endpointer.over(complete) if self._looking else self._endpointer.over(False)
        if reading is None or reading.text in ("", self._text):
            return []
        self._text = reading.text
        return [PartialText(reading.text)]


async def _after(lead: bytes, frames: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if lead:
        yield lead
    async for frame in frames:
        yield frame


async def _unless_stalled(frames: AsyncIterator[bytes], seconds: float) -> AsyncIterator[bytes]:
    """The frames, until they end or none has come for so long."""
    while True:
        try:
            async with asyncio.timeout(seconds):
                frame = await anext(frames)
        except (StopAsyncIteration, TimeoutError):
            return
        yield frame
