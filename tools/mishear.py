"""What a recogniser without the subject's words writes: each such word becomes its nearest-sounding neighbours.

usage: python -m tools.mishear FILE.jsonl > MISHEARD.jsonl

Reads labelled conversations and writes the same ones as the public Swedish Vosk model would hear them at best: every
word outside its vocabulary (`intents/data/sv/common_words.txt`) is replaced by the one word, or the two words in a
row, of the vocabulary whose sound is nearest by `intents.sound`.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from intents.data_files import data_folder, spoken_forms
from intents.normalise import utterance
from intents.sound import sound_key

# Shorter parts of a split word would be nothing but noise.
_SHORTEST_PART = 3


class Vocabulary:
    """The words that a recogniser can write."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = list(words)
        self._known = frozenset(words)
        self._keys = [sound_key(word) for word in words]
        self._found: dict[str, tuple[str, ...]] = {}

    def heard(self, word: str) -> tuple[str, ...]:
        """The word itself, or what is written for it."""
        if word in self._known or not word.isalpha():
            return (word,)
        if word not in self._found:
            self._found[word] = self._nearest(word)
        return self._found[word]

    def _nearest(self, word: str) -> tuple[str, ...]:
        whole, score = self._one(word)
        best: tuple[str, ...] = (whole,)
        for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            (left, left_score), (right, right_score) = self._one(word[:at]), self._one(word[at:])
            both = (left_score * at + right_score * (len(word) - at)) / len(word)
            if both > score:
                best, score = (left, right), both
        return best

    def _one(self, word: str) -> tuple[str, float]:
        _, score, at = process.extractOne(sound_key(word), self._keys, scorer=Levenshtein.normalized_similarity)
        return self._words[at], score


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    vocabulary = Vocabulary((data_folder("sv") / "common_words.txt").read_text(encoding="utf-8").split())
    forms = spoken_forms("sv")
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        if item.get("lang", "sv") != "sv":
            continue
        item["turns"] = [
            " ".join(w for word in utterance(turn, forms).words for w in vocabulary.heard(word))
            for turn in item["turns"]
        ]
        print(json.dumps(item, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
