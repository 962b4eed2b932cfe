"""The graph, held against kaldifst, which reads the files and composes the same parts in another way."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from speech.vosk_graph.compiler import compile_graph
from speech.vosk_graph.fst import Fst
from speech.vosk_graph.lexicon import parse_lexicon, written_lexicon
from speech.vosk_graph.lookahead import relabel
from speech.vosk_graph.ngram import END, START, UNKNOWN, Ngrams, estimate
from speech.vosk_graph.phones import Phones
from speech.vosk_graph.prefix_tree import lexicon_transducer
from speech.vosk_graph.transitions import Transitions

kaldifst = pytest.importorskip("kaldifst")

LEXICON = """
lever l eː v ɛ r
lever l ɛ v ɛ r
levern l eː v ɛ n
levermetastaser l eː v ɛ r m ɛ t a s t ɑː s ɛ r
metastas m ɛ t a s t ɑː s
metastaser m ɛ t a s t ɑː s ɛ r
i iː
å oː
och oː
och ɔ k
vad v ɑː
vad v ɑː d
är ɛː
är ɛː r
va v ɑː  # the same as vad
"""
SENTENCES = [
    (1.0, ["vad", "är", "metastaser", "i", "levern"]),
    (2.0, ["vad", "är", "levermetastaser"]),
    (1.0, ["metastas", "i", "levern", "och", "metastaser", "i", "lever"]),
    (1.0, ["va", "är", "metastas"]),
    (1.0, ["å", "vad", "är", "okänd"]),
]


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


def read_back(graph: dict[str, bytes], folder: Path) -> tuple[object, object]:
    """HCLr and Gr as kaldifst reads them; of the look-ahead file the transducer inside."""
    inside = graph["HCLr.fst"].index(b"\x05\0\0\0const") - 4
    (folder / "hcl").write_bytes(graph["HCLr.fst"][inside:])
    (folder / "g").write_bytes(graph["Gr.fst"])
    return kaldifst.StdConstFst.read(str(folder / "hcl")), kaldifst.StdVectorFst.read(str(folder / "g"))


def sentences_of(model: Ngrams, count: int) -> list[list[str]]:
    """Sentences drawn from the model."""
    draw = random.Random(5)
    words = [word for word in model.after[()] if word != UNKNOWN]
    found = []
    while len(found) < count:
        sentence: list[str] = []
        while (
            word := draw.choices(words, [model.probability(model.state_after((START, *sentence)), w) for w in words])[0]
        ) != END:
            sentence.append(word)
        if 0 < len(sentence) < 12:
            found.append(sentence)
    return found


def test_the_composition_is_that_of_kaldifst(
    lexicon: dict[str, list[tuple[str, ...]]], model: Ngrams, transitions: Transitions, phones: Phones, tmp_path: Path
) -> None:
    graph = compile_graph(lexicon, model, transitions, phones)
    number = {w: int(n) for w, n in (line.split() for line in graph["words.txt"].decode().splitlines())}
    hcl, gr = read_back(graph, tmp_path)
    ours = kaldifst.compose(hcl, gr)
    theirs = composed_otherwise(lexicon, model, phones, number)
    kaldifst.arcsort(ours, "olabel")
    for sentence in sentences_of(model, 25):
        said = kaldifst.make_linear_acceptor([number[word] for word in sentence])
        inputs, outputs, cost = best(kaldifst.compose(ours, said))
        _, words, expected = best(kaldifst.compose(theirs, said))
        assert outputs == words == [number[word] for word in sentence]
        ids = [label for label in inputs if label <= transitions.count]
        assert all(label % 2 == 0 for label in ids), "no self-loop is on a shortest way"
        said_phones = [int(transitions.tuples[label // 2 - 1][0]) for label in ids]
        # Leaving a phone costs ln 2, which is no part of the lexicon and the grammar.
        assert cost - math.log(2) * len(ids) == pytest.approx(expected, abs=1e-3)
        contexts = kaldi_contexts(said_phones, len(phones.ids))
        assert ids == [int(transitions.leaving[left, phone]) for left, phone in contexts]
        heard = tuple(phone for phone in said_phones if phone != phones.silence)
        assert heard in set(sayings([lexicon[word] for word in sentence], phones))


def sayings(words: list[list[tuple[str, ...]]], phones: Phones) -> Iterator[tuple[int, ...]]:
    """Every way of saying some words, as identifiers of phones."""
    for ways in itertools.product(*words):
        yield tuple(phone for way in ways for phone in phones.spell(way))


def composed_otherwise(
    lexicon: dict[str, list[tuple[str, ...]]], model: Ngrams, phones: Phones, number: dict[str, int]
) -> object:
    """Kaldi's L composed with the same sentences' probabilities, word by word and without back-off arcs."""
    half = math.log(2)
    rows = [f"0 1 0 0 {half}", f"0 2 0 0 {half}", f"2 1 {phones.silence} 0"]
    state = 3
    for word, ways in lexicon.items():
        for way in ways:
            at = 1
            ids = phones.spell(way)
            for place, phone in enumerate(ids):
                label = number[word] if place == 0 else 0
                if place == len(ids) - 1:
                    rows += [f"{at} 1 {phone} {label} {half}", f"{at} 2 {phone} {label} {half}"]
                else:
                    rows.append(f"{at} {state} {phone} {label}")
                    at, state = state, state + 1
    left = kaldifst.compile("\n".join([*rows, "1 0"]) + "\n")
    kaldifst.arcsort(left, "olabel")
    states = {history: at for at, history in enumerate(model.after)}
    start = states[model.state_after((START,))]
    arcs, finals = [], []
    for history, at in states.items():
        for word in lexicon:
            cost = -math.log(model.probability(history, word))
            to = states[model.state_after((*history, word))]
            arcs.append((at != start, f"{at} {to} {number[word]} {number[word]} {cost}"))
        finals.append(f"{at} {-math.log(model.probability(history, END))}")
    right = kaldifst.compile("\n".join([row for _, row in sorted(arcs)] + finals) + "\n")
    kaldifst.arcsort(right, "ilabel")
    return kaldifst.compose(left, right)


def best(fst: object) -> tuple[list[int], list[int], float]:
    done, inputs, outputs, cost = kaldifst.get_linear_symbol_sequence(kaldifst.shortest_path(fst))
    assert done
    return inputs, outputs, float(cost.value)


def kaldi_contexts(said: list[int], count: int) -> list[tuple[int, int]]:
    """The phone before and the phone itself, as Kaldi's own context composition sees a row of phones."""
    _, windows = kaldifst.compose_context([count + 1], 2, 1, kaldifst.make_linear_acceptor(said))
    found = {window[1]: window for window in windows if len(window) == 2}
    pairs = [(left, phone) for left, phone in zip([0, *said], said, strict=False)]
    assert {tuple(window) for window in windows if len(window) == 2} >= set(pairs)
    assert found
    return pairs


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
