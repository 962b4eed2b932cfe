"""Which words the lexicon has: those of the texts, their inflections, compounds of the subject, numbers."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from speech.vosk_graph.pack import Sentence
from speech.vosk_graph.pronounce import by_parts
from tools.vosk_graph.dictionary import WORD
from tools.vosk_graph.texts import words_of
from tools.whisper_pack.texts import misspelt

HERE = Path(__file__).with_name("lexicon")

LEAST_PART = 4
"""Letters of each part of a compound that was seen only once, so that slips of the pen don't pass for one."""

_ENDINGS = """
    a ar are arna at ad ade ades ande as d da dde de des e en ens er erna ernas ers et ets n na nas ns or orna r s sk
    ska st sta t ta te ts
"""
ENDINGS = tuple(_ENDINGS.split())


def excluded() -> set[str]:
    """Words that Vosk shall not write."""
    lines = (HERE / "excluded.txt").read_text(encoding="utf-8").splitlines()
    return {word for line in lines if not line.startswith("#") for word in line.split()}


def compounds() -> set[str]:
    """First parts and heads of the subject, each with each."""
    groups = tomllib.loads((HERE / "compounds.toml").read_text(encoding="utf-8")).values()
    return {first + head for group in groups for first in group["first"] for head in group["head"]}


def choose(
    sentences: Mapping[str, Iterable[Sentence]], dictionary: Mapping[str, object], checked: Collection[str]
) -> tuple[set[str], set[str]]:
    """The vocabulary, and the words of the texts that are left out.

    A word of the questions that the dictionary lacks must be checked, a compound of known words, or occur twice and not
    look like a slip; those of the answers and of everyday Swedish were written with care and all count.
    """
    counts = {kind: Counter(word for _, words in of_kind for word in words) for kind, of_kind in sentences.items()}
    seen = {word for of_kind in counts.values() for word in of_kind}
    slips = misspelt(" ".join(words) for of_kind in sentences.values() for _, words in of_kind) - dictionary.keys()
    never = excluded() | slips
    parts = {word: [()] for word in {*dictionary, *checked} if len(word) >= LEAST_PART}

    def is_word(word: str) -> bool:
        if word in checked or word in counts["answer"] or word in counts["everyday"]:
            return True
        if word in never or len(word) < 2:
            return False
        return word in dictionary or counts["question"][word] > 1 or by_parts(word, parts, {}) is not None

    chosen = {word for word in seen if WORD.fullmatch(word) and is_word(word)} - excluded()
    numbers = {word for number in range(100) for word in words_of(str(number))}
    return chosen | inflections(chosen, dictionary) | compounds() | numbers | set(checked), seen - chosen


def inflections(words: Collection[str], dictionary: Mapping[str, object]) -> set[str]:
    """Words of the dictionary that are one of the given words with another ending."""
    known = {word for word in words if word in dictionary and len(word) > 3}
    found = set()
    for word in dictionary:
        stems = (word.removesuffix(ending) for ending in ENDINGS if word.endswith(ending))
        if len(word) > 3 and any(stem in known or stem + "a" in known for stem in stems):
            found.add(word)
    return found - excluded()
