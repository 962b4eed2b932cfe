"""The language model: probabilities that sum to one, whatever the text and whatever is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.vosk_graph.ngram import END, START, UNKNOWN, estimate

WORDS = ["vad", "är", "metastaser", "i", "levern", "då"]
SENTENCES = st.lists(
    st.tuples(st.sampled_from([0.5, 1.0, 3.0]), st.lists(st.sampled_from([*WORDS, "frånvarande"]), max_size=6)),
    min_size=1,
    max_size=12,
)


@given(SENTENCES, st.sampled_from([-1e9, 0.0, 0.5, 5.0, 1e9]))
def test_after_every_history_the_probabilities_sum_to_one(
    sentences: list[tuple[float, list[str]]], least_gain: float
) -> None:
    model = estimate(sentences, WORDS, least_gain)
    for history in [*model.after, ("levern", "då"), (START,)]:
        whole = sum(model.probability(history, word) for word in [*WORDS, END, UNKNOWN])
        assert whole == pytest.approx(1, abs=1e-5)


def test_what_was_seen_is_likelier() -> None:
    model = estimate([(1.0, ["metastaser", "i", "levern"]), (1.0, ["då"])], WORDS)
    assert model.probability(("metastaser", "i"), "levern") > model.probability(("metastaser", "i"), "då")
    assert model.probability((), "vad") > 0
    assert model.state_after(("vad", "metastaser", "i")) in {("metastaser", "i"), ("i",)}


def test_no_history_reaches_across_an_unknown_word() -> None:
    model = estimate([(1.0, ["metastaser", "frånvarande", "levern"])], WORDS)
    assert not any(UNKNOWN in history for history in model.after)
    assert 0 < model.probability((), UNKNOWN) < 0.1


def test_weights_count() -> None:
    model = estimate([(3.0, ["är", "då"]), (1.0, ["är", "vad"])], WORDS)
    assert model.probability(("är",), "då") > model.probability(("är",), "vad")
