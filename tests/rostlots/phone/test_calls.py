"""Real calls: what is said on the wire, and when."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from telephone import (
    CALL,
    G729_ONLY,
    HANG_UP,
    HUNG_UP,
    SAME,
    Caller,
    Line,
    caller,
    loud,
    pause,
    question,
    refused,
    silence,
    sipp,
    where,
)
from telephone import TELEPHONE as OFFER

from rostlots.assistant import Assistant, new_conversation
from skill import Knowledge, State, respond_to_silence
from skill.calling import closing, for_phone, greeting
from skill.pressing import press

from .conftest import spoken

pytestmark = pytest.mark.model


@pytest.fixture(scope="module", autouse=True)
def silent_caller(line: Line, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """Somebody who never says anything, while the other tests run."""
    with caller(tmp_path_factory.mktemp("silent")) as silent:
        silent.call(line)
        yield silent


def first_words(knowledge: Knowledge) -> tuple[str, State]:
    reply, state = greeting(new_conversation(), knowledge, connects=False)
    return reply.say, state


def test_a_caller_is_greeted_asks_and_is_answered(
    line: Line, folder: Path, knowledge: Knowledge, assistant: Assistant
) -> None:
    said, state = first_words(knowledge)
    reply, _ = assistant.answer("Hur sprider sig cancer i kroppen?", state)
    with caller(folder, np.concatenate([silence(3.0), question()])) as anna:
        anna.call(line)
        answered = anna.hears(spoken(reply.say))
        greeted = anna.hears(spoken(said))
        heard, asked = anna.heard(), anna.said()
        anna.hang_up()
        anna.over()
    assert greeted + 0.1 < 0.5, "greeted within half a second"
    began = np.argmax(loud(asked)) * 0.02
    after = loud(heard)[int(began / 0.02) :]
    # The first silence of a quarter of a second: the voice has stopped.
    stopped = next(n for n in range(len(after)) if not after[n : n + 12].any()) * 0.02
    assert stopped < 0.5
    assert answered > began


def test_keys_say_what_words_say(line: Line, folder: Path, knowledge: Knowledge) -> None:
    _, state = first_words(knowledge)
    at = 0.0
    with caller(folder) as bo:
        bo.call(line)
        for key in "3#*90":
            time.sleep(1)
            bo.press(key)
            turn = press(key, state, knowledge, connects=False)
            reply, state = for_phone(*turn, knowledge, connects=False, closed=None)
            at = bo.hears(spoken(reply.say, "slow" if state.slow else "normal"), after=at + 0.5)
        bo.hang_up()
        bo.over()


def test_the_answer_can_be_had_a_second_time_on_the_same_line(line: Line, folder: Path, knowledge: Knowledge) -> None:
    """Keys of later calls are as good as those of the first one."""
    _, state = first_words(knowledge)
    reply, _ = press("5", state, knowledge, connects=False)
    with caller(folder) as cilla:
        for number in range(2):
            cilla.events.clear()
            cilla.call(line)
            time.sleep(1)
            cilla.press("5")
            cilla.hears(spoken(reply.say), 20, number=number)
            cilla.hang_up()
            cilla.over()


def test_a_plain_caller_is_answered_without_a_second_offer(line: Line, folder: Path) -> None:
    sipp(folder, CALL + pause(2) + HANG_UP, line).ends()


def test_a_codec_that_we_do_not_have_is_refused_as_such(line: Line, folder: Path) -> None:
    sipp(folder, refused("488", G729_ONLY), line).ends()


def test_a_law_alone_is_enough(line: Line, folder: Path) -> None:
    offer = OFFER.replace("0 8 96", "8 96").replace("a=rtpmap:0 PCMU/8000\n", "")
    script = CALL.replace(OFFER, offer)
    assert script != CALL
    sipp(folder, script + pause(1) + HANG_UP, line).ends()


def test_nobody_is_cut_off_while_others_ring_and_hang_up(line: Line, folder: Path, knowledge: Knowledge) -> None:
    said, _ = first_words(knowledge)
    with caller(folder / "disa") as disa:
        disa.call(line)
        sipp(folder / "others", CALL + pause(0.5) + HANG_UP, line, calls=12, options=("-r", "4")).ends()
        time.sleep(1)
        disa.hang_up()
        disa.over()
        assert where(spoken(said, seconds=4.0), disa.heard())[1] > SAME


def test_who_says_nothing_is_asked_offered_people_and_sent_off_kindly(
    silent_caller: Caller, knowledge: Knowledge
) -> None:
    silent_caller.over(120)
    heard = silent_caller.heard()
    _, state = first_words(knowledge)
    said = []
    for _ in range(2):
        reply, state = for_phone(*respond_to_silence(state, knowledge), knowledge, connects=False, closed=None)
        said.append(reply.say)
    places = []
    for text in (*said, closing("end_of_silence", knowledge)):
        at, likeness = where(spoken(text, seconds=2.0), heard)
        assert likeness > 0.8, text
        places.append(at)
    assert places == sorted(places)


def test_nothing_of_all_that_was_logged(line: Line) -> None:
    assert line.log.read_text().splitlines() == [f"Röstlots answers at sip:rostlots@127.0.0.1:{line.port}."]


def test_a_script_that_waits_for_our_end_sees_it(line: Line, folder: Path) -> None:
    """Words are not needed to end a call that has gone silent: it is we who hang up."""
    started = time.monotonic()
    sipp(folder, CALL + HUNG_UP, line).ends(150)
    assert time.monotonic() - started > 20
