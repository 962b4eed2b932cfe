"""Load on the telephone line: SIPp rings, this program sends and receives the sound.

usage: python -m benchmarks.phone [--listening N…] [--talking N…] [--seconds 60] [--question FILE…]
                                  [--interrupting N] [--churn N]

--listening: so many callers at once who only listen. --talking: so many who ask every 15 s; each number is a step.
--interrupting: so many calls in which the greeting is interrupted by a question, and as many by a key.
--churn: so many calls of 2 s, ten a second, in ten parts; memory, files and threads after each.

A gap is a packet of ours that comes more than 60 ms after the one before, by the clock of the kernel. The wait is from
the last sound of the question to the first sound after it, the time to stop from the first packet of the question, or
of the key, to the first packet of ours that is no longer the greeting. All runs on one machine. Needs sip-tester of
Debian.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import random
import socket
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
import soundfile

_ROOT = Path(__file__).parent.parent
# The callers of the tests are used here, too.
sys.path.insert(0, str(_ROOT / "tests"))

from telephone import CALL, HANG_UP, Line, pause, question, sipp, telephone_line  # noqa: E402

from benchmarks.answering import percentile  # noqa: E402

PACKET = 160
GAP_SECONDS = 0.06
EVERY_SECONDS = 15.0
STILL_SECONDS = 0.1
"""Before the end of a question in which our voice must have been silent, or it has not let itself be interrupted."""

WORD_SECONDS = 1.1
"""Of sound up to which what is said first is the word that the caller should wait."""

PAUSE_SECONDS = 0.2
"""Of silence that end that word."""

ALIGNED_SECONDS = 0.5
"""Of the greeting by which two calls are laid over each other."""

QUIET_POWER = PACKET * 0.01**2
"""Of a packet that is a pause."""

OTHER = 0.5
"""Share of the power by which a packet must differ to be no longer the greeting."""

GOES_ON_SECONDS = 1.5
"""After which the voice has not stopped for the interruption."""

SILENT = b"\xff" * PACKET
KEY = 96
"""Payload type of RFC 4733 in the offer."""
_TIMESTAMPS = getattr(socket, "SO_TIMESTAMPNS", 35)


@dataclass
class Media:
    """The sound of one caller.

    first_after: seconds from our first sound to the first question; at random, and again every 15 s, if None.
    key: is pressed in place of the question. began, asked: when the first and the last sound of each question left.
    came: when each packet came, and whether there was sound in it. heard: what was in them.
    """

    questions: list[list[bytes]]
    port: int = 0
    first_after: float | None = None
    key: int | None = None
    asked: list[float] = field(default_factory=list)
    began: list[float] = field(default_factory=list)
    came: list[tuple[float, bool]] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)
        self._socket.bind(("127.0.0.1", self.port))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        self._peer: tuple[str, int] | None = None
        self._number = random.randrange(1 << 15)
        self._to_say: list[bytes] = []
        self._question: list[bytes] = []
        self._next = 0.0

    def tick(self, now: float, ends: float) -> None:
        """20 ms: take what came, and send the next piece."""
        while True:
            try:
                packet, ancillary, _, self._peer = self._socket.recvmsg(2048, 64)
            except BlockingIOError:
                break
            if packet[1] & 0x7F == 0:
                seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
                self.came.append((seconds + nanoseconds / 1e9, _loud(packet[12:])))
                self.heard.append(packet[12:])
        if self._peer is None:
            return
        if not self._next and self.first_after is None:
            self._next = now + random.uniform(3, 3 + EVERY_SECONDS)
        elif not self._next and self.first_after is not None and self.came and self.came[-1][1]:
            self._next = now + self.first_after
        if self.questions and self._next and self._next <= now < ends:
            self._question = self.questions[len(self.began) % len(self.questions)]
            self._to_say = list(self._question)
            self.began.append(now)
            self._next += EVERY_SECONDS if self.first_after is None else 1e9
        sound = self._to_say.pop(0) if self._to_say else SILENT
        self._number += 1
        kind = KEY if self.key is not None and sound is not SILENT else 0
        at = self._number - (len(self._question) - len(self._to_say) - 1 if kind == KEY else 0)
        head = struct.pack("!BBHII", 0x80, kind, self._number & 0xFFFF, at * PACKET & 0xFFFFFFFF, self.port)
        self._socket.sendto(head + sound, self._peer)
        if self._question and sound is self._question[-1]:
            self.asked.append(now)

    def waits(self) -> list[tuple[float, float]]:
        """From the end of each question to the first sound, and to the answer; none where our voice was still heard.

        The two differ where a short word comes first, that the caller should wait.
        """
        found = []
        for asked in self.asked:
            if any(loud for at, loud in self.came if asked - STILL_SECONDS < at <= asked):
                continue
            sounds = [at - asked for at, loud in self.came if loud and at > asked]
            if sounds:
                pauses = [n for n, (one, other) in enumerate(pairwise(sounds), 1) if other - one > PAUSE_SECONDS]
                short = pauses and sounds[pauses[0] - 1] - sounds[0] < WORD_SECONDS
                found.append((sounds[0], sounds[pauses[0]] if short else sounds[0]))
        return found

    def stopped(self, whole: np.ndarray) -> float | None:
        """Seconds from the first interruption to the first packet that is not the greeting; None if it went on.

        whole: the greeting as `sound` of a call that nobody interrupts.
        """
        mine = self.sound()
        size = int(ALIGNED_SECONDS * 8000)
        lag = int(np.correlate(whole[: size + PACKET], mine[:size], mode="valid").argmax())
        (began,) = self.began
        for number, (at, _) in enumerate(self.came[self._first_sound() :]):
            here = slice(number * PACKET, (number + 1) * PACKET)
            there = whole[lag:][here]
            if at <= began or len(there) < PACKET:
                continue
            if at > began + GOES_ON_SECONDS:
                break
            differ, power = float(np.square(mine[here] - there).sum()), float(np.square(there).sum())
            if differ > OTHER * max(power, float(np.square(mine[here]).sum()), QUIET_POWER):
                return at - began
        return None

    def sound(self) -> np.ndarray:
        """What was heard from the first packet with sound on, within -1 to 1."""
        data = io.BytesIO(b"".join(self.heard[self._first_sound() :]))
        return soundfile.read(data, samplerate=8000, channels=1, format="RAW", subtype="ULAW", dtype="float32")[0]

    def _first_sound(self) -> int:
        return next(n for n, (_, loud) in enumerate(self.came) if loud)

    def gaps(self) -> int:
        times = [at for at, _ in self.came]
        return sum(after - before > GAP_SECONDS for before, after in pairwise(times))


def _loud(payload: bytes) -> bool:
    # Of mu-law the low seven bits, turned round, grow with the loudness.
    return bool((np.frombuffer(payload, np.uint8) & 0x7F ^ 0x7F).max() > 24)


def packets(samples: np.ndarray) -> list[bytes]:
    """A question as payloads of mu-law."""
    # The times begin and end with sound, not with the file.
    sounding = np.flatnonzero(np.abs(samples) > 0.02)
    samples = samples[sounding[0] : sounding[-1] + 1]
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, 8000, format="RAW", subtype="ULAW")
    data = buffer.getvalue()
    return [data[at : at + PACKET].ljust(PACKET, b"\xff") for at in range(0, len(data), PACKET)]


def key_packets(key: int) -> list[bytes]:
    """A key that is held for 100 ms, as payloads of RFC 4733."""
    held = [struct.pack("!BBH", key, 10, PACKET * (n + 1)) for n in range(5)]
    return held + [struct.pack("!BBH", key, 0x8A, PACKET * 5) for _ in range(3)]


def call_all(line: Line, folder: Path, medias: list[Media], seconds: float, each: Callable[[], None]) -> bool:
    """Ring with so many callers, let them talk, and hang up; whether all went well. each: is called once a second."""
    callers, began = len(medias), time.time()
    folder.mkdir(parents=True)
    (folder / "ports.csv").write_text("SEQUENTIAL\n" + "".join(f"{m.port}\n" for m in medias))
    script = (CALL + pause(seconds) + HANG_UP).replace("[auto_media_port]", "[field0]")
    options = ("-inf", "ports.csv", "-r", "10", "-l", str(callers))
    ringing = sipp(folder, script, line, calls=callers, options=options)
    number = 0
    while ringing.process.poll() is None and time.time() < began + seconds + callers / 10 + 30:
        for media in medias:
            media.tick(time.time(), began + seconds - 5)
        if number % 50 == 0:
            each()
        number += 1
        time.sleep(max(0.0, began + number * 0.02 - time.time()))
    well = ringing.process.poll() == 0 and all(media.came for media in medias)
    ringing.process.kill()
    return well


def load(line: Line, folder: Path, callers: int, questions: list[list[bytes]], seconds: float) -> bool:
    """So many callers at once; whether nothing failed."""
    medias = [
        Media(questions[n % len(questions) :] + questions[: n % len(questions)] if questions else [])
        for n in range(callers)
    ]
    process = psutil.Process(line.process.pid)
    used, began = sum(process.cpu_times()[:2]), time.time()
    memories: list[int] = []
    well = call_all(line, folder, medias, seconds, lambda: memories.append(process.memory_info().rss))
    took = time.time() - began
    share = (sum(process.cpu_times()[:2]) - used) / took
    greeted = [next((at for at, loud in m.came if loud), 0) - m.came[0][0] for m in medias if m.came]
    waits = [wait for media in medias for wait in media.waits()]
    count = sum(len(media.came) for media in medias)
    print(
        f"{callers} callers{' who talk' if questions else ''}: {'' if well else 'FAILED, '}"
        f"first packet to greeting {statistics.median(greeted):.2f} s, at most {max(greeted):.2f} s; "
        f"{sum(media.gaps() for media in medias)} gaps in {count} packets; "
        f"{share * 100:.0f} % of one core; {max(memories) / 1e6:.0f} MB",
        flush=True,
    )
    if waits:
        first, answered = [one for one, _ in waits], [one for _, one in waits]
        print(
            f"  end of question to first sound: median {statistics.median(first):.2f} s, "
            f"95th percentile {percentile(first, 0.95):.2f} s; to the answer: median "
            f"{statistics.median(answered):.2f} s, 95th percentile {percentile(answered, 0.95):.2f} s; {len(waits)} of "
            f"{sum(len(media.asked) for media in medias)} questions",
            flush=True,
        )
    return well


def interrupt(line: Line, folder: Path, calls: int, questions: list[list[bytes]]) -> None:
    """Interrupt the greeting, in five calls at a time, by a question and by a key."""
    chance = random.Random(1)
    listener = Media([])
    call_all(line, folder / "nobody", [listener], 16, lambda: None)
    whole = np.concatenate([np.zeros(PACKET // 2, np.float32), listener.sound()])
    for name, key in (("a question", None), ("a key", 3)):
        stops: list[float | None] = []
        for batch in range(0, calls, 5):
            medias = [
                Media(
                    [questions[(batch + n) % len(questions)] if key is None else key_packets(key)],
                    first_after=chance.uniform(1, 5),
                    key=key,
                )
                for n in range(min(5, calls - batch))
            ]
            call_all(line, folder / f"{name}-{batch}", medias, 16, lambda: None)
            stops += [media.stopped(whole) for media in medias if media.began]
        found = sorted(stop for stop in stops if stop is not None)
        print(
            f"interrupted by {name}: stopped after {statistics.median(found) * 1000:.0f} ms at the median, "
            f"95th percentile {percentile(found, 0.95) * 1000:.0f} ms, within 200 ms {sum(s <= 0.2 for s in found)} "
            f"of {len(stops)}; went on {len(stops) - len(found)}",
            flush=True,
        )


def churn(line: Line, folder: Path, calls: int) -> None:
    """Short calls in fast succession, in ten parts."""
    process = psutil.Process(line.process.pid)
    for part in range(10):
        ringing = sipp(folder / str(part), CALL + pause(2) + HANG_UP, line, calls=calls // 10, options=("-r", "10"))
        status = ringing.process.wait(calls / 100 + 60)
        time.sleep(2)
        print(
            f"{(part + 1) * (calls // 10)} calls of 2 s: {'all well' if status == 0 else 'FAILED'}; "
            f"{process.memory_info().rss / 1e6:.0f} MB, {process.num_fds()} files, {process.num_threads()} threads",
            flush=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listening", type=int, nargs="*", default=[])
    parser.add_argument("--talking", type=int, nargs="*", default=[])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--question", nargs="*", default=["examples/question.opus"])
    parser.add_argument("--interrupting", type=int)
    parser.add_argument("--churn", type=int)
    arguments = parser.parse_args()
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"load before: {os.getloadavg()[0]:.1f}"
    )
    questions = [packets(question(name)) for name in arguments.question]
    with tempfile.TemporaryDirectory() as name, telephone_line(Path(name) / "line", SIP_CALLS="100") as line:
        folder = Path(name)
        for step, callers in enumerate(arguments.listening):
            if not load(line, folder / f"listening-{step}", callers, [], arguments.seconds):
                break
        for step, callers in enumerate(arguments.talking):
            if not load(line, folder / f"talking-{step}", callers, questions, arguments.seconds):
                break
        if arguments.interrupting:
            interrupt(line, folder / "interrupting", arguments.interrupting, questions)
        if arguments.churn:
            churn(line, folder / "churn", arguments.churn)
    return 0


if __name__ == "__main__":
    sys.exit(main())
