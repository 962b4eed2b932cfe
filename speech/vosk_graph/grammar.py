"""The language model as an acceptor of words (Gr): a state for each history, a back-off arc to the shorter one."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from speech.vosk_graph.fst import ARC, Fst
from speech.vosk_graph.ngram import END, START, Ngrams


def grammar(model: Ngrams, number: Mapping[str, int], symbol: int) -> Fst:
    """Gr in the numbers that the lexicon transducer's look-ahead has given the words.

    ``symbol`` is the number of ``#0``, which is read where the model backs off. Costs are negative logarithms.
    """
    histories = list(model.after)
    state = {history: at for at, history in enumerate(histories)}
    finals, arcs = [], []
    for history, words in model.after.items():
        rows = [
            (number[word], number[word], -math.log(probability), state[model.state_after((*history, word))])
            for word, probability in words.items()
            if word != END
        ]
        if history:
            rows.append((symbol, 0, -math.log(model.backoff[history]), state[model.state_after(history[1:])]))
        finals.append(-math.log(words[END]) if END in words else math.inf)
        arcs.append(np.array(sorted(rows), ARC))
    return Fst(state[model.state_after((START,))], finals, arcs)
