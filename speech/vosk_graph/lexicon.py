"""The lexicon as text: a word and its phones a line, several lines for several ways of saying it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from speech.vosk_graph.kaldi_binary import Malformed

Pronunciation = tuple[str, ...]
"""Phones without their place in the word: ``("l", "eː", "v", "ɛ", "r")``."""
Lexicon = Mapping[str, Sequence[Pronunciation]]
"""The ways of saying each word."""

LONGEST = 60
"""Phones of a word."""


def parse_lexicon(text: str, phones: Collection[str], name: str) -> dict[str, list[Pronunciation]]:
    """Read lines such as ``lever l eː v ɛ r``; what follows a ``#`` is a remark.

    Raises ``Malformed``, with ``name`` and the line, for a word without phones or with one that is not in ``phones``.
    """
    lexicon: dict[str, list[Pronunciation]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.partition("#")[0].split()
        if not fields:
            continue
        word, *way = fields
        unknown = [phone for phone in way if phone not in phones]
        if not way or unknown or len(way) > LONGEST:
            reason = f"there is no phone {unknown[0]!r}" if unknown else "a word and its phones were expected"
            raise Malformed(f"{name}: line {number}: {reason}.")
        ways = lexicon.setdefault(word, [])
        if tuple(way) not in ways:
            ways.append(tuple(way))
    return lexicon


def written_lexicon(lexicon: Lexicon) -> str:
    """The same lines again, sorted by word."""
    return "".join(f"{word} {' '.join(way)}\n" for word in sorted(lexicon) for way in lexicon[word])
