"""What a folder must hold before Vosk may be let loose on it: on anything else it may hang or fault."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Graph = Literal["static", "dynamic"]

FST_MAGIC = bytes.fromhex("d6fdb27e")
"""First bytes of every OpenFst file."""

SMALLEST_NET = 10_000
"""Bytes; no acoustic model is smaller."""

IVECTOR = ("final.dubm", "final.ie", "final.mat", "global_cmvn.stats", "online_cmvn.conf", "splice.conf")


@dataclass(frozen=True)
class Layout:
    """Where a model keeps its parts, relative to its folder."""

    net: str
    config: tuple[str, ...]
    graph: str


LAYOUTS = (
    Layout("am/final.mdl", ("conf/mfcc.conf", "conf/model.conf"), "graph"),
    Layout("final.mdl", ("mfcc.conf",), "."),
)
"""The present layout and the old flat one."""


def fault_of(folder: Path) -> str | None:
    """What keeps the folder from being a whole Vosk model, one sentence; ``None`` if nothing does."""
    if not folder.is_dir():
        return f"{folder} is not a folder."
    layout = next((layout for layout in LAYOUTS if (folder / layout.net).is_file()), None)
    if layout is None:
        return f"{folder} has no am/final.mdl, so it is no Vosk model."
    if (folder / layout.net).stat().st_size < SMALLEST_NET:
        return f"{folder / layout.net} is cut off."
    for name in layout.config:
        if not (folder / name).is_file():
            return f"{folder} has no {name}."
    if (folder / "ivector").is_dir():
        for name in IVECTOR:
            if not _filled(folder / "ivector" / name):
                return f"{folder} has no ivector/{name}."
    graph = folder / layout.graph
    if (graph / "HCLG.fst").is_file():
        fsts = ["HCLG.fst"]
        if not _filled(graph / "words.txt"):
            return f"{graph} has no words.txt."
    elif (graph / "HCLr.fst").is_file() and (graph / "Gr.fst").is_file():
        fsts = ["HCLr.fst", "Gr.fst"]
    else:
        return f"{graph} has neither HCLG.fst nor HCLr.fst with Gr.fst."
    for name in fsts:
        with (graph / name).open("rb") as file:
            if file.read(len(FST_MAGIC)) != FST_MAGIC:
                return f"{graph / name} is damaged."
    return None


def graph_of(folder: Path) -> Graph:
    """Whether a whole model's graph is fixed, or takes a grammar at run time."""
    places = (folder / layout.graph / "HCLG.fst" for layout in LAYOUTS)
    return "static" if any(place.is_file() for place in places) else "dynamic"


def _filled(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
