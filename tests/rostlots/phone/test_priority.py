"""Threads that give way to those that send the sound."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from rostlots.phone.priority import GIVES_WAY, give_way, running_threads


def niceness(thread: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, thread)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a niceness for each thread")
def test_a_thread_gives_way_from_where_it_stands_and_those_that_it_starts_do_too() -> None:
    found: dict[str, int] = {}

    def inner() -> None:
        found["inner"] = niceness(threading.get_native_id())

    def outer() -> None:
        own = threading.get_native_id()
        assert own in running_threads()
        found["before"] = niceness(own)
        give_way([own])
        give_way([own])
        found["outer"] = niceness(own)
        started = threading.Thread(target=inner)
        started.start()
        started.join()

    thread = threading.Thread(target=outer)
    thread.start()
    thread.join()
    assert found["outer"] == found["inner"] == min(19, found["before"] + 2 * GIVES_WAY)
    assert niceness(threading.get_native_id()) == found["before"]


def test_a_thread_that_has_ended_is_no_fault() -> None:
    give_way([2**22 + 1])
