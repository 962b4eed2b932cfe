"""The tree and the table that follows from it, held against what the model's authors published and a real net."""

from __future__ import annotations

import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.vosk_graph.context_tree import ContextTree
from speech.vosk_graph.kaldi_binary import Malformed
from speech.vosk_graph.phones import Phones
from speech.vosk_graph.transitions import Transitions, tuples_of_net

UPSTREAM_OUTPUTS = 3536
"""The model's own file ``num_pdfs``."""
UPSTREAM_FREE_ID = 16003
"""First line of the model's own ``disambig_tid.int``: the number after the last transition id."""


def test_the_table_has_the_sizes_that_the_authors_state(transitions: Transitions) -> None:
    assert transitions.outputs == UPSTREAM_OUTPUTS
    assert transitions.count + 1 == UPSTREAM_FREE_ID
    assert set(transitions.tuples[:, 2:].ravel().tolist()) == set(range(UPSTREAM_OUTPUTS))


def test_the_table_is_that_of_a_net(transitions: Transitions, net: bytes) -> None:
    assert np.array_equal(tuples_of_net(net), transitions.tuples)


def test_an_id_leads_back_to_its_phone(transitions: Transitions, phones: Phones) -> None:
    for phone in phones.ids.values():
        for identifier in transitions.leaving[:, phone].tolist():
            assert identifier % 2 == 0
            assert transitions.tuples[identifier // 2 - 1][0] == phone


def test_phones_know_their_place(phones: Phones) -> None:
    names = {number: name for name, number in phones.ids.items()}
    assert [names[i] for i in phones.spell(("l", "eː", "v", "ɛ", "r"))] == ["l_B", "eː_I", "v_I", "ɛ_I", "r_E"]
    assert [names[i] for i in phones.spell(("oː",))] == ["oː_S"]
    with pytest.raises(KeyError):
        phones.spell(("x", "x"))
    assert phones.boundaries().splitlines()[5] == "6 nonword"


@pytest.mark.parametrize("text", ["a", "a b", "a 1\nb 3", "SIL 2", ""])
def test_a_broken_table_of_phones_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        Phones.parse(text)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.99])
def test_cut_off_files_are_malformed(share: float, tree: bytes, net: bytes) -> None:
    with pytest.raises(Malformed):
        ContextTree(tree[: int(share * len(tree))])
    table = net.index(b"</TransitionModel>")
    with pytest.raises(Malformed):
        tuples_of_net(net[: int(share * table)])


@given(at=st.integers(0, 250_000), value=st.integers(-(2**31), 2**31 - 1))
def test_a_hostile_number_never_does_worse(at: int, value: int, tree: bytes, net: bytes) -> None:
    for content, read in ((tree, ContextTree), (net, tuples_of_net)):
        spoiled = content[:at] + struct.pack("<i", value) + content[at + 4 :]
        with contextlib.suppress(Malformed):
            read(spoiled)


@given(st.binary(max_size=400))
def test_rubbish_is_malformed(rubbish: bytes) -> None:
    for read in (ContextTree, tuples_of_net):
        with pytest.raises(Malformed):
            read(b"\0B" + rubbish)
