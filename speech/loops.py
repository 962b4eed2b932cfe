"""Cutting off the loops into which a decoder falls at the end of a text."""

import re
from difflib import SequenceMatcher

PLAIN = re.compile(r"[^\w]+")

LONG_REPEAT = 3
"""Words in a row whose repetition is a loop even where the last round is cut short."""

ALIKE = 0.6
"""Share of letters in common from which two words count as the same: decoders that may not repeat themselves vary a
letter ("hänt", "hämt"), while people who say a thing twice change a word ("i levern", "i hjärnan")."""


def without_loop(text: str) -> str:
    """The text with only the first round of a repetition at its end.

    ``"Kan jag gå? Kan jag gå? Kan jag"`` becomes ``"Kan jag gå?"``. A single word said twice ("nej, nej") stays.
    """
    words = text.split()
    plain = [PLAIN.sub("", word).casefold() for word in words]
    for period in range(1, len(words)):
        repeated = _repeated(plain, period)
        whole_rounds = repeated >= period and repeated > 1
        if whole_rounds or (repeated >= LONG_REPEAT and repeated * 3 >= period):
            return " ".join(words[: len(words) - repeated])
    return " ".join(words)


def _repeated(words: list[str], period: int) -> int:
    """How many words at the end say again what stands ``period`` words before them."""
    count = 0
    for later in range(len(words) - 1, period - 1, -1):
        word, before = words[later], words[later - period]
        cut_short = later == len(words) - 1 and bool(word) and before.startswith(word)
        if not (cut_short or word == before or SequenceMatcher(None, word, before).ratio() >= ALIKE):
            break
        count += 1
    return count
