"""Which threads of this process go first when all want the processor: those that send the sound, every 20 ms."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

GIVES_WAY = 2
"""Niceness that the rest gets beside what it has: two thirds of the share of a thread that does not give way. With 5
the event loop came too late for greetings, where the callers of a benchmark ran on the same machine."""

_THREADS = Path("/proc/self/task")


def running_threads() -> frozenset[int]:
    """The threads of this process; none where the system does not say (other than Linux)."""
    with suppress(OSError):
        return frozenset(int(entry.name) for entry in _THREADS.iterdir())
    return frozenset()


def give_way(threads: Iterable[int]) -> None:
    """Let these threads, and those that they start from now on, come after the others."""
    for thread in threads:
        # It may have ended meanwhile.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + GIVES_WAY)
