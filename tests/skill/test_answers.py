"""Every answer: complete, sourced, in own words, and easy to take in by ear."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import textstat  # type: ignore[import-untyped]
from talking import Talk

from intents.data_files import topic_register
from rostlots.assistant import Assistant
from skill import Knowledge, State, answering
from skill.checking import content_topics
from skill.knowledge_base import load_knowledge
from tools.hash_source import RUN, digest, is_list_of_names, runs, source_hashes

CONTENT = content_topics(topic_register())
HARDEST_LIX = 40
MOST_WORDS = 60
MOST_WORDS_MORE = 75
# Of the source: one hash a line, made by tools/hash_source.py.
SOURCE_RUNS = frozenset((Path(__file__).parents[1] / "data" / "source_runs.txt").read_text("ascii").split())


def lix(text: str) -> float:
    textstat.set_lang("sv")
    return float(textstat.lix(text))


def parts(knowledge: Knowledge, topic: str) -> dict[str, str]:
    """What is said about a topic, as it is said, without offers and the helpline's number behind it."""
    answer = knowledge.answers[topic]
    filled = {"phone": knowledge.helpline.written, "phone_spoken": knowledge.helpline.spoken}
    return {
        "say": f"{answer.title}: {answer.say.format(**filled)}",
        "more": answer.more.format(**filled),
        "simple": answer.simple.format(**filled),
    }


def test_the_register_is_whole() -> None:
    assert len(topic_register()) == 90
    assert len(CONTENT) == 61


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("topic", CONTENT)
def test_an_answer_opens_with_what_was_understood_and_has_its_source(topic: str, lang: str) -> None:
    knowledge = load_knowledge(lang)
    draft = answering.answer(knowledge, State(), topic)
    answer = knowledge.answers[topic]
    assert draft.say.startswith(f"{answer.title}: {answer.say[:20]}")
    assert draft.more
    (source,) = draft.sources
    assert source.title == knowledge.source.title
    assert source.section == answer.section
    assert source.section in knowledge.source.sections


@pytest.mark.parametrize("topic", CONTENT)
def test_an_answer_is_easy_to_follow(topic: str, knowledge: Knowledge) -> None:
    measured = {part: lix(text) for part, text in parts(knowledge, topic).items()}
    assert {part: value for part, value in measured.items() if value > HARDEST_LIX} == {}


@pytest.mark.parametrize("topic", CONTENT)
def test_an_answer_is_short_enough_to_keep_in_mind(topic: str, knowledge: Knowledge) -> None:
    counts = {part: len(re.findall(r"[^\W_]+", text)) for part, text in parts(knowledge, topic).items()}
    assert counts["say"] <= MOST_WORDS
    assert counts["simple"] <= MOST_WORDS
    assert counts["simple"] < counts["say"]
    assert counts["more"] <= MOST_WORDS_MORE


@pytest.mark.parametrize("topic", CONTENT)
def test_an_answer_can_be_read_aloud(topic: str, knowledge: Knowledge) -> None:
    for text in parts(knowledge, topic).values():
        assert not re.search(r"[()\[\]{}/*•<>|#=%&;]|\b(t\.ex|bl\.a|dvs|osv|m\.m|ca|resp)\b", text), text
        assert text[-1] in ".?"
        assert max(len(sentence.split()) for sentence in re.split(r"[.?:]", text)) <= 25


def test_titles_and_offers_tell_topics_apart(knowledge: Knowledge) -> None:
    for names in ([a.title for a in knowledge.answers.values()], [a.offer for a in knowledge.answers.values()]):
        assert len(set(names)) == len(names)


def test_simple_words_are_easier_than_the_first_answer_on_the_whole(knowledge: Knowledge) -> None:
    said = [parts(knowledge, topic) for topic in CONTENT]
    assert sum(lix(p["simple"]) for p in said) < sum(lix(p["say"]) for p in said)


def test_what_is_asked_for_more_simply_is_told_more_simply(assistant: Assistant, knowledge: Knowledge) -> None:
    talk = Talk(assistant)
    talk.say("Hur behandlas metastaser i lungorna?")
    reply = talk.say("kan du säga det enklare")
    assert knowledge.answers["lungs.treatment"].simple in reply.say
    assert reply.say.startswith(knowledge.answers["lungs.treatment"].title)
    assert reply.sources


# ------------------------------------------------------------------ own words


def test_no_answer_repeats_the_source(knowledge: Knowledge) -> None:
    texts = {
        f"{topic}.{part}": getattr(answer, part)
        for topic, answer in knowledge.answers.items()
        for part in ("title", "say", "more", "simple", "offer")
    }
    texts |= {f"{family}.{name}": text for family, names in knowledge.phrases.items() for name, text in names.items()}
    copied = [
        f"{place}: {run}"
        for place, text in texts.items()
        for run in runs(text)
        if digest(run) in SOURCE_RUNS and not is_list_of_names(run)
    ]
    assert copied == []


def test_copied_words_are_found_whatever_their_case_and_signs() -> None:
    source = "Ett, tu, TRE; fyra (fem) sex – sju: åtta. Nio"
    hashes = source_hashes(source)
    assert len(hashes) == 2
    assert all(re.fullmatch(r"[0-9a-f]{16}", h) for h in hashes)
    copied = "Så här: ett tu tre fyra fem sex sju åtta, alltså."
    assert [run for run in runs(copied) if digest(run) in hashes] == ["ett tu tre fyra fem sex sju åtta"]
    assert list(runs("ett tu tre fyra fem sex sju")) == []
    assert source_hashes("Granskad av: Jan Zedenius, professor i kirurgi") == []


def test_the_hashes_are_of_a_whole_source() -> None:
    assert RUN == 8
    assert len(SOURCE_RUNS) > 1500
    assert all(re.fullmatch(r"[0-9a-f]{16}", h) for h in SOURCE_RUNS)


# ------------------------------------------------------------------ how the voice speaks of itself


def test_it_is_no_doctor_and_not_cancerfonden(knowledge: Knowledge) -> None:
    said = " ".join(text for names in knowledge.phrases.values() for text in names.values())
    said += " ".join(getattr(a, part) for a in knowledge.answers.values() for part in ("say", "more", "simple"))
    assert "automatisk röst" in knowledge.phrases["notice"]["first"]
    assert "ersätter inte vården" in knowledge.phrases["notice"]["first"]
    assert "inte granskade av Cancerfonden" in knowledge.phrases["control"]["source"]
    for word in ("lovar", "garanterar", "vi på Cancerfonden", "diagnosen är", "du har cancer", "du ska ta"):
        assert word not in said


def test_numbers_are_read_in_groups(knowledge: Knowledge) -> None:
    assert knowledge.helpline.spoken == "noll ett noll, ett nio nio, ett noll, ett noll"
    assert knowledge.helpline.written == "010-199 10 10"
    digits = ["noll", "ett", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio"]
    for contact in (knowledge.helpline, knowledge.contacts["suicide_line"], knowledge.contacts["emergency"]):
        read = "".join(str(digits.index(word)) for word in re.findall(r"\w+", contact.spoken))
        assert read == re.sub(r"\D", "", contact.written)


@pytest.mark.parametrize(
    "question", ["Vad har Cancerlinjen för nummer?", "När har Cancerlinjen öppet?", "Kan jag få prata med en människa?"]
)
def test_the_helpline_is_read_out_for_writing_down(question: str, assistant: Assistant, knowledge: Knowledge) -> None:
    reply = Talk(assistant).say(question)
    assert knowledge.helpline.written in reply.say
    assert knowledge.helpline.spoken in reply.say
