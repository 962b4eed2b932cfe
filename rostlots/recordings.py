"""Recordings in a folder, named by the id of what is said in them."""

from pathlib import Path

ENDINGS = (".opus", ".ogg", ".flac", ".wav", ".mp3")


def recording_of(folder: Path, name: str) -> Path | None:
    """The recording of that name, if there is one."""
    return next((path for ending in ENDINGS if (path := folder / f"{name}{ending}").is_file()), None)
