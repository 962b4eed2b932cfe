"""What the classifier sees of an utterance: words, parts of words, concepts, and which of them come together."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from intents.concepts import Mention

_NGRAM_LENGTHS = (3, 4, 5)
_EDGE = "#"


def features(words: Sequence[str], mentions: Sequence[Mention]) -> dict[str, list[str]]:
    """Names of the features of an utterance, by block; a name may stand there more than once.

    words: lower-case words. mentions: the concepts that they name.
    Blocks are weighted apart, so that many letters don't drown few concepts:
    "word" (words and pairs of neighbours), "part" (runs of letters within a word), "concept" (concepts, their
    pairs in any order, and whom or what the sentence opens with).
    """
    concepts = sorted({m.concept for m in mentions})
    return {
        "word": [f"w:{w}" for w in words]
        + [f"b:{a} {b}" for a, b in pairwise(words)]
        + [f"t:{a} {b} {c}" for a, b, c in zip(words, words[1:], words[2:], strict=False)]
        + [f"o:{w}" for w in words[:1]]
        + [f"o2:{' '.join(words[:2])}"],
        "part": [gram for w in words for gram in _grams(w)],
        "concept": [f"c:{c}" for c in concepts]
        + [f"p:{a}+{b}" for i, a in enumerate(concepts) for b in concepts[i + 1 :]]
        + [f"n:{min(len(words), 12)}"],
    }


def _grams(word: str) -> Iterator[str]:
    bounded = f"{_EDGE}{word}{_EDGE}"
    for length in _NGRAM_LENGTHS:
        for start in range(len(bounded) - length + 1):
            yield f"g:{bounded[start : start + length]}"
