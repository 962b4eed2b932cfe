"""From what was typed or transcribed to words: the one place where spelling is evened out."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

# Nobody says more in one turn; what lies beyond is left out.
MAX_WORDS = 5000

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
    clean = " ".join(unicodedata.normalize("NFC", text).split())
    words: list[str] = []
    sentences: list[tuple[int, int]] = []
    for part in _SENTENCE_END.split(clean):
        start = len(words)
        for match in _WORD.finditer(part.casefold()):
            words.append(spoken_forms.get(match.group(), match.group()))
        if len(words) > start:
            sentences.append((start, len(words)))
    if len(words) > MAX_WORDS:
        words = words[:MAX_WORDS]
        sentences = [(start, min(end, MAX_WORDS)) for start, end in sentences if start < MAX_WORDS]
    return Utterance(clean, tuple(words), tuple(sentences), "?" in clean)
