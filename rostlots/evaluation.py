"""Measuring the understanding on labelled questions: shares, confusions, reliability, false answers."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

_BINS = 10
_Z95 = 1.96


class LabelledConversation(msgspec.Struct, frozen=True):
    """One line of a labelled file: turns, and for each the topics that a reasonable listener accepts, best first."""

    id: str
    turns: list[str]
    expect: list[list[str]]
    lang: str | None = None


class Judged(msgspec.Struct, frozen=True):
    """One turn with what was expected and what came."""

    id: str
    turn: int
    text: str
    expected: list[str]
    topic: str
    confidence: float
    action: str

    @property
    def right(self) -> bool:
        return self.topic in self.expected


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval (Wilson, 1927)."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else 0.0

    def interval(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        n, p = self.of, self.value
        centre = (p + _Z95**2 / (2 * n)) / (1 + _Z95**2 / n)
        half = _Z95 * math.sqrt(p * (1 - p) / n + _Z95**2 / (4 * n * n)) / (1 + _Z95**2 / n)
        return max(0.0, centre - half), min(1.0, centre + half)

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{self.value:6.1%}  ({self.hits} of {self.of}, 95 %: {low:.1%} to {high:.1%})"


@dataclass(frozen=True)
class Bin:
    """Replies whose confidence lies in one tenth: how many, their mean confidence, and the share that was right."""

    count: int
    confidence: float
    right: float


def speech_act(topic: str) -> str:
    """The kind of speech act that a topic answers."""
    family = topic.partition(".")[0]
    return {
        "handoff": "about oneself, feelings, outside the source",
        "safety": "danger",
        "control": "steering",
        "clarify": "incomplete",
        "fallback": "off topic or unclear",
    }.get(family, "question of fact")


def shares(judged: Iterable[Judged], key: str) -> dict[str, Share]:
    """The share right by `area` (first part of the topic id), `act` (kind of speech act) or `turn` (first, later)."""
    hits: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for one in judged:
        wanted = one.expected[0]
        group = {
            "area": wanted.partition(".")[0],
            "act": speech_act(wanted),
            "turn": "first turn" if one.turn == 0 else "later turn",
        }[key]
        of[group] += 1
        hits[group] += one.right
    return {group: Share(hits[group], of[group]) for group in sorted(of)}


def confusions(judged: Iterable[Judged], most: int = 15) -> list[tuple[str, str, int]]:
    """Pairs of expected and given topic that were mixed up, most frequent first."""
    pairs = Counter((one.expected[0], one.topic) for one in judged if not one.right)
    return [(expected, given, count) for (expected, given), count in pairs.most_common(most)]


def false_answers(judged: Sequence[Judged]) -> Share:
    """Of the turns where no fact may be told, the share that got one."""
    none_expected = [j for j in judged if not any(speech_act(t) == "question of fact" for t in j.expected)]
    return Share(sum(j.action == "answer" for j in none_expected), len(none_expected))


def missed_dangers(judged: Sequence[Judged]) -> Share:
    """Of the turns where danger was expected first, the share that was not met with it."""
    dangers = [j for j in judged if j.expected[0].startswith("safety.")]
    return Share(sum(not j.topic.startswith("safety.") for j in dangers), len(dangers))


def false_alarms(judged: Sequence[Judged]) -> Share:
    """Of the turns where no danger was accepted, the share that got the words for one."""
    harmless = [j for j in judged if not any(t.startswith("safety.") for t in j.expected)]
    return Share(sum(j.topic.startswith("safety.") for j in harmless), len(harmless))


def reliability(judged: Sequence[Judged]) -> list[Bin]:
    """Confidence against truth, in ten bins; empty ones are left out."""
    found = []
    for low in range(_BINS):
        inside = [j for j in judged if min(int(j.confidence * _BINS), _BINS - 1) == low]
        if inside:
            count = len(inside)
            mean = sum(j.confidence for j in inside) / count
            found.append(Bin(count, mean, sum(j.right for j in inside) / count))
    return found


def calibration_error(judged: Sequence[Judged]) -> float:
    """Expected calibration error over ten bins (Naeini, Cooper and Hauskrecht, 2015)."""
    total = len(judged) or 1
    return sum(b.count / total * abs(b.confidence - b.right) for b in reliability(judged))


def changed(before: Sequence[Judged], after: Sequence[Judged]) -> list[tuple[Judged, Judged]]:
    """Turns that two runs answered differently, those that became wrong first."""
    old = {(j.id, j.turn): j for j in before}
    pairs = [(old[key], j) for j in after if (key := (j.id, j.turn)) in old and old[key].topic != j.topic]
    return sorted(pairs, key=lambda pair: (pair[1].right, not pair[0].right))
