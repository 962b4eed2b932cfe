"""Fetching one file over the network: resumable, bounded, and verified before anybody sees it."""

import hashlib
import os
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from speech.errors import DownloadFailed, EngineMissing

try:
    import httpx
except ImportError as error:
    raise EngineMissing("Downloading models needs httpx: pip install httpx.") from error

ATTEMPTS = 4
"""Connections that may break off before the download is given up; each goes on where the last one ended."""

PAUSE_SECONDS = 0.5
"""Wait after the first broken connection, doubled after each further one."""

TIMEOUT = httpx.Timeout(30.0, connect=15.0)

CHUNK = 1 << 18


@dataclass(frozen=True)
class Checksum:
    """What a whole file must amount to."""

    kind: Literal["sha256", "md5", "git"]
    """``git`` is the SHA-1 that git gives a file's content."""
    value: str
    """Hexadecimal."""

    def matches(self, path: Path) -> bool:
        match self.kind:
            case "sha256":
                digest = hashlib.sha256()
            case "md5":
                digest = hashlib.md5(usedforsecurity=False)
            case "git":
                digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        return digest.hexdigest() == self.value.lower()


def fetch(url: str, part: Path, size: int | None, checksum: Checksum, progress: Callable[[int], None]) -> None:
    """Download ``url`` to ``part`` and verify it.

    Whatever ``part`` holds already is taken for the beginning. It stays where the connection breaks off, for the next
    attempt, and goes where the content proves wrong. ``progress`` gets the bytes that are here.

    Raises ``DownloadFailed``.
    """
    resumed = part.exists() and part.stat().st_size > 0
    _fetch_all(url, part, size, progress)
    if checksum.matches(part):
        return
    part.unlink()
    if resumed:
        # The beginning may have been of an older file.
        _fetch_all(url, part, size, progress)
        if checksum.matches(part):
            return
        part.unlink()
    raise DownloadFailed(f"What {url} sent does not have the expected checksum, so it was thrown away.")


def fetch_json(url: str) -> Any:
    """Get a JSON document. Raises ``DownloadFailed``."""
    try:
        answer = httpx.get(url, follow_redirects=True, timeout=TIMEOUT, verify=_trusted())
        answer.raise_for_status()
        return answer.json()
    except httpx.HTTPStatusError as error:
        raise DownloadFailed(f"{url} answered with status {error.response.status_code}.") from error
    except httpx.HTTPError as error:
        raise _unreachable(url) from error
    except ValueError as error:
        raise DownloadFailed(f"What {url} sent could not be read.") from error


def _fetch_all(url: str, part: Path, size: int | None, progress: Callable[[int], None]) -> None:
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
        try:
            _fetch_rest(url, part, size, progress)
            break
        except httpx.HTTPStatusError as error:
            raise DownloadFailed(f"{url} answered with status {error.response.status_code}.") from error
        except httpx.HTTPError as error:
            if attempt == ATTEMPTS - 1:
                raise _unreachable(url) from error
        except OSError as error:
            raise DownloadFailed(f"{part.parent} could not be written: {error.strerror or error}.") from error
    if size is not None and part.stat().st_size != size:
        part.unlink()
        raise DownloadFailed(f"{url} has another size than expected, so it was thrown away.")


def _fetch_rest(url: str, part: Path, size: int | None, progress: Callable[[int], None]) -> None:
    here = part.stat().st_size if part.exists() else 0
    if size is not None and here >= size:
        if here == size:
            return
        part.unlink()
        here = 0
    # Without the range of the plain bytes, a compressed answer would not fit the file.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={here}-"} if here else {})
    with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=TIMEOUT, verify=_trusted()) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            # Either it is whole, which the checksum will tell, or it is not the same file any more.
            if answer.headers.get("Content-Range") == f"bytes */{here}":
                return
            part.unlink()
            raise httpx.RemoteProtocolError("the file has changed", request=answer.request)
        answer.raise_for_status()
        goes_on = answer.status_code == httpx.codes.PARTIAL_CONTENT
        if goes_on and not answer.headers.get("Content-Range", "").startswith(f"bytes {here}-"):
            part.unlink()
            raise httpx.RemoteProtocolError("another range than asked for", request=answer.request)
        with part.open("ab" if goes_on else "wb") as file:
            done = here if goes_on else 0
            for chunk in answer.iter_bytes():
                done += len(chunk)
                if size is not None and done > size:
                    break
                file.write(chunk)
                progress(done)
            file.flush()
            with suppress(OSError):
                os.fsync(file.fileno())
    if size is not None and done < size:
        raise httpx.RemoteProtocolError("broken off", request=answer.request)


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that are trusted; reading them takes longer than a small download."""
    return httpx.create_ssl_context()


def _unreachable(url: str) -> DownloadFailed:
    return DownloadFailed(f"{url} could not be fetched: check the network and try again, it goes on where it stopped.")
