"""From what was typed or transcribed to words: the one place where spelling is evened out."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

# Nobody says more in one turn; of a longer text the middle is left out, and it is read in pieces.
MAX_WORDS = 4000
_PIECE = 40

_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"[.!?;:\n…]+")


@dataclass(frozen=True)
class Utterance:
    """What somebody said, as words.

    text: as it came in, trimmed, with white space evened out.
    words: lower-case words without punctuation, spoken forms written out (*nåt* → *något*).
    sentences: (start, end) positions in `words`, one pair a sentence, in order.
    question: a question mark was written (a speech recogniser often leaves it out).
    """

    text: str
    words: tuple[str, ...]
    sentences: tuple[tuple[int, int], ...]
    question: bool

    def with_sentences(self, change: Callable[[Sequence[str]], tuple[str, ...]]) -> "Utterance":
        """The same utterance with each sentence's words changed."""
        words: list[str] = []
        sentences = []
        for start, end in self.sentences:
            begin = len(words)
            words.extend(change(self.words[start:end]))
            sentences.append((begin, len(words)))
        return Utterance(self.text, tuple(words), tuple(sentences), self.question)


def utterance(text: str, spoken_forms: Mapping[str, str]) -> Utterance:
    """Take a text apart. Any string is accepted; one without letters gives no words.

    spoken_forms: how words that are written as they sound are written out, for instance *nån* → *någon*.
    """
    whole = text.encode("utf-8", "replace").decode("utf-8")
    # Letters in another guise (full-width, mathematical) become ordinary ones; what cannot be seen goes.
    seen = "".join(c for c in unicodedata.normalize("NFKC", whole) if unicodedata.category(c) != "Cf")
    clean = " ".join(seen.split())
    words: list[str] = []
    sentences: list[tuple[int, int]] = []
    for part in _SENTENCE_END.split(clean):
        start = len(words)
        for match in _WORD.finditer(part.casefold()):
            words.append(spoken_forms.get(match.group(), match.group()))
        if len(words) > start:
            sentences.append((start, len(words)))
    if len(words) > MAX_WORDS:
        half = MAX_WORDS // 2
        words = words[:half] + words[-half:]
        sentences = [(at, min(at + _PIECE, MAX_WORDS)) for at in range(0, MAX_WORDS, _PIECE)]
    return Utterance(clean, tuple(words), tuple(sentences), "?" in clean)
