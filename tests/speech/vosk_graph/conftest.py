"""The model's phones and tree, as they ship."""

from __future__ import annotations

import bz2
from pathlib import Path

import pytest

import speech
from speech.vosk_graph.context_tree import ContextTree
from speech.vosk_graph.phones import Phones
from speech.vosk_graph.transitions import Transitions

DATA = Path(speech.__file__).with_name("data") / "vosk"


@pytest.fixture(scope="session")
def phones() -> Phones:
    return Phones.parse((DATA / "phones.txt").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def tree() -> bytes:
    return bz2.decompress((DATA / "tree.bz2").read_bytes())


@pytest.fixture(scope="session")
def transitions(tree: bytes, phones: Phones) -> Transitions:
    return Transitions.of_tree(ContextTree(tree), len(phones.ids))
