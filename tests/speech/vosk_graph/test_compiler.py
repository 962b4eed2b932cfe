"""The graph: what its parts accept, reach and cost."""

from __future__ import annotations

import math
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import composition
import pytest
from composition import LEXICON, SENTENCES

from speech.vosk_graph.compiler import compile_graph
from speech.vosk_graph.fst import Fst
from speech.vosk_graph.lexicon import parse_lexicon, written_lexicon
from speech.vosk_graph.lookahead import relabel
from speech.vosk_graph.ngram import Ngrams, estimate
from speech.vosk_graph.phones import Phones
from speech.vosk_graph.prefix_tree import lexicon_transducer
from speech.vosk_graph.transitions import Transitions


@pytest.fixture(scope="module")
def lexicon(phones: Phones) -> dict[str, list[tuple[str, ...]]]:
    return parse_lexicon(LEXICON, phones.names, "lexicon")


@pytest.fixture(scope="module")
def model(lexicon: dict[str, list[tuple[str, ...]]]) -> Ngrams:
    return estimate(SENTENCES, lexicon, 0.0)


def ways_through(fst: Fst, count: int) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Inputs without self-loops and outputs of each way from the start to the first state where a word may begin."""
    finals = {state for state, cost in enumerate(fst.finals) if math.isfinite(cost)}
    found = set()
    stack: list[tuple[int, tuple[int, ...], tuple[int, ...]]] = [(fst.start, (), ())]
    while stack:
        state, inputs, outputs = stack.pop()
        if inputs and state in finals:
            found.add((inputs, outputs))
            continue
        for arc in fst.arcs[state]:
            if arc["next"] != state and arc["input"] <= count:
                word = (int(arc["output"]),) if arc["output"] else ()
                stack.append((int(arc["next"]), (*inputs, int(arc["input"])), outputs + word))
    return found


def test_every_word_is_accepted_with_exactly_its_phones(
    lexicon: dict[str, list[tuple[str, ...]]], transitions: Transitions, phones: Phones
) -> None:
    words = sorted(lexicon)
    spellings = {n: [phones.spell(way) for way in lexicon[word]] for n, word in enumerate(words, start=1)}
    hcl = lexicon_transducer(spellings, transitions, phones.silence, len(words) + 1)
    expected = {
        (tuple(int(transitions.leaving[left, phone]) for left, phone in zip((0, *way), way, strict=False)), (number,))
        for number, ways in spellings.items()
        for way in ways
    }
    silence = ((int(transitions.leaving[0, phones.silence]),), ())
    assert ways_through(hcl, transitions.count) == expected | {silence}


def test_each_state_is_entered_by_one_id_and_stays_in_its_phone(
    lexicon: dict[str, list[tuple[str, ...]]], transitions: Transitions, phones: Phones
) -> None:
    spellings = {n: [phones.spell(way) for way in lexicon[word]] for n, word in enumerate(sorted(lexicon), start=1)}
    hcl = lexicon_transducer(spellings, transitions, phones.silence, 99)
    entered: dict[int, set[int]] = {}
    loops: dict[int, int] = {}
    for state, arcs in enumerate(hcl.arcs):
        for arc in arcs[arcs["input"] <= transitions.count]:
            if arc["next"] == state:
                loops[state] = int(arc["input"])
            else:
                entered.setdefault(int(arc["next"]), set()).add(int(arc["input"]))
    assert all(len(ids) == 1 for ids in entered.values())
    assert {state: loop + 1 for state, loop in loops.items()} == {state: min(ids) for state, ids in entered.items()}


def test_what_a_state_reaches_is_what_it_says(
    lexicon: dict[str, list[tuple[str, ...]]], transitions: Transitions, phones: Phones
) -> None:
    spellings = {n: [phones.spell(way) for way in lexicon[word]] for n, word in enumerate(sorted(lexicon), start=1)}
    fst, reach, _ = relabel(lexicon_transducer(spellings, transitions, phones.silence, 99))
    for state in range(len(fst.arcs)):
        reached, stack, seen = set(), [state], {state}
        while stack:
            at = stack.pop()
            if math.isfinite(fst.finals[at]):
                reached.add(reach.final)
            for arc in fst.arcs[at]:
                if arc["output"]:
                    reached.add(int(arc["output"]))
                elif int(arc["next"]) not in seen:
                    seen.add(int(arc["next"]))
                    stack.append(int(arc["next"]))
        assert reached == {label for begin, end in reach.intervals[state] for label in range(begin, end)}
    outputs = [arcs["output"].tolist() for arcs in fst.arcs]
    assert outputs == [sorted(row) for row in outputs]


def test_the_composition_is_that_of_kaldifst() -> None:
    if find_spec("kaldifst") is None:
        pytest.skip("kaldifst, which composes independently, is not installed")
    # It hangs in a process that loads Vosk, as both bring an OpenFst, and Vosk hangs with it.
    program = Path(composition.__file__)
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "25 sentences" in done.stdout


def test_the_same_parts_give_the_same_bytes(
    lexicon: dict[str, list[tuple[str, ...]]], model: Ngrams, transitions: Transitions, phones: Phones
) -> None:
    shuffled = dict(reversed(lexicon.items()))
    again = estimate(SENTENCES, reversed(list(lexicon)), 0.0)
    assert compile_graph(lexicon, model, transitions, phones) == compile_graph(shuffled, again, transitions, phones)


def test_a_lexicon_comes_back_as_it_was_written(lexicon: dict[str, list[tuple[str, ...]]], phones: Phones) -> None:
    assert parse_lexicon(written_lexicon(lexicon), phones.names, "again") == lexicon


@pytest.mark.parametrize("line", ["lever", "lever l e v", "lever " + "l " * 61])
def test_a_fault_in_a_lexicon_names_its_line(line: str, phones: Phones) -> None:
    with pytest.raises(ValueError, match=r"mine\.txt: line 2"):
        parse_lexicon(f"i iː\n{line}\n", phones.names, "mine.txt")
