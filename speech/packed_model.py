"""The folder of Whisper base with the pack merged into it, beside that of the base, which stays as it is."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from speech.errors import EngineMissing, ModelDamaged
from speech.files import beside, sha256_of, write_whole
from speech.whisper_pack import BASE, PackUnfit, merge, unlike

if TYPE_CHECKING:
    from pathlib import Path

    from speech.whisper_pack import Pack

MODEL = "model.bin"
STAMP = "merged.json"
"""In the folder: from which base and pack it comes, and the SHA-256 of each of its files."""


def merged_folder(base: Path, pack: Pack, deep: bool = False) -> Path:
    """Folder of the model merged with a pack.

    Made at the first call, in seconds; what is there and whole is only checked, ``deep`` its matrices too. Raises
    ``PackUnfit`` or ``ModelDamaged``, and ``EngineMissing`` without the library for locks.
    """
    try:
        from filelock import FileLock
    except ImportError as error:
        raise EngineMissing("Installing models needs filelock: pip install filelock.") from error
    place = base.with_name(pack.name)
    if fault_of(place, pack, deep) is None:  # without the lock, for which a folder in an image has no place
        return place
    try:
        with FileLock(base.with_name(f".{BASE}+rostlots.lock")):
            if fault_of(place, pack, deep) is not None:
                _make(place, base, pack)
    except OSError as error:
        raise ModelDamaged(f"{place} could not be written: {error.strerror or error}.") from error
    return place


def clear_others(base: Path, pack: Pack) -> None:
    """Delete what was merged with other packs, as before an update."""
    for place in base.parent.glob(f"{BASE}+rostlots-*"):
        if place.name != pack.name:
            shutil.rmtree(place, ignore_errors=True)


def fault_of(place: Path, pack: Pack, deep: bool) -> str | None:
    """What is wrong with a merged model, as the part of a sentence.

    Its files are held against its stamp; ``deep`` also each merged matrix against what the pack's maker saw, with the
    tolerance that processors need, which round differently.
    """
    try:
        stamp = json.loads((place / STAMP).read_text(encoding="utf-8"))
        if (stamp["base"], stamp["pack"]) != (pack.base_sha256, pack.sha256):
            return "it comes from another base or pack"
        for name, sha256 in stamp["files"].items():
            if sha256_of(place / name) != sha256:
                return f"{name} has the wrong checksum"
        if deep and (name := unlike((place / MODEL).read_bytes(), pack)) is not None:
            return f"{name} is not what it should be"
    except (OSError, ValueError, KeyError, TypeError, AttributeError, PackUnfit):
        return f"{MODEL} or {STAMP} is missing or unreadable"
    return None


def _make(place: Path, base: Path, pack: Pack) -> None:
    for old in place.parent.glob(f".{place.name}.*"):
        shutil.rmtree(old, ignore_errors=True)
    staging = beside(place)
    staging.mkdir()
    try:
        for path in sorted(base.iterdir()):
            if path.is_file() and path.name not in (MODEL, "manifest.json"):
                shutil.copyfile(path, staging / path.name)
        write_whole(staging / MODEL, bytes(merge((base / MODEL).read_bytes(), pack)))
        stamp = {
            "base": pack.base_sha256,
            "pack": pack.sha256,
            "files": {path.name: sha256_of(path) for path in sorted(staging.iterdir())},
        }
        write_whole(staging / STAMP, json.dumps(stamp, indent=1).encode())
        if place.exists():
            shutil.rmtree(place)
        staging.rename(place)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
