"""Words cut into pieces that a model knows: the likeliest cut by a unigram model.

Kudo, "Subword Regularization", 2018, section 3.2; the marks and scores are those of SentencePiece.
"""

from collections.abc import Mapping, Sequence

# Stands before the first piece of a word.
BEGIN = "▁"
# What a letter that is no piece costs beside the rarest piece.
_UNKNOWN_COST = 10.0


class Pieces:
    """Cuts words. Immutable; safe to share between threads."""

    def __init__(self, scores: Mapping[str, float], unknown: int) -> None:
        """scores: log probability of each piece, in the order of their numbers. unknown: the number of none."""
        self._numbers = {piece: number for number, piece in enumerate(scores)}
        self._scores = list(scores.values())
        self._unknown = unknown
        self._unknown_score = min(self._scores) - _UNKNOWN_COST
        self._longest = max(map(len, self._numbers))

    def numbers(self, words: Sequence[str]) -> list[int]:
        """The numbers of the pieces of some words, in a row."""
        return [number for word in words for number in self._cut(BEGIN + word)]

    def _cut(self, text: str) -> list[int]:
        """Viterbi's way through all cuts."""
        best = [0.0] + [float("-inf")] * len(text)
        last = [(0, self._unknown)] * (len(text) + 1)
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + self._longest) + 1):
                number = self._numbers.get(text[start:end])
                if number is None and end > start + 1:
                    continue
                score = best[start] + (self._unknown_score if number is None else self._scores[number])
                if score > best[end]:
                    best[end] = score
                    last[end] = (start, self._unknown if number is None else number)
        numbers: list[int] = []
        end = len(text)
        while end:
            end, number = last[end]
            numbers.append(number)
        return numbers[::-1]
