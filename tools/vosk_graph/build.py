"""The built part of the pack, and the report of where it comes from."""

from __future__ import annotations

import bz2
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import speech
from speech.vosk_graph.lexicon import written_lexicon
from speech.vosk_graph.pack import LEXICON, PHONES, SENTENCES, Sentence
from speech.vosk_graph.phones import Phones
from tools.vosk_graph import dictionary
from tools.vosk_graph.lexicon import Entry, checked, entries
from tools.vosk_graph.texts import all_sentences
from tools.vosk_graph.vocabulary import choose

FOLDER = Path(speech.__file__).with_name("data") / "vosk"


def sources() -> tuple[dict[str, list[Sentence]], list[Entry], set[str]]:
    """Sentences by kind, the lexicon, and the words of the texts that it leaves out."""
    phones = Phones.parse((FOLDER / PHONES).read_text(encoding="utf-8")).names
    sentences = all_sentences()
    words, left_out = choose(sentences, dictionary.correct(dictionary.read()), checked(phones))
    seen = {word for of_kind in sentences.values() for _, said in of_kind for word in said}
    return sentences, list(entries(words, phones, seen)), left_out


def built() -> dict[str, bytes]:
    """Content of each built file by name; bzip2 has one implementation, which gives the same bytes everywhere."""
    sentences, lexicon, _ = sources()
    ways: dict[str, list[tuple[str, ...]]] = {}
    for entry in lexicon:
        ways.setdefault(entry.word, []).append(entry.way)
    return {
        LEXICON: bz2.compress(written_lexicon(ways).encode()),
        SENTENCES: bz2.compress(written_sentences(sentences).encode()),
    }


def written_sentences(sentences: dict[str, list[Sentence]]) -> str:
    """Blocks of one weight each."""
    lines = []
    for of_kind in sentences.values():
        for weight, block in groupby(of_kind, key=lambda sentence: sentence[0]):
            lines += [f"# {weight:g}", *(" ".join(words) for _, words in block)]
    return "".join(f"{line}\n" for line in lines)


def report() -> Iterator[str]:
    """A line for each way of saying a word, words whose sources disagree marked with ``*``."""
    _, lexicon, left_out = sources()
    for word, group in groupby(lexicon, key=lambda entry: entry.word):
        ways = list(group)
        for entry in ways:
            disagree = len(ways) > 1 and ways[0].origin != "checked"
            yield f"{'*' if disagree else ' '} {word}\t{' '.join(entry.way)}\t{entry.origin}"
    yield ""
    yield from (f"- {word}\tleft out" for word in sorted(left_out))
