"""How likely words follow each other: a back-off trigram with interpolated Witten-Bell smoothing.

With c(h, w) the weight of word w after history h in the text, c(h) its sum and t(h) the number of different words seen
after h,

    p(w | h) = (c(h, w) + t(h) p(w | h')) / (c(h) + t(h)),

where h' is h without its first word. After the empty history, all words of the vocabulary and the end of the sentence
share the rest equally, so that none is impossible. Words outside the vocabulary are counted as ``[unk]``, which is
expected everywhere alike.

A word that was seen after h keeps p(w | h); all others get b(h) p(w | h'), with b(h) such that the sum is one. Words
that this hardly changes are left out: dropping w after h costs c(h, w) log(p(w | h) / (b(h) p(w | h'))).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

UNKNOWN = "[unk]"
START, END = "<s>", "</s>"
ORDER = 3
LEAST_GAIN = 3.0
"""What a word after a history must be worth, in the sense above. Against 0.3 the grammar is a quarter smaller, and
no more words are wrong in the development recordings (6.6 and 6.7 %)."""
UNKNOWN_SHARE = 0.1
"""Of the unknown words' share in the text, what ``[unk]`` is given: its one phone is broad and hears much."""

History = tuple[str, ...]


@dataclass(frozen=True)
class Ngrams:
    """The kept part of the model."""

    after: dict[History, dict[str, float]]
    """p(w | h) of the words that were seen after each history; the end of the sentence is a word here."""
    backoff: dict[History, float]
    """b(h) of each history but the empty one."""

    def probability(self, history: History, word: str) -> float:
        """p(w | h) as the grammar gives it."""
        while history not in self.after:
            history = history[1:]
        found = self.after[history].get(word)
        if found is not None or not history:
            return found or 0.0
        return self.backoff[history] * self.probability(history[1:], word)

    def state_after(self, history: History) -> History:
        """The longest end of ``history`` that the model distinguishes."""
        history = history[-(ORDER - 1) :]
        while history not in self.after:
            history = history[1:]
        return history


def estimate(
    sentences: Iterable[tuple[float, Sequence[str]]], vocabulary: Iterable[str], least_gain: float = LEAST_GAIN
) -> Ngrams:
    """The model of some sentences, each with its weight, over a vocabulary."""
    words = {*vocabulary, END}
    counts = _count(sentences, words)
    smooth: dict[History, dict[str, float]] = {(): _unigrams(counts[()], words)}
    model = Ngrams({(): smooth[()]}, {})
    # A history comes after the shorter ones that it leans on.
    for history in sorted(counts, key=lambda history: (len(history), history)):
        if not history:
            continue
        seen, lower = counts[history], smooth[history[1:]]
        kinds = len(seen)
        scale = sum(seen.values()) + kinds
        smooth[history] = {word: (count + kinds * lower[word]) / scale for word, count in seen.items()}
        _keep(model, history, smooth[history], seen, least_gain)
    return model


def _count(sentences: Iterable[tuple[float, Sequence[str]]], words: set[str]) -> dict[History, dict[str, float]]:
    """Weight of each word after each history; no history reaches across an unknown word."""
    counts: dict[History, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for weight, sentence in sentences:
        tokens = [START, *(word if word in words else UNKNOWN for word in sentence), END]
        for at in range(1, len(tokens)):
            word = tokens[at]
            counts[()][word] += weight
            for length in range(1, ORDER):
                history = tuple(tokens[max(0, at - length) : at])
                if len(history) < length or UNKNOWN in history or word == UNKNOWN:
                    break
                counts[history][word] += weight
    return counts


def _unigrams(seen: dict[str, float], words: set[str]) -> dict[str, float]:
    unknown = seen.pop(UNKNOWN, 0.0)
    total, kinds = sum(seen.values()), len(seen)
    share = UNKNOWN_SHARE * unknown / (total + unknown) if unknown else 0.0
    floor = kinds / len(words)
    known = {word: (1 - share) * (seen.get(word, 0.0) + floor) / (total + kinds) for word in sorted(words)}
    return {**known, UNKNOWN: share} if share else known


def _keep(model: Ngrams, history: History, smooth: dict[str, float], seen: dict[str, float], least_gain: float) -> None:
    """Add to the model what of a history is worth its place."""
    lower = {word: model.probability(history[1:], word) for word in smooth}
    backoff = _backoff(smooth, lower)
    kept = {
        word: probability
        for word, probability in sorted(smooth.items())
        if seen[word] * math.log(probability / (backoff * lower[word])) >= least_gain
    }
    if kept:
        model.after[history] = kept
        model.backoff[history] = _backoff(kept, lower)


def _backoff(kept: dict[str, float], lower: dict[str, float]) -> float:
    """b(h): what is left for other words, over what the shorter history gives them."""
    return max(1 - sum(kept.values()), 1e-6) / max(1 - sum(lower[word] for word in kept), 1e-6)
