"""Which models and voices can be installed, and where each comes from."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Kind = Literal["vosk", "whisper", "piper"]


@dataclass(frozen=True)
class Archive:
    """One zip file at a fixed address."""

    url: str
    md5: str
    """Hexadecimal, as the publisher gives it."""
    folder: str
    """The folder inside the zip that is the model."""
    unpacked_at_most: int
    """Bytes; an archive that unpacks to more is refused."""


@dataclass(frozen=True)
class Hub:
    """Some files of a repository on the Hugging Face hub, which reports size and checksum of each."""

    repository: str
    files: tuple[str, ...]
    """Names without which the model is not usable."""
    optional: tuple[str, ...] = ()
    """Names that are fetched where the repository has them."""
    folder: str = ""
    """Folder of the repository in which the files lie."""
    revision: str = "main"
    endpoint: str = "https://huggingface.co"


@dataclass(frozen=True)
class JoinedFile:
    """One file of a model, put together from data files of Python packages."""

    path: str
    parts: tuple[str, ...]
    """Each ``import_name/path/in/package``, in order."""
    sha256: str


@dataclass(frozen=True)
class Packages:
    """A model that is distributed as data files of Python packages."""

    names: tuple[str, ...]
    """Distribution names, as pip installs them."""
    files: tuple[JoinedFile, ...]


@dataclass(frozen=True)
class Model:
    """One model or voice of the catalogue."""

    name: str
    title: str
    kind: Kind
    licence: str
    size: int | None
    """Bytes to download, ``None`` where only the publisher's server knows."""
    source: Archive | Hub | Packages

    @property
    def checksum(self) -> str:
        """What the files are held against, for people to read."""
        match self.source:
            case Archive(md5=md5):
                return f"md5:{md5}"
            case Hub():
                return "recorded at installation"
            case Packages(files=joined):
                return "sha256:" + max(joined, key=lambda file: len(file.parts)).sha256


Catalogue = Mapping[str, Model]


@cache
def catalogue() -> Catalogue:
    """The models that ship with the product's data, by name."""
    return parse(files("speech").joinpath("data/models.toml").read_text(encoding="utf-8"))


def parse(text: str) -> Catalogue:
    """Read a catalogue in TOML. Raises ``ValueError``, ``KeyError`` or ``TypeError`` on a fault in it."""
    return {name: _model(name, entry) for name, entry in tomllib.loads(text).items()}


def _model(name: str, entry: dict[str, Any]) -> Model:
    if entry["kind"] not in ("vosk", "whisper", "piper"):
        raise ValueError(f"{name}: unknown kind {entry['kind']!r}")
    return Model(name, entry["title"], entry["kind"], entry["licence"], entry.get("size"), _source(name, entry))


def _source(name: str, entry: dict[str, Any]) -> Archive | Hub | Packages:
    if archive := entry.get("archive"):
        return Archive(**archive)
    if hub := entry.get("hub"):
        lists: dict[str, Any] = {key: tuple(hub.pop(key, ())) for key in ("files", "optional")}
        return Hub(**hub, **lists)
    if packages := entry.get("packages"):
        joined = (JoinedFile(file["path"], tuple(file["parts"]), file["sha256"]) for file in packages["files"])
        return Packages(tuple(packages["names"]), tuple(joined))
    raise ValueError(f"{name}: no source")
