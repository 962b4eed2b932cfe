"""The model's phones and tree as they ship, and a small whole model that Vosk can load."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from speech.vosk_graph import pack
from speech.vosk_graph.compiler import compile_graph
from speech.vosk_graph.lexicon import parse_lexicon
from speech.vosk_graph.ngram import estimate
from speech.vosk_graph.pack import Pack
from speech.vosk_graph.phones import Phones
from speech.vosk_graph.transitions import Transitions

STANDIN = Path(__file__).parents[1] / "data" / "standin"

OFFICIAL = "vad v ɑː\när ɛː r\ncancer k a n s ɛ r\ni iː\nlevern l eː v ɛ r n\n"
TAUGHT = OFFICIAL + "metastaser m ɛ t a s t ɑː s ɛ r\nmetastaser m ɛ t a s t a s ɛ r\n"


@pytest.fixture(scope="session")
def shipped() -> Pack:
    return pack.load(pack.folder())


@pytest.fixture(scope="session")
def phones(shipped: Pack) -> Phones:
    return shipped.phones


@pytest.fixture(scope="session")
def transitions(shipped: Pack) -> Transitions:
    return shipped.transitions


@pytest.fixture(scope="session")
def tree() -> bytes:
    import bz2

    return bz2.decompress((pack.folder() / pack.TREE).read_bytes())


@pytest.fixture(scope="session")
def little(shipped: Pack) -> Pack:
    """A pack of six words."""
    lexicon = parse_lexicon(TAUGHT, shipped.phones.names, "little")
    sentences = ((1.0, ["vad", "är", "metastaser"]), (1.0, ["cancer", "i", "levern"]))
    return Pack(shipped.phones, shipped.transitions, lexicon, sentences, "little")


@pytest.fixture
def official(little: Pack, net: bytes, tmp_path: Path) -> Path:
    """A model without the word *metastaser*."""
    folder = tmp_path / "models" / "vosk-sv"
    shutil.copytree(STANDIN / "conf", folder / "conf")
    (folder / "am").mkdir()
    (folder / "am" / "final.mdl").write_bytes(net)
    lexicon = parse_lexicon(OFFICIAL, little.phones.names, "official")
    graph = compile_graph(lexicon, estimate(little.sentences, lexicon), little.transitions, little.phones)
    for name, content in graph.items():
        (folder / "graph" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "graph" / name).write_bytes(content)
    return folder
