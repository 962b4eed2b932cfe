"""Recordings in a folder, named by the id of what is said in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from speech import Audio

ENDINGS = (".opus", ".ogg", ".flac", ".wav", ".mp3")


def recording_of(folder: Path, name: str) -> Path | None:
    """The recording of that name, if there is one."""
    return next((path for ending in ENDINGS if (path := folder / f"{name}{ending}").is_file()), None)


def read_recordings(folder: Path, names: Iterable[str]) -> tuple[dict[str, Audio], list[str]]:
    """The recordings that there are, by name, and a sentence for each that cannot be read."""
    from speech import SpeechError, read_audio

    recordings, faults = {}, []
    for name in names:
        path = recording_of(folder, name)
        if path is not None:
            try:
                recordings[name] = read_audio(path)
            except SpeechError as fault:
                faults.append(str(fault))
    return recordings, faults
