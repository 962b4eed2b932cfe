"""Unpacking a zip from elsewhere without letting it write where, what or how much it likes."""

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from speech.errors import DownloadFailed

MOST_FILES = 2_000
CHUNK = 1 << 20


def unpack(archive: Path, folder: str, into: Path, at_most: int) -> None:
    """Unpack what lies under ``folder`` of a zip into the existing, empty folder ``into``.

    Raises ``DownloadFailed`` for a damaged zip, for members that are links or lie outside, for more than ``at_most``
    bytes or ``MOST_FILES`` files, and where ``folder`` is not in it.
    """
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = [(member, _inside(member, folder)) for member in zipped.infolist()]
            wanted = [(member, path) for member, path in members if path is not None]
            if not wanted:
                raise DownloadFailed(f"The archive has no folder {folder}.")
            if len(wanted) > MOST_FILES:
                raise DownloadFailed(f"The archive holds more than {MOST_FILES} files.")
            left = at_most
            for member, path in wanted:
                target = into.joinpath(*path.parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                # The size is counted, as the one that the archive states may lie.
                with zipped.open(member) as source, target.open("xb") as file:
                    while chunk := source.read(CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise DownloadFailed(f"The archive unpacks to more than {at_most} bytes.")
                        file.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise DownloadFailed("The archive could not be unpacked.") from error


def _inside(member: zipfile.ZipInfo, folder: str) -> PurePosixPath | None:
    """Path of a file below ``folder``; ``None`` for folders and for files elsewhere in the archive."""
    name = member.filename
    path = PurePosixPath(name)
    if "\\" in name or ":" in name or path.is_absolute() or ".." in path.parts:
        raise DownloadFailed(f"The archive would write outside its folder: {name!r}.")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise DownloadFailed(f"The archive holds something that is no file: {name!r}.")
    if member.is_dir() or not path.is_relative_to(folder):
        return None
    return path.relative_to(folder)
