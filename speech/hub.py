"""What the Hugging Face hub says about the files of a repository."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from speech.catalogue import Hub
from speech.download import Checksum, fetch_json
from speech.errors import DownloadFailed


@dataclass(frozen=True)
class RemoteFile:
    """One file to fetch."""

    name: str
    url: str
    size: int
    """Bytes."""
    checksum: Checksum


@dataclass(frozen=True)
class Listing:
    """The files of one state of a repository."""

    commit: str
    files: tuple[RemoteFile, ...]


def listing(hub: Hub) -> Listing:
    """Ask for the wanted files of a repository as they are now, each with size and checksum.

    Raises ``DownloadFailed`` where the hub cannot be reached, does not answer as documented, or lacks a file.
    """
    document = fetch_json(f"{hub.endpoint}/api/models/{hub.repository}/revision/{quote(hub.revision)}?blobs=true")
    prefix = f"{hub.folder}/" if hub.folder else ""
    try:
        commit = document["sha"]
        if not re.fullmatch("[0-9a-f]{40}", commit):
            raise ValueError(commit)
        there = {entry["rfilename"]: entry for entry in document["siblings"]}
        missing = [name for name in hub.files if prefix + name not in there]
        if missing:
            raise DownloadFailed(f"{hub.repository} on {hub.endpoint} has no {', '.join(missing)}.")
        wanted = (*hub.files, *(name for name in hub.optional if prefix + name in there))
        return Listing(commit, tuple(_file(hub, commit, prefix, name, there[prefix + name]) for name in wanted))
    except (KeyError, TypeError, ValueError) as error:
        raise DownloadFailed(f"{hub.endpoint} described {hub.repository} in an unknown way.") from error


def _file(hub: Hub, commit: str, prefix: str, name: str, entry: dict[str, object]) -> RemoteFile:
    large = entry.get("lfs")
    if isinstance(large, dict):
        checksum = Checksum("sha256", str(large["sha256"]))
    else:
        checksum = Checksum("git", str(entry["blobId"]))
    size = entry["size"]
    if not isinstance(size, int):
        raise TypeError(size)
    return RemoteFile(name, f"{hub.endpoint}/{hub.repository}/resolve/{commit}/{quote(prefix + name)}", size, checksum)
