"""Twenty questions for a person to speak, and how well they were heard and understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from rostlots.assistant import Assistant, new_conversation
from rostlots.evaluation import LabelledConversation
from rostlots.hearing_figures import Estimate, Tally, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from skill import Reply
    from speech import Audio, Ear


def own_questions() -> list[LabelledConversation]:
    """The questions that come with the product: every area of the subject, one turn each, in Swedish.

    Neither the understanding nor the Whisper pack has learned them.
    """
    lines = (files("rostlots") / "own_voice.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=LabelledConversation) for line in lines]


@dataclass
class Heard:
    """What one way of hearing made of the recordings, a row for each."""

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


def typed(questions: Iterable[LabelledConversation], assistant: Assistant) -> Heard:
    """The questions without any hearing: what there is to reach."""
    result = Heard("typed")
    for question in questions:
        result.add(question, assistant.answer(question.turns[0], new_conversation())[0])
    return result


def spoken(
    questions: Iterable[LabelledConversation],
    recordings: Mapping[str, Audio],
    ears: Sequence[Ear],
    assistant: Assistant,
) -> list[Heard]:
    """Every recording, by the id of its question, as each ear hears it."""
    results = [Heard(ear.name) for ear in ears]
    for question in questions:
        if question.id in recordings:
            for ear, result in zip(ears, results, strict=True):
                result.add(question, assistant.listen(recordings[question.id], new_conversation(), ear)[0])
    return results
