"""When a person has begun and finished, from the probability of voice alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from speech.endpointing import Endpointer, Patience
from speech.frames import STEP

PATIENCE = Patience()


def after(*parts: tuple[float, float]) -> Endpointer:
    """An endpointer that was given probabilities for so many seconds each."""
    endpointer = Endpointer(PATIENCE)
    for seconds, probability in parts:
        for _ in range(round(seconds / STEP)):
            endpointer.step(probability)
    return endpointer


def test_the_wait_depends_on_the_words() -> None:
    spoken = after((1, 0), (1, 0.9))
    assert spoken.wait(True) == PATIENCE.complete
    assert spoken.wait(None) == PATIENCE.unknown
    assert spoken.wait(False) == PATIENCE.half
    assert not after((1, 0.9), (0.4, 0)).over(True)
    assert after((1, 0.9), (0.5, 0)).over(True)
    assert not after((1, 0.9), (0.8, 0)).over(None)
    assert after((1, 0.9), (1.0, 0)).over(None)
    assert not after((1, 0.9), (1.7, 0)).over(False)
    assert after((1, 0.9), (1.9, 0)).over(False)


def test_a_slow_speaker_gets_longer() -> None:
    slow = after((1, 0.9), (1.2, 0), (1, 0.9))
    assert slow.wait(None) > 1.2
    assert slow.wait(True) > after((1, 0.9)).wait(True)
    assert after((1, 0.9), (1.7, 0), (1, 0.9)).wait(None) == PATIENCE.half


def test_clicks_neither_begin_nor_go_on() -> None:
    assert not after(*[(STEP, 0.9), (0.3, 0.0)] * 20).speaking
    assert after((1, 0.9), (0.5, 0), (STEP, 0.9), (0.5, 0)).silence > 0.9


def test_a_soft_ending_is_no_silence() -> None:
    assert after((1, 0.9), (0.3, 0.4)).silence == 0


@given(st.lists(st.floats(0, 1), max_size=400))
def test_nobody_is_waited_for_without_end(probabilities: list[float]) -> None:
    endpointer = Endpointer(Patience(start=2, most=5))
    for probability in probabilities:
        endpointer.step(probability)
    for _ in range(200):
        endpointer.step(0.0)
    assert endpointer.nobody != endpointer.over(False)
