"""Hearing recordings as the product does, with the base model or the packed one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from speech.audio import Audio
from speech.files import write_whole
from speech.packed_ear import PackedEar
from speech.packed_model import merged_folder
from speech.whisper_ear import WhisperEar
from speech.whisper_pack import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from speech.hearing import Ear, Transcript


def ears(base: Path, threads: int = 2) -> dict[str, Ear]:
    """The base model's ear and that of the shipped pack, by name. Raises ``ValueError`` without a pack."""
    found = shipped()
    if found is None:
        raise ValueError("There is no pack yet; run the stages before.")
    packed = PackedEar(merged_folder(base, found), threads)
    return {"base": WhisperEar(base, threads), "pack": packed}


def hear(ear: Ear, samples: NDArray[np.float32], prompt: str | None = None) -> Transcript:
    """Listen to 16 kHz samples within -1 to 1."""
    return ear.hear(Audio(samples), prompt)


def write_lines(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write JSON, one row a line."""
    write_whole(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
