"""Many callers through one recogniser: one piece of sound at a time, few recordings waiting, nobody for long."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar, cast

from intents.completeness import completeness
from rostlots.assistant import timed
from rostlots.web.errors import Refused
from skill import Lang, Reply, State
from speech import Audio, Ear, Listener, Patience, SpeechError, SpeechSettings, open_ear, read_audio
from speech.kind import kind_of

if TYPE_CHECKING:
    from rostlots.assistant import Assistant
    from rostlots.web.metrics import Metrics
    from speech.hearing import EarChoice

WAITING = 3
"""Recordings that may wait beside the one that is heard. A recognition takes about half a second on one core, so the
last of them waits two; more would keep callers waiting whom another try serves sooner."""

PATIENCE = 6.0
"""Seconds after which a waiting recording is turned away, whatever keeps the recogniser."""

LONGEST = 60.0
"""Seconds of a recording."""

MOST_BYTES = 12_000_000
"""A minute of uncompressed stereo at 48 kHz."""

SPEAKERS = Patience(start=12.0, most=40.0, stalled=LONGEST)
"""How long somebody may think before the first word, and speak. Whose line stalls is dealt with at the line."""

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class Hearing:
    """The recogniser of one process, shared by its threads."""

    def __init__(self, choice: str, settings: SpeechSettings, metrics: Metrics) -> None:
        self._choice = choice
        self._settings = settings
        self._metrics = metrics
        self._ear: Ear | None = None
        self._opening = threading.Lock()
        self._places = threading.BoundedSemaphore(WAITING + 1)
        self._recogniser = ThreadPoolExecutor(1, thread_name_prefix="rostlots-recogniser")

    @property
    def ready(self) -> bool:
        """Whether a recording would be heard without loading a model first."""
        return self._ear is not None

    def open(self) -> Ear:
        """The recogniser, loaded at the first call. Raises a `speech.SpeechError`."""
        with self._opening:
            if self._ear is None:
                self._ear = open_ear(cast("EarChoice", self._choice), self._settings)
            return self._ear

    def open_in_background(self) -> None:
        """Load the recogniser while typed questions are answered already; what it lacks is said in the log."""

        def load() -> None:
            try:
                self.open()
            except SpeechError as fault:
                log.error("Recordings cannot be heard: %s", fault)
            except Exception as fault:  # a library's own; its words may hold anything
                log.error("Recordings cannot be heard: %s", type(fault).__name__)

        threading.Thread(target=load, name="rostlots-hearing", daemon=True).start()

    def listen(self, recording: bytes | Audio, state: State, assistant: Assistant) -> tuple[Reply, State]:
        """One turn from a recording, with the time that each stage took.

        Raises:
            Refused: too many wait already, or the bytes are no recording.
            SpeechError: the recording cannot be read, or nothing can be heard.
        """
        if isinstance(recording, bytes) and kind_of(recording) is None:
            raise Refused("unsupported")
        arrived = time.perf_counter()

        def hear() -> tuple[float, float, tuple[Reply, State]]:
            began = time.perf_counter()
            audio = read_audio(recording, LONGEST) if isinstance(recording, bytes) else recording
            return began, time.perf_counter(), assistant.listen(audio, state, self.open())

        with self._place():
            began, read, (reply, after) = self._in_turn(hear)
        return timed(reply, wait=began - arrived, read=read - began, total=time.perf_counter() - arrived), after

    def listener(self, lang: Lang) -> Listener:
        """For what is heard while it is said; takes turns at the recogniser with the recordings.

        Raises:
            Refused: the recogniser is not loaded. Nobody who is speaking already waits for that.
        """
        if self._ear is None:
            raise Refused("deaf")
        return Listener(self._ear, self._recogniser, completeness(lang), SPEAKERS)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """One of the few places of those who wait and the one who is heard."""
        if not self._places.acquire(blocking=False):
            raise Refused("busy")
        self._metrics.waiting.inc()
        try:
            yield
        finally:
            self._metrics.waiting.dec()
            self._places.release()

    def _in_turn(self, work: Callable[[], Result]) -> Result:
        """What comes of the work, which begins after a short wait or not at all."""
        begun = threading.Event()

        def begin() -> Result:
            begun.set()
            return work()

        job = self._recogniser.submit(begin)
        if not begun.wait(PATIENCE) and job.cancel():
            raise Refused("busy")
        return job.result()
