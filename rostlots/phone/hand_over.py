"""Putting a call through, as a state machine that never says more than it knows. Pure; see `rostlots.phone.call`.

    NOTICE ── heard to its end ──> REFERRED ── the helpline has answered ──> CONNECTED
                                      └── refused, busy, no answer ──> FAILED: the number is read out

The caller may hang up at any time: GONE.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from skill.calling import Failure


class Stage(Enum):
    """How far the hand-over has come. The last three are ends."""

    NOTICE = "the caller is being told that the call will be put through"
    REFERRED = "their telephone has been asked to ring the helpline"
    CONNECTED = "their telephone has reported that the helpline answered"
    FAILED = "it could not be put through, and the caller is still here"
    GONE = "the caller has hung up"

    @property
    def over(self) -> bool:
        return self in (Stage.CONNECTED, Stage.FAILED, Stage.GONE)


class Event(Enum):
    """What can happen during a hand-over."""

    NOTICE_HEARD = "the last sound of the notice has left"
    ANSWERED = "a NOTIFY told of a final success"
    BUSY = "a NOTIFY or the answer to the REFER told of a busy line"
    NO_ANSWER = "a NOTIFY told that nobody answered, or nothing was told in time"
    REFUSED = "the REFER was refused, or a NOTIFY told of any other failure"
    HUNG_UP = "the caller has hung up"


class Action(Enum):
    """What to do on entering a stage."""

    PLAY_NOTICE = "say that the call will be put through, and let nothing interrupt it"
    REFER = "ask the caller's telephone to ring the helpline"
    TELL_NUMBER = "say that it failed, and read the number out twice"
    NOTHING = "leave the call alone"


@dataclass(frozen=True)
class Step:
    """The stage that was reached, what to do there, and why it failed if it did."""

    stage: Stage
    action: Action
    failure: Failure | None = None


BEGIN = Step(Stage.NOTICE, Action.PLAY_NOTICE)

_FAILURES: dict[Event, Failure] = {
    Event.BUSY: "busy",
    Event.NO_ANSWER: "no_answer",
    Event.REFUSED: "refused",
}

_BUSY = frozenset({486, 600})
_NO_ANSWER = frozenset({408, 480, 487, None})


def advance(step: Step, event: Event) -> Step:
    """The next step. What cannot happen in a stage changes nothing and does nothing."""
    stage = step.stage
    if event is Event.HUNG_UP and not stage.over:
        return Step(Stage.GONE, Action.NOTHING)
    if stage is Stage.NOTICE and event is Event.NOTICE_HEARD:
        return Step(Stage.REFERRED, Action.REFER)
    if stage is Stage.REFERRED and event is Event.ANSWERED:
        return Step(Stage.CONNECTED, Action.NOTHING)
    if stage is Stage.REFERRED and event in _FAILURES:
        return Step(Stage.FAILED, Action.TELL_NUMBER, _FAILURES[event])
    return Step(stage, Action.NOTHING, step.failure)


def failure_of(status: int | None) -> Event:
    """What the SIP status of a failed transfer tells; None where none was told in time."""
    if status in _BUSY:
        return Event.BUSY
    return Event.NO_ANSWER if status in _NO_ANSWER else Event.REFUSED
