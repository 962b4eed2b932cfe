"""The lexicon as a transducer from transition ids to words (HCL).

Kaldi composes H, C and L and determinises the result. With one phone of left context there is a shorter way: the
lexicon's prefix tree already knows the phone before every phone inside a word, and the first phone of a word has the
last phone of the one before. So there is one state "a word may begin here" for each phone that can end a word, all
with the same tree behind them. Position marks keep a word's end apart from the same phone inside a longer word, and
homophones are parallel arcs, so the transducer needs no disambiguation symbols but the ``#0`` of the grammar.

A word is output as soon as no other word is possible, at the latest with its last phone. What then is left of it is
shared with all words that have the same rest after the same phone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from speech.vosk_graph.fst import ARC, Fst
from speech.vosk_graph.transitions import Transitions

HALF = math.log(2)
"""Cost of either choice where there are two: silence or none between words, staying in a phone or leaving it."""

Spelling = tuple[int, ...]
"""Identifiers of phones with their place in the word."""


@dataclass
class _Node:
    children: dict[int, _Node] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)
    """Words that are complete here."""
    below: int = 0
    """The one word at or below this node; -1 if there are several."""


class _Lexicon:
    """States and arcs while they are being made; arcs carry the leaving ids, without self-loops."""

    def __init__(self, spellings: Iterable[tuple[int, Spelling]], transitions: Transitions, silence: int) -> None:
        self._leaving = transitions.leaving.tolist()
        self._free = transitions.count + 1
        self._root = _Node()
        ends = {0}
        for word, spelling in spellings:
            self._add(word, spelling)
            ends.add(spelling[-1])
        self.arcs: list[list[tuple[int, int, float, int]]] = []
        self.finals: list[float] = []
        self._begin = {phone: self._state() for phone in sorted(ends | {silence})}
        self.start = self._begin[0]
        self._rests: dict[tuple[int, int], int] = {}
        self._signatures: dict[tuple[tuple[int, int], ...], int] = {}
        first = [
            (phone, word, state)
            for phone, node in self._root.children.items()
            for word, state in self._ways(phone, node, written=False)
        ]
        for last, state in self._begin.items():
            cost = 0.0 if last == silence else HALF
            self.arcs[state] = [(self._leaving[last][phone], word, cost, to) for phone, word, to in first]
            if last != silence:
                self.arcs[state].append((self._leaving[last][silence], 0, HALF, self._begin[silence]))
            self.finals[state] = cost

    def add_grammar_symbol(self, symbol: int) -> None:
        """Let the grammar's back-off arcs pass wherever a word may begin."""
        for state in self._begin.values():
            self.arcs[state].append((self._free, symbol, 0.0, state))

    def _add(self, word: int, spelling: Spelling) -> None:
        node = self._root
        for phone in spelling:
            node = node.children.setdefault(phone, _Node())
            node.below = word if node.below in (0, word) else -1
        if word not in node.ends:
            node.ends.append(word)

    def _state(self) -> int:
        self.arcs.append([])
        self.finals.append(math.inf)
        return len(self.arcs) - 1

    def _ways(self, phone: int, node: _Node, written: bool) -> list[tuple[int, int]]:
        """Output and next state of each way through ``phone`` into ``node``."""
        ways = [(0 if written else word, self._begin[phone]) for word in node.ends]
        if node.children:
            if written:
                ways.append((0, self._rest(phone, node)))
            elif node.below > 0 and not node.ends:
                ways.append((node.below, self._rest(phone, node)))
            else:
                state = self._state()
                self._expand(state, phone, node, written=False)
                ways.append((0, state))
        return ways

    def _expand(self, state: int, last: int, node: _Node, written: bool) -> None:
        for phone, child in node.children.items():
            for word, to in self._ways(phone, child, written):
                self.arcs[state].append((self._leaving[last][phone], word, 0.0, to))

    def _rest(self, last: int, node: _Node) -> int:
        """The state for what is left of a word that has been output."""
        key = (last, self._signature(node))
        if key not in self._rests:
            self._rests[key] = state = self._state()
            self._expand(state, last, node, written=True)
        return self._rests[key]

    def _signature(self, node: _Node) -> int:
        """The same number for nodes with the same phones below them."""
        below = [(phone, self._signature(child)) for phone, child in node.children.items()]
        key = tuple(sorted(below)) + ((0, 0),) * bool(node.ends)
        return self._signatures.setdefault(key, len(self._signatures))


def lexicon_transducer(
    spellings: Mapping[int, Sequence[Spelling]], transitions: Transitions, silence: int, grammar_symbol: int
) -> Fst:
    """HCL, with self-loops, from the spellings of each word.

    Words are numbers from 1. ``grammar_symbol`` is output where the free id ``transitions.count + 1`` is input.
    """
    pairs = ((word, spelling) for word, variants in spellings.items() for spelling in variants)
    lexicon = _Lexicon(pairs, transitions, silence)
    lexicon.add_grammar_symbol(grammar_symbol)
    return _with_self_loops(lexicon.start, lexicon.arcs, lexicon.finals, transitions.count)


def _with_self_loops(start: int, arcs: list[list[tuple[int, int, float, int]]], finals: list[float], ids: int) -> Fst:
    """Let every phone last as long as it likes.

    The loop with id 2k-1 belongs where the phone with id 2k has been entered, so each state is split by the id that
    led to it. Staying and going on both cost ln 2 (self-loop scale 1, Kaldi's "reorder").
    """
    entered: list[set[int]] = [set() for _ in arcs]
    entered[start].add(0)
    for leaving in arcs:
        for label, _, _, to in leaving:
            if label <= ids:
                entered[to].add(label)
    keys = [(state, label) for state, labels in enumerate(entered) for label in sorted(labels)]
    number = {key: at for at, key in enumerate(keys)}
    new_arcs, new_finals = [], []
    for state, label in keys:
        go = HALF if label else 0.0
        rows = []
        for other, word, cost, to in arcs[state]:
            if other <= ids:
                rows.append((other, word, cost + go, number[to, other]))
            else:  # the grammar backs off; the phone is not left by that
                rows.append((other, word, cost, number[to, label]))
        if label:
            rows.append((label - 1, 0, HALF, number[state, label]))
        new_arcs.append(np.array(rows, ARC))
        new_finals.append(finals[state] + go)
    return Fst(number[start, 0], new_finals, new_arcs)
