"""Load on the telephone line: SIPp rings, this program sends and receives the sound.

usage: python -m benchmarks.phone [--listening N] [--talking N] [--seconds 60] [--question FILE] [--churn N]

--listening: so many callers at once who only listen. --talking: so many who ask every 15 s.
--churn: so many calls of 2 s, ten a second; memory and open files before and after.

A gap is a packet of ours that comes more than 60 ms after the one before, by the clock of the kernel. The wait is from
the last sound of the question to the first sound after it. All runs on one machine. Needs sip-tester of Debian.
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
SILENT = b"\xff" * PACKET
_TIMESTAMPS = getattr(socket, "SO_TIMESTAMPNS", 35)


@dataclass
class Media:
    """The sound of one caller.

    asked: when the last sound of each question left. came: when each packet came, and whether there was sound in it.
    """

    question: list[bytes]
    port: int = 0
    asked: list[float] = field(default_factory=list)
    came: list[tuple[float, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)
        self._socket.bind(("127.0.0.1", self.port))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        self._peer: tuple[str, int] | None = None
        self._number = random.randrange(1 << 15)
        self._to_say: list[bytes] = []
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
        if self._peer is None:
            return
        if not self._next:
            self._next = now + random.uniform(3, 3 + EVERY_SECONDS)
        if self.question and now >= self._next and now < ends:
            self._to_say = list(self.question)
            self._next += EVERY_SECONDS
        sound = self._to_say.pop(0) if self._to_say else SILENT
        self._number += 1
        head = struct.pack("!BBHII", 0x80, 0, self._number & 0xFFFF, self._number * PACKET & 0xFFFFFFFF, self.port)
        self._socket.sendto(head + sound, self._peer)
        if self.question and sound is self.question[-1]:
            self.asked.append(now)

    def waits(self) -> list[float]:
        """From the end of each question to the first sound after it."""
        found = []
        for asked in self.asked:
            later = [at - asked for at, loud in self.came if loud and at > asked]
            if later:
                found.append(later[0])
        return found

    def gaps(self) -> int:
        times = [at for at, _ in self.came]
        return sum(after - before > GAP_SECONDS for before, after in pairwise(times))


def _loud(payload: bytes) -> bool:
    # Of mu-law the low seven bits, turned round, grow with the loudness.
    return bool((np.frombuffer(payload, np.uint8) & 0x7F ^ 0x7F).max() > 24)


def packets(samples: np.ndarray) -> list[bytes]:
    """A question as payloads of mu-law."""
    # The wait begins with the last sound, not with the end of the file.
    samples = samples[: np.flatnonzero(np.abs(samples) > 0.02)[-1] + 1]
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, 8000, format="RAW", subtype="ULAW")
    data = buffer.getvalue()
    return [data[at : at + PACKET].ljust(PACKET, b"\xff") for at in range(0, len(data), PACKET)]


def load(line: Line, folder: Path, callers: int, asked: list[bytes], seconds: float) -> None:
    """So many callers at once."""
    medias = [Media(asked) for _ in range(callers)]
    folder.mkdir(parents=True)
    (folder / "ports.csv").write_text("SEQUENTIAL\n" + "".join(f"{m.port}\n" for m in medias))
    script = (CALL + pause(seconds) + HANG_UP).replace("[auto_media_port]", "[field0]")
    process = psutil.Process(line.process.pid)
    used, began = sum(process.cpu_times()[:2]), time.time()
    options = ("-inf", "ports.csv", "-r", "10", "-l", str(callers))
    ringing = sipp(folder, script, line, calls=callers, options=options)
    ends, memory = began + seconds - 5, 0
    number = 0
    while ringing.process.poll() is None and time.time() < began + seconds + callers / 10 + 30:
        for media in medias:
            media.tick(time.time(), ends)
        if number % 50 == 0:
            memory = max(memory, process.memory_info().rss)
        number += 1
        time.sleep(max(0.0, began + number * 0.02 - time.time()))
    took = time.time() - began
    share = (sum(process.cpu_times()[:2]) - used) / took
    failed = ringing.process.poll() != 0 or any(not media.came for media in medias)
    ringing.process.kill()
    greeted = [next((at for at, loud in m.came if loud), 0) - m.came[0][0] for m in medias if m.came]
    waits = [wait for media in medias for wait in media.waits()]
    count = sum(len(media.came) for media in medias)
    print(
        f"{callers} callers{' who talk' if asked else ''}: {'FAILED, ' if failed else ''}"
        f"first packet to greeting {statistics.median(greeted):.2f} s, at most {max(greeted):.2f} s; "
        f"{sum(media.gaps() for media in medias)} gaps in {count} packets; "
        f"{share * 100:.0f} % of one core; {memory / 1e6:.0f} MB"
    )
    if waits:
        print(
            f"  end of question to first sound: median {statistics.median(waits):.2f} s, "
            f"95th percentile {percentile(waits, 0.95):.2f} s, {len(waits)} of "
            f"{sum(len(media.asked) for media in medias)} questions"
        )


def churn(line: Line, folder: Path, calls: int) -> None:
    """Short calls in fast succession, three times."""
    process = psutil.Process(line.process.pid)
    for batch in range(3):
        ringing = sipp(folder / str(batch), CALL + pause(2) + HANG_UP, line, calls=calls, options=("-r", "10"))
        status = ringing.process.wait(calls / 10 + 60)
        time.sleep(2)
        print(
            f"{calls} calls of 2 s: {'all well' if status == 0 else 'FAILED'}; "
            f"{process.memory_info().rss / 1e6:.0f} MB, {process.num_fds()} files, {process.num_threads()} threads"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listening", type=int, nargs="*", default=[])
    parser.add_argument("--talking", type=int, nargs="*", default=[])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--question", default="examples/question.opus")
    parser.add_argument("--churn", type=int)
    arguments = parser.parse_args()
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"load before: {os.getloadavg()[0]:.1f}"
    )
    asked = packets(question(arguments.question))
    with tempfile.TemporaryDirectory() as name, telephone_line(Path(name) / "line", SIP_CALLS="100") as line:
        for callers in arguments.listening:
            load(line, Path(name) / f"listening-{callers}", callers, [], arguments.seconds)
        for callers in arguments.talking:
            load(line, Path(name) / f"talking-{callers}", callers, asked, arguments.seconds)
        if arguments.churn:
            churn(line, Path(name) / "churn", arguments.churn)
    return 0


if __name__ == "__main__":
    sys.exit(main())
