"""How well two Vosk models hear the same labelled recordings: words, words of the subject, topics, time."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein

from intents.data_files import concept_table
from rostlots.assistant import Assistant, new_conversation
from speech.audio import RATE

if TYPE_CHECKING:
    from rostlots.evaluation import LabelledConversation
    from speech import Audio, Ear
    from speech.hearing import Transcript

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Heard:
    """What one model made of some recordings."""

    recordings: int
    words: int
    wrong: int
    """Least number of words to put in, leave out or exchange."""
    wanted: int
    """Words of the subject that were said."""
    found: int
    """Those of them that were heard."""
    false: int
    """Words of the subject that were heard and not said."""
    right: int
    """Recordings whose reply has an accepted topic."""
    real_time: float
    """Seconds of processor time for a second of sound."""


class _Remembering:
    """An ear whose last transcript can be looked at."""

    def __init__(self, ear: Ear) -> None:
        self.name = ear.name
        self._ear = ear
        self.last: Transcript | None = None
        self.seconds = 0.0

    def hear(self, audio: Audio, prompt: str | None = None) -> Transcript:
        started = time.process_time()
        self.last = self._ear.hear(audio, prompt)
        self.seconds += time.process_time() - started
        return self.last


def measure(ear: Ear, recordings: Iterable[tuple[LabelledConversation, Audio]], assistant: Assistant) -> Heard:
    """Hear each recording as the first turn of a conversation; ``turns[0]`` is what was said, word for word."""
    names_subject = concept_table("sv").names_subject
    listener = _Remembering(ear)
    rows = []
    sounding = 0.0
    for conversation, audio in recordings:
        reply, _ = assistant.listen(audio, new_conversation("sv"), listener)
        text = listener.last.text if listener.last else ""
        said, heard = _WORD.findall(conversation.turns[0].lower()), _WORD.findall(text.lower())
        wanted = [word for word in said if names_subject(word)]
        rows.append(
            (
                1,
                len(said),
                Levenshtein.distance(said, heard),
                len(wanted),
                sum(word in heard for word in wanted),
                sum(names_subject(word) and word not in said for word in heard),
                int(reply.topic in conversation.expect[0]),
            )
        )
        sounding += len(audio.samples) / RATE
    count, words, wrong, asked, found, false, right = [sum(column) for column in zip(*rows, strict=True)] or [0] * 7
    return Heard(count, words, wrong, asked, found, false, right, listener.seconds / sounding if sounding else 0.0)


def table(models: Mapping[str, Heard]) -> list[str]:
    """Lines that show the models beside each other."""
    lines = [f"{'':<34}" + "".join(f"{name:>20}" for name in models)]

    def line(title: str, cells: Iterable[str]) -> None:
        lines.append(f"{title:<34}" + "".join(f"{cell:>20}" for cell in cells))

    values = models.values()
    line("recordings", (str(heard.recordings) for heard in values))
    line("words wrong", (_share(heard.wrong, heard.words) for heard in values))
    line("words of the subject found", (_share(heard.found, heard.wanted) for heard in values))
    line("words of the subject never said", (str(heard.false) for heard in values))
    line("right topic", (_share(heard.right, heard.recordings) for heard in values))
    line("processor time per second", (f"{heard.real_time:.3f} s" for heard in values))
    return lines


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%} ({part} of {whole})" if whole else "-"
