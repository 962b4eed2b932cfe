"""A weighted transducer and the files in which OpenFst keeps one.

Weights are costs: negative natural logarithms of probabilities. Label 0 is none.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ARC = np.dtype([("input", "<i4"), ("output", "<i4"), ("cost", "<f4"), ("next", "<i4")])
"""One arc, as it lies in a file."""

MAGIC = 2125659606
VECTOR_VERSION = 2
CONST_VERSION = 2
LOOKAHEAD_VERSION = 1
MATCHER_MAGIC = 446681434

EXPANDED = 0x1
MUTABLE = 0x2
NOT_ACCEPTOR = 0x20000
INPUT_SORTED = 0x10000000
OUTPUT_SORTED = 0x40000000

Arcs = NDArray[np.void]
Intervals = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Fst:
    """States are numbered from 0."""

    start: int
    finals: list[float]
    """Cost of ending in each state, infinite where that is not allowed."""
    arcs: list[Arcs]
    """Of each state, an array of ``ARC``."""


@dataclass(frozen=True)
class Reach:
    """What can be output from each state before anything else is: half-open intervals of labels."""

    intervals: list[Intervals]
    final: int
    """The label that stands for reaching a final state; -1 if there is none."""


def vector_bytes(fst: Fst) -> bytes:
    """The file of an acceptor whose arcs are sorted by input label (OpenFst's ``vector``)."""
    body = [
        struct.pack("<fq", final, len(arcs)) + arcs.tobytes() for final, arcs in zip(fst.finals, fst.arcs, strict=True)
    ]
    return b"".join([_header(fst, "vector", VECTOR_VERSION, EXPANDED | MUTABLE | INPUT_SORTED), *body])


def lookahead_bytes(fst: Fst, reach: Reach) -> bytes:
    """The file of a transducer whose arcs are sorted by output label, with what can be reached from each state.

    This is OpenFst's ``olabel_lookahead``: a ``const`` transducer followed by the intervals of its output side.
    """
    properties = EXPANDED | NOT_ACCEPTOR | OUTPUT_SORTED
    record = np.dtype([("final", "<f4"), ("at", "<u4"), ("arcs", "<u4"), ("no_input", "<u4"), ("no_output", "<u4")])
    states = np.zeros(len(fst.arcs), record)
    counts = np.array([len(arcs) for arcs in fst.arcs], np.int64)
    states["final"] = fst.finals
    states["at"] = np.cumsum(counts) - counts
    states["arcs"] = counts
    states["no_input"] = [int((arcs["input"] == 0).sum()) for arcs in fst.arcs]
    states["no_output"] = [int((arcs["output"] == 0).sum()) for arcs in fst.arcs]
    out = [
        _header(fst, "olabel_lookahead", LOOKAHEAD_VERSION, properties),
        struct.pack("<i", MATCHER_MAGIC),
        _header(fst, "const", CONST_VERSION, properties),
        states.tobytes(),
        *(arcs.tobytes() for arcs in fst.arcs),
        # An add-on follows; it has no part for the input side and one for the output side, which holds no second
        # table of labels.
        struct.pack("<?????iq", True, False, True, False, False, reach.final, len(fst.arcs)),
    ]
    for intervals in reach.intervals:
        out.append(struct.pack("<q", len(intervals)))
        out += [struct.pack("<ii", *interval) for interval in intervals]
        out.append(struct.pack("<i", sum(end - begin for begin, end in intervals)))
    return b"".join(out)


def _header(fst: Fst, kind: str, version: int, properties: int) -> bytes:
    arcs = sum(len(arcs) for arcs in fst.arcs)
    sizes = struct.pack("<iiQqqq", version, 0, properties, fst.start, len(fst.arcs), arcs)
    return struct.pack("<i", MAGIC) + _text(kind) + _text("standard") + sizes


def _text(text: str) -> bytes:
    return struct.pack("<i", len(text)) + text.encode()
