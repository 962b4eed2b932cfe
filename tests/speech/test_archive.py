"""Zips from elsewhere, some of them hostile."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speech.archive import MOST_FILES, unpack
from speech.errors import DownloadFailed

if TYPE_CHECKING:
    from tests.speech.conftest import Zipper


@pytest.fixture
def place(tmp_path: Path) -> Path:
    into = tmp_path / "outer" / "into"
    into.mkdir(parents=True)
    return into


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "model.zip"
    path.write_bytes(content)
    return path


def test_the_folder_is_unpacked_without_its_name(zipped: Zipper, tmp_path: Path, place: Path) -> None:
    archive = write(tmp_path, zipped({"m/": b"", "m/am/final.mdl": b"net", "m/README": b"read", "other/x": b"x"}))
    unpack(archive, "m", place, 1000)
    found = {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    assert found == {"am/final.mdl": b"net", "README": b"read"}


@pytest.mark.parametrize(
    "name", ["../evil", "m/../../evil", "/evil", "m/..\\..\\evil", "C:/evil", "m/C:evil", "..", "m/./../../evil"]
)
def test_nothing_is_written_outside(zipped: Zipper, name: str, tmp_path: Path, place: Path) -> None:
    archive = write(tmp_path, zipped({"m/good": b"1", name: b"evil"}))
    with pytest.raises(DownloadFailed):
        unpack(archive, "m", place, 1000)
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(zipped: Zipper, kind: int, tmp_path: Path, place: Path) -> None:
    archive = write(tmp_path, zipped({"m/link": b"/etc/passwd"}, {"m/link": kind | 0o777}))
    with pytest.raises(DownloadFailed):
        unpack(archive, "m", place, 1000)
    assert list(place.iterdir()) == []


def test_a_bomb_is_stopped_by_what_it_writes(zipped: Zipper, tmp_path: Path, place: Path) -> None:
    archive = write(tmp_path, zipped({"m/big": bytes(10_000_000)}))
    assert archive.stat().st_size < 20_000
    with pytest.raises(DownloadFailed):
        unpack(archive, "m", place, 1_000_000)
    assert sum(path.stat().st_size for path in place.rglob("*")) <= 1_000_000


def test_too_many_files_are_refused(zipped: Zipper, tmp_path: Path, place: Path) -> None:
    archive = write(tmp_path, zipped({f"m/{number}": b"" for number in range(MOST_FILES + 1)}))
    with pytest.raises(DownloadFailed):
        unpack(archive, "m", place, 1000)


def test_a_name_twice_is_refused(tmp_path: Path, place: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("m/x", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("m/x", b"2")
    with pytest.raises(DownloadFailed):
        unpack(write(tmp_path, buffer.getvalue()), "m", place, 1000)


def test_damage_is_noticed(zipped: Zipper, tmp_path: Path, place: Path) -> None:
    whole = zipped({"m/x": b"metastas" * 1000})
    flipped = bytearray(whole)
    flipped[50] ^= 0xFF
    for content in (b"", b"no zip", whole[:-30], bytes(flipped)):
        with pytest.raises(DownloadFailed):
            unpack(write(tmp_path, content), "m", place, 100_000)
        for path in place.rglob("*"):
            path.unlink()


def test_the_wanted_folder_must_be_there(zipped: Zipper, tmp_path: Path, place: Path) -> None:
    with pytest.raises(DownloadFailed):
        unpack(write(tmp_path, zipped({"n/x": b"1"})), "m", place, 1000)
