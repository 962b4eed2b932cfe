"""The decision tree of the acoustic model: which output of the net belongs to a phone after another."""

from __future__ import annotations

from dataclasses import dataclass

from speech.vosk_graph.kaldi_binary import Malformed, Reader

LEFT, PHONE, CLASS = 0, 1, -1
"""What a question asks about: the phone before, the phone itself, and its class (0 its forward, 1 its self-loop)."""

DEEPEST = 400


@dataclass(frozen=True)
class _Split:
    key: int
    yes: frozenset[int]
    inside: _Node
    outside: _Node


@dataclass(frozen=True)
class _Table:
    key: int
    entries: tuple[_Node, ...]


_Node = int | _Split | _Table | None
"""An output, a question, a choice by value, or nothing for what cannot occur."""


class ContextTree:
    """A tree over left biphones: context width 2, the phone itself at position 1."""

    def __init__(self, content: bytes) -> None:
        """Read Kaldi's binary ``tree``. Raises ``Malformed``."""
        reader = Reader(content)
        reader.expect("ContextDependency")
        if (reader.integer(), reader.integer()) != (2, 1):
            raise Malformed("The tree is not one of left biphones.")
        reader.expect("ToPdf")
        self._root = _node(reader, DEEPEST)
        reader.expect("EndContextDependency")

    def output(self, left: int, phone: int, pdf_class: int) -> int:
        """Index of the net's output for ``phone`` after ``left`` (0 at the beginning of an utterance).

        Raises ``Malformed`` where the tree has none.
        """
        asked = {LEFT: left, PHONE: phone, CLASS: pdf_class}
        node = self._root
        while not isinstance(node, int):
            if node is None or node.key not in asked:
                raise Malformed("The tree has a gap.")
            value = asked[node.key]
            if isinstance(node, _Split):
                node = node.inside if value in node.yes else node.outside
            else:
                node = node.entries[value] if 0 <= value < len(node.entries) else None
        return node


def _node(reader: Reader, depth: int) -> _Node:
    if depth == 0:
        raise Malformed("The tree is too deep.")
    match reader.expect("CE", "NULL", "SE", "TE"):
        case "CE":
            return reader.integer()
        case "SE":
            key, yes = reader.integer(), frozenset(reader.integers())
            reader.expect("{")
            inside, outside = _node(reader, depth - 1), _node(reader, depth - 1)
            reader.expect("}")
            return _Split(key, yes, inside, outside)
        case "TE":
            key, count = reader.integer(), reader.integer()
            reader.expect("(")
            entries = tuple(_node(reader, depth - 1) for _ in range(count))
            reader.expect(")")
            return _Table(key, entries)
    return None
