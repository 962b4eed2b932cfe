"""From text to words, and from words to concepts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.concepts import ConceptEntry, ConceptTable
from intents.context import organs_named
from intents.data_files import concept_table, spoken_forms
from intents.normalise import MAX_WORDS, utterance
from intents.questions import QuestionFileError, parse_questions


def test_words_without_case_signs_and_spoken_forms() -> None:
    said = utterance("  Hur  MÄRKS det,\nom nån har fått\tdet? ", {"nån": "någon"})
    assert said.text == "Hur MÄRKS det, om nån har fått det?"
    assert said.words == ("hur", "märks", "det", "om", "någon", "har", "fått", "det")
    assert said.question


def test_letters_in_parts_are_put_together() -> None:
    assert utterance("ha\u0308r a\u030ar", {}).words == ("här", "år")


def test_sentences_are_runs_of_words() -> None:
    said = utterance("Hej! Vad är det? ... Jo, levern.", {})
    assert [said.words[start:end] for start, end in said.sentences] == [
        ("hej",),
        ("vad", "är", "det"),
        ("jo", "levern"),
    ]


def test_words_beyond_what_anybody_says_are_left_out() -> None:
    said = utterance("ord. " * (MAX_WORDS + 10), {})
    assert len(said.words) == MAX_WORDS
    assert said.sentences[-1][1] == MAX_WORDS


@given(text=st.text())
def test_any_text_has_sentences_that_cover_its_words(text: str) -> None:
    said = utterance(text, {})
    covered = [at for start, end in said.sentences for at in range(start, end)]
    assert covered == list(range(len(said.words)))
    assert len(said.words) <= MAX_WORDS


TABLE = ConceptTable(
    {
        "organ:liver": ConceptEntry(words=("lever*", "hepar"), not_=("leverera*",)),
        "tumour": ConceptEntry(words=("*metastaser",)),
        "danger:blood": ConceptEntry(words=("*blöd*", "hostar blod*")),
        "when": ConceptEntry(words=("nån gång",)),
    },
    {"nån": "någon"},
)


@pytest.mark.parametrize(
    ("words", "concepts"),
    [
        ("i levern", ["organ:liver"]),
        ("levermetastaser", ["organ:liver", "tumour"]),
        ("de levererar varor", []),
        ("leva", []),
        ("hepar", ["organ:liver"]),
        ("heparin", []),
        ("metastaserna", []),
        ("näsblödning", ["danger:blood"]),
        ("hostar blod", ["danger:blood"]),
        ("hostar blodigt slem", ["danger:blood"]),
        ("hostar mycket blod", []),
        ("någon gång", ["when"]),
        ("", []),
    ],
)
def test_patterns(words: str, concepts: list[str]) -> None:
    assert [m.concept for m in TABLE.mentions(words.split())] == concepts


def test_a_mention_says_where() -> None:
    (mention,) = TABLE.mentions(["han", "hostar", "blod", "nu"])
    assert (mention.start, mention.end) == (1, 3)


@pytest.mark.parametrize(
    ("organ", "said"),
    [
        ("liver", "levern lever levermetastaser levermetastaserna"),
        ("lungs", "lungorna lungan lungmetastaser lunga"),
        ("bone", "skelettet skelettmetastaser benmetastaser kotorna"),
        ("brain", "hjärnan hjärnmetastaser hjärna"),
        ("lymph_nodes", "lymfkörtlarna lymfkörtel lymfkörtelmetastaser"),
    ],
)
def test_organs_are_known_in_compounds_and_inflections(organ: str, said: str) -> None:
    table = concept_table("sv")
    missed = [
        w for w in said.split() if organs_named(table.mentions(utterance(w, spoken_forms("sv")).words)) != (organ,)
    ]
    assert missed == []


# ------------------------------------------------------------------ question files


def test_question_files() -> None:
    text = "# en rad för redaktören\n\n[liver.symptoms]\nvad märker man\när man trött | bone.symptoms, lungs.symptoms\n"
    found = list(parse_questions("x.txt", text))
    assert [(q.text, q.topics, q.place) for q in found] == [
        ("vad märker man", ("liver.symptoms",), "x.txt:4"),
        ("är man trött", ("liver.symptoms", "bone.symptoms", "lungs.symptoms"), "x.txt:5"),
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("vad märker man\n", "x.txt:1"),
        ("[liver.symptoms]\nhej\n[Liver]\n", "x.txt:3"),
        ("[liver.symptoms\n", "x.txt:1"),
    ],
)
def test_a_fault_of_a_question_file_says_where(text: str, place: str) -> None:
    with pytest.raises(QuestionFileError, match=place):
        list(parse_questions("x.txt", text))
