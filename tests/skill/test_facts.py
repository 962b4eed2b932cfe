"""The facts that each topic has to carry in both languages, by the words without which they are not told."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from intents.data_files import topic_register
from rostlots.assistant import LANGUAGES
from skill import load_knowledge
from skill.checking import content_topics

DATA = Path(__file__).parents[1] / "data" / "facts"


def facts(lang: str) -> dict[str, list[str]]:
    areas = tomllib.loads((DATA / f"{lang}.toml").read_text(encoding="utf-8"))
    return {f"{area}.{name}": wanted for area, topics in areas.items() for name, wanted in topics.items()}


FACTS = {lang: facts(lang) for lang in LANGUAGES}

# The source says "a third", "about ten years", "many thousand", "half a centimetre"; other numbers would be made up.
NUMBERS = {
    "sv": r"\d|\bprocent|\b(två|fyra|fem|sex|sju|åtta|nio|elva|tolv|tjugo|trettio|fyrtio|femtio|hundra)\b",
    "en": r"\d|\bpercent|\bper cent|\b(five|six|seven|eight|nine|eleven|twelve|twenty|thirty|forty|fifty|hundred)\b",
}
# "fyra sätt": the four kinds of treatment in `treatment.immunotherapy`; "de två": tumour and metastasis.
OF_THE_SOURCE = {"sv": ("fyra", "två"), "en": ()}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_content_topic_has_its_facts(lang: str) -> None:
    assert set(FACTS[lang]) == set(content_topics(topic_register()))


@pytest.mark.parametrize(("lang", "topic"), [(lang, topic) for lang in LANGUAGES for topic in FACTS[lang]])
def test_the_answer_carries_its_facts(lang: str, topic: str) -> None:
    answer = load_knowledge(lang).answers[topic]
    told = f"{answer.title} {answer.say} {answer.more}".lower()
    assert FACTS[lang][topic]
    assert [fact for fact in FACTS[lang][topic] if not re.search(fact, told)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_answer_has_a_number_of_its_own(lang: str) -> None:
    found = [
        f"{topic}: {match.group()}"
        for topic, answer in load_knowledge(lang).answers.items()
        for match in re.finditer(NUMBERS[lang], f"{answer.say} {answer.more} {answer.simple}".lower())
        if match.group() not in OF_THE_SOURCE[lang]
    ]
    assert found == []


def test_both_languages_name_the_same_place_of_the_source() -> None:
    swedish, english = (
        {topic: answer.section for topic, answer in load_knowledge(lang).answers.items()} for lang in LANGUAGES
    )
    assert english == swedish
