"""The dictionary of the model's authors, with its systematic faults put right.

It was made from recordings and a rule, and gives many words the sound of a related one: *leva* that of *lever*,
*förstå* that of *förstår*, *började* that of an English ending. The letters at a word's end tell.
"""

from __future__ import annotations

import bz2
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from speech.vosk_graph.lexicon import Pronunciation

SOURCE = Path(__file__).with_name("upstream") / "base_dictionary.txt.bz2"

WORD = re.compile(r"[a-zåäöéüàè]+")
_VOWELS = "ɪ ʏ ʊ ʉː ɑː a eː ɛ ɛː iː oː ɵ øː ɔ œ uː yː"
VOWELS = frozenset(_VOWELS.split())
WRITTEN_VOWELS = frozenset("aeiouyåäöé")
STRAY = ("j", "ɛ", "m", "uː")


def read() -> dict[str, list[Pronunciation]]:
    """The dictionary as it came, without what is no word."""
    found: dict[str, list[Pronunciation]] = {}
    for line in bz2.decompress(SOURCE.read_bytes()).decode().splitlines():
        word, *way = line.split()
        if WORD.fullmatch(word) and way and tuple(way) not in found.setdefault(word, []):
            found[word].append(tuple(way))
    return found


def corrected(word: str, way: Pronunciation) -> Pronunciation | None:
    """The way of saying a word with its ending put right; ``None`` if it cannot be that word's."""
    if way[-4:] == STRAY:
        way = way[:-4]  # mannen "m a n ɛ n j ɛ m uː"
    if word.endswith("ade") and way[-3:] == ("ɛ", "j", "d"):
        return (*way[:-3], "a", "d", "ɛ")  # började "b œ r j ɛ j d"
    if word.endswith("a") and way[-1] not in ("a", "ɑː"):
        if way[-2:] == ("ɛ", "r"):
            return (*way[:-2], "a")  # leva "l eː v ɛ r"
        if word.endswith("ra") and way[-1] == "r":
            return (*way, "a")  # höra "h øː r"
        return None
    if word[-1] in WRITTEN_VOWELS and way[-1] == "r" and way[-2] in VOWELS:
        return way[:-1]  # förstå "f œ ɕ t oː r"
    if word.endswith("et") and way[-1] == "eː":
        return None  # håret "h oː eː"
    if word.endswith("ens") and way[-3:] == ("a", "ŋ", "s"):
        return (*way[:-3], "ɛ", "n", "s")  # världens "v ɛː d a ŋ s"
    if word[-1] in WRITTEN_VOWELS and not word.endswith(("age", "ice", "ine")) and way[-1] not in VOWELS:
        return None
    return way


def shortened(word: str, way: Pronunciation, words: Collection[str]) -> Pronunciation | None:
    """The way with a short vowel in the ending -en, -et or -er of a known word: armen "a r m eː n"."""
    if word[-2:] in ("en", "et", "er") and way[-2:-1] == ("eː",) and (word[:-2] in words or word[:-1] in words):
        return (*way[:-2], "ɛ", way[-1])
    return None


def correct(dictionary: Mapping[str, list[Pronunciation]]) -> dict[str, list[Pronunciation]]:
    """All words that keep a way of saying them. A short ending comes before the long one, which may be meant."""
    found = {}
    for word, ways in dictionary.items():
        kept = []
        for right in (corrected(word, way) for way in ways):
            if right is not None:
                short = shortened(word, right, dictionary)
                kept += [short, right] if short is not None else [right]
        if kept:
            found[word] = list(dict.fromkeys(kept))
    return found
