"""Folders that are no whole Vosk model are recognised before Vosk sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from speech.errors import ModelDamaged
from speech.vosk_model import FST_MAGIC, IVECTOR, fault_of, graph_of

PRESENT = ["am/final.mdl", "conf/mfcc.conf", "conf/model.conf", *(f"ivector/{name}" for name in IVECTOR)]
STATIC = [*PRESENT, "graph/HCLG.fst", "graph/words.txt"]
DYNAMIC = [*PRESENT, "graph/HCLr.fst", "graph/Gr.fst"]
FLAT = ["final.mdl", "mfcc.conf", "HCLG.fst", "words.txt"]


def build(folder: Path, names: list[str]) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((FST_MAGIC if name.endswith(".fst") else b"") + b"x" * 20_000)
    return folder


@pytest.mark.parametrize(("names", "graph"), [(STATIC, "static"), (DYNAMIC, "dynamic"), (FLAT, "static")])
def test_whole_models_and_their_graphs(names: list[str], graph: str, tmp_path: Path) -> None:
    folder = build(tmp_path / "mödell", names)
    assert fault_of(folder) is None
    assert graph_of(folder) == graph


@pytest.mark.parametrize("names", [STATIC, DYNAMIC, FLAT])
def test_every_missing_or_empty_file_is_named(names: list[str], tmp_path: Path) -> None:
    for index, name in enumerate(names):
        if name.startswith("conf") or name == "mfcc.conf":
            continue
        folder = build(tmp_path / str(index), names)
        (folder / name).write_bytes(b"")
        fault = fault_of(folder)
        assert fault is not None
        assert Path(name).name in fault
    for index, name in enumerate(names):
        folder = build(tmp_path / f"gone {index}", names)
        (folder / name).unlink()
        assert fault_of(folder) is not None


def test_what_is_no_folder_of_a_model(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("hej")
    for path in (file, tmp_path, tmp_path / "none"):
        assert fault_of(path) is not None


def test_an_ear_refuses_it_before_loading(tmp_path: Path) -> None:
    from speech.vosk_ear import VoskEar

    with pytest.raises(ModelDamaged):
        VoskEar(tmp_path)
