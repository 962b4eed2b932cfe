"""Texts that misheard ones may have been, and how they are weighed with what was heard."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents import load_recogniser
from intents.data_files import data_folder, questions, sound_alikes
from intents.normalise import utterance
from intents.recognition import Recognition, Scored
from intents.soundalikes import SoundAlikes
from intents.spoken import Fit, understood
from intents.word_order import BEGIN, END, WordOrder, count_runs

SENTENCES = [("vad", "är", "gulsot")] * 9 + [("hur", "märks", "gulsot")] * 8 + [("vad", "är", "ascites")] * 4


def test_runs_are_counted_with_the_ends() -> None:
    counts = count_runs(SENTENCES)
    assert counts["gulsot",] == 17
    assert counts["vad", "är"] == 13
    assert counts[BEGIN, "vad"] == 13
    assert counts["gulsot", END] == 17
    assert ("hur", "märks", "gulsot") not in counts


def test_usual_order_is_likelier() -> None:
    order = WordOrder(count_runs(SENTENCES))
    usual, odd = ("vad", "är", "gulsot"), ("är", "gulsot", "vad")
    assert 0 > order.log_probability(usual) > order.log_probability(odd)


def test_probabilities_of_different_sentences_sum_up_to_at_most_one() -> None:
    order = WordOrder(count_runs(SENTENCES))
    words = ["vad", "är", "gulsot", "hur", "märks", "ascites"]
    assert 0.01 < sum(exp(order.log_probability(two)) for two in product(words, repeat=2)) <= 1


@pytest.mark.parametrize("word", ["ascites", "gulsot", "märks"])
def test_the_gain_is_the_difference_of_the_wholes(word: str) -> None:
    order = WordOrder(count_runs(SENTENCES))
    before, after = ("vad", "är", "kulsott"), ("vad", "är", word)
    difference = order.log_probability(after) - order.log_probability(before)
    assert order.gain(before, 2, 3, (word,)) == pytest.approx(difference)


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("vad är tog om trollning", "vad är protonstrålning"),
        ("vad är kring tikrafi", "vad är skintigrafi"),
        ("stål min hjärna", "strålning hjärna"),
    ],
)
def test_a_misheard_question_is_among_the_candidates(heard: str, said: str) -> None:
    assert tuple(said.split()) in sound_alikes("sv").texts([heard.split()], 20)


@given(st.lists(st.text(max_size=12), max_size=60), st.integers(1, 30))
def test_any_words_give_at_most_so_many_others(words: list[str], most: int) -> None:
    found = small_bank().texts([words], most)
    assert len(found) <= most
    assert tuple(words) not in found


def test_the_bank_is_up_to_date() -> None:
    for lang in ("sv", "en"):
        counted = count_runs(utterance(item.text, {}).words for item in questions(lang))
        lines = (data_folder(lang) / "word_runs.txt").read_text(encoding="utf-8").splitlines()
        assert len(lines) == len(counted)
        assert all(counted[tuple(run.split())] == int(count) for count, run in (line.split("\t") for line in lines)), (
            f"python -m tools.train_intents --lang {lang}"
        )


def small_bank() -> SoundAlikes:
    return SoundAlikes(count_runs(SENTENCES))


def recognise(text: str) -> Recognition:
    if "gulsot" in text.lower():
        return Recognition(text, (Scored("liver.jaundice", 0.95), Scored("fallback.unclear", 0.05)))
    return Recognition(text, (Scored("fallback.unclear", 0.6), Scored("liver.jaundice", 0.4)))


def fits(best: str, how_well: float) -> Fit:
    def fit(texts: Sequence[str]) -> list[float]:
        return [how_well if best in text.lower() else -0.6 for text in texts]

    return fit


def test_a_text_that_fits_the_sound_as_well_is_believed() -> None:
    found = understood([("Vad är kulsott?", -0.6)], recognise, fits("gulsot", -0.4), small_bank)
    assert found.best.topic == "liver.jaundice"
    assert found.heard == "Vad är gulsot?"


def test_a_text_that_does_not_fit_the_sound_is_not() -> None:
    found = understood([("Vad är kulsott?", -0.6)], recognise, fits("gulsot", -2.5), small_bank)
    assert found.best.topic == "fallback.unclear"


def test_without_a_second_witness_the_readings_decide() -> None:
    found = understood([("Vad är kulsott?", -0.6)], recognise, None, small_bank)
    assert found.best == Scored("fallback.unclear", 0.6)


def test_a_clear_reading_needs_no_second_witness() -> None:
    def never(texts: Sequence[str]) -> list[float]:
        raise AssertionError

    found = understood([("Vad är gulsot?", -0.1)], recognise, never, small_bank)
    assert found.best.topic == "liver.jaundice"


def test_what_fits_the_sound_badly_is_less_sure() -> None:
    well, badly = (
        understood([("Vad är gulsot?", score)], recognise, fits("gulsot", score), small_bank) for score in (-0.2, -1.1)
    )
    assert well.best.topic == badly.best.topic
    assert badly.best.confidence < 0.7 < well.best.confidence


def test_a_call_for_help_stays_one_whatever_else_it_sounds_like() -> None:
    recogniser = load_recogniser("sv")
    readings = [("Hon andas inte, skynda er!", -0.5), ("Hon ansas inte, skynda er!", -0.7)]
    found = recogniser.recognise_spoken(readings, fit=lambda texts: [-0.6 for _ in texts])
    assert found.danger == "safety.emergency"


CRY = [("Mamma har svutat anda.", -0.68), ("Mamma har svuta kandar.", -0.69), ("Mamma har svuta kandas.", -0.72)]


def test_a_danger_in_the_readings_is_not_outvoted_by_what_sounds_alike() -> None:
    recogniser = load_recogniser("sv")
    assert recogniser.recognise_spoken(CRY).danger == "safety.emergency"
    for hurried in (False, True):
        found = recogniser.recognise_spoken(CRY, fit=lambda texts: [-0.3] * len(texts), hurried=hurried)
        assert found.danger == "safety.emergency"


def test_in_a_hurry_only_dangers_are_held_against_the_sound() -> None:
    recogniser, judged = load_recogniser("sv"), list[str]()

    def fit(texts: Sequence[str]) -> list[float]:
        judged.extend(texts)
        return [-0.2 if "andas" in text else -0.8 for text in texts]

    assert recogniser.recognise_spoken([("Vad är tog om trollning?", -0.6)], fit=fit, hurried=True).danger is None
    assert judged == []
    harmless = [("Mamma har svutat undan.", -0.6)]
    assert recogniser.recognise_spoken(harmless).danger is None
    assert recogniser.recognise_spoken(harmless, fit=fit, hurried=True).danger == "safety.emergency"
    assert all(recogniser.recognise(text).danger for text in judged if text != harmless[0][0])
