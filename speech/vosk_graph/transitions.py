"""The transition table: the numbers by which a decoding graph speaks of phones in their contexts.

In the chain topology a phone is one state that emits a frame when it is entered and one for each further frame. A
transition state is a distinct tuple (phone, 0, forward output, self-loop output); sorted and counted from 1, state k
owns the transition ids 2k-1, which stays in it, and 2k, which leaves it. The table follows from the tree alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from speech.vosk_graph.context_tree import ContextTree
from speech.vosk_graph.kaldi_binary import Malformed, Reader

CHAIN = ((0, 1, (0, 1)), (-1, -1, ()))
"""States of the chain topology: classes of forward and self-loop, and where the transitions lead, in order."""


@dataclass(frozen=True)
class Transitions:
    """All transition states, and which of them a phone is in after another."""

    tuples: NDArray[np.int32]
    """Shape ``(states, 4)``: phone, 0, forward output, self-loop output; sorted."""
    leaving: NDArray[np.int32]
    """Shape ``(phones + 1, phones + 1)``: by the phone before (0: none) and the phone, the id that leaves its state."""

    @property
    def count(self) -> int:
        """Number of transition ids; they begin with 1. The next number is free for a disambiguation symbol."""
        return 2 * len(self.tuples)

    @property
    def outputs(self) -> int:
        """Number of outputs of the net."""
        return int(self.tuples[:, 2:].max()) + 1

    @classmethod
    def of_tree(cls, tree: ContextTree, phones: int) -> Transitions:
        """Ask the tree about every phone after every phone. Raises ``Malformed``."""
        pairs = {
            (left, phone): (phone, 0, tree.output(left, phone, 0), tree.output(left, phone, 1))
            for phone in range(1, phones + 1)
            for left in range(phones + 1)
        }
        states = sorted(set(pairs.values()))
        number = {state: at for at, state in enumerate(states, start=1)}
        leaving = np.zeros((phones + 1, phones + 1), np.int32)
        for pair, state in pairs.items():
            leaving[pair] = 2 * number[state]
        return cls(np.array(states, np.int32), leaving)


def tuples_of_net(content: bytes) -> NDArray[np.int32]:
    """The tuples of an acoustic model, from its ``final.mdl``: shape ``(states, 4)``.

    Raises ``Malformed`` for anything but a whole transition model of the chain topology.
    """
    reader = Reader(content)
    reader.expect("<TransitionModel>")
    reader.expect("<Topology>")
    reader.integers()  # the phones
    of_phone = reader.integers()
    if reader.integer() != -1:
        raise Malformed("The acoustic model is not of the chain topology.")
    entries = [_entry(reader) for _ in range(_few(reader.integer()))]
    if not all(0 <= entry < len(entries) for entry in of_phone[1:]):
        raise Malformed("The topology has gaps.")
    if any(entries[entry] != CHAIN for entry in set(of_phone[1:])):
        raise Malformed("The acoustic model is not of the chain topology.")
    reader.expect("</Topology>")
    reader.expect("<Tuples>")
    tuples = reader.table(4)
    reader.expect("</Tuples>")
    reader.expect("<LogProbs>")
    if len(reader.reals()) != 2 * len(tuples) + 1:
        raise Malformed("The transition model has another number of probabilities than of transitions.")
    reader.expect("</LogProbs>")
    reader.expect("</TransitionModel>")
    return tuples


def _entry(reader: Reader) -> tuple[tuple[int, int, tuple[int, ...]], ...]:
    states = []
    for _ in range(_few(reader.integer())):
        forward, loop = reader.integer(), reader.integer()
        targets = []
        for _ in range(_few(reader.integer())):
            targets.append(reader.integer())
            reader.real()
        states.append((forward, loop, tuple(targets)))
    return tuple(states)


def _few(count: int) -> int:
    if not 0 <= count <= 1000:
        raise Malformed("The topology is too large.")
    return count
