"""The pack that teaches Whisper base the words of the subject, and merging it into a copy of the model.

A pack holds for each matrix W of the decoder two thin ones, A of shape ``(rank, in)`` and B of shape ``(out, rank)``;
the merged matrix is W + B A, so that hearing with it costs nothing more. Needs numpy only.
"""

from __future__ import annotations

import hashlib
import io
import struct
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


BASE = "whisper-base"
"""The model of the catalogue that the pack is made for."""

TOLERANCE = 1e-4
"""Relative difference that a merged matrix may have from what its maker saw; processors round differently."""

VERSION = 6
"""Of CTranslate2's binary format."""
TYPES: dict[int, type[np.generic]] = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}


class PackUnfit(Exception):
    """The pack is damaged or not for this model; the message says which."""


# The model's file


@dataclass(frozen=True)
class Variable:
    """One variable in a model file."""

    offset: int
    """Bytes from the beginning of the file."""
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def read(self, content: bytes | bytearray) -> NDArray[Any]:
        """A view of its values."""
        count = int(np.prod(self.shape, dtype=np.int64))
        return np.frombuffer(content, self.dtype, count, self.offset).reshape(self.shape)


def variables(content: bytes | bytearray) -> dict[str, Variable]:
    """Where the variables lie in a CTranslate2 file (version 6). Raises ``PackUnfit`` if it is none."""
    try:
        return _variables(_Reader(content))
    except (struct.error, UnicodeDecodeError, KeyError) as error:
        raise PackUnfit("The model file is not in CTranslate2's format.") from error


def _variables(reader: _Reader) -> dict[str, Variable]:
    if reader.number("I") != VERSION:
        raise PackUnfit("The model file has another version of CTranslate2's format.")
    reader.string()  # name of the kind of model
    reader.number("I")  # its revision
    found = {}
    for _ in range(reader.number("I")):
        name = reader.string()
        shape = tuple(reader.number("I") for _ in range(reader.number("B")))
        dtype = np.dtype(TYPES[reader.number("B")])
        size = reader.number("I")
        if size != int(np.prod(shape, dtype=np.int64)) * dtype.itemsize:
            raise PackUnfit(f"{name} has not the size of its shape.")
        found[name] = Variable(reader.skip(size), shape, dtype)
    for _ in range(2 * reader.number("I")):
        reader.string()  # a second name of a variable, and its first one
    if not reader.at_end:
        raise PackUnfit("The model file is longer than it should be.")
    return found


class _Reader:
    """Little-endian values one after another."""

    def __init__(self, content: bytes | bytearray) -> None:
        self._content = content
        self._at = 0

    def number(self, code: str) -> int:
        value: int = struct.unpack_from(f"<{code}", self._content, self._at)[0]
        self._at += struct.calcsize(code)
        return value

    def string(self) -> str:
        size = self.number("H")
        start = self.skip(size)
        return bytes(self._content[start : start + size]).rstrip(b"\0").decode()

    @property
    def at_end(self) -> bool:
        return self._at == len(self._content)

    def skip(self, size: int) -> int:
        """Go on by ``size`` bytes; returns where they begin."""
        start = self._at
        if start + size > len(self._content):
            raise PackUnfit("The model file is cut short.")
        self._at += size
        return start


# The pack


@dataclass(frozen=True, eq=False)
class Pack:
    """The additions to one model."""

    base_sha256: str
    """Of the model file for which it was made."""
    factors: Mapping[str, tuple[NDArray[np.float16], NDArray[np.float16]]]
    """A and B by the variable's name."""
    marks: Mapping[str, tuple[float, float]]
    """What ``mark`` gives for each merged matrix."""
    sha256: str
    """Of the pack itself."""

    @property
    def name(self) -> str:
        """Name of the folder of a model merged with it."""
        return f"{BASE}+rostlots-{self.sha256[:8]}"


@cache
def shipped() -> Pack | None:
    """The pack that comes with the product; ``None`` if there is none. Raises ``PackUnfit``."""
    data = files("speech").joinpath("data")
    content, manifest = data.joinpath("whisper-pack.npz"), data.joinpath("whisper-pack.toml")
    if not content.is_file() or not manifest.is_file():
        return None
    return read(content.read_bytes(), tomllib.loads(manifest.read_text(encoding="utf-8")))


def read(content: bytes, manifest: Mapping[str, Any]) -> Pack:
    """A pack of its npz file and manifest. Raises ``PackUnfit`` if they do not belong together."""
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        if manifest["pack"]["sha256"] != sha256:
            raise PackUnfit("The pack is not the one of its manifest.")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            names = [key.removeprefix("a:") for key in arrays if key.startswith("a:")]
            factors = {name: (arrays[f"a:{name}"], arrays[f"b:{name}"]) for name in names}
            marks = {name: (float(arrays[f"mark:{name}"][0]), float(arrays[f"mark:{name}"][1])) for name in names}
        return Pack(str(manifest["base"]["sha256"]), factors, marks, sha256)
    except (KeyError, TypeError, ValueError, IndexError, OSError) as error:
        raise PackUnfit("The pack is damaged.") from error


def mark(matrix: NDArray[Any]) -> tuple[float, float]:
    """Two numbers that tell whether a matrix is the expected one: its norm, and that of its weighted rows' sum."""
    values = matrix.astype(np.float64)
    weights = np.cos(np.arange(len(values)))
    return float(np.linalg.norm(values)), float(np.linalg.norm(weights @ values))


# Merging


def merged_matrix(weight: NDArray[Any], a: NDArray[np.float16], b: NDArray[np.float16]) -> NDArray[Any]:
    """W + B A, computed in float32 and kept in the type of W."""
    if (b.shape[0], a.shape[1]) != weight.shape or a.shape[0] != b.shape[1]:
        raise PackUnfit("The pack's matrices do not fit the model's.")
    total: NDArray[Any] = weight.astype(np.float32) + b.astype(np.float32) @ a.astype(np.float32)
    return total.astype(weight.dtype)


def merge(content: bytes, pack: Pack) -> bytearray:
    """The model file with the pack in it: same size, same places. Raises ``PackUnfit``."""
    if hashlib.sha256(content).hexdigest() != pack.base_sha256:
        raise PackUnfit("The pack was made for another model.")
    places = variables(content)
    result = bytearray(content)
    for name, (a, b) in pack.factors.items():
        if name not in places:
            raise PackUnfit(f"The model has no {name}.")
        matrix = merged_matrix(places[name].read(content), a, b)
        if not np.allclose(mark(matrix), pack.marks[name], rtol=TOLERANCE):
            raise PackUnfit(f"Merging {name} gave another result than it should.")
        start = places[name].offset
        result[start : start + matrix.nbytes] = matrix.tobytes()
    return result


def unlike(content: bytes, pack: Pack) -> str | None:
    """The first matrix in a merged model file that is not what the pack's maker saw, within the tolerance.

    Raises ``PackUnfit`` for what is no model file.
    """
    places = variables(content)
    for name in pack.factors:
        if name not in places or not np.allclose(mark(places[name].read(content)), pack.marks[name], rtol=TOLERANCE):
            return name
    return None
