"""How soon the end of a question is noticed, and how often one is cut off at a pause.

usage: python -m benchmarks.endpointing [--recordings FOLDER [--clean FOLDER]] [--texts FILE.jsonl [--voice mb-sw1]]
                                        [--pauses 0.4 0.7 1.0 1.4] [--rate 8000] [--limit 60] [--work 0.3]

Streams questions in frames of 20 ms and prints the delay from the end of the voice to the decision and to the result,
and the share that was cut off; each as the product does it, and with one wait of 0.9 s for all. --recordings are taken
as they are. --texts (`turns` in each line) are spoken by espeak-ng with a pause at a random place between two words.
The clock is that of the sound: recognition runs when it is asked for, and its result arrives after the time that it
took, or after --work seconds, which makes runs on busy machines alike.

--clean names a folder with the same recordings without noise, by which the end of the voice is found.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import soxr
from numpy.typing import NDArray

from benchmarks.answering import percentile
from intents.completeness import completeness
from speech import Ear, Heard, Listener, SpeechEnded, SpeechSettings, open_ear, read_audio
from speech.audio import RATE
from tools.whisper_pack.voices import Speaker, say

Samples = NDArray[np.float32]
Thing = TypeVar("Thing")

KINDS = (".opus", ".ogg", ".wav", ".flac", ".mp3")

FRAME = 0.02
LEAD = 1.0
"""Seconds of silence before the question; after it there are four."""
VOICE_BELOW_LOUD = 0.01
"""Root mean square of the last sounds of a voice, as a share of that of its louder parts: 40 dB below."""
CUT = 0.1
"""A decision earlier than so many seconds before the end of the voice has cut it off."""


@dataclass
class SoundClock(Executor):
    """One worker whose results arrive when the sound has gone on for as long as they took."""

    now: float = 0.0
    free_at: float = 0.0
    work: float | None = None
    """Seconds that each task counts as; as measured if None."""
    draining: bool = False
    _due: list[tuple[float, Future[Any], Any]] = field(default_factory=list)

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        started = time.perf_counter()
        result = fn(*arguments, **named)
        took = time.perf_counter() - started if self.work is None else self.work
        self.free_at = max(self.now, self.free_at) + took
        future: Future[Any] = Future()
        self._due.append((self.free_at, future, result))
        self.advance(self.now)
        return future

    def advance(self, now: float) -> None:
        """The sound has come this far."""
        self.now = now
        ready = [one for one in self._due if one[0] <= now or self.draining]
        self._due = [one for one in self._due if one not in ready]
        for _, future, result in ready:
            if future.set_running_or_notify_cancel():
                future.set_result(result)

    def drain(self) -> None:
        """No more sound is needed; whatever is asked for is given at once, its time is still counted."""
        self.draining = True
        self.advance(self.now)


@dataclass(frozen=True)
class Question:
    """A question with silence around it."""

    samples: Samples
    voice_end: float
    """Seconds."""


@dataclass(frozen=True)
class Outcome:
    """What came of streaming a question."""

    decided: float
    """Seconds from the end of the voice to the decision; negative if it was cut off."""
    result: float
    text: str


def voiced(samples: Samples) -> tuple[int, int, NDArray[np.float64]]:
    """First and last 10 ms of the voice, and the loudness of each."""
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160).astype(np.float64)
    loudness = np.sqrt(np.mean(np.square(frames), axis=1))
    heard = np.flatnonzero(loudness > VOICE_BELOW_LOUD * np.percentile(loudness, 95))
    return int(heard[0]), int(heard[-1]) + 1, loudness


def surrounded(samples: Samples, clean: Samples) -> Question:
    """A recording with silence around it, of the loudness of its own background."""
    first, last, loudness = voiced(clean)
    floor = float(np.percentile(loudness, 2)) if clean is samples else float(np.std(samples[: max(160, first * 160)]))
    random = np.random.default_rng(0)

    def silence(length: float) -> Samples:
        return (floor * random.standard_normal(int(length * RATE))).astype(np.float32)

    return Question(np.concatenate([silence(LEAD), samples, silence(4.0)]), LEAD + last * 0.01)


def with_pause(text: str, voice: str, seconds: float, random: np.random.Generator) -> Question:
    """A question spoken with a pause between two words."""
    words = text.split()
    at = int(random.integers(1, len(words)))
    speaker = Speaker(voice, 150, 50)
    parts = []
    for half in (words[:at], words[at:]):
        samples = say(" ".join(half).rstrip("?.!,"), speaker)
        first, last, _ = voiced(samples)
        parts.append(samples[first * 160 : last * 160])
    whole = np.concatenate([parts[0], np.zeros(int(seconds * RATE), dtype=np.float32), parts[1]])
    return surrounded(whole, whole)


async def stream(
    question: Question, ear: Ear, rule: Callable[[str], bool | None], rate: int, work: float | None
) -> Outcome:
    """Listen to a question as a line at this rate carries it."""
    clock = SoundClock(work=work)
    pcm = np.clip(soxr.resample(question.samples, RATE, rate), -1, 1)
    data = np.rint(pcm * 32767).astype("<i2").tobytes()
    step = int(rate * FRAME) * 2

    async def frames() -> AsyncIterator[bytes]:
        for number, at in enumerate(range(0, len(data), step), 1):
            clock.advance(number * FRAME)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            yield data[at : at + step]

    decided, text = clock.now, ""
    async for event in Listener(ear, clock, rule).listen(frames(), rate):
        if isinstance(event, SpeechEnded):
            decided = clock.now
            clock.drain()
        elif isinstance(event, Heard):
            text = event.transcript.text
    return Outcome(decided - question.voice_end, max(decided, clock.free_at) - question.voice_end, text)


def report(name: str, outcomes: list[Outcome]) -> None:
    """One line of figures. The delays are those of questions that were not cut off."""
    whole = [o for o in outcomes if o.decided >= -CUT]
    line = f"{name:32} cut off {len(outcomes) - len(whole):3} of {len(outcomes)}"
    if whole:
        line += (
            f"; to the decision median {statistics.median(o.decided for o in whole):.2f} s; to the result median "
            f"{statistics.median(o.result for o in whole):.2f} s, "
            f"95th percentile {percentile([o.result for o in whole], 0.95):.2f} s"
        )
    print(line, flush=True)


def compare(name: str, questions: list[Question], ear: Ear, arguments: argparse.Namespace) -> None:
    """Both rules on the same questions."""
    rule = completeness("sv")
    for words, asked in (("by the words", rule), ("0.9 s for all", lambda text: None)):
        outcomes = [asyncio.run(stream(q, ear, asked, arguments.rate, arguments.work)) for q in questions]
        report(f"{name}, {words}", outcomes)
        for outcome in outcomes if arguments.show else ():
            if outcome.decided < -CUT:
                print(f"    {outcome.text!r} {outcome.decided:.2f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recordings", type=Path)
    parser.add_argument("--clean", type=Path)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--voice", default="mb-sw1", help="for espeak-ng")
    parser.add_argument("--pauses", type=float, nargs="+", default=[0.4, 0.7, 1.0, 1.4])
    parser.add_argument("--rate", type=int, default=RATE, help="samples per second of the line")
    parser.add_argument("--limit", type=int, default=1000, help="questions, taken evenly")
    parser.add_argument("--stt", choices=("auto", "whisper", "vosk"), default="auto")
    parser.add_argument("--work", type=float, help="seconds that a recognition counts as  [default: measured]")
    parser.add_argument("--show", action="store_true", help="print what was heard of the questions that were cut off")
    arguments = parser.parse_args()
    ear = open_ear(arguments.stt, SpeechSettings.from_environ())
    print(f"{ear.name}, {arguments.rate} Hz")
    if arguments.recordings:
        files = evenly([f for f in sorted(arguments.recordings.iterdir()) if f.suffix in KINDS], arguments.limit)
        found = [(read_audio(f).samples, f) for f in files]
        questions = [surrounded(s, clean_of(f, arguments.clean) if arguments.clean else s) for s, f in found]
        # The first recognition of a process is slower.
        asyncio.run(stream(questions[0], ear, completeness("sv"), arguments.rate, arguments.work))
        compare("as recorded", questions, ear, arguments)
    if arguments.texts:
        lines = [json.loads(line) for line in arguments.texts.read_text(encoding="utf-8").splitlines() if line.strip()]
        texts = [line["turns"][0] for line in lines if len(line["turns"]) == 1 and len(line["turns"][0].split()) >= 4]
        for pause in arguments.pauses:
            random = np.random.default_rng(5)
            questions = [with_pause(text, arguments.voice, pause, random) for text in evenly(texts, arguments.limit)]
            compare(f"pause of {pause:.1f} s", questions, ear, arguments)
    return 0


def clean_of(file: Path, folder: Path) -> Samples:
    """The recording of the same name, of whatever kind."""
    return read_audio(next(one for one in folder.iterdir() if one.stem == file.stem)).samples


def evenly(things: list[Thing], limit: int) -> list[Thing]:
    """At most so many, taken from all over."""
    return things[:: max(1, -(-len(things) // limit))]


if __name__ == "__main__":
    sys.exit(main())
