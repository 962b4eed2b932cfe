"""Files that appear whole or not at all."""

import hashlib
from contextlib import suppress
from pathlib import Path
from uuid import uuid4


def write_whole(path: Path, content: bytes) -> None:
    """Write beside ``path`` and rename, so that no reader ever meets half a file. Raises ``OSError``."""
    temporary = beside(path)
    try:
        with temporary.open("xb") as file:
            file.write(content)
        temporary.replace(path)
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
