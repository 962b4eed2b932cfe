"""Whether what somebody has said so far is a whole question, or plainly half of one."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from intents.data_files import DataFileError, data_folder, spoken_forms
from intents.normalise import utterance
from intents.recogniser import load_recogniser

if TYPE_CHECKING:
    from intents.recogniser import Recogniser

_SURE = 0.6
"""Confidence in a topic from which the words make sense as they stand. See ``benchmarks.endpointing``."""

_FEW = 3
"""Words; fewer are an opening as often as they are all."""


_STEERS = ("control.", "handoff.request", "safety.")
"""Topics that are no questions."""


class Signs(msgspec.Struct, frozen=True):
    """Words and runs of words by what they tell, from `data/<lang>/completeness.toml`."""

    half: frozenset[str]
    """Runs with which nobody ends."""
    perhaps_whole: frozenset[str]
    """Runs that end like the former and may be whole all the same."""
    asking: frozenset[str]
    """Make a question or a wish wherever they stand."""
    asking_first: frozenset[str]
    """Make one at the beginning of a clause."""
    before_clause: frozenset[str]
    """A clause begins after these."""


class Completeness:
    """Tells of the words so far whether more must follow. Pure; safe to share between threads."""

    def __init__(self, recogniser: Recogniser, signs: Signs, spoken_forms: Mapping[str, str]) -> None:
        self._recogniser = recogniser
        self._signs = signs
        self._spoken_forms = spoken_forms
        self._longest = max(len(run.split()) for run in signs.half | signs.perhaps_whole)

    def __call__(self, text: str) -> bool | None:
        """True for what is whole, False for half of something, None where the words don't tell.

        A question is whole if it ends in no word that needs another, asks something, and is understood. Who has told
        something and not asked yet is about to.
        """
        words = self._words(text)
        if not words or self._ends_in(words, self._signs.perhaps_whole):
            return None
        if self._ends_in(words, self._signs.half):
            return False
        understood = self._recogniser.recognise(text)
        if understood.danger is not None:
            return True
        sure = understood.best.confidence >= _SURE
        if self._asks(text):
            told = understood.on_subject and not understood.best.topic.startswith("fallback.")
            return True if sure and told and len(words) >= _FEW else None
        if sure and understood.best.topic.startswith(_STEERS):
            return True
        return None if len(words) < _FEW else False

    def _words(self, text: str) -> tuple[str, ...]:
        return utterance(text, self._spoken_forms).words

    def _ends_in(self, words: tuple[str, ...], runs: Collection[str]) -> bool:
        return any(" ".join(words[-length:]) in runs for length in range(1, min(self._longest, len(words)) + 1))

    def _asks(self, text: str) -> bool:
        clauses = [self._words(clause) for clause in text.split(",")]
        return any(
            word in self._signs.asking
            or (word in self._signs.asking_first and (at == 0 or clause[at - 1] in self._signs.before_clause))
            for clause in clauses
            for at, word in enumerate(clause)
        )


@cache
def completeness(lang: str = "sv") -> Completeness:
    """The rule of a language, read once.

    Raises:
        DataFileError: the file is missing or broken.
    """
    place = data_folder(lang) / "completeness.toml"
    try:
        signs = msgspec.convert(tomllib.loads(place.read_text(encoding="utf-8")), Signs)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise DataFileError(f"{place.name}: {fault}") from None
    return Completeness(load_recogniser(lang), signs, spoken_forms(lang))
