"""Ways of asking, as the question files have them: a topic's heading, then one utterance a line.

    [liver.symptoms]
    vad märker man när det sitter i levern
    är man trött av det | bone.symptoms

What stands after `|` are other topics that would be just as right. Lines that begin with `#` are comments.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(r"\[([a-z_]+\.[a-z_]+)\]")


class QuestionFileError(Exception):
    """A question file cannot be read; the message says file, line and fault."""


@dataclass(frozen=True)
class LabelledQuestion:
    """An utterance with the topics that a reasonable listener accepts, the best first. `place` is file:line."""

    text: str
    topics: tuple[str, ...]
    place: str


def parse_questions(name: str, text: str) -> Iterator[LabelledQuestion]:
    """The questions of one file.

    Raises:
        QuestionFileError: an utterance before the first heading, or a malformed heading.
    """
    topic: str | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            heading = _HEADING.fullmatch(line)
            if heading is None:
                raise QuestionFileError(f"{name}:{number}: not a topic heading: {line}")
            topic = heading[1]
            continue
        if topic is None:
            raise QuestionFileError(f"{name}:{number}: an utterance before the first [topic]")
        words, _, others = line.partition(" | ")
        accepted = (topic, *(o.strip() for o in others.split(",") if o.strip()))
        yield LabelledQuestion(words.strip(), accepted, f"{name}:{number}")
