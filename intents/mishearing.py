"""Words of the subject that were misheard or misspelt, put right by their sound.

A recogniser writes *skeletmetastaser*, *lymphkötlarna*, *meta staser*; one without the subject's words writes others
that sound alike. A word that no Swede writes, or a run of words with such a word in it, is replaced by the subject's
word whose sound is nearest, if it is near enough. Words that exist are left alone unless a run of them sounds almost
exactly like one long word of the subject.
"""

from collections.abc import Callable, Collection, Sequence

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from intents.sound import sound_key

# Similarity (1 - edit distance of the sound keys / the longer key) from which a word is taken for another. Set on what
# Whisper base heard of the development recordings: below 0.7 ordinary misspellings turn into the subject's words.
UNKNOWN_WORD = 0.72
UNKNOWN_RUN = 0.78
KNOWN_RUN = 0.86
# Shorter words have too many neighbours.
_SHORTEST = 5
_SHORTEST_RUN = 8
_LONGEST_RUN = 3


class SoundRepair:
    """Puts misheard words of the subject right. Immutable after construction."""

    def __init__(
        self, subject_words: Collection[str], known_words: Collection[str], names_subject: Callable[[str], bool]
    ) -> None:
        """Take the words to listen for, and how to know the others.

        subject_words: words of the subject, in all inflections that people use. known_words: all words that exist.
        names_subject: whether a word, however spelt, already tells what it means (*termetastaserna*): it is left alone,
        since its nearest neighbour might name another organ.
        """
        self._names_subject = names_subject
        self._words = sorted(subject_words)
        self._keys = [sound_key(word) for word in self._words]
        self._long = [at for at, word in enumerate(self._words) if len(word) >= _SHORTEST_RUN]
        self._long_keys = [self._keys[at] for at in self._long]
        self._subject = frozenset(subject_words)
        self._known = known_words

    def repaired(self, words: Sequence[str]) -> tuple[str, ...]:
        """The words with misheard ones put right; runs of words may become one."""
        unknown = [not self._exists(word) for word in words]
        if not any(unknown) and len(words) < 2:
            return tuple(words)
        out: list[str] = []
        at = 0
        while at < len(words):
            size, word = self._best_at(words, unknown, at)
            out.append(word)
            at += size
        return tuple(out)

    def _best_at(self, words: Sequence[str], unknown: Sequence[bool], at: int) -> tuple[int, str]:
        best_size, best_word, best_score = 1, words[at], 0.0
        for size in range(min(_LONGEST_RUN, len(words) - at), 1, -1):
            run = words[at : at + size]
            if any(word in self._subject or self._names_subject(word) for word in run):
                continue
            border = UNKNOWN_RUN if any(unknown[at : at + size]) else KNOWN_RUN
            found = self._nearest_long("".join(run), border)
            if found is not None and found[1] > best_score:
                best_size, best_word, best_score = size, *found
        if unknown[at]:
            found = self._nearest(words[at], UNKNOWN_WORD)
            if found is not None and found[1] >= best_score:
                best_size, best_word = 1, found[0]
        return best_size, best_word

    def _exists(self, word: str) -> bool:
        return word in self._known or word in self._subject or not word.isalpha() or self._names_subject(word)

    def _nearest(self, word: str, border: float) -> tuple[str, float] | None:
        if len(word) < _SHORTEST:
            return None
        found = process.extractOne(
            sound_key(word), self._keys, scorer=Levenshtein.normalized_similarity, score_cutoff=border
        )
        return None if found is None else (self._words[found[2]], found[1])

    def _nearest_long(self, joined: str, border: float) -> tuple[str, float] | None:
        if len(joined) < _SHORTEST_RUN - 1:
            return None
        found = process.extractOne(
            sound_key(joined), self._long_keys, scorer=Levenshtein.normalized_similarity, score_cutoff=border
        )
        return None if found is None else (self._words[self._long[found[2]]], found[1])
