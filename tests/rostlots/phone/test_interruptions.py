"""Whoever speaks stops the voice, whatever else is heard does not, and advice in an emergency goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import soxr
from telephone import (
    CALL,
    HANG_UP,
    RATE,
    Line,
    Samples,
    caller,
    free_udp_port,
    pause,
    press,
    question,
    received,
    reply,
    silence,
    sipp,
    telephone_line,
    until,
)

from rostlots.assistant import Assistant, new_conversation
from skill import Knowledge
from skill.calling import for_phone, greeting
from tools.whisper_pack.silence import make

from .conftest import spoken

pytestmark = pytest.mark.model

WHOLE = 60.0


def after(*parts: Samples) -> Samples:
    """One after the other, with a pause before each."""
    return np.concatenate([sound for part in parts for sound in (silence(1.0), part)])


def test_coughs_clicks_and_noise_do_not_stop_the_voice(line: Line, folder: Path, knowledge: Knowledge) -> None:
    chance = np.random.default_rng(5)
    said = greeting(new_conversation(), knowledge, connects=False)[0].say
    sounds = [make(kind, chance) for kind in ("coughs", "clicks", "noise", "breath", "coughs")]
    says = after(*(np.asarray(soxr.resample(sound, 16000, RATE), np.float32) for sound in sounds))
    with caller(folder, says) as anna:
        anna.call(line)
        anna.hears(spoken(said, seconds=WHOLE))
        anna.hang_up()


def test_advice_in_an_emergency_is_heard_to_its_end(
    line: Line, folder: Path, knowledge: Knowledge, assistant: Assistant
) -> None:
    # Of the shorter ones that were tried the voice, by telephone, makes something else in every second rendering.
    cry, words = "Hjälp, pappa har ramlat ihop och andas inte längre!", "Hallå, hör du mig? Vad ska jag göra?"
    _, state = greeting(new_conversation(), knowledge, connects=False)
    turn = assistant.answer(cry, state)
    advice, _ = for_phone(*turn, knowledge, connects=False, closed=None)
    assert advice.action == "emergency"
    aloud = spoken(cry, seconds=WHOLE)
    with caller(folder, after(aloud, silence(1.0), *(spoken(words, seconds=WHOLE),) * 3)) as anna:
        anna.call(line)
        anna.hears(spoken(advice.say, seconds=1.0))
        for key in "3*0":
            anna.press(key)
        anna.hears(spoken(advice.say, seconds=WHOLE))
        anna.hang_up()


MOMENTS = {
    "at once": "",
    "in the greeting": pause(1),
    "in an answer": pause(0.5) + press("3") + pause(2),
    "in the notice": pause(0.5) + press("0") + pause(2),
    "while being put through": pause(0.5) + press("0") + received("REFER", timeout="30000") + pause(0.3),
    "after it failed": pause(0.5)
    + press("0")
    + received("REFER", timeout="30000")
    + reply("603 Decline", tagged=True)
    + pause(2),
}
QUESTION = question()
SPOKEN_MOMENTS = {
    "in a question": 2.0,
    "while it is thought about": 1.0 + len(QUESTION) / RATE + 0.5,
    "when it is answered": 1.0 + len(QUESTION) / RATE + 3.0,
}


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A line with one channel, which shows whether the call before has let go of it."""
    target = f"sip:desk@127.0.0.1:{free_udp_port()}"
    with telephone_line(tmp_path_factory.mktemp("single"), SIP_CALLS="1", SIP_HAND_OVER=target) as running:
        yield running


def free_again(line: Line, folder: Path) -> None:
    """The next caller is answered."""

    def answered() -> bool:
        attempt = sipp(folder / f"next-{time.monotonic()}", CALL + pause(0.3) + HANG_UP, line)
        return attempt.process.wait(30) == 0

    until(answered, 5)
    assert "ERROR" not in line.log.read_text()


@pytest.mark.parametrize("moment", MOMENTS)
def test_hanging_up_frees_the_channel(moment: str, single: Line, folder: Path) -> None:
    sipp(folder / "call", CALL + MOMENTS[moment] + HANG_UP, single).ends(60)
    free_again(single, folder)


@pytest.mark.parametrize("moment", SPOKEN_MOMENTS)
def test_hanging_up_while_talking_frees_the_channel(moment: str, single: Line, folder: Path) -> None:
    with caller(folder / "anna", after(QUESTION)) as anna:
        anna.call(single)
        time.sleep(SPOKEN_MOMENTS[moment])
        anna.hang_up()
        anna.over()
        free_again(single, folder)


def test_a_telephone_that_dies_frees_the_channel(single: Line, folder: Path) -> None:
    with caller(folder / "anna") as anna:
        anna.call(single)
        anna.process.kill()
    until(lambda: sipp(folder / "next", CALL + HANG_UP, single).process.wait(30) == 0, 90)


def test_ended_calls_leave_nothing_behind(single: Line, folder: Path) -> None:
    process = psutil.Process(single.process.pid)
    free_again(single, folder)
    time.sleep(2)
    before = process.num_fds(), process.num_threads()
    for n in range(10):
        free_again(single, folder / str(n))
    time.sleep(2)
    files, threads = process.num_fds(), process.num_threads()
    assert files <= before[0] + 2
    assert threads <= before[1] + 2
