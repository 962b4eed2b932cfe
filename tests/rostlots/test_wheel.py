"""What is shipped: the built wheel carries the knowledge and nothing that belongs to the workshop."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("intents", "rostlots", "skill", "speech")
DATA_ENDINGS = (".toml", ".txt", ".npz", ".onnx", ".gz", ".typed", ".html", ".css", ".js", ".svg")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the tree, so that nothing is left in it."""
    version = importlib.metadata.version("setuptools")
    if int(version.partition(".")[0]) < 77:
        pytest.skip(f"building needs setuptools 77 or later; here is {version}")
    place = tmp_path_factory.mktemp("wheel")
    tree = place / "tree"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*", "build", "dist")
    for name in (*SHIPPED, "tests", "tools"):
        shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"):
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, tree)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(place),
        str(tree),
    ]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (found,) = place.glob("rostlots-*.whl")
    return found


def test_the_wheel_has_only_the_packages(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(SHIPPED)


def test_the_wheel_has_every_data_file(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    kept = {
        path.relative_to(ROOT).as_posix()
        for name in SHIPPED
        for path in (ROOT / name).rglob("*")
        if path.is_file()
        and (path.suffix in DATA_ENDINGS or path.name == "py.typed")
        and "__pycache__" not in path.parts
    }
    assert len(kept) > 40
    assert not kept - packed


def test_the_wheel_answers(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    script = "import skill; print(skill.__file__); import rostlots.cli, sys; sys.exit(rostlots.cli.main(sys.argv[1:]))"
    for question, lang, words in (
        ("Vilka symtom ger metastaser i levern?", "sv", "Symtom vid metastaser i levern"),
        ("What is a metastasis?", "en", "What metastases are"),
        ("Hon andas inte!", "sv", "112"),
    ):
        ran = subprocess.run(
            [sys.executable, "-c", script, "ask", question, "--lang", lang],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env=environment,
        )
        place, _, said = ran.stdout.partition("\n")
        assert Path(place).is_relative_to(tmp_path)
        assert words in said
