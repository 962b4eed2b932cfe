"""The list of models, installing them, and noticing damage; from a server on this machine and made-up packages."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speech import download, models
from speech.catalogue import Archive, Catalogue, Hub, JoinedFile, Model, Packages, catalogue, parse
from speech.errors import DownloadFailed, ModelDamaged, ModelMissing
from speech.settings import SpeechSettings

if TYPE_CHECKING:
    from tests.speech.conftest import Site, Zipper

NET = b"net" * 50_000
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE_SECONDS", 0.0)


@pytest.fixture
def vosk(zipped: Zipper, site: Site) -> Catalogue:
    """A model in a zip on the server."""
    content = zipped({"vosk-x/am/final.mdl": NET, "vosk-x/README": b"read me"})
    site.files["/vosk-x.zip"] = content
    source = Archive(f"{site.address}/vosk-x.zip", hashlib.md5(content).hexdigest(), "vosk-x", 1_000_000)
    return {"vosk-x": Model("vosk-x", "Vosk", "vosk", "MIT", len(content), source)}


@pytest.fixture
def hub(site: Site) -> Catalogue:
    """A model in a repository of the server, which answers as the Hugging Face hub does."""
    small = b'{"a": 1}'
    site.files["/api/models/KB/x/revision/main?blobs=true"] = json.dumps(
        {
            "sha": COMMIT,
            "siblings": [
                {"rfilename": "README.md", "size": 5, "blobId": "0" * 40},
                {
                    "rfilename": "sub/model.bin",
                    "size": len(NET),
                    "blobId": "1" * 40,
                    "lfs": {"sha256": hashlib.sha256(NET).hexdigest(), "size": len(NET), "pointerSize": 134},
                },
                {
                    "rfilename": "sub/config.json",
                    "size": len(small),
                    "blobId": hashlib.sha1(b"blob %d\0" % len(small) + small).hexdigest(),
                },
            ],
        }
    ).encode()
    site.files[f"/KB/x/resolve/{COMMIT}/sub/model.bin"] = NET
    site.files[f"/KB/x/resolve/{COMMIT}/sub/config.json"] = small
    source = Hub("KB/x", ("config.json", "model.bin"), ("absent.json",), folder="sub", endpoint=site.address)
    return {"kb-x": Model("kb-x", "KB", "whisper", "Apache-2.0", None, source)}


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """A model in two installed packages, which must not be imported."""
    for name, part in (("halves_one", NET[:70_000]), ("halves_two", NET[70_000:])):
        folder = tmp_path / "site" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("raise RuntimeError('this must not run')")
        (folder / "model.bin.part").write_bytes(part)
    (tmp_path / "site" / "halves_one" / "config.json").write_bytes(b"{}")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    files = (
        JoinedFile("config.json", ("halves_one/config.json",), hashlib.sha256(b"{}").hexdigest()),
        JoinedFile(
            "model.bin", ("halves_one/model.bin.part", "halves_two/model.bin.part"), hashlib.sha256(NET).hexdigest()
        ),
    )
    source = Packages(("halves-one", "halves-two"), files)
    return {"halves": Model("halves", "Halves", "whisper", "MIT", len(NET) + 2, source)}


def state(settings: SpeechSettings, known: Catalogue) -> str:
    (row,) = models.list_models(settings, known)
    return row.state


def test_the_catalogue_knows_four_models() -> None:
    known = catalogue()
    assert set(known) == {"vosk-sv", "kb-whisper-base", "whisper-base", "piper-sv"}
    assert known["vosk-sv"].checksum == "md5:5ae431c65fe8636692118792daa22ecc"
    assert known["kb-whisper-base"].checksum == known["piper-sv"].checksum == "recorded at installation"
    assert known["whisper-base"].checksum.startswith("sha256:d01c3014")
    for model in known.values():
        assert model.licence
        source = model.source
        assert not isinstance(source, Archive) or source.url.startswith("https://")
        assert not isinstance(source, Hub) or source.endpoint.startswith("https://")


@pytest.mark.parametrize(
    "text",
    [
        '[x]\ntitle = "X"\nkind = "vosk"\nlicence = "MIT"',
        '[x]\ntitle = "X"\nkind = "nose"\nlicence = "MIT"',
        '[x]\nkind = "vosk"',
        '[x]\ntitle = "X"\nkind = "vosk"\nlicence = "MIT"\n[x.archive]\nurl = "https://x"\nbogus = 1',
    ],
)
def test_a_fault_in_a_catalogue_is_an_error(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        parse(text)


def test_on_an_empty_machine_everything_is_missing(settings: SpeechSettings) -> None:
    rows = models.list_models(settings)
    assert {row.state for row in rows} == {"missing"}
    assert models.check(settings) == ()
    assert not settings.models_dir.exists()


@pytest.mark.parametrize("kind", ["vosk", "hub", "packages"])
def test_install_list_check(kind: str, settings: SpeechSettings, request: pytest.FixtureRequest) -> None:
    known: Catalogue = request.getfixturevalue(kind)
    (name,) = known
    assert state(settings, known) == "missing"
    steps: list[tuple[int, int | None]] = []
    place = models.install(name, settings, lambda done, total: steps.append((done, total)), known)
    assert place == settings.models_dir / name
    done, total = steps[-1]
    assert done == total
    (row,) = models.list_models(settings, known)
    assert (row.state, row.place) == ("installed", place)
    assert row.size == sum(
        path.stat().st_size for path in place.rglob("*") if path.name != models.MANIFEST and path.is_file()
    )
    assert [row.state for row in models.check(settings, known)] == ["installed"]
    assert models.folder_of(name, settings, known) == place
    visible = [path.name for path in settings.models_dir.iterdir() if not path.name.startswith(".")]
    assert visible == [name]
    assert not list(settings.models_dir.glob(".*downloads*"))


@pytest.mark.parametrize("kind", ["vosk", "hub", "packages"])
@pytest.mark.parametrize("harm", ["cut", "flip", "gone", "manifest gone", "manifest broken", "manifest altered"])
def test_damage_is_seen_and_repaired(
    kind: str, harm: str, settings: SpeechSettings, request: pytest.FixtureRequest
) -> None:
    known: Catalogue = request.getfixturevalue(kind)
    (name,) = known
    place = models.install(name, settings, known=known)
    net = next(path for path in place.rglob("*") if path.name in ("model.bin", "final.mdl"))
    manifest = place / models.MANIFEST
    match harm:
        case "cut":
            net.write_bytes(NET[:-1])
        case "flip":
            net.write_bytes(b"X" + NET[1:])
        case "gone":
            net.unlink()
        case "manifest gone":
            manifest.unlink()
        case "manifest broken":
            manifest.write_text('{"files": [')
        case "manifest altered":
            manifest.write_text('{"files": {"a": 1}}')
    assert [row.state for row in models.check(settings, known)] == ["damaged"]
    if harm != "flip":
        assert state(settings, known) == "damaged"
    with pytest.raises(ModelDamaged, match=f"rostlots models install {name}"):
        models.folder_of(name, settings, known, deep=True)
    models.install(name, settings, known=known)
    assert [row.state for row in models.check(settings, known)] == ["installed"]
    assert net.read_bytes() == NET


def test_what_is_whole_is_not_fetched_again(site: Site, settings: SpeechSettings, vosk: Catalogue) -> None:
    models.install("vosk-x", settings, known=vosk)
    site.requests.clear()
    models.install("vosk-x", settings, known=vosk)
    assert site.requests == []


def test_a_download_cut_off_is_no_model_and_goes_on_later(
    site: Site, settings: SpeechSettings, vosk: Catalogue
) -> None:
    site.break_after = [100] * download.ATTEMPTS
    with pytest.raises(DownloadFailed):
        models.install("vosk-x", settings, known=vosk)
    assert state(settings, vosk) == "missing"
    with pytest.raises(ModelMissing, match="rostlots models install vosk-x"):
        models.folder_of("vosk-x", settings, vosk)
    site.requests.clear()
    models.install("vosk-x", settings, known=vosk)
    assert site.requests == [("/vosk-x.zip", f"bytes={100 * download.ATTEMPTS}-")]
    assert state(settings, vosk) == "installed"


def test_another_zip_than_expected_is_not_unpacked(
    zipped: Zipper, site: Site, settings: SpeechSettings, vosk: Catalogue
) -> None:
    site.files["/vosk-x.zip"] = zipped({"vosk-x/am/final.mdl": NET, "vosk-x/README": b"read ME"})
    with pytest.raises(DownloadFailed):
        models.install("vosk-x", settings, known=vosk)
    assert state(settings, vosk) == "missing"


def test_a_hostile_zip_is_not_installed(zipped: Zipper, site: Site, settings: SpeechSettings, vosk: Catalogue) -> None:
    content = zipped({"vosk-x/good": b"1", "vosk-x/../../evil": b"evil"})
    site.files["/vosk-x.zip"] = content
    model = vosk["vosk-x"]
    assert isinstance(model.source, Archive)
    source = replace(model.source, md5=hashlib.md5(content).hexdigest())
    known = {"vosk-x": replace(model, size=len(content), source=source)}
    with pytest.raises(DownloadFailed):
        models.install("vosk-x", settings, known=known)
    assert state(settings, known) == "missing"
    assert not list(settings.models_dir.parent.rglob("evil"))


def test_offline_is_one_sentence(settings: SpeechSettings, hub: Catalogue) -> None:
    model = hub["kb-x"]
    assert isinstance(model.source, Hub)
    known = {"kb-x": replace(model, source=replace(model.source, endpoint="http://127.0.0.1:9"))}
    with pytest.raises(DownloadFailed) as caught:
        models.install("kb-x", settings, known=known)
    assert "network" in str(caught.value)
    assert state(settings, known) == "missing"


def test_the_hub_s_own_checksum_counts(site: Site, settings: SpeechSettings, hub: Catalogue) -> None:
    site.files[f"/KB/x/resolve/{COMMIT}/sub/model.bin"] = b"X" + NET[1:]
    with pytest.raises(DownloadFailed, match="checksum"):
        models.install("kb-x", settings, known=hub)
    assert state(settings, hub) == "missing"


@pytest.mark.parametrize("answer", [b"[]", b"{}", b'{"sha": "../..", "siblings": []}', b'{"sha": 1, "siblings": null}'])
def test_a_hub_that_answers_strangely(answer: bytes, site: Site, settings: SpeechSettings, hub: Catalogue) -> None:
    site.files["/api/models/KB/x/revision/main?blobs=true"] = answer
    with pytest.raises(DownloadFailed):
        models.install("kb-x", settings, known=hub)


def test_a_hub_without_the_file(site: Site, settings: SpeechSettings, hub: Catalogue) -> None:
    site.files["/api/models/KB/x/revision/main?blobs=true"] = json.dumps({"sha": COMMIT, "siblings": []}).encode()
    with pytest.raises(DownloadFailed, match=r"config\.json"):
        models.install("kb-x", settings, known=hub)


def test_packages_are_joined_at_first_use_without_running_them(settings: SpeechSettings, packages: Catalogue) -> None:
    place = models.folder_of("halves", settings, packages)
    assert (place / "model.bin").read_bytes() == NET
    assert "halves_one" not in sys.modules


def test_a_package_with_other_content_is_not_used(
    tmp_path: Path, settings: SpeechSettings, packages: Catalogue
) -> None:
    (tmp_path / "site" / "halves_two" / "model.bin.part").write_bytes(b"something else")
    with pytest.raises(ModelDamaged, match="checksum"):
        models.folder_of("halves", settings, packages)
    assert state(settings, packages) == "missing"


def test_a_forged_manifest_does_not_help(settings: SpeechSettings, packages: Catalogue) -> None:
    place = models.install("halves", settings, known=packages)
    forged = b"X" + NET[1:]
    (place / "model.bin").write_bytes(forged)
    manifest = json.loads((place / models.MANIFEST).read_text())
    manifest["files"]["model.bin"]["sha256"] = hashlib.sha256(forged).hexdigest()
    (place / models.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ModelDamaged):
        models.folder_of("halves", settings, packages)


def test_packages_that_are_not_installed(settings: SpeechSettings) -> None:
    source = Packages(("no-such-half",), (JoinedFile("model.bin", ("no_such_half/model.bin",), "0" * 64),))
    known = {"halves": Model("halves", "Halves", "whisper", "MIT", 1, source)}
    with pytest.raises(ModelMissing, match="pip install no-such-half"):
        models.folder_of("halves", settings, known)


def test_an_unknown_name(settings: SpeechSettings) -> None:
    with pytest.raises(ModelMissing, match="vosk-sv"):
        models.install("nonsense", settings)


def test_a_place_that_cannot_be_written(settings: SpeechSettings, packages: Catalogue) -> None:
    settings.models_dir.write_text("a file in the way")
    with pytest.raises(DownloadFailed):
        models.install("halves", settings, known=packages)


def test_the_model_that_vosk_has_downloaded_is_listed(settings: SpeechSettings) -> None:
    assert settings.vosk_cache is not None
    place = settings.vosk_cache / "vosk-model-small-sv-rhasspy-0.15"
    place.mkdir(parents=True)
    row = next(row for row in models.list_models(settings) if row.name == "vosk-sv")
    assert (row.state, row.place) == ("damaged", place)
    assert "final.mdl" in row.detail
