"""Twenty questions for a person to speak."""

from __future__ import annotations

from importlib.resources import files

import msgspec

from rostlots.evaluation import LabelledConversation


def own_questions() -> list[LabelledConversation]:
    """The questions that come with the product: every area of the subject, one turn each, in Swedish.

    Neither the understanding nor the Whisper pack has learned them.
    """
    lines = (files("rostlots") / "own_voice.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=LabelledConversation) for line in lines]
