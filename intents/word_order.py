"""How likely words follow each other in what people ask.

A bigram model with absolute discounting, interpolated with the frequency of words (Ney, Essen and Kneser, "On
structuring probabilistic dependences in stochastic language modelling", 1994), counted over the example questions.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

BEGIN, END = "<s>", "</s>"
_DISCOUNT = 0.7
# Of what the discount frees, so much goes to the frequency of single words.
_BACK_OFF = 0.4
# A word that nobody has asked with counts as this part of one that was used once.
_UNKNOWN = 0.05
_END_SHARE = 0.05


# A pair or triple that is rarer says nothing about others.
_LEAST_COUNTS = {1: 1, 2: 2, 3: 12}

Run = tuple[str, ...]


def count_runs(sentences: Iterable[Sequence[str]]) -> dict[Run, int]:
    """How often words, pairs and triples stand in example sentences, of lower-case words; pairs also with the ends."""
    counts: Counter[Run] = Counter()
    for words in sentences:
        row = (BEGIN, *words, END)
        counts.update((word,) for word in row)
        counts.update(pairwise(row))
        counts.update(zip(words, words[1:], words[2:], strict=False))
    return {run: count for run, count in counts.items() if count >= _LEAST_COUNTS[len(run)]}


class WordOrder:
    """Probabilities of words in a row. Immutable after construction."""

    def __init__(self, counts: Mapping[Run, int]) -> None:
        """Take what `count_runs` has counted."""
        self._counts = counts
        self._total = max(1, sum(c for run, c in counts.items() if len(run) == 1 and run[0] not in (BEGIN, END)))

    def log_probability(self, words: Sequence[str]) -> float:
        """Natural logarithm of the probability of a whole sentence; at most 0."""
        return self._along((BEGIN, *words, END))

    def gain(self, words: Sequence[str], start: int, end: int, instead: Sequence[str]) -> float:
        """By how much the logarithm grows if other words stand in place of those from `start` to before `end`."""
        before = words[start - 1] if start else BEGIN
        after = words[end] if end < len(words) else END
        return self._along((before, *instead, after)) - self._along((before, *words[start:end], after))

    def _along(self, words: Sequence[str]) -> float:
        return sum(self._one(first, second) for first, second in pairwise(words))

    def _one(self, first: str, second: str) -> float:
        alone = _END_SHARE if second == END else (self._counts.get((second,), 0) + _UNKNOWN) / self._total
        followed = self._counts.get((first,), 0)
        if not followed:
            return math.log(alone)
        together = max(self._counts.get((first, second), 0) - _DISCOUNT, 0.0) / followed
        return math.log(together + _BACK_OFF * alone)
