"""From a lexicon and sentences to the files of a graph that Vosk composes while it listens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from speech.vosk_graph.fst import lookahead_bytes, vector_bytes
from speech.vosk_graph.grammar import grammar
from speech.vosk_graph.lexicon import Lexicon
from speech.vosk_graph.lookahead import relabel
from speech.vosk_graph.ngram import UNKNOWN, Ngrams
from speech.vosk_graph.phones import NOISE, Phones
from speech.vosk_graph.prefix_tree import lexicon_transducer
from speech.vosk_graph.transitions import Transitions

BACKOFF = "#0"


def compile_graph(lexicon: Lexicon, model: Ngrams, transitions: Transitions, phones: Phones) -> dict[str, bytes]:
    """Content of each file of Vosk's folder ``graph``, by name. ``[unk]`` is added to the lexicon.

    Raises ``KeyError`` for a phone that the acoustic model doesn't have.
    """
    words = [UNKNOWN, *sorted(lexicon)]
    spellings = {
        number: [phones.spell(way) for way in (lexicon[word] if number > 1 else [(NOISE,)])]
        for number, word in enumerate(words, start=1)
    }
    symbol = len(words) + 1
    hcl, reach, renumbered = relabel(lexicon_transducer(spellings, transitions, phones.silence, symbol))
    number = {word: renumbered[old] for old, word in enumerate(words, start=1)}
    gr = grammar(model, number, renumbered[symbol])
    number[BACKOFF] = renumbered[symbol]
    return {
        "HCLr.fst": lookahead_bytes(hcl, reach),
        "Gr.fst": vector_bytes(gr),
        "words.txt": _symbols(number).encode(),
        "disambig_tid.int": f"{transitions.count + 1}\n".encode(),
        "phones/word_boundary.int": phones.boundaries().encode(),
    }


def _symbols(number: Mapping[str, int]) -> str:
    rows: Iterable[tuple[int, str]] = sorted((value, word) for word, value in number.items())
    return "<eps> 0\n" + "".join(f"{word} {value}\n" for value, word in rows)
