"""The texts: everything on the subject that people ask and the service says, and everyday Swedish.

None of them is a text of the recordings that judge the result.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from intents.questions import parse_questions
from rostlots.hearing_figures import DOMAIN_WORD, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Kind = Literal["domain", "answer", "everyday", "silence"]
Part = Literal["train", "validation", "test", "alike"]

ROOT = Path(__file__).parents[2]
QUESTIONS = ROOT / "intents/data/sv"
KNOWLEDGE = ROOT / "skill/knowledge/sv"
EVERYDAY = Path(__file__).parent / "texts"
JUDGED = (*sorted((ROOT / "tests/data/evaluation").glob("*.jsonl")), ROOT / "rostlots/own_voice.jsonl")
"""Questions of the repository by which the product is judged."""

SHARED_BY_CHANCE = 3
"""Words up to which a text may also be one of the evaluation: "Hej." and "Vad är metastaser?" are anybody's."""

ALIKE = 95.0
"""Likeness, 0 to 100, from which a text counts as one of the evaluation."""

MOST_LETTERS = 150

LEAST_JUDGED = 7
FREQUENT = 15
RARE = 3
"""Letters of a word whose spelling is judged, and how often words occur that are right and that may be wrong."""

APART: tuple[tuple[Part, tuple[str, ...], int], ...] = (
    ("test", ("everyday_1.txt", "everyday_2.txt"), 100),
    ("alike", ("everyday_alike.txt",), 50),
)
"""Everyday sentences that are kept apart for judging, where they come from and how many: a sample of all kinds, and a
harder one of words that sound like the subject's."""

QUESTION_WORD = re.compile(
    r"(?i)(vad|vart?|varför|hur|när|vem|vilk\w+|kan|är|finns|går|ska|får|har|blir|måste|brukar|gör|kommer|stämmer"
    r"|spelar|beror|varifrån|vore|skulle|behöver|syns|känns|märks|hjälper|dör|överlever|sprider)\b"
)


@dataclass(frozen=True)
class Text:
    """One text to be spoken."""

    words: str
    """As the model shall write it: with a capital letter and a final mark; empty if nobody speaks Swedish."""
    kind: Kind
    part: Part


def written(text: str) -> str:
    """A question as it is typed, in the one style that the model shall write: "hur känns det" -> "Hur känns det?"."""
    text = " ".join(text.split()).strip(" ,;:-–")
    text = text[:1].upper() + text[1:]
    if text and text[-1] not in ".?!":
        text += "?" if QUESTION_WORD.match(text) else "."
    return text


def questions() -> Iterator[str]:
    """All ways of asking that the understanding learns from, and what people say after an answer."""
    for path in sorted((QUESTIONS / "questions").glob("*.txt")):
        for question in parse_questions(path.name, path.read_text(encoding="utf-8")):
            yield question.text
    for path in sorted(QUESTIONS.glob("followups*.txt")):
        yield from (line.partition(" | ")[0] for line in _lines(path) if line[0] != "[")


def answers() -> Iterator[str]:
    """The sentences of what the service says; some callers read them back."""
    contacts = tomllib.loads((KNOWLEDGE / "contacts.toml").read_text(encoding="utf-8"))
    for path in sorted(KNOWLEDGE.glob("*.toml")):
        for text in _strings(tomllib.loads(path.read_text(encoding="utf-8"))):
            for sentence in re.split(r"(?<=[.?!])\s+", " ".join(text.split())):
                if "{" not in sentence and sentence[-1:] in (".", "?") and len(sentence.split()) > 2:
                    yield sentence
    for name in (contact["name"] for contact in contacts.values()):
        for line in _lines(EVERYDAY / "contacts.txt"):
            yield line.replace("{name}", name)


def everyday(pattern: str = "everyday_*.txt") -> Iterator[str]:
    """Sentences that have nothing to do with the subject."""
    for path in sorted(EVERYDAY.glob(pattern)):
        yield from _lines(path)


def _lines(path: Path) -> Iterator[str]:
    return (line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and line[0] != "#")


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("section", "suggest", "title", "url", "prompt"):
                yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


class Reserved:
    """The texts of the evaluation, which must not be learned."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = sorted({plain(text) for text in texts})
        self._long = [text for text in self._texts if len(text.split()) > SHARED_BY_CHANCE]
        self._exact = set(self._long)

    @classmethod
    def of_folder(cls, folder: Path) -> Reserved:
        """All turns of `dev.jsonl` and of the repository's own evaluation, and the texts of the human recordings."""
        found = [path.read_text(encoding="utf-8") for path in sorted((folder / "human").glob("*.txt"))]
        for path in (folder / "dev.jsonl", *JUDGED):
            for line in path.read_text(encoding="utf-8").splitlines():
                found += json.loads(line)["turns"]
        return cls(found)

    def holds(self, text: str) -> bool:
        """Whether a text is one of these, or the same but for a letter or two."""
        from rapidfuzz import fuzz, process

        words = plain(text)
        if len(words.split()) <= SHARED_BY_CHANCE:
            return False
        if words in self._exact:
            return True
        return process.extractOne(words, self._long, scorer=fuzz.ratio, score_cutoff=ALIKE) is not None


def lot(text: str, seed: int = 0) -> float:
    """A number from 0 to 1 that belongs to a text, the same on every machine."""
    return int.from_bytes(hashlib.sha256(f"{seed}\0{plain(text)}".encode()).digest()[:6]) / 2**48


def collect(reserved: Reserved, validation: float) -> list[Text]:
    """All texts once, in a fixed order, without those of the evaluation and with each one's part."""
    sources: tuple[tuple[Kind, Iterable[str]], ...] = (
        ("domain", questions()),
        ("answer", answers()),
        ("everyday", everyday()),
    )
    lines_of = [(kind, written(line)) for kind, lines in sources for line in lines]
    wrong = misspelt(words for _, words in lines_of)
    found: dict[str, Text] = {}
    for kind, words in lines_of:
        key = plain(words)
        if key and key not in found and len(words) <= MOST_LETTERS and not reserved.holds(words):
            if wrong.intersection(key.split()):
                continue
            part: Part = "validation" if lot(words) < validation else "train"
            found[key] = Text(words, kind, part)
    for kept, files, count in APART:
        for key in _apart(found, {plain(line) for file in files for line in everyday(file)}, count):
            found[key] = Text(found[key].words, "everyday", kept)
    return list(found.values())


def _apart(found: Mapping[str, Text], among: set[str], count: int) -> list[str]:
    """Everyday sentences for judging: complete ones without the subject's words, those with the smallest lots."""
    fit = (key for key in among if key in found and found[key].kind == "everyday" and fits_test(found[key].words))
    return sorted(fit, key=lambda key: lot(key, 1))[:count]


def misspelt(texts: Iterable[str]) -> set[str]:
    """Rare words that differ inside from a frequent one: "cellgiffter", "sintigrafi"; nothing to learn to write."""
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    counts = Counter(word for text in texts for word in plain(text).split() if len(word) >= LEAST_JUDGED)
    frequent = [word for word, count in counts.items() if count >= FREQUENT]
    found = set()
    for word in (word for word, count in counts.items() if count <= RARE):
        near = process.extractOne(word, frequent, scorer=Levenshtein.distance, score_cutoff=1 + len(word) // 9)
        # Another ending is another form of the word, no mistake.
        if near and _shared_beginning(word, near[0]) < min(len(word), len(near[0])) - 2:
            found.add(word)
    return found


def _shared_beginning(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def fits_test(words: str) -> bool:
    """Whether an everyday sentence can show a false domain word: it has none of its own and is no mere exclamation."""
    return len(words.split()) > SHARED_BY_CHANCE and not DOMAIN_WORD.search(words.lower())


def texts_sha256(texts: Iterable[Text]) -> str:
    """Of all texts with kind and part, in their order."""
    content = "\n".join(f"{text.kind}\t{text.part}\t{text.words}" for text in texts)
    return hashlib.sha256(content.encode()).hexdigest()
