"""What has been said so far, while somebody speaks: by decoding at a pause, or by an engine that reads along."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from speech.audio import Audio
from speech.errors import HearingFailed, SpeechError
from speech.hearing import StreamingEar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from speech.hearing import Ear, EarStream, Transcript

    Samples = NDArray[np.float32]

Result = TypeVar("Result")


@dataclass(frozen=True)
class Reading:
    """The words so far."""

    text: str
    complete: bool | None
    """Whether they sound like a whole question, like half of one, or neither."""


NOTHING = Reading("", None)


class Follower(Protocol):
    """Follows one utterance. Its methods return at once; recognition runs in the executor."""

    def feed(self, chunk: Samples) -> None:
        """The next 32 ms."""

    def pause(self) -> None:
        """The person has paused: a good moment to look at the words."""

    def resume(self) -> None:
        """They went on."""

    @property
    def reading(self) -> Reading | None:
        """The words up to the present pause; ``None`` while they are still being looked at."""

    async def result(self) -> Transcript:
        """What was said, once all of it has been fed. Raises a ``SpeechError``."""

    def cancel(self) -> None:
        """Nobody waits for the result any more."""


def follow(ear: Ear, executor: Executor, complete: Callable[[str], bool | None], prompt: str | None) -> Follower:
    """The way of following that fits the engine."""
    if isinstance(ear, StreamingEar):
        return ReadingAlong(ear, executor, complete, prompt)
    return DecodingAtPauses(ear, executor, complete, prompt)


class DecodingAtPauses:
    """For engines that take a recording: decode at a pause, and keep that result if the person has finished there."""

    def __init__(
        self, ear: Ear, executor: Executor, complete: Callable[[str], bool | None], prompt: str | None
    ) -> None:
        self._ear = ear
        self._executor = executor
        self._complete = complete
        self._prompt = prompt
        self._chunks: list[Samples] = []
        self._look: asyncio.Future[tuple[Transcript, Reading]] | None = None
        self._given_up = Event()

    def feed(self, chunk: Samples) -> None:
        self._chunks.append(chunk)

    def pause(self) -> None:
        self.cancel()
        audio, given_up = Audio(np.concatenate(self._chunks)), Event()
        self._given_up = given_up
        self._look = _run(self._executor, lambda: self._hear(audio, given_up))

    def resume(self) -> None:
        self.cancel()

    @property
    def reading(self) -> Reading | None:
        if self._look is None:
            return NOTHING
        return self._look.result()[1] if self._look.done() else None

    async def result(self) -> Transcript:
        if self._look is None:
            self.pause()
            assert self._look is not None  # noqa: S101 - for the type checker
        return (await self._look)[0]

    def cancel(self) -> None:
        # One that waits does not run, and one that runs is not done to its end.
        self._given_up.set()
        if self._look is not None:
            _drop(self._look)
            self._look = None

    def _hear(self, audio: Audio, given_up: Event) -> tuple[Transcript, Reading]:
        transcript = self._ear.hear(audio, self._prompt, lambda: not given_up.is_set())
        return transcript, _read(transcript.text, self._complete)


class ReadingAlong:
    """For engines that take sound as it comes."""

    def __init__(
        self, ear: StreamingEar, executor: Executor, complete: Callable[[str], bool | None], prompt: str | None
    ) -> None:
        self._executor = executor
        self._complete = complete
        self._open: Callable[[], EarStream] = lambda: ear.stream(prompt)
        self._stream: EarStream | None = None
        self._waiting: list[Samples] = []
        self._job: asyncio.Future[Reading] | None = None
        self._latest = NOTHING
        self._fed = 0
        self._sent = 0
        self._read = 0
        self._looked_for = 0

    def feed(self, chunk: Samples) -> None:
        self._waiting.append(chunk)
        self._fed += 1
        self._advance()

    def pause(self) -> None:
        self._looked_for = self._fed
        self._advance()

    def resume(self) -> None:
        return

    @property
    def reading(self) -> Reading | None:
        self._collect()
        return self._latest if self._read >= self._looked_for else None

    async def result(self) -> Transcript:
        while self._waiting or self._job is not None:
            self._advance()
            if self._job is not None:
                await asyncio.wait([self._job])
                self._collect()
        return await _run(self._executor, self._finish)

    def cancel(self) -> None:
        if self._job is not None:
            _drop(self._job)
            self._job = None

    def _collect(self) -> None:
        if self._job is not None and self._job.done():
            job, self._job = self._job, None
            self._latest = job.result()
            self._read = self._sent

    def _advance(self) -> None:
        """Send what waits to the engine, unless it is still at work: a stream takes its sound in order."""
        self._collect()
        if self._job is None and self._waiting:
            samples, self._waiting = np.concatenate(self._waiting), []
            self._sent = self._fed
            before = self._latest
            self._job = _run(self._executor, lambda: self._accept(samples, before))

    def _accept(self, samples: Samples, before: Reading) -> Reading:
        if self._stream is None:
            self._stream = self._open()
        text = self._stream.accept(samples)
        return before if text == before.text else _read(text, self._complete)

    def _finish(self) -> Transcript:
        if self._stream is None:
            self._stream = self._open()
        return self._stream.finish()


def _read(text: str, complete: Callable[[str], bool | None]) -> Reading:
    return Reading(text, complete(text)) if text else NOTHING


def _run(executor: Executor, function: Callable[[], Result]) -> asyncio.Future[Result]:
    """Start in the executor. Whatever fails there is a ``SpeechError``, without a word of what was said."""

    def guarded() -> Result:
        try:
            return function()
        except SpeechError:
            raise
        except Exception as error:
            raise HearingFailed(f"The recogniser failed: {type(error).__name__}.") from None

    try:
        return asyncio.get_running_loop().run_in_executor(executor, guarded)
    except RuntimeError:
        raise HearingFailed("The recogniser has been shut down.") from None


def _drop(future: asyncio.Future[Result]) -> None:
    """Cancel, and see to it that a failure that nobody waits for is not complained about."""
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    future.cancel()
