"""How a word that no lexicon has is said, by rule: from the parts of a compound, else as eSpeak NG would say it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path

from speech.errors import EngineMissing
from speech.vosk_graph import espeak_phonemes
from speech.vosk_graph.lexicon import Lexicon, Pronunciation

LEAST_PART = 3
"""Letters of a part of a compound."""
LEAST_STEM = 4
LEAST_BEFORE_S = 4
"""Letters of a part that a joining s may follow."""

SECONDS = 120

_ENDINGS: dict[str, Pronunciation] = {
    "ernas": ("ɛ", "n", "a", "s"),
    "arnas": ("a", "n", "a", "s"),
    "erna": ("ɛ", "n", "a"),
    "arna": ("a", "n", "a"),
    "orna": ("ʊ", "n", "a"),
    "ens": ("ɛ", "n", "s"),
    "ets": ("ɛ", "t", "s"),
    "en": ("ɛ", "n"),
    "et": ("ɛ", "t"),
    "er": ("ɛ", "r"),
    "ar": ("a", "r"),
    "or": ("ʊ", "r"),
    "n": ("n",),
    "t": ("t",),
    "s": ("s",),
    "r": ("r",),
    "a": ("a",),
}
"""Endings of nouns and adjectives, the longer ones first."""

_ALIKE = "ɑː eː ɛː iː oː øː uː yː ʉː a b d f h j k l m n p r s t v ŋ ɔ ɕ ɛ ɡ ɧ ɪ ɵ ʊ ʏ œ"
_IPA = {
    **{phone: phone for phone in _ALIKE.split()},
    **{"œː": "øː", "æː": "ɛː", "aː": "ɑː", "æ": "ɛ", "ə": "ɛ", "i": "ɪ", "u": "ʊ", "ʉ": "ʉː", "o": "ɔ", "ø": "œ"},
    **{"ɑ": "a", "e": "ɛ", "y": "ʏ", "tɕ": "ɕ", "ʃ": "ɧ", "x": "ɧ", "ʂ": "s", "ɭ": "l", "ɳ": "n", "ʈ": "t", "ɖ": "d"},
    **{"g": "ɡ", "ɹ": "r", "ʀ": "r", "w": "v", "z": "s", "θ": "t", "ð": "d", "ɜː": "øː", "ɐ": "a", "ʌ": "a", "ɒ": "ɔ"},
}
"""Phones of the model for those that eSpeak NG writes; the dentals after r are one phone with the others."""
_PASSED_OVER = frozenset("ˈˌ\u0329\u032f\u0361'* .-ː")


def by_ending(word: str, lexicon: Lexicon) -> tuple[str, Pronunciation] | None:
    """The way of saying a known word with another ending (``stent+en``); ``None`` if it is none."""
    for ending, way in _ENDINGS.items():
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= LEAST_STEM and stem in lexicon:
            return f"{stem}+{ending}", (*lexicon[stem][0], *way)
    return None


def by_parts(word: str, lexicon: Lexicon, first_parts: Lexicon) -> tuple[str, Pronunciation] | None:
    """The way of saying a compound, with its parts written out (``lever+metastaser``).

    The second part is a word; the first one a word, which an s may join, or of ``first_parts``, the longest of which
    is believed before any other division. Else that counts whose shorter part is longest. ``None`` if there is none.
    """
    found: list[tuple[int, str, Pronunciation]] = []
    for at in range(LEAST_PART, len(word) - LEAST_PART + 1):
        first, second = word[:at], word[at:]
        if second not in lexicon:
            continue
        if first in first_parts:
            found.append((len(word) + at, f"{first}+{second}", (*first_parts[first][0], *lexicon[second][0])))
        elif first in lexicon:
            found.append((min(at, len(second)), f"{first}+{second}", (*lexicon[first][0], *lexicon[second][0])))
        elif first[-1] == "s" and len(first) > LEAST_BEFORE_S and first[:-1] in lexicon:
            ways = (*lexicon[first[:-1]][0], "s", *lexicon[second][0])
            found.append((min(at - 1, len(second)), f"{first[:-1]}+s+{second}", ways))
    return max(found)[1:] if found else None


def by_espeak(words: Sequence[str], phones: Collection[str]) -> list[Pronunciation | None]:
    """The way of saying each word; ``None`` where eSpeak NG says something that the phones cannot write.

    Raises ``EngineMissing``.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, str(Path(espeak_phonemes.__file__))],
            input="\n".join(words).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise EngineMissing("eSpeak NG did not answer when it was asked how words are pronounced.") from None
    lines = done.stdout.decode(errors="replace").splitlines()
    if done.returncode or len(lines) != len(words):
        raise EngineMissing("Words cannot be pronounced without eSpeak NG: pip install espeakng-loader.")
    ways = [_phones_of(line) for line in lines]
    return [way if way and set(way) <= set(phones) else None for way in ways]


@cache
def _longest_first() -> tuple[str, ...]:
    return tuple(sorted(_IPA, key=len, reverse=True))


def _phones_of(ipa: str) -> Pronunciation | None:
    out: list[str] = []
    # eSpeak NG writes the sje-sound as two.
    rest = "".join(letter for letter in ipa if letter not in _PASSED_OVER or letter == "ː").replace("sx", "x")
    while rest:
        sign = next((sign for sign in _longest_first() if rest.startswith(sign)), None)
        if sign is None and rest[0] != "ː":
            return None
        if sign is not None:
            out.append(_IPA[sign])
        rest = rest[len(sign or "ː") :]
    return tuple(out)
