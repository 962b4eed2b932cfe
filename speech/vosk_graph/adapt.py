"""A Swedish Vosk model with a graph of our own: a folder beside the official one, which stays as it is.

The folder holds copies of the acoustic model, its configuration and its speaker adaptation, our graph, and a stamp
with the SHA-256 of each file. It is made aside and put in place whole.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from speech.errors import DownloadFailed, ModelDamaged, ModelUnfit
from speech.files import alone, beside, clear_abandoned, replace_folder, sha256_of, write_whole
from speech.vosk_graph.compiler import compile_graph
from speech.vosk_graph.kaldi_binary import Malformed
from speech.vosk_graph.ngram import estimate
from speech.vosk_graph.pack import Pack, identity
from speech.vosk_graph.pack import folder as pack_folder
from speech.vosk_graph.transitions import tuples_of_net
from speech.vosk_model import fault_of

STAMP = "adapted.json"
OTHER_WORDS = "The adapted Vosk model was made with other words than are here: rostlots models adapt vosk-sv."
COPIED = ("am", "conf", "ivector")
LARGEST_NET = 500_000_000
"""Bytes; what is larger is no small model."""
SILENCE_PHONES = "1:2:3:4:5:6:7:8:9:10:11:12:13:14:15"
"""All silence and noise phones, as ``conf/model.conf`` must name them."""


def adapt(model: Path, into: Path, pack: Pack) -> None:
    """Make ``into`` the model in the folder ``model`` with the pack's graph.

    Raises ``ModelDamaged`` if the model isn't whole, ``ModelUnfit`` if its acoustic model is another than the pack was
    made for, ``DownloadFailed`` if the folder cannot be written. Whatever was there before then stays.
    """
    check_fit(model, pack)
    graph = compile_graph(pack.lexicon, estimate(pack.sentences, pack.lexicon), pack.transitions, pack.phones)
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with alone(into):
            clear_abandoned(into)
            staging = beside(into)
            staging.mkdir()
            try:
                for name in COPIED:
                    if (model / name).is_dir():
                        shutil.copytree(model / name, staging / name)
                for name, content in graph.items():
                    (staging / "graph" / name).parent.mkdir(parents=True, exist_ok=True)
                    (staging / "graph" / name).write_bytes(content)
                _write_stamp(staging, pack)
                replace_folder(into, staging)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise DownloadFailed(f"{into} could not be written: {error.strerror or error}.") from error


def undo(into: Path) -> bool:
    """Delete an adapted model, so that the official one is used again; whether there was one.

    Raises ``ModelUnfit`` for a folder that is no adapted model.
    """
    if not into.exists():
        return False
    if not (into / STAMP).is_file():
        raise ModelUnfit(f"{into} is no adapted model and is left alone.")
    with alone(into):
        shutil.rmtree(into)
    return True


def check_fit(model: Path, pack: Pack) -> None:
    """Raises ``ModelDamaged`` if the model isn't whole, ``ModelUnfit`` if the pack was made for another one."""
    fault = fault_of(model)
    if fault is not None:
        raise ModelDamaged(fault)
    net, config = model / "am" / "final.mdl", model / "conf" / "model.conf"
    if not net.is_file() or net.stat().st_size > LARGEST_NET:
        raise ModelUnfit(f"{model} is laid out in another way than the model that the words were made for.")
    try:
        tuples = tuples_of_net(net.read_bytes())
    except Malformed as error:
        raise ModelUnfit(f"The transition table of {net} cannot be read.") from error
    if not np.array_equal(tuples, pack.transitions.tuples):
        raise ModelUnfit(f"The transition table of {net} is not the one that the words were made for.")
    silence = re.search(r"^--endpoint\.silence-phones=(\S*)", config.read_text(errors="replace"), re.MULTILINE)
    if silence is None or silence[1] != SILENCE_PHONES:
        raise ModelUnfit(f"{config} names other silence phones than the model that the words were made for.")


def fault_of_adapted(folder: Path) -> str | None:
    """What is wrong with an adapted model, one sentence; every file is held against its checksum."""
    try:
        files = dict(stamp_of(folder)["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return f"The adapted model in {folder} has no readable {STAMP}."
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {STAMP}
    for name in sorted(present | files.keys()):
        if name not in present or name not in files or sha256_of(folder / name) != files[name]:
            return f"The adapted model in {folder} is damaged: {name}."
    return fault_of(folder)


def stamp_of(folder: Path) -> dict[str, Any]:
    """``pack``, the identity of the pack that made it, and ``files``, the checksums.

    Raises ``OSError`` and ``ValueError``.
    """
    stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    if not isinstance(stamp, dict):
        raise ValueError("The stamp is no object.")
    return stamp


def is_stale(folder: Path) -> bool:
    """Whether an adapted model that is whole was made with another pack than is here. Raises ``ModelDamaged``."""
    return bool(stamp_of(folder)["pack"] != identity(pack_folder()))


def words_of(folder: Path) -> frozenset[str]:
    """The words that an adapted model can hear. Raises ``OSError`` and ``ValueError``."""
    lines = (folder / "graph" / "words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.rpartition(" ")[0] for line in lines)


def _write_stamp(folder: Path, pack: Pack) -> None:
    files = {p.relative_to(folder).as_posix(): sha256_of(p) for p in sorted(folder.rglob("*")) if p.is_file()}
    write_whole(folder / STAMP, json.dumps({"pack": pack.identity, "files": files}, indent=1).encode())
