"""The check of the knowledge: no fault in what is shipped, and each kind of fault is found and named with its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from talking import Command, complaint

import intents.data_files
import skill
from intents.concepts import ConceptEntry
from intents.context import Subject
from intents.data_files import concept_entries, questions, subjects, topic_register
from intents.questions import LabelledQuestion
from skill import Knowledge, KnowledgeError, load_knowledge
from skill.checking import Fault, Understanding, check, check_translation
from skill.knowledge_base import knowledge_files, parse_knowledge

REGISTER = topic_register()


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding(questions("sv"), concept_entries("sv"), subjects("sv"))


def with_answer(knowledge: Knowledge, topic: str, **changes: Any) -> Knowledge:
    """The knowledge with one answer changed."""
    answer = msgspec.structs.replace(knowledge.answers[topic], **changes)
    return replace(knowledge, answers={**knowledge.answers, topic: answer})


def without_phrase(knowledge: Knowledge, family: str, name: str) -> Knowledge:
    names = {n: text for n, text in knowledge.phrases[family].items() if n != name}
    return replace(knowledge, phrases={**knowledge.phrases, family: names})


def with_phrase(knowledge: Knowledge, family: str, name: str, text: str) -> Knowledge:
    return replace(knowledge, phrases={**knowledge.phrases, family: {**knowledge.phrases[family], name: text}})


# ------------------------------------------------------------------ the shipped data


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_the_shipped_knowledge_has_no_fault(lang: str) -> None:
    shipped = Understanding(questions(lang), concept_entries(lang), subjects(lang))
    assert [str(f) for f in check(REGISTER, load_knowledge(lang), shipped)] == []


def test_the_shipped_translation_has_no_fault(knowledge: Knowledge) -> None:
    assert [str(f) for f in check_translation(knowledge, load_knowledge("en"))] == []


def test_the_command_says_so(rostlots: Command) -> None:
    ran = rostlots("knowledge", "check")
    assert (ran.status, ran.err) == (0, "")
    assert f"{len(REGISTER)} topics" in ran.out
    assert "no fault" in ran.out


# ------------------------------------------------------------------ faults of answers and phrases

LONG = "ord " * 70
KNOWLEDGE_FAULTS: dict[str, tuple[Callable[[Knowledge], Knowledge], str, str, str]] = {
    "no answer": (
        lambda k: replace(k, answers={t: a for t, a in k.answers.items() if t != "liver.about"}),
        "knowledge/sv",
        "liver.about",
        "has no answer",
    ),
    "no such topic": (
        lambda k: replace(k, answers={**k.answers, "liver.cost": k.answers["liver.about"]}),
        "knowledge/sv/liver.toml",
        "liver.cost",
        "is not a content topic",
    ),
    "no such section": (
        lambda k: with_answer(k, "liver.about", section="Metastaser i mjälten"),
        "knowledge/sv/liver.toml",
        "liver.about",
        "Metastaser i mjälten",
    ),
    "unused section": (
        lambda k: replace(k, source=msgspec.structs.replace(k.source, sections=(*k.source.sections, "Kostråd"))),
        "knowledge/source.toml",
        "Kostråd",
        "is the source of no answer",
    ),
    "suggests itself": (
        lambda k: with_answer(k, "liver.about", suggest=("liver.about",)),
        "knowledge/sv/liver.toml",
        "liver.about",
        "suggests itself",
    ),
    "suggests nothing that is": (
        lambda k: with_answer(k, "liver.about", suggest=("liver.cost",)),
        "knowledge/sv/liver.toml",
        "liver.about",
        "'liver.cost'",
    ),
    "too long": (
        lambda k: with_answer(k, "liver.about", say=LONG),
        "knowledge/sv/liver.toml",
        "liver.about",
        "say has 73 words",
    ),
    "continuation too long": (
        lambda k: with_answer(k, "liver.about", more=LONG * 2),
        "knowledge/sv/liver.toml",
        "liver.about",
        "more has 140 words",
    ),
    "simple words too long": (
        lambda k: with_answer(k, "liver.about", simple=LONG),
        "knowledge/sv/liver.toml",
        "liver.about",
        "simple has 70 words",
    ),
    "no continuation": (
        lambda k: with_answer(k, "liver.about", more=" "),
        "knowledge/sv/liver.toml",
        "liver.about",
        "more is empty",
    ),
    "no simple words": (
        lambda k: with_answer(k, "liver.about", simple=""),
        "knowledge/sv/liver.toml",
        "liver.about",
        "simple is empty",
    ),
    "brackets": (
        lambda k: with_answer(k, "liver.about", say="Gulsot (ikterus) kan komma."),
        "knowledge/sv/liver.toml",
        "liver.about",
        "cannot be read aloud",
    ),
    "abbreviation": (
        lambda k: with_answer(k, "liver.about", more="Man kan t.ex. bli trött."),
        "knowledge/sv/liver.toml",
        "liver.about",
        "'t.ex'",
    ),
    "no words for handing over": (
        lambda k: without_phrase(k, "handoff", "prognosis"),
        "knowledge/sv/conversation.toml",
        "handoff.prognosis",
        "has no words",
    ),
    "no words for danger": (
        lambda k: without_phrase(k, "safety", "self_harm"),
        "knowledge/sv/conversation.toml",
        "safety.self_harm",
        "has no words",
    ),
    "no words for steering": (
        lambda k: without_phrase(k, "control", "identity"),
        "knowledge/sv/conversation.toml",
        "control.identity",
        "has no words",
    ),
    "a brace that nothing fills": (
        lambda k: with_phrase(k, "handoff", "distress", "Ring {telefon}."),
        "knowledge/sv/conversation.toml",
        "handoff.distress",
        "telefon",
    ),
    "a brace that is not closed": (
        lambda k: with_phrase(k, "handoff", "distress", "Ring {phone."),
        "knowledge/sv/conversation.toml",
        "handoff.distress",
        "brace",
    ),
}


@pytest.mark.parametrize(("spoil", "file", "place", "words"), KNOWLEDGE_FAULTS.values(), ids=KNOWLEDGE_FAULTS)
def test_a_fault_of_the_knowledge_is_named_with_its_place(
    spoil: Callable[[Knowledge], Knowledge],
    file: str,
    place: str,
    words: str,
    knowledge: Knowledge,
    understanding: Understanding,
) -> None:
    found = check(REGISTER, spoil(knowledge), understanding)
    assert any((f.file, f.place) == (file, place) and words in f.text for f in found), found
    assert all(f.place == place or "is the source of no answer" in f.text or place in f.text for f in found)


# ------------------------------------------------------------------ faults of the understanding

UNDERSTANDING_FAULTS: dict[str, tuple[Callable[[Understanding], Understanding], str, str, str]] = {
    "question for no topic": (
        lambda u: replace(u, questions=[*u.questions, LabelledQuestion("kostar det", ("liver.cost",), "x.txt:7")]),
        "data/sv/questions",
        "x.txt:7",
        "'liver.cost' is no topic",
    ),
    "second label is no topic": (
        lambda u: replace(
            u, questions=[*u.questions, LabelledQuestion("kostar det", ("liver.about", "liver.cost"), "x.txt:7")]
        ),
        "data/sv/questions",
        "x.txt:7",
        "'liver.cost' is no topic",
    ),
    "one question, two labels": (
        lambda u: replace(
            u,
            questions=[
                *u.questions,
                LabelledQuestion("Zebror i mjälten?", ("liver.about",), "x.txt:7"),
                LabelledQuestion("zebror i MJÄLTEN", ("lungs.about",), "y.txt:9"),
            ],
        ),
        "data/sv/questions",
        "y.txt:9",
        "x.txt:7",
    ),
    "too few questions": (
        lambda u: replace(u, questions=[q for q in u.questions if q.topics[0] != "liver.about"]),
        "data/sv/questions",
        "liver.about",
        "has 0 questions",
    ),
    "a word twice": (
        lambda u: replace(u, concepts={**u.concepts, "organ:x": ConceptEntry(words=("mjälte", "njure", "mjälte"))}),
        "data/sv/concepts.toml",
        "organ:x",
        "'mjälte' twice",
    ),
    "no subject": (
        lambda u: replace(u, subjects={t: s for t, s in u.subjects.items() if t != "liver.about"}),
        "data/sv/subjects.toml",
        "liver.about",
        "has no subject",
    ),
    "a subject of no topic": (
        lambda u: replace(u, subjects={**u.subjects, "liver.cost": Subject("kostnaden", "vad kostar")}),
        "data/sv/subjects.toml",
        "liver.cost",
        "is not a content topic",
    ),
}


@pytest.mark.parametrize(("spoil", "file", "place", "words"), UNDERSTANDING_FAULTS.values(), ids=UNDERSTANDING_FAULTS)
def test_a_fault_of_the_understanding_is_named_with_its_place(
    spoil: Callable[[Understanding], Understanding],
    file: str,
    place: str,
    words: str,
    knowledge: Knowledge,
    understanding: Understanding,
) -> None:
    found = check(REGISTER, knowledge, spoil(understanding))
    (fault,) = [f for f in found if f.place == place]
    assert fault.file == file
    assert words in fault.text


def test_the_same_label_twice_is_no_fault(knowledge: Knowledge, understanding: Understanding) -> None:
    twice = [*understanding.questions, *understanding.questions[:5]]
    assert check(REGISTER, knowledge, replace(understanding, questions=twice)) == []


def test_a_topic_that_is_new_in_the_register_lacks_everything(
    knowledge: Knowledge, understanding: Understanding
) -> None:
    found = check({**REGISTER, "liver.cost": {}}, knowledge, understanding)
    assert {f.text.partition(";")[0] for f in found if f.place == "liver.cost"} == {
        "has no answer",
        "has 0 questions",
        "has no subject for follow-ups",
    }


TRANSLATION_FAULTS: dict[str, tuple[Callable[[Knowledge], Knowledge], str, str]] = {
    "answer lacks": (
        lambda k: replace(k, answers={t: a for t, a in k.answers.items() if t != "liver.about"}),
        "liver.about",
        "the answer has no translation",
    ),
    "answer beyond": (
        lambda k: replace(k, answers={**k.answers, "liver.cost": k.answers["liver.about"]}),
        "liver.cost",
        "the answer has no original",
    ),
    "phrase lacks": (
        lambda k: without_phrase(k, "clarify", "organ"),
        "clarify.organ",
        "the phrase has no translation",
    ),
    "phrase beyond": (
        lambda k: with_phrase(k, "clarify", "colour", "?"),
        "clarify.colour",
        "the phrase has no original",
    ),
    "contact lacks": (
        lambda k: replace(k, contacts={n: c for n, c in k.contacts.items() if n != "emergency"}),
        "emergency",
        "the contact has no translation",
    ),
    "words for a smart speaker lack": (
        lambda k: replace(
            k, not_connecting_phrases={f: names for f, names in k.not_connecting_phrases.items() if f != "notice"}
        ),
        "notice.first",
        "the phrase where no call can be put through has no translation",
    ),
}


@pytest.mark.parametrize(("spoil", "place", "words"), TRANSLATION_FAULTS.values(), ids=TRANSLATION_FAULTS)
def test_a_fault_of_the_translation_is_named(
    spoil: Callable[[Knowledge], Knowledge], place: str, words: str, knowledge: Knowledge
) -> None:
    assert check_translation(knowledge, spoil(load_knowledge("en"))) == [Fault("knowledge/en", place, words)]


def test_everything_is_reported_at_once(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch, rostlots: Command
) -> None:
    spoilt = with_answer(without_phrase(knowledge, "handoff", "prognosis"), "liver.about", more="", suggest=("x.y",))
    monkeypatch.setattr(skill, "load_knowledge", lambda lang="sv": spoilt if lang == "sv" else load_knowledge(lang))
    ran = rostlots("knowledge", "check")
    assert ran.status == 1
    assert "knowledge/sv/liver.toml: liver.about: more is empty" in ran.out
    assert "knowledge/sv/liver.toml: liver.about: suggests 'x.y', which has no answer" in ran.out
    assert "knowledge/sv/conversation.toml: handoff.prognosis: has no words" in ran.out
    assert "handoff.prognosis: the phrase has no original" in ran.out
    assert "knowledge/sv/not_connecting.toml: handoff.prognosis: stands in place of no phrase" in ran.out
    assert ran.out.splitlines()[-1] == "5 faults."


# ------------------------------------------------------------------ files that cannot be read

SOURCE = """
title = "T"
publisher = "P"
reviewer = "R"
retrieved = 2026-01-01
sections = ["Fakta"]
"""
ENTRY = '["liver.about"]\ntitle="T"\nsay="S"\nmore="M"\nsimple="E"\nsection="Fakta"\nsuggest=[]\noffer="O"\n'


def faults_of(texts: dict[str, str], source: str = SOURCE) -> list[str]:
    with pytest.raises(KnowledgeError) as raised:
        parse_knowledge({**knowledge_files("sv"), **texts}, source)
    return str(raised.value).splitlines()


def test_the_shipped_files_can_be_parsed() -> None:
    assert len(parse_knowledge(knowledge_files("sv"), SOURCE).answers) == 61


@pytest.mark.parametrize("name", ["liver.toml", "conversation.toml", "contacts.toml"])
def test_broken_toml_names_its_file_and_line(name: str) -> None:
    (fault, *_) = [f for f in faults_of({name: 'a = "b"\n\n["c\n'}) if f.startswith(f"{name}:")]
    assert "line 3" in fault


def test_a_broken_source_file_is_named() -> None:
    assert any(f.startswith("source.toml: ") and "line 1" in f for f in faults_of({}, "title = \n"))
    misspelt = SOURCE.replace("title", "titel")
    assert any(f.startswith("source.toml: ") and "`titel`" in f for f in faults_of({}, misspelt))


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (ENTRY.replace('more="M"\n', ""), "`more`"),
        (ENTRY.replace("more=", "mera="), "`mera`"),
        (ENTRY + 'color="red"\n', "`color`"),
        (ENTRY.replace("suggest=[]", 'suggest="x"'), "suggest"),
        (ENTRY.replace('say="S"', "say=3"), "say"),
    ],
    ids=["missing", "misspelt", "unknown", "no list", "no text"],
)
def test_a_wrong_field_is_named_with_file_and_topic(entry: str, words: str) -> None:
    (fault,) = faults_of({"liver.toml": entry})
    assert fault.startswith("liver.toml: [liver.about]: ")
    assert words in fault


def test_a_topic_in_two_files_is_named_with_both() -> None:
    (fault,) = faults_of({"zz.toml": ENTRY})
    assert fault == "zz.toml: [liver.about] stands in liver.toml too"


def test_without_the_helpline_there_is_no_knowledge() -> None:
    assert "contacts.toml: [helpline] is missing" in faults_of({"contacts.toml": ""})


def test_all_files_are_reported_at_once() -> None:
    found = faults_of({"liver.toml": "=", "lungs.toml": "=", "contacts.toml": ""})
    assert {f.partition(":")[0] for f in found} == {"liver.toml", "lungs.toml", "contacts.toml"}


def test_a_broken_file_of_the_knowledge_ends_the_command_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, rostlots: Command
) -> None:
    def broken(lang: str = "sv") -> Knowledge:
        return parse_knowledge({**knowledge_files(lang), "liver.toml": "["}, SOURCE, lang=lang)

    monkeypatch.setattr(skill, "load_knowledge", broken)
    ran = rostlots("knowledge", "check")
    assert ran.status == 2
    assert ran.out == ""
    assert complaint(ran).startswith("liver.toml: ")


@pytest.mark.parametrize("name", ["concepts.toml", "subjects.toml"])
@pytest.mark.parametrize("content", ["[", '["organ:liver"]\nfel = 3\n'], ids=["broken", "wrong"])
def test_a_broken_file_of_the_understanding_ends_the_command_with_a_sentence(
    name: str,
    content: str,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    rostlots: Command,
) -> None:
    folder = tmp_path_factory.mktemp("data")
    (folder / name).write_text(content, encoding="utf-8")
    whole = intents.data_files.data_folder

    class Folder:
        """The shipped folder, with one file replaced."""

        def __init__(self, lang: str) -> None:
            self._shipped = whole(lang)

        def __truediv__(self, part: str) -> Any:
            return folder / part if part == name else self._shipped / part

        def iterdir(self) -> Any:
            return self._shipped.iterdir()

    monkeypatch.setattr(intents.data_files, "data_folder", Folder)
    intents.data_files.subjects.cache_clear()
    try:
        ran = rostlots("knowledge", "check")
    finally:
        intents.data_files.subjects.cache_clear()
    assert ran.status == 2
    assert name in complaint(ran)
