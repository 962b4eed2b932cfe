"""Downloads that break off, resume, lie, or do not come at all; from a server on this machine."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speech import download
from speech.download import ATTEMPTS, Checksum, fetch, fetch_json
from speech.errors import DownloadFailed

if TYPE_CHECKING:
    from tests.speech.conftest import Site

CONTENT = bytes(range(256)) * 4000
SHA256 = Checksum("sha256", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE_SECONDS", 0.0)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "model.part"


def ignore(done: int) -> None:
    """No one watches."""


@pytest.mark.parametrize("size", [None, len(CONTENT)])
def test_a_file_arrives_whole(site: Site, part: Path, size: int | None) -> None:
    site.files["/model"] = CONTENT
    steps: list[int] = []
    fetch(f"{site.address}/model", part, size, SHA256, steps.append)
    assert part.read_bytes() == CONTENT
    assert steps == sorted(steps)
    assert steps[-1] == len(CONTENT)


@pytest.mark.parametrize(
    "checksum",
    [
        Checksum("md5", hashlib.md5(CONTENT).hexdigest().upper()),
        Checksum("git", hashlib.sha1(b"blob %d\0" % len(CONTENT) + CONTENT).hexdigest()),
    ],
)
def test_every_kind_of_checksum(site: Site, part: Path, checksum: Checksum) -> None:
    site.files["/model"] = CONTENT
    fetch(f"{site.address}/model", part, None, checksum, ignore)
    assert part.exists()


@pytest.mark.parametrize("size", [None, len(CONTENT)])
@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_connection_goes_on_where_it_stopped(site: Site, part: Path, ranges: bool, size: int | None) -> None:
    site.files["/model"] = CONTENT
    site.ranges = ranges
    site.break_after = [300_000, 200_000]
    fetch(f"{site.address}/model", part, size, SHA256, ignore)
    assert part.read_bytes() == CONTENT
    asked = [wanted for _, wanted in site.requests]
    assert asked[0] is None
    assert all(wanted is not None for wanted in asked[1:])
    assert len(asked) == 3


def test_a_later_call_goes_on_too(site: Site, part: Path) -> None:
    site.files["/model"] = CONTENT
    site.break_after = [100_000] * ATTEMPTS
    with pytest.raises(DownloadFailed):
        fetch(f"{site.address}/model", part, len(CONTENT), SHA256, ignore)
    here = part.stat().st_size
    assert 0 < here < len(CONTENT)
    site.requests.clear()
    fetch(f"{site.address}/model", part, len(CONTENT), SHA256, ignore)
    assert part.read_bytes() == CONTENT
    assert site.requests == [("/model", f"bytes={here}-")]


@pytest.mark.parametrize("size", [None, len(CONTENT)])
def test_a_beginning_of_something_else_is_thrown_away(site: Site, part: Path, size: int | None) -> None:
    site.files["/model"] = CONTENT
    part.write_bytes(b"an older file" * 1000)
    fetch(f"{site.address}/model", part, size, SHA256, ignore)
    assert part.read_bytes() == CONTENT


@pytest.mark.parametrize("size", [None, len(CONTENT)])
@pytest.mark.parametrize("here", [CONTENT, CONTENT + b"more"])
def test_what_is_here_already_is_not_fetched_again(site: Site, part: Path, here: bytes, size: int | None) -> None:
    site.files["/model"] = CONTENT
    part.write_bytes(here)
    fetch(f"{site.address}/model", part, size, SHA256, ignore)
    assert part.read_bytes() == CONTENT


def test_a_wrong_file_is_thrown_away(site: Site, part: Path) -> None:
    site.files["/model"] = CONTENT[:-1] + b"!"
    with pytest.raises(DownloadFailed, match="checksum"):
        fetch(f"{site.address}/model", part, None, SHA256, ignore)
    assert not part.exists()


def test_a_file_that_is_too_long_is_not_taken_whole(site: Site, part: Path) -> None:
    site.files["/model"] = CONTENT * 5
    with pytest.raises(DownloadFailed):
        fetch(f"{site.address}/model", part, 1000, SHA256, ignore)
    assert not part.exists() or part.stat().st_size <= 1000


def test_a_file_that_is_too_short_is_not_taken(site: Site, part: Path) -> None:
    site.files["/model"] = CONTENT[:1000]
    with pytest.raises(DownloadFailed):
        fetch(f"{site.address}/model", part, len(CONTENT), SHA256, ignore)


def test_what_is_not_there(site: Site, part: Path) -> None:
    with pytest.raises(DownloadFailed, match="404"):
        fetch(f"{site.address}/none", part, None, SHA256, ignore)
    with pytest.raises(DownloadFailed, match="404"):
        fetch_json(f"{site.address}/none")


def test_without_a_network_it_is_one_sentence(part: Path) -> None:
    for call in (
        lambda: fetch("http://127.0.0.1:9/model", part, None, SHA256, ignore),
        lambda: fetch_json("http://127.0.0.1:9/model"),
    ):
        with pytest.raises(DownloadFailed) as caught:
            call()
        assert "\n" not in str(caught.value)
        assert "network" in str(caught.value)


def test_json_that_is_none(site: Site) -> None:
    site.files["/model"] = b"<html>"
    with pytest.raises(DownloadFailed):
        fetch_json(f"{site.address}/model")
