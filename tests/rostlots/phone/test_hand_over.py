"""The hand-over as a state machine: it never says more than it knows, and never leaves the caller with nothing."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from rostlots.phone.hand_over import BEGIN, Action, Event, Stage, Step, advance, failure_of

EVENTS = st.lists(st.sampled_from(Event), max_size=12)


def steps(events: list[Event]) -> list[Step]:
    found = [BEGIN]
    for event in events:
        found.append(advance(found[-1], event))
    return found


@given(EVENTS)
def test_the_transfer_is_asked_for_once_and_only_after_the_whole_notice(events: list[Event]) -> None:
    walked = steps(events)
    asked = [n for n, step in enumerate(walked) if step.action is Action.REFER]
    assert len(asked) <= 1
    for n in asked:
        assert events[n - 1] is Event.NOTICE_HEARD
        assert walked[n - 1].stage is Stage.NOTICE


@given(EVENTS)
def test_connected_means_that_an_answer_was_reported_after_the_transfer_was_asked_for(events: list[Event]) -> None:
    walked = steps(events)
    for n, step in enumerate(walked):
        if step.stage is Stage.CONNECTED:
            before = [s.action for s in walked[:n]]
            assert Action.REFER in before
            assert Event.ANSWERED in events[before.index(Action.REFER) : n]
            assert step.failure is None


@given(EVENTS)
def test_a_failure_is_told_exactly_once_and_only_to_somebody_who_is_there(events: list[Event]) -> None:
    walked = steps(events)
    told = [n for n, step in enumerate(walked) if step.action is Action.TELL_NUMBER]
    assert len(told) == (walked[-1].stage is Stage.FAILED)
    for n in told:
        assert walked[n].failure is not None
        assert Event.HUNG_UP not in events[:n]


@given(EVENTS)
def test_what_is_over_stays_over_and_does_nothing_more(events: list[Event]) -> None:
    walked = steps(events)
    for before, after in itertools.pairwise(walked):
        if before.stage.over:
            assert after.stage is before.stage
            assert after.action is Action.NOTHING
            assert after.failure == before.failure


@given(EVENTS, st.sampled_from([Event.ANSWERED, Event.BUSY, Event.NO_ANSWER, Event.REFUSED, Event.HUNG_UP]))
def test_from_anywhere_the_end_is_two_events_away(events: list[Event], last: Event) -> None:
    assert steps([*events, Event.NOTICE_HEARD, last])[-1].stage.over


@given(st.one_of(st.none(), st.integers(0, 699)))
def test_every_status_is_some_failure(status: int | None) -> None:
    step = advance(Step(Stage.REFERRED, Action.REFER), failure_of(status))
    assert step.stage is Stage.FAILED
    assert step.action is Action.TELL_NUMBER


def test_busy_and_no_answer_are_told_apart() -> None:
    told = {status: failure_of(status) for status in (486, 600, 408, 480, 487, None, 403, 404, 503, 603, 0)}
    assert {s for s, event in told.items() if event is Event.BUSY} == {486, 600}
    assert {s for s, event in told.items() if event is Event.NO_ANSWER} == {408, 480, 487, None}
