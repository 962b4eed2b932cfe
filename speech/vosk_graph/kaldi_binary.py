"""Reading Kaldi's binary files: tokens that end with a space, and numbers behind a byte that tells their width."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

BINARY = b"\0B"
"""First bytes of a file in the binary form."""


class Malformed(ValueError):
    """The bytes are not what they should be; the message says what was expected, never what was found."""


class Reader:
    """Walks through the bytes of a file; whatever lies outside them or is of another kind raises ``Malformed``."""

    def __init__(self, content: bytes) -> None:
        """Begin after the mark of the binary form."""
        if content[: len(BINARY)] != BINARY:
            raise Malformed("This is no binary Kaldi file.")
        self._content = content
        self._at = len(BINARY)

    def token(self) -> str:
        """A word of at most 64 letters and the space behind it."""
        end = self._content.find(b" ", self._at, self._at + 65)
        if end < 0:
            raise Malformed("A token was expected.")
        found = self._content[self._at : end]
        self._at = end + 1
        return found.decode("ascii", errors="replace")

    def expect(self, *tokens: str) -> str:
        """One of the given tokens; returns which."""
        found = self.token()
        if found not in tokens:
            raise Malformed(f"{' or '.join(tokens)} was expected.")
        return found

    def integer(self) -> int:
        """An integer of 4 bytes."""
        return int(self._number("<i"))

    def real(self) -> float:
        """A floating-point number of 4 bytes."""
        return float(self._number("<f"))

    def integers(self) -> tuple[int, ...]:
        """A vector of integers."""
        if self._take(1) != b"\4":
            raise Malformed("A vector of integers was expected.")
        (count,) = struct.unpack("<i", self._take(4))
        return struct.unpack(f"<{self._checked(count, 4)}i", self._take(4 * count))

    def table(self, columns: int) -> NDArray[np.int32]:
        """Rows of integers behind their number, shape ``(rows, columns)``."""
        rows = self.integer()
        cell = np.dtype([("width", "u1"), ("value", "<i4")])
        cells = np.frombuffer(self._take(self._checked(rows, columns * cell.itemsize) * columns * cell.itemsize), cell)
        if np.any(cells["width"] != 4):
            raise Malformed("A table of integers was expected.")
        return cells["value"].reshape(rows, columns).astype(np.int32)

    def reals(self) -> NDArray[np.float32]:
        """A vector of floating-point numbers, shape ``(n,)``."""
        self.expect("FV")
        count = self.integer()
        return np.frombuffer(self._take(4 * self._checked(count, 4)), "<f4")

    def _number(self, form: str) -> int | float:
        if self._take(1) != b"\4":
            raise Malformed("A number of 4 bytes was expected.")
        (value,) = struct.unpack(form, self._take(4))
        return value  # type: ignore[no-any-return]

    def _checked(self, count: int, size: int) -> int:
        if not 0 <= count * size <= len(self._content) - self._at:
            raise Malformed("The file ends too early.")
        return count

    def _take(self, size: int) -> bytes:
        taken = self._content[self._at : self._at + size]
        if len(taken) != size:
            raise Malformed("The file ends too early.")
        self._at += size
        return taken
