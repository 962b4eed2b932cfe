"""Which concepts the words of an utterance name.

A concept ("organ:liver", "aspect:symptom", "danger:breath") is a list of words, of beginnings, ends or middles of
words, and of runs of words, kept in `data/<lang>/concepts.toml`. Wildcards cover compounds and inflections.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec


class ConceptEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One concept as the data file has it."""

    words: tuple[str, ...]
    not_: tuple[str, ...] = msgspec.field(name="not", default=())


@dataclass(frozen=True)
class Mention:
    """A concept named by the words from `start` up to, not including, `end`."""

    concept: str
    start: int
    end: int


class _WordTable:
    """Single-word patterns: exact, beginning*, *end, *middle*."""

    def __init__(self) -> None:
        self.exact: dict[str, list[str]] = {}
        self.beginnings: dict[str, list[str]] = {}
        self.ends: dict[str, list[str]] = {}
        self.middles: list[tuple[str, str]] = []
        self._lengths: tuple[int, ...] = ()

    def add(self, pattern: str, concept: str) -> None:
        body = pattern.strip("*")
        if pattern.startswith("*") and pattern.endswith("*"):
            self.middles.append((body, concept))
        elif pattern.endswith("*"):
            self.beginnings.setdefault(body, []).append(concept)
        elif pattern.startswith("*"):
            self.ends.setdefault(body, []).append(concept)
        else:
            self.exact.setdefault(body, []).append(concept)
        self._lengths = tuple(sorted({len(b) for b in self.beginnings}))

    def find(self, word: str) -> set[str]:
        found = set(self.exact.get(word, ()))
        for length in self._lengths:
            if length > len(word):
                break
            found.update(self.beginnings.get(word[:length], ()))
        for end, concepts in self.ends.items():
            if word.endswith(end):
                found.update(concepts)
        found.update(concept for middle, concept in self.middles if middle in word)
        return found


# Patterns of several words by their first word.
_Runs = dict[str, list[tuple[tuple[str, ...], str]]]


# Concepts that name things of the subject, not how one speaks about them.
_SUBJECT = ("organ:", "metastasis", "primary", "cancer", "treat:", "exam:", "find:", "regional", "distant", "danger:")


class ConceptTable:
    """All concepts of a language, ready for matching. Immutable after construction."""

    def __init__(self, entries: Mapping[str, ConceptEntry], spoken_forms: Mapping[str, str]) -> None:
        """Patterns may be written in spoken forms too; they are written out like what is matched."""
        self._forms = spoken_forms
        self.names = tuple(entries)
        self._words = _WordTable()
        self._except = _WordTable()
        self._runs: _Runs = {}
        self._run_exceptions: _Runs = {}
        for concept, entry in entries.items():
            self._fill(entry.words, concept, self._words, self._runs)
            self._fill(entry.not_, concept, self._except, self._run_exceptions)

    def names_subject(self, word: str) -> bool:
        """Whether a single word names a thing of the subject."""
        return any(m.concept.startswith(_SUBJECT) for m in self.mentions([word]))

    def _fill(self, patterns: Iterable[str], concept: str, single: _WordTable, runs: _Runs) -> None:
        for pattern in patterns:
            parts = tuple(self._forms.get(part, part) for part in pattern.split())
            if len(parts) == 1:
                single.add(parts[0], concept)
            else:
                runs.setdefault(parts[0], []).append((parts, concept))

    def mentions(self, words: Sequence[str]) -> list[Mention]:
        """Every concept that the words name, in the order of their beginnings."""
        found: list[Mention] = []
        for start, word in enumerate(words):
            barred = self._except.find(word)
            barred.update(m.concept for m in _runs_at(self._run_exceptions, words, start))
            found.extend(Mention(c, start, start + 1) for c in sorted(self._words.find(word) - barred))
            found.extend(m for m in _runs_at(self._runs, words, start) if m.concept not in barred)
        return found


def _runs_at(runs: _Runs, words: Sequence[str], start: int) -> list[Mention]:
    return [
        Mention(concept, start, start + len(parts))
        for parts, concept in runs.get(words[start], ())
        if start + len(parts) <= len(words)
        and all(_matches(part, word) for part, word in zip(parts, words[start:], strict=False))
    ]


def _matches(pattern: str, word: str) -> bool:
    if pattern.endswith("*"):
        return word.startswith(pattern[:-1])
    return word == pattern
