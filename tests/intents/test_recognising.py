"""Understanding one utterance: many ways of asking, what must not be understood, and several readings of one sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents import Context, Recognition, Scored, load_recogniser
from intents.calibration import Calibration, shared_out
from intents.spoken import WeightedReading, weighed

# Ways of asking that stand in no file of the product, clumsy and old-fashioned ones among them; one may fail.
ASKED: dict[str, list[str]] = {
    "liver.symptoms": [
        "Vilka tecken får den som har metastaser i levern?",
        "hur känns det när cancern gått till levern",
        "levermetastaser symtom",
        "Vad för besvär kan dottersvulster i levern föra med sig?",
    ],
    "bone.treatment": [
        "Hur behandlar man metastaser i skelettet?",
        "skelettmetastaser behandling",
        "vad kan man göra åt cancer som satt sig i skelettet",
        "Vilken behandling ges mot metastaser i benstommen?",
    ],
    "brain.examination": [
        "Hur undersöks hjärnan när man letar metastaser?",
        "undersökning hjärnmetastaser",
        "hur upptäcker man metastaser i hjärnan",
        "med vilka bilder ser man om cancern nått hjärnan",
    ],
    "spread.breast_cancer": [
        "Vart sprider sig bröstcancer?",
        "bröstcancer sprider sig vart",
        "var brukar metastaser från bröstcancer hamna",
        "Till vilka organ går en cancer i bröstet?",
    ],
    "metastasis.definition": [
        "Vad är en metastas för någonting?",
        "förklara ordet metastaser",
        "vad betyder metastas",
        "Vad menas med dottertumörer?",
    ],
    "treatment.radiotherapy": [
        "Hur används strålning mot metastaser?",
        "strålbehandling metastaser",
        "vad gör strålning för nytta mot metastaser",
        "Berätta om strålbehandling.",
    ],
}
NOT_OURS = (
    "vad blir det för väder i morgon",
    "tänd lampan i hallen",
    "spela musik av Abba",
    "hur lagar man pannkakor",
    "vem vann fotbollsmatchen igår",
    "vad är klockan",
    "sätt en timer på tio minuter",
    "berätta en rolig historia",
)


def topic_of(text: str, context: Context | None = None) -> str:
    return load_recogniser("sv").recognise(text, context).best.topic


@pytest.mark.parametrize("topic", ASKED)
def test_many_ways_of_asking_mean_the_same(topic: str) -> None:
    wrong = [text for text in ASKED[topic] if topic_of(text) != topic]
    assert len(wrong) <= 1, wrong


@pytest.mark.parametrize("text", NOT_OURS)
def test_other_matters_are_no_questions_of_fact(text: str) -> None:
    assert topic_of(text).startswith("fallback.")


def test_case_signs_and_space_do_not_matter() -> None:
    one = load_recogniser("sv").recognise("Vilka symtom ger metastaser i levern?")
    for said in ("VILKA SYMTOM GER METASTASER I LEVERN", " vilka symtom, ger metastaser i levern ??!"):
        assert load_recogniser("sv").recognise(said).ranked == one.ranked


def test_what_was_named_is_told() -> None:
    found = load_recogniser("sv").recognise("Vilka symtom ger metastaser i levern och i lungorna?")
    assert found.organs == ("liver", "lungs")
    assert found.aspect == "symptoms"
    assert found.danger is None


def test_no_words_give_no_guess() -> None:
    for text in ("", " ", "?!", "😀"):
        found = load_recogniser("sv").recognise(text)
        assert found.best == Scored("fallback.unclear", 1.0)
        assert found.danger is None


@given(text=st.text(max_size=200), topic=st.sampled_from([None, "liver.symptoms", "treatment.cure", "helpline.hours"]))
def test_a_ranking_is_a_ranking(text: str, topic: str | None) -> None:
    found = load_recogniser("sv").recognise(text, Context(topic=topic, organ="liver" if topic else None))
    assert found.ranked
    assert len({s.topic for s in found.ranked}) == len(found.ranked)
    assert all(0 <= s.confidence <= 1 for s in found.ranked)


@given(text=st.text(max_size=80))
def test_the_same_text_is_always_understood_the_same(text: str) -> None:
    assert load_recogniser("sv").recognise(text) == load_recogniser("sv").recognise(text)


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("skeletmetastaser behandling", "bone.treatment"),
        ("symtom meta staser i levern", "liver.symptoms"),
        ("vilka symtom ger metastaser i lymphkörtlarna", "lymph_nodes.symptoms"),
        ("vart sprider sig prostata cancer", "spread.prostate_cancer"),
    ],
)
def test_misspelt_and_misheard_words_of_the_subject(said: str, topic: str) -> None:
    assert topic_of(said) == topic


def test_an_ordinal_chooses_among_two() -> None:
    context = Context(options=("liver.symptoms", "liver.treatment"), asking="clarify.choice")
    assert topic_of("den första", context) == "liver.symptoms"
    assert topic_of("den andra tack", context) == "liver.treatment"


def test_a_bare_yes_or_no_is_one_in_any_context() -> None:
    for context in (None, Context(topic="liver.symptoms"), Context(asking="clarify.organ")):
        assert topic_of("ja", context) == "control.yes"
        assert topic_of("nej", context) == "control.no"


# ------------------------------------------------------------------ several readings


def reader(**topics: dict[str, float]) -> dict[str, Recognition]:
    return {
        text: Recognition(text, tuple(Scored(t, c) for t, c in ranked.items()), danger=_danger(ranked))
        for text, ranked in topics.items()
    }


def _danger(ranked: dict[str, float]) -> str | None:
    return next((t for t in ranked if t.startswith("safety.")), None)


def test_readings_that_agree_outweigh_the_first() -> None:
    known = reader(one={"x.y": 0.6, "a.b": 0.4}, two={"a.b": 0.9, "x.y": 0.1}, three={"a.b": 0.8, "x.y": 0.2})
    found = weighed(
        [WeightedReading("one", -0.2), WeightedReading("two", -0.3), WeightedReading("three", -0.4)], known.__getitem__
    )
    assert found.best.topic == "a.b"
    assert found.heard == "two"


def test_a_much_better_reading_is_taken() -> None:
    known = reader(one={"x.y": 0.9, "a.b": 0.1}, two={"a.b": 0.9, "x.y": 0.1})
    found = weighed([WeightedReading("one", -0.1), WeightedReading("two", -2.5)], known.__getitem__)
    assert found.best.topic == "x.y"
    assert found.heard == "one"
    assert found.best.confidence < 0.9


def test_readings_that_differ_make_less_sure() -> None:
    known = reader(one={"x.y": 0.9, "a.b": 0.1}, two={"a.b": 0.9, "x.y": 0.1})
    found = weighed([WeightedReading("one", -0.2), WeightedReading("two", -0.2)], known.__getitem__)
    assert found.best.confidence == pytest.approx(0.5)


@pytest.mark.parametrize(("score", "danger"), [(-0.2, "safety.emergency"), (-0.4, "safety.emergency"), (-1.5, None)])
def test_danger_counts_from_a_third_of_the_weight(score: float, danger: str | None) -> None:
    known = reader(one={"x.y": 1.0}, two={"safety.emergency": 0.9, "x.y": 0.1})
    found = weighed([WeightedReading("one", -0.2), WeightedReading("two", score)], known.__getitem__)
    assert found.danger == danger
    assert (found.best.topic == "safety.emergency") == (danger is not None)


# ------------------------------------------------------------------ confidence


def test_confidence_grows_with_share_and_lead() -> None:
    calibration = Calibration(bias=0.0, odds=1.0, lead=0.5, follow_up=-1.0)
    sure = calibration.confidence(0.95, 0.02, follow_up=False)
    assert sure > calibration.confidence(0.95, 0.02, follow_up=True)
    assert sure > calibration.confidence(0.6, 0.02, follow_up=False)
    assert calibration.confidence(0.6, 0.02, follow_up=False) > calibration.confidence(0.6, 0.4, follow_up=False)
    for best, second in ((1.0, 0.0), (0.0, 0.0), (0.5, 0.5)):
        assert 0 <= calibration.confidence(best, second, follow_up=False) <= 1


def test_the_others_share_what_is_left() -> None:
    assert shared_out(0.7, [0.5, 0.3, 0.2]) == pytest.approx([0.7, 0.18, 0.12])
    assert shared_out(0.2, [0.5, 0.5]) == pytest.approx([0.2, 0.2]), "no runner-up is surer than the winner"


def test_the_question_at_the_end_of_a_long_story_is_found() -> None:
    story = "jag satt hemma i köket och drack kaffe med min syster och hon berättade om sin trädgård. " * 40
    found = load_recogniser("sv").recognise(story + "Vilka symtom ger metastaser i levern?")
    alone = load_recogniser("sv").recognise("Vilka symtom ger metastaser i levern?")
    assert alone.best.topic == "liver.symptoms"
    assert "liver.symptoms" in [s.topic for s in found.ranked[:3]]
