"""New numbers for the words, so that those that can be reached from a state lie beside each other.

While decoding, the lexicon and the grammar are composed as needed. At each state of the lexicon the decoder asks which
words can still come out and lets only those meet the grammar. If the words are numbered in the order in which a
depth-first walk first meets them, the words below a state of the prefix tree are one interval of numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from speech.vosk_graph.fst import Fst, Intervals, Reach

_FINAL = 0
"""Key of "a final state is reached" among the words, whose numbers begin with 1."""


def relabel(fst: Fst) -> tuple[Fst, Reach, dict[int, int]]:
    """The transducer with its output labels renumbered and its arcs sorted by them, what each state reaches, and the
    new number of each word.

    Raises ``ValueError`` if states without output form a circle, other than loops on one state.
    """
    quiet: list[list[int]] = []
    words: list[list[int]] = []
    for state, arcs in enumerate(fst.arcs):
        output, to = arcs["output"], arcs["next"]
        quiet.append([target for target in dict.fromkeys(to[output == 0].tolist()) if target != state])
        words.append(output[output != 0].tolist() + [_FINAL] * math.isfinite(fst.finals[state]))
    number: dict[int, int] = {}
    intervals: list[Intervals] = [()] * len(fst.arcs)
    shared: dict[Intervals, Intervals] = {}
    for state in _children_first(fst.start, quiet, words, number):
        own = [(number[word], number[word] + 1) for word in words[state]]
        merged = _merged(own + [interval for target in quiet[state] for interval in intervals[target]])
        intervals[state] = shared.setdefault(merged, merged)
    final = number.pop(_FINAL, -1)
    table = np.zeros(max(number) + 1, np.int32)
    for word, new in number.items():
        table[word] = new
    arcs_of = []
    for arcs in fst.arcs:
        renamed = arcs.copy()
        renamed["output"] = table[arcs["output"]]
        arcs_of.append(renamed[np.argsort(renamed["output"], kind="stable")])
    return Fst(fst.start, fst.finals, arcs_of), Reach(intervals, final), number


def _children_first(
    start: int, quiet: list[list[int]], words: list[list[int]], number: dict[int, int]
) -> Iterator[int]:
    """All states, each after those that it reaches without output; words get their numbers on the way down."""
    unseen, open_, done = 0, 1, 2
    seen = bytearray(len(quiet))

    def enter(state: int) -> tuple[int, Iterator[int]]:
        seen[state] = open_
        for word in words[state]:
            number.setdefault(word, len(number) + 1)
        return state, iter(quiet[state])

    for root in (start, *range(len(quiet))):
        if seen[root] != unseen:
            continue
        stack = [enter(root)]
        while stack:
            state, targets = stack[-1]
            for target in targets:
                if seen[target] == open_:
                    raise ValueError("States without output form a circle.")
                if seen[target] == unseen:
                    stack.append(enter(target))
                    break
            else:
                stack.pop()
                seen[state] = done
                yield state


def _merged(intervals: list[tuple[int, int]]) -> Intervals:
    out: list[tuple[int, int]] = []
    for begin, end in sorted(intervals):
        if out and begin <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((begin, end))
    return tuple(out)
