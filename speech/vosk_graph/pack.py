"""What a graph is built from, as it ships: phones and tree of the model, a lexicon, and sentences with weights."""

from __future__ import annotations

import bz2
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from speech.errors import ModelDamaged
from speech.vosk_graph.context_tree import ContextTree
from speech.vosk_graph.kaldi_binary import Malformed
from speech.vosk_graph.lexicon import Lexicon, parse_lexicon
from speech.vosk_graph.phones import Phones
from speech.vosk_graph.transitions import Transitions

LARGEST = 50_000_000
"""Bytes that a file of the pack may unpack to."""

PHONES, TREE, LEXICON, SENTENCES = "phones.txt", "tree.bz2", "lexicon.txt.bz2", "sentences.txt.bz2"
OWN_WORDS = "own_words.txt"
"""Words that editors have added or corrected; what it says counts before the lexicon."""
FILES = (PHONES, TREE, LEXICON, SENTENCES, OWN_WORDS)

Sentence = tuple[float, list[str]]
"""A sentence's weight and its words."""


@dataclass(frozen=True)
class Pack:
    """All that is needed to build a graph."""

    phones: Phones
    transitions: Transitions
    lexicon: Lexicon
    sentences: tuple[Sentence, ...]
    identity: str
    """SHA-256 of the files."""


def folder() -> Path:
    """Where the pack of the distribution lies."""
    return Path(str(files("speech").joinpath("data/vosk")))


def identity(place: Path) -> str:
    """SHA-256 of the files of a pack. Raises ``ModelDamaged``."""
    return _identity(_read(place))


def load(place: Path) -> Pack:
    """The pack in a folder. Raises ``ModelDamaged``; where the fault is in the editors' own words, with its line."""
    content = _read(place)
    try:
        phones = Phones.parse(content[PHONES].decode())
        tree = ContextTree(_unpacked(content[TREE]))
        lexicon = parse_lexicon(_unpacked(content[LEXICON]).decode(), phones.names, LEXICON)
        sentences = tuple(_sentences(_unpacked(content[SENTENCES]).decode()))
        transitions = Transitions.of_tree(tree, len(phones.ids))
    except (OSError, EOFError, ValueError) as error:
        raise ModelDamaged(f"The words for Vosk in {place} are damaged; install rostlots again.") from error
    try:
        own = parse_lexicon(content[OWN_WORDS].decode(), phones.names, str(place / OWN_WORDS))
    except ValueError as error:
        raise ModelDamaged(str(error)) from error
    more = tuple((1.0, [word]) for word in own if word not in lexicon)
    return Pack(phones, transitions, {**lexicon, **own}, sentences + more, _identity(content))


def _read(place: Path) -> dict[str, bytes]:
    try:
        return {name: (place / name).read_bytes() for name in FILES}
    except OSError as error:
        raise ModelDamaged(f"The words for Vosk in {place} are incomplete; install rostlots again.") from error


def _identity(content: dict[str, bytes]) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(content[name]).digest() for name in FILES)).hexdigest()


def _unpacked(content: bytes) -> bytes:
    decompressor = bz2.BZ2Decompressor()
    unpacked = decompressor.decompress(content, LARGEST)
    if not decompressor.eof or decompressor.unused_data:
        raise Malformed("A file of the pack is cut off or too large.")
    return unpacked


def _sentences(text: str) -> Iterator[Sentence]:
    """Blocks of sentences, each behind a line ``# WEIGHT``."""
    weight = 1.0
    for line in text.splitlines():
        if line.startswith("# "):
            weight = float(line[2:])
        elif line:
            yield weight, line.split()
