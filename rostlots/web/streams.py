"""Questions that are heard while they are said: one event loop for all those of a process."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from rostlots.web.errors import Refused
from skill import Reply, State
from speech import Frames, Heard, PartialText, SpeechEnded, Transcript

if TYPE_CHECKING:
    from concurrent.futures import Future

    from rostlots.web.metrics import Metrics
    from speech import Listener

MOST = 4
"""At once in one process: each holds a thread of the server, and they share one recogniser."""

ANSWER = 12.0
"""Seconds from the end of speech after which nobody waits for the reply any longer."""

Answer = Callable[[Transcript, float], tuple[Reply, State]]
"""Makes the turn of what was heard; the number tells when speech had ended, on the clock of `time.perf_counter`."""

News = PartialText | SpeechEnded | tuple[Reply, State] | Exception

log = logging.getLogger(__name__)


class Stream:
    """One question. The methods are for the thread that holds its line."""

    def __init__(self, frames: Frames, news: queue.SimpleQueue[News], work: Future[None]) -> None:
        self._frames = frames
        self._news = news
        self._work = work

    def put(self, frame: bytes) -> None:
        """The next sound, int16 little-endian, cut anywhere."""
        self._frames.put_from_thread(frame)

    def end(self) -> None:
        """The person has said that the question is over."""
        self._frames.close_from_thread()

    def news(self) -> Iterator[News]:
        """What has happened since; the last one ever is the turn, or why there is none."""
        while True:
            try:
                yield self._news.get_nowait()
            except queue.Empty:
                return

    def cancel(self) -> None:
        """Nobody waits for the reply any more."""
        self._work.cancel()


class Streams:
    """Those of one process. The loop begins with the first of them, after the server has made its processes."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._places = threading.BoundedSemaphore(MOST)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = threading.Lock()
        self._lasts: Callable[[], bool] = lambda: True

    def take_place(self) -> None:
        """To be given back with `free_place`. Raises `Refused` where all are taken."""
        if not self._places.acquire(blocking=False):
            raise Refused("busy")
        self._metrics.streams.inc()

    def free_place(self) -> None:
        """The line is closed."""
        self._metrics.streams.dec()
        self._places.release()

    def last_while(self, lasts: Callable[[], bool]) -> None:
        """How to find out that the process has been told to end."""
        self._lasts = lasts

    @property
    def ending(self) -> bool:
        """Whether the process has been told to end: no time is left to hear somebody out."""
        return not self._lasts()

    def begin(self, listener: Listener, rate: int, prompt: str, answer: Answer) -> Stream:
        """Listen to one utterance, and answer it where the recogniser works, as that may listen once more."""
        loop = self._running()
        news: queue.SimpleQueue[News] = queue.SimpleQueue()
        frames = asyncio.run_coroutine_threadsafe(_frames(), loop).result()
        work = asyncio.run_coroutine_threadsafe(_follow(listener, frames, rate, prompt, answer, news), loop)
        return Stream(frames, news, work)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._loop.set_exception_handler(_log_kind)
                threading.Thread(target=self._loop.run_forever, name="rostlots-streams", daemon=True).start()
            return self._loop


async def _frames() -> Frames:
    """A line for sound, which has to be made inside the loop."""
    return Frames()


async def _follow(
    listener: Listener, frames: Frames, rate: int, prompt: str, answer: Answer, news: queue.SimpleQueue[News]
) -> None:
    try:
        news.put(await _turn(listener, frames, rate, prompt, answer, news))
    except TimeoutError:
        news.put(Refused("busy"))
    except Exception as error:  # told to whoever waits, and logged there without its words
        news.put(error)


async def _turn(
    listener: Listener, frames: Frames, rate: int, prompt: str, answer: Answer, news: queue.SimpleQueue[News]
) -> tuple[Reply, State]:
    loop = asyncio.get_running_loop()
    transcript = Transcript("silence", (), "")
    ended = time.perf_counter()
    async with asyncio.timeout(None) as limit, aclosing(listener.listen(frames, rate, prompt=prompt)) as events:
        async for event in events:
            if isinstance(event, Heard):
                transcript = event.transcript
            elif isinstance(event, PartialText):
                news.put(event)
            elif isinstance(event, SpeechEnded):
                news.put(event)
                ended = time.perf_counter()
                limit.reschedule(loop.time() + ANSWER)
        return await loop.run_in_executor(listener.executor, answer, transcript, ended)


def _log_kind(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What the loop has to complain of, without the words that an error may hold."""
    log.error("A stream failed: %s", type(context.get("exception")).__name__)
