"""Other texts that sound like what a recogniser wrote, and that people are likelier to ask.

*Vad är tog om trollning?* sounds like *Vad är protonstrålning?*. Whether the sound was one or the other, only who has
the sound can say: these texts are candidates, to be held against the recording (`speech.Transcript.fit`) and weighed
with the readings (`intents.spoken`). The bank of words and short phrases is that of the example questions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from intents.sound import sound_key
from intents.word_order import BEGIN, END, Run, WordOrder

# A word, a pair and a triple belong to the bank from so many questions; fewer are misspellings or chance.
_LEAST_COUNTS = {1: 3, 2: 8, 3: 12}
_SHORTEST_KEY = 3
_LONGEST_RUN = 4
# Readings that are varied, words of the longest one, and neighbours of a run that are tried.
_READINGS = 3
_MOST_WORDS = 40
_NEIGHBOURS = 25
# Distance of two sound keys (edits / the longer key) from which they no longer sound alike.
_FARTHEST = 0.5
# What a likelier order of words is worth against one edit of the sound.
_ORDER_WEIGHT = 0.35
# Two changes together are tried among the best so many.
_PAIRED = 10


@dataclass(frozen=True)
class _Change:
    """Other words in place of those from `start` to before `end`. worth: the higher the likelier."""

    worth: float
    start: int
    end: int
    words: tuple[str, ...]


class SoundAlikes:
    """The bank of one language. Immutable after construction."""

    def __init__(self, counts: Mapping[Run, int]) -> None:
        """Build the bank from what `intents.word_order.count_runs` has counted in the example questions."""
        self.order = WordOrder(counts)
        bank = {
            run: key
            for run, count in counts.items()
            if count >= _LEAST_COUNTS[len(run)]
            and BEGIN not in run
            and END not in run
            and len(key := sound_key("".join(run))) >= _SHORTEST_KEY
        }
        self._runs = list(bank)
        self._keys = list(bank.values())

    def texts(self, heard: Sequence[Sequence[str]], most: int) -> list[tuple[str, ...]]:
        """Up to `most` other texts, likeliest first. heard: the readings as lower-case words, best first."""
        found: dict[tuple[str, ...], float] = {}
        for words in islice((w for w in heard if 0 < len(w) <= _MOST_WORDS), _READINGS):
            for changes in self._changes(tuple(words), most):
                text = _changed(words, changes)
                found[text] = max(found.get(text, -np.inf), sum(change.worth for change in changes))
        known = {tuple(words) for words in heard}
        likeliest = sorted(found, key=lambda text: -found[text])
        return [text for text in likeliest if text not in known][:most]

    def order_per_word(self, words: Sequence[str]) -> float:
        """Mean logarithm of how likely the words follow each other; at most 0."""
        return self.order.log_probability(words) / (len(words) + 1)

    def _changes(self, words: tuple[str, ...], most: int) -> Iterator[tuple[_Change, ...]]:
        """The best single changes of a reading, and pairs of them that don't overlap."""
        single = sorted(self._single(words), key=lambda change: -change.worth)[: max(most, _PAIRED)]
        for change in single:
            yield (change,)
        for pair in combinations(single[:_PAIRED], 2):
            first, second = sorted(pair, key=lambda change: change.start)
            if first.end <= second.start:
                yield first, second

    def _single(self, words: tuple[str, ...]) -> Iterator[_Change]:
        places = [
            (start, end)
            for start in range(len(words))
            for end in range(start + 1, min(len(words), start + _LONGEST_RUN) + 1)
        ]
        keys = [sound_key("".join(words[start:end])) for start, end in places]
        distances = process.cdist(
            keys, self._keys, scorer=Levenshtein.normalized_distance, score_cutoff=_FARTHEST, dtype=np.float32
        )
        for (start, end), key, row in zip(places, keys, distances, strict=True):
            if len(key) < _SHORTEST_KEY:
                continue
            for at in np.argpartition(row, min(_NEIGHBOURS, len(row) - 1))[:_NEIGHBOURS]:
                if row[at] >= _FARTHEST or self._runs[at] == words[start:end]:
                    continue
                edits = float(row[at]) * max(len(key), len(self._keys[at]))
                likelier = self.order.gain(words, start, end, self._runs[at])
                yield _Change(_ORDER_WEIGHT * likelier - edits, start, end, self._runs[at])


def _changed(words: Sequence[str], changes: Sequence[_Change]) -> tuple[str, ...]:
    """The words with changes made; these come in order and don't overlap."""
    out: list[str] = []
    at = 0
    for change in changes:
        out.extend(words[at : change.start])
        out.extend(change.words)
        at = change.end
    return (*out, *words[at:])
