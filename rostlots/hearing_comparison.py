"""The same labelled recordings through several ears, beside each other: how well each hears, and what is understood."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rostlots.assistant import Assistant, new_conversation
from rostlots.hearing_figures import Estimate, Tally, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rostlots.evaluation import LabelledConversation
    from skill import Reply
    from speech import Audio, Ear

_TITLES = ("words wrong %", "subject's words found %", "invented ones in %", "right topic %", "ms to hear, median")


@dataclass
class EarResult:
    """What one ear made of the recordings, a row for each."""

    name: str
    said: list[str] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    """Whether the topic was right."""
    tally: Tally = field(default_factory=Tally)

    def add(self, question: LabelledConversation, reply: Reply) -> None:
        """Count one question."""
        self.said.append(question.turns[0])
        self.replies.append(reply)
        self.right.append(reply.topic in question.expect[0])
        self.tally.add(question.turns[0], reply.heard, reply.timings.get("hear", 0.0) if reply.timings else 0.0)

    @property
    def right_topics(self) -> Estimate | None:
        """Share of the questions whose topic was right."""
        return share(self.right)


def typed(questions: Iterable[LabelledConversation], assistant: Assistant) -> EarResult:
    """The questions without any hearing: what there is to reach."""
    result = EarResult("typed")
    for question in questions:
        result.add(question, assistant.answer(question.turns[0], new_conversation())[0])
    return result


def spoken(
    questions: Iterable[LabelledConversation],
    recordings: Mapping[str, Audio],
    ears: Mapping[str, Ear],
    assistant: Assistant,
) -> list[EarResult]:
    """Every recording, by the id of its question, as each ear hears it; ``turns[0]`` is what was said."""
    results = [EarResult(name) for name in ears]
    for question in questions:
        if question.id in recordings:
            for ear, result in zip(ears.values(), results, strict=True):
                result.add(question, assistant.listen(recordings[question.id], new_conversation(), ear)[0])
    return results


def table(results: Sequence[EarResult]) -> list[str]:
    """Lines with a row for each ear."""
    count = len(results[0].said)
    lines = [f"{count} recording{'s' if count > 1 else ''}; in brackets 95 % intervals.", ""]
    lines.append(f"{'':40}" + "".join(f"{title:25}" for title in _TITLES).rstrip())
    for one in results:
        shares = (one.tally.word_errors, one.tally.words_found, one.tally.invented, one.right_topics)
        cells = ["-" if cell is None else str(cell) for cell in shares]
        # Typed questions take no time to hear.
        cells.append(f"{statistics.median(one.tally.milliseconds):.0f}" if any(one.tally.milliseconds) else "-")
        lines.append(f"{one.name:40}" + "".join(f"{cell:25}" for cell in cells).rstrip())
    return lines
