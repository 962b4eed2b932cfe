"""The lexicon: of each word the ways of saying it, and where they are from.

A word that has been checked by hand is said as it is there, others as the corrected dictionary has them; those
that it lacks, as their parts if they are compounds, else as the rule that was learnt from the dictionary. eSpeak NG's
way stands beside all of these where it differs a little, but for the short words that were checked: it knows how sounds
meet at the joint of a compound, and is independent of the dictionary.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from speech.vosk_graph.lexicon import Lexicon, Pronunciation, parse_lexicon
from speech.vosk_graph.pronounce import by_ending, by_espeak, by_parts
from tools.vosk_graph import dictionary, g2p
from tools.vosk_graph.vocabulary import HERE

FAR = 3
"""Phones by which eSpeak NG may differ; from there one of the two is plainly wrong, and the dictionary is believed."""

LONG = 6
"""Phones from which a checked word gets eSpeak NG's way too; the short ones have all their ways."""

_SHORT = {"iː": "ɪ", "yː": "ʏ", "uː": "ʊ", "ʉː": "ɵ", "ɑː": "a", "eː": "ɛ", "ɛː": "ɛ", "oː": "ɔ", "øː": "œ"}


@dataclass(frozen=True)
class Entry:
    """One way of saying a word."""

    word: str
    way: Pronunciation
    origin: str
    """``checked``, ``dictionary``, ``corrected``, ``parts lever+metastaser``, ``learnt`` or ``espeak``."""


def checked(phones: Collection[str]) -> dict[str, list[Pronunciation]]:
    """What was written by hand."""
    return parse_lexicon((HERE / "checked.txt").read_text(encoding="utf-8"), phones, "checked.txt")


def first_parts(phones: Collection[str]) -> dict[str, list[Pronunciation]]:
    """First parts of compounds."""
    return parse_lexicon((HERE / "parts.txt").read_text(encoding="utf-8"), phones, "parts.txt")


def entries(words: Collection[str], phones: Collection[str], heard_too: Collection[str]) -> Iterator[Entry]:
    """All ways of saying the words, sorted by word; eSpeak NG's way beside the dictionary's for ``heard_too`` only.

    Raises ``EngineMissing`` and ``g2p.NotInstalled``.
    """
    by_hand = checked(phones)
    long = {word for word, ways in by_hand.items() if len(ways[0]) >= LONG}
    original = dictionary.read()
    base = dictionary.correct(original)
    known: Lexicon = {**base, **by_hand}
    rest = sorted(set(words) - (by_hand.keys() - long))
    espeak = dict(zip(rest, by_espeak(rest, phones), strict=True))
    first = first_parts(phones)
    parts: dict[str, tuple[str, Pronunciation]] = {}
    for word in (word for word in rest if word not in known):
        found = by_ending(word, known) or by_parts(word, known, first)
        if found:
            parts[word] = found
    learnt = g2p.pronounce([word for word in rest if word not in known and word not in parts])
    for word in sorted(words):
        if word in by_hand:
            ways = [Entry(word, way, "checked") for way in by_hand[word]]
        else:
            ways = list(_by_rule(word, base, original, parts, learnt))
        yield from ways
        other = espeak.get(word)
        if other and (word not in base or word in heard_too) and _adds(other, [entry.way for entry in ways]):
            yield Entry(word, other, "espeak")


def _by_rule(
    word: str,
    base: Lexicon,
    original: Lexicon,
    parts: Mapping[str, tuple[str, Pronunciation]],
    learnt: Mapping[str, Pronunciation],
) -> Iterator[Entry]:
    if word in base:
        for way in base[word]:
            yield Entry(word, way, "dictionary" if way in original[word] else "corrected")
    elif word in parts:
        yield Entry(word, parts[word][1], f"parts {parts[word][0]}")
    elif word in learnt and (way := dictionary.corrected(word, learnt[word])):
        # The rule has learnt the dictionary's faults too.
        yield Entry(word, way, "learnt")


def _adds(other: Pronunciation, ways: list[Pronunciation]) -> bool:
    from rapidfuzz.distance import Levenshtein

    if other in ways:
        return False
    folded = [_SHORT.get(phone, phone) for phone in other]
    return all(Levenshtein.distance(folded, [_SHORT.get(p, p) for p in way]) < FAR for way in ways)
