"""Which models are installed, installing them, and checking that they are what they should be."""

import json
import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from speech.archive import unpack
from speech.catalogue import Archive, Catalogue, Hub, JoinedFile, Kind, Model, Packages, catalogue
from speech.errors import DownloadFailed, ModelDamaged, ModelMissing
from speech.files import alone, beside, clear_abandoned, replace_folder, sha256_of, write_whole
from speech.settings import SpeechSettings

State = Literal["installed", "missing", "damaged"]
Report = Callable[[int, int | None], None]
"""Told the bytes that are done and the bytes in all, ``None`` where that is not known."""

MANIFEST = "manifest.json"
"""File in a model's folder: its name, its source, size and SHA-256 of each of its files. Written last."""

PACKED_BASE = "whisper-base"
"""The model into a copy of which the pack is merged."""

PACKED_TITLE = "Whisper base med ämnets ord (sätts ihop vid installation eller första användning)"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelRow:
    """One line of the list of models."""

    name: str
    title: str
    kind: Kind
    size: int | None
    """Bytes: those on the disk once installed, before that those to download; ``None`` if only the publisher knows."""
    licence: str
    checksum: str
    place: Path
    """The folder where it is, or would be."""
    state: State
    detail: str = ""
    """What is wrong with it, one sentence, if anything is."""


def list_models(settings: SpeechSettings, known: Catalogue | None = None) -> tuple[ModelRow, ...]:
    """All models of the catalogue, and Whisper base with its pack; sizes are compared, models are not read."""
    return tuple(_rows(settings, known or catalogue(), deep=False))


def check(settings: SpeechSettings, known: Catalogue | None = None) -> tuple[ModelRow, ...]:
    """The models that are not missing, every file of theirs held against its checksum.

    Of Whisper base with its pack also every merged matrix, against what the pack's maker saw.
    """
    return tuple(row for row in _rows(settings, known or catalogue(), deep=True) if row.state != "missing")


def install(
    name: str, settings: SpeechSettings, progress: Report | None = None, known: Catalogue | None = None
) -> Path:
    """Fetch, verify and put in place one model; returns its folder.

    What is installed and whole is left alone; what is damaged is replaced. A download that broke off is resumed by the
    next call. With Whisper base, the pack is merged into a copy of it beside, unless the settings do without. Raises
    ``ModelMissing`` for an unknown name or absent packages, ``DownloadFailed``, ``ModelDamaged`` and ``EngineMissing``.
    """
    place = _install(name, settings, progress, known)
    if name == PACKED_BASE and settings.whisper_pack:
        _merge(place)
    return place


def _install(name: str, settings: SpeechSettings, progress: Report | None, known: Catalogue | None) -> Path:
    model = _of_catalogue(name, known)
    report = progress or (lambda done, total: None)
    place = settings.models_dir / name
    try:
        settings.models_dir.mkdir(parents=True, exist_ok=True)
        with alone(place):
            if _fault(model, place, deep=True) is None:
                return place
            clear_abandoned(place)
            staging = beside(place)
            staging.mkdir()
            try:
                origin = _fill(model, staging, settings.models_dir / f".{name}.downloads", report)
                _write_manifest(staging, name, origin)
                replace_folder(place, staging)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise DownloadFailed(f"{settings.models_dir} could not be written: {error.strerror or error}.") from error
    return place


def _merge(base: Path) -> None:
    from speech.packed_model import clear_others, merged_folder
    from speech.whisper_pack import PackUnfit, shipped

    try:
        if (pack := shipped()) is not None:
            merged_folder(base, pack, deep=True)
            clear_others(base, pack)
    except PackUnfit as error:
        log.warning("%s Hearing will be with Whisper base as it is.", error)


def folder_of(name: str, settings: SpeechSettings, known: Catalogue | None = None, deep: bool = False) -> Path:
    """Folder of an installed model, ready to load.

    Sizes are compared; checksums too if ``deep`` is set, and always for a model that came in Python packages, which is
    put together at its first use. Raises ``ModelMissing`` or ``ModelDamaged``, with the command that helps.
    """
    model = _of_catalogue(name, known)
    place = settings.models_dir / name
    if isinstance(model.source, Packages) and not place.exists():
        return install(name, settings, known=known)
    fault = _fault(model, place, deep=deep or isinstance(model.source, Packages))
    if fault is None:
        return place
    if not place.exists():
        raise ModelMissing(f"The model {name} is not installed: rostlots models install {name}")
    raise ModelDamaged(f"The model {name} is damaged ({fault}): rostlots models install {name}")


def is_installed(name: str, settings: SpeechSettings) -> bool:
    """Whether the model is there and its files have the right sizes."""
    return _fault(_of_catalogue(name, None), settings.models_dir / name, deep=False) is None


def _of_catalogue(name: str, known: Catalogue | None) -> Model:
    models = known or catalogue()
    if name not in models:
        raise ModelMissing(f"There is no model {name!r}; known are {', '.join(models)}.")
    return models[name]


def _rows(settings: SpeechSettings, known: Catalogue, deep: bool) -> Iterator[ModelRow]:
    for model in known.values():
        row = _row(model, settings, deep)
        yield row
        if model.name == PACKED_BASE and settings.whisper_pack:
            yield from _packed_row(row, deep)


def _packed_row(base: ModelRow, deep: bool) -> Iterator[ModelRow]:
    """The row of Whisper base with its pack, if there is a pack."""
    from speech.packed_model import MODEL, fault_of
    from speech.whisper_pack import PackUnfit, shipped

    try:
        pack = shipped()
    except PackUnfit as error:
        yield replace(base, name=f"{base.name}, pack", state="damaged", detail=str(error))
        return
    if pack is None:
        return
    place = base.place.with_name(pack.name)
    row = replace(
        base,
        name=pack.name,
        title=PACKED_TITLE,
        checksum=f"pack sha256:{pack.sha256}",
        place=place,
        state="missing",
        detail="",
    )
    if place.exists():
        fault = fault_of(place, pack, deep) if deep or not (place / MODEL).is_file() else None
        detail = f"It is damaged ({fault}): rostlots models install {base.name}" if fault else ""
        row = replace(row, state="damaged" if fault else "installed", detail=detail)
    yield row


def _row(model: Model, settings: SpeechSettings, deep: bool) -> ModelRow:
    place = settings.models_dir / model.name
    row = ModelRow(
        model.name, model.title, model.kind, model.size, model.licence, model.checksum, place, state="missing"
    )
    if not place.exists():
        return _kept_by_vosk(model, row, settings) or row
    fault = _fault(model, place, deep)
    if fault is not None:
        return replace(row, state="damaged", detail=f"{fault[0].upper()}{fault[1:]}.")
    return replace(row, state="installed", size=sum(entry["size"] for entry in _manifest(place)["files"].values()))


def _kept_by_vosk(model: Model, row: ModelRow, settings: SpeechSettings) -> ModelRow | None:
    """The row of a Vosk model that Vosk itself has downloaded, of which only the structure can be checked."""
    if model.kind != "vosk" or settings.vosk_cache is None or not isinstance(model.source, Archive):
        return None
    place = settings.vosk_cache / model.source.folder
    if not place.is_dir():
        return None
    from speech.vosk_model import fault_of

    fault = fault_of(place)
    size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    row = replace(row, place=place, size=size, checksum="kept by Vosk, structure checked only")
    return replace(row, state="installed") if fault is None else replace(row, state="damaged", detail=fault)


# What is in a folder


def _manifest(place: Path) -> dict[str, Any]:
    """The manifest of a model's folder. Raises ``ModelDamaged``."""
    try:
        manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        for entry in manifest["files"].values():
            int(entry["size"]), str(entry["sha256"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelDamaged(f"{place} has no readable {MANIFEST}.") from error
    return dict(manifest)


def _fault(model: Model, place: Path, deep: bool) -> str | None:
    """What is wrong with an installed model, as the part of a sentence; ``deep`` reads and hashes every file."""
    if not place.is_dir():
        return "it is no folder"
    try:
        files = _manifest(place)["files"]
    except ModelDamaged:
        return f"{MANIFEST} is missing or unreadable"
    expected = {name: entry["sha256"] for name, entry in files.items()}
    if isinstance(model.source, Packages):
        # The catalogue's own checksums count, whatever the manifest says.
        expected = {file.path: file.sha256 for file in model.source.files}
    for name, sha256 in expected.items():
        path = place / name
        if not path.is_file() or name not in files or path.stat().st_size != files[name]["size"]:
            return f"{name} is missing or has the wrong size"
        if deep and sha256_of(path) != sha256:
            return f"{name} has the wrong checksum"
    return None


def _write_manifest(folder: Path, name: str, origin: str) -> None:
    files = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = {"model": name, "origin": origin, "files": files}
    write_whole(folder / MANIFEST, json.dumps(manifest, indent=1).encode())


# Where it comes from


def _fill(model: Model, staging: Path, downloads: Path, report: Report) -> str:
    """Bring a model's files into ``staging``; returns where they are from."""
    match model.source:
        case Packages() as packages:
            _join(model.name, packages, staging, model.size, report)
            return ", ".join(packages.names)
        case Archive() as archive:
            downloads.mkdir(exist_ok=True)
            _fetch_archive(archive, model.size, staging, downloads, report)
            origin = archive.url
        case Hub() as hub:
            downloads.mkdir(exist_ok=True)
            origin = _fetch_from_hub(hub, staging, downloads, report)
    shutil.rmtree(downloads, ignore_errors=True)
    return origin


def _join(name: str, packages: Packages, staging: Path, total: int | None, report: Report) -> None:
    done = 0
    for file in packages.files:
        with (staging / file.path).open("xb") as joined:
            for part in _parts(name, packages, file):
                with part.open("rb") as source:
                    shutil.copyfileobj(source, joined, 1 << 20)
                done += part.stat().st_size
                report(done, total)
        if sha256_of(staging / file.path) != file.sha256:
            raise ModelDamaged(
                f"{file.path} from {' and '.join(packages.names)} has the wrong checksum and is not used."
            )


def _parts(name: str, packages: Packages, file: JoinedFile) -> list[Path]:
    """Where the pieces of a file lie; the packages are found, not imported."""
    paths = []
    for part in file.parts:
        package, _, inside = part.partition("/")
        spec = find_spec(package)
        places = [Path(place) / inside for place in (spec.submodule_search_locations or [])] if spec else []
        path = next((place for place in places if place.is_file()), None)
        if path is None:
            raise ModelMissing(
                f"The model {name} is in packages that are not installed: pip install {' '.join(packages.names)}"
            )
        paths.append(path)
    return paths


def _fetch_archive(archive: Archive, size: int | None, staging: Path, downloads: Path, report: Report) -> None:
    from speech.download import Checksum, fetch

    part = downloads / "archive.part"
    fetch(archive.url, part, size, Checksum("md5", archive.md5), lambda done: report(done, size))
    unpack(part, archive.folder, staging, archive.unpacked_at_most)


def _report_more(report: Report, before: int, total: int, done: int) -> None:
    report(before + done, total)


def _fetch_from_hub(hub: Hub, staging: Path, downloads: Path, report: Report) -> str:
    from speech.download import fetch
    from speech.hub import listing

    remote = listing(hub)
    total = sum(file.size for file in remote.files)
    before = 0
    for file in remote.files:
        # The commit in the name keeps the beginning of an older file from being taken for one of this.
        part = downloads / f"{remote.commit}.{file.name}.part"
        fetch(file.url, part, file.size, file.checksum, partial(_report_more, report, before, total))
        before += file.size
    for file in remote.files:
        (downloads / f"{remote.commit}.{file.name}.part").rename(staging / file.name)
    return f"{hub.endpoint}/{hub.repository}/tree/{remote.commit}"
