"""Compose the graph's files with kaldifst, and the same parts in another way, and compare.

A program of its own: kaldifst and Vosk cannot be loaded into one process.
"""

from __future__ import annotations

import itertools
import math
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from speech.vosk_graph import pack  # noqa: E402
from speech.vosk_graph.compiler import compile_graph  # noqa: E402
from speech.vosk_graph.lexicon import parse_lexicon  # noqa: E402
from speech.vosk_graph.ngram import END, START, UNKNOWN, Ngrams, estimate  # noqa: E402
from speech.vosk_graph.phones import Phones  # noqa: E402

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


def main() -> int:
    """Compose in both ways and compare; an assertion fails where they differ."""
    shipped = pack.load(pack.folder())
    phones, transitions = shipped.phones, shipped.transitions
    lexicon = parse_lexicon(LEXICON, phones.names, "lexicon")
    model = estimate(SENTENCES, lexicon, 0.0)
    graph = compile_graph(lexicon, model, transitions, phones)
    number = {w: int(n) for w, n in (line.split() for line in graph["words.txt"].decode().splitlines())}
    with tempfile.TemporaryDirectory() as folder:
        hcl, gr = read_back(graph, Path(folder))
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
        assert abs(cost - math.log(2) * len(ids) - expected) < 1e-3
        contexts = kaldi_contexts(said_phones, len(phones.ids))
        assert ids == [int(transitions.leaving[left, phone]) for left, phone in contexts]
        heard = tuple(phone for phone in said_phones if phone != phones.silence)
        assert heard in set(sayings([lexicon[word] for word in sentence], phones))
    sys.stdout.write("25 sentences\n")
    return 0


if __name__ == "__main__":
    import kaldifst

    sys.exit(main())
