"""From a checkpoint to the pack that ships with the product."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from speech.files import sha256_of, write_whole
from speech.whisper_pack import mark, merged_matrix, variables
from tools.whisper_pack.averaging import mean
from tools.whisper_pack.recipe import TRAINED
from tools.whisper_pack.texts import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tools.whisper_pack.recipe import Recipe

DATA = ROOT / "speech/data"
MOST_BYTES = 3_000_000


def pack(checkpoint: Path, base: Path, recipe: Recipe, average: Path | None = None, data: Path = DATA) -> None:
    """Write ``whisper-pack.npz`` and ``whisper-pack.toml`` into ``data``: the checkpoint, or its mean with a pack."""
    trained = json.loads(checkpoint.with_name(TRAINED).read_text(encoding="utf-8"))
    with np.load(checkpoint, allow_pickle=False) as kept:
        learned = dict(kept)
    if average is not None:
        trained["averaged_with"] = sha256_of(average)
        with np.load(average, allow_pickle=False) as other:
            learned = mean(learned, other)
    factors = {name: factor.astype(np.float16) for name, factor in learned.items()}
    content = (base / "model.bin").read_bytes()
    places = variables(content)
    arrays: dict[str, NDArray[np.generic]] = dict(factors)
    for name in (name.removeprefix("a:") for name in factors if name.startswith("a:")):
        merged = merged_matrix(places[name].read(content), factors[f"a:{name}"], factors[f"b:{name}"])
        arrays[f"mark:{name}"] = np.array(mark(merged))
    written = npz(arrays)
    if len(written) > MOST_BYTES:
        raise ValueError(f"The pack has {len(written)} bytes, more than {MOST_BYTES}.")
    write_whole(data / "whisper-pack.npz", written)
    manifest = _manifest(written, sha256_of(base / "model.bin"), trained, recipe)
    write_whole(data / "whisper-pack.toml", manifest.encode())
    print(f"{len(written)} bytes")


def npz(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """An npz file that is the same bytes whenever it is written."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(arrays):
            inner = io.BytesIO()
            np.lib.format.write_array(inner, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, inner.getvalue())
    return buffer.getvalue()


def _manifest(content: bytes, base_sha256: str, trained: Mapping[str, object], recipe: Recipe) -> str:
    lines = [
        "# The pack that teaches Whisper base the words of the subject. Made by `python -m tools.whisper_pack pack`.",
        "# No person has yet spoken the subject's questions to it: it was trained on synthetic voices only.",
        "",
        "[pack]",
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"',
        f"bytes = {len(content)}",
        "",
        "[base]",
        'model = "whisper-base"',
        f'sha256 = "{base_sha256}"',
        "",
        "[trained]",
        *(f"{name} = {json.dumps(value)}" for name, value in trained.items()),
        "",
        "[recipe]",
        f'sha256 = "{recipe.sha256}"',
    ]
    for name, value in asdict(recipe).items():
        lines.append(f"{name} = {list(value) if isinstance(value, tuple) else value}")
    return "\n".join(lines) + "\n"
