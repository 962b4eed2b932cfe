"""Files and folders that appear whole or not at all."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from speech.errors import EngineMissing


def write_whole(path: Path, content: bytes) -> None:
    """Write beside ``path`` and rename, so that no reader ever meets half a file. Raises ``OSError``."""
    temporary = beside(path)
    try:
        with temporary.open("xb") as file:
            file.write(content)
        temporary.replace(path)
    except OSError as fault:
        with suppress(OSError):
            temporary.unlink()
        # The name that was given, not the one beside it.
        raise type(fault)(fault.errno, fault.strerror, str(path)) from None
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def beside(path: Path) -> Path:
    """A hidden name in the same folder that nobody else uses, for what will become ``path``."""
    return path.with_name(f".{path.name}.{uuid4().hex}")


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replace_folder(place: Path, staging: Path) -> None:
    """Put a finished folder in the place of an old one, if there is one."""
    if place.exists():
        old = beside(place)
        place.rename(old)
        staging.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    else:
        staging.rename(place)


def clear_abandoned(place: Path) -> None:
    """Delete what earlier work on ``place`` left beside it when it was killed."""
    for path in place.parent.glob(f".{place.name}.{'[0-9a-f]' * 32}"):
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def alone(place: Path) -> Iterator[None]:
    """Let one process at a time work on a folder; others wait. Raises ``EngineMissing``."""
    try:
        from filelock import FileLock
    except ImportError as error:
        raise EngineMissing("Installing models needs filelock: pip install filelock.") from error
    with FileLock(place.with_name(f".{place.name}.lock")):
        yield
