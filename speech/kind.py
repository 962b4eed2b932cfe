"""What sort of recording some bytes are, by what they hold and not by what they are called."""

from __future__ import annotations

from typing import Literal

Kind = Literal["wav", "flac", "ogg", "mp3", "webm", "mp4"]

_BEGINNINGS: tuple[tuple[bytes, Kind], ...] = (
    (b"RIFF", "wav"),
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"\x1a\x45\xdf\xa3", "webm"),
)


def kind_of(head: bytes) -> Kind | None:
    """The kind of a recording from its first twelve bytes or more; ``None`` where it is none that is read."""
    if head[4:8] == b"ftyp":
        return "mp4"
    # An MPEG frame begins with eleven ones and a layer that is not the reserved one.
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06:
        return "mp3"
    if head[:4] == b"RIFF" and head[8:12] != b"WAVE":
        return None
    return next((kind for beginning, kind in _BEGINNINGS if head.startswith(beginning)), None)
