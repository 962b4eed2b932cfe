"""How well was heard: words wrong, the subject's words found and invented, with 95 % intervals."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rostlots.evaluation import Share

if TYPE_CHECKING:
    from collections.abc import Sequence

DOMAIN_WORD = re.compile(
    r"metasta|tumör|cancer|svulst|lymf|körtel|cellgift|cytosta|strål|skelett|lever|lung|hjärn|gulsot|spri[dt]|symtom"
    r"|behandl|operat|läkar"
)
"""Beginnings and parts of the words that matter on the subject.

Wherever it is counted how well these were heard, they are these: figures of different times and recognisers stay
comparable, whatever the understanding has learnt since. (`ConceptTable.names_subject` is what it understands now.)
"""

RESAMPLES = 4000
SEED = 4711


def plain(text: str) -> str:
    """Lower case, letters and digits only, single spaces: for comparing."""
    return " ".join(re.sub(r"[^\w ]|_", " ", text.lower()).split())


@dataclass
class Tally:
    """Counts of one recogniser on some recordings, a row for each."""

    errors: list[int] = field(default_factory=list)
    """Words put in, left out or exchanged."""
    words: list[int] = field(default_factory=list)
    """Words that were said."""
    found: list[int] = field(default_factory=list)
    """The subject's words among them that are in the text."""
    wanted: list[int] = field(default_factory=list)
    """The subject's words among them."""
    false: list[bool] = field(default_factory=list)
    """Whether the text has a word of the subject that was not said."""
    answered: list[bool] = field(default_factory=list)
    """Whether there is any text."""
    milliseconds: list[float] = field(default_factory=list)

    def add(self, reference: str, text: str, milliseconds: float) -> None:
        """Count one recording: what was said, what was heard, and how long hearing took."""
        from rapidfuzz.distance import Levenshtein

        said, heard = plain(reference).split(), plain(text).split()
        self.errors.append(Levenshtein.distance(said, heard))
        self.words.append(len(said))
        wanted = [word for word in said if DOMAIN_WORD.search(word)]
        self.wanted.append(len(wanted))
        self.found.append(sum(word in heard for word in wanted))
        self.false.append(any(DOMAIN_WORD.search(word) and word not in said for word in heard))
        self.answered.append(bool(heard))
        self.milliseconds.append(milliseconds)

    @property
    def word_errors(self) -> Estimate | None:
        """Word error rate."""
        return estimate(self.errors, self.words)

    @property
    def words_found(self) -> Estimate | None:
        """Share of the subject's words that were heard."""
        return estimate(self.found, self.wanted)

    @property
    def invented(self) -> Estimate | None:
        """Share of the recordings with a word of the subject that was not said."""
        return share(self.false)


@dataclass(frozen=True)
class Estimate:
    """A ratio in per cent with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.1f} ({self.low:.1f} to {self.high:.1f})"


def share(hits: Sequence[bool]) -> Estimate | None:
    """Share of the recordings of which something is true, with Wilson's interval, which never shrinks to nothing."""
    if not hits:
        return None
    found = Share(sum(hits), len(hits))
    return Estimate(100 * found.value, *(100 * bound for bound in found.interval()))


def estimate(part: Sequence[int], whole: Sequence[int]) -> Estimate | None:
    """Ratio of two sums over recordings; its interval by drawing them anew (percentile bootstrap: Efron, 1979).

    ``None`` if the whole is nothing. The same figures give the same interval.
    """
    import numpy as np

    parts, wholes = np.asarray(part, float), np.asarray(whole, float)
    if not wholes.sum():
        return None
    rows = np.random.default_rng(SEED).integers(0, len(parts), (RESAMPLES, len(parts)))
    drawn = 100 * parts[rows].sum(1) / np.maximum(wholes[rows].sum(1), 1e-9)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Estimate(float(100 * parts.sum() / wholes.sum()), float(low), float(high))
