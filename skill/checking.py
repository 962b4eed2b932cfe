"""Checking the knowledge whole, in both directions, and reporting everything at once.

What lacks an answer, a source, a question or a translation; what names something that isn't there; what could not be
read aloud. Each fault with its file and place, in one sentence.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from intents.concepts import ConceptEntry
from intents.context import Subject
from intents.questions import LabelledQuestion
from skill.knowledge_base import Answer, Knowledge, Phrases

MOST_WORDS_FIRST = 60
MOST_WORDS_MORE = 100
MOST_WORDS_SIMPLE = 40
FEWEST_QUESTIONS = 10

_STEERING = ("handoff.", "safety.", "control.", "clarify.", "fallback.")
_WORD = re.compile(r"[^\W_]+")
# Signs that a voice cannot read, and abbreviations that it reads wrongly.
_UNSPEAKABLE = re.compile(r"[()\[\]/*•<>|#=+~^\\\"]|\b(?:t\.ex|bl\.a|dvs|osv|m\.m|ca)\b")
_PLACEHOLDERS = {
    "phone": "1",
    "phone_spoken": "ett",
    "offer": "x",
    "aspect": "x",
    "organ": "x",
    "first": "x",
    "second": "x",
    "retrieved": "x",
    "hours": "x",
    "keys": "x",
    "person": "x",
}
_SPOKEN_BY_TOPIC = ("handoff", "control", "safety")


@dataclass(frozen=True)
class Fault:
    """Something to put right: the file, the place in it, and what is wrong."""

    file: str
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.text}"


@dataclass(frozen=True)
class Understanding:
    """What the understanding of a language is built from, as far as it has to agree with the knowledge."""

    questions: Sequence[LabelledQuestion]
    concepts: Mapping[str, ConceptEntry]
    subjects: Mapping[str, Subject]


def content_topics(register: Iterable[str]) -> list[str]:
    """The topics that tell facts and so need an answer; the opening hours are the operator's to tell."""
    return [t for t in register if not t.startswith(_STEERING) and t != "helpline.hours"]


def check(register: Mapping[str, object], knowledge: Knowledge, understanding: Understanding) -> list[Fault]:
    """All faults of one language. register: topic ids."""
    return [
        *_answers(register, knowledge),
        *_phrases(register, knowledge),
        *_questions(register, knowledge.lang, understanding.questions),
        *_concepts(knowledge.lang, understanding.concepts),
        *_subjects(register, knowledge.lang, understanding.subjects),
    ]


def check_translation(knowledge: Knowledge, translated: Knowledge) -> list[Fault]:
    """What the translated knowledge lacks, or has beyond the original."""
    faults = []
    folder = f"knowledge/{translated.lang}"
    for kind, ours, theirs in (
        ("answer", set(knowledge.answers), set(translated.answers)),
        ("phrase", _phrase_names(knowledge), _phrase_names(translated)),
        ("contact", set(knowledge.contacts), set(translated.contacts)),
        (
            "phrase where no call can be put through",
            _names(knowledge.not_connecting_phrases),
            _names(translated.not_connecting_phrases),
        ),
    ):
        faults += [Fault(folder, name, f"the {kind} has no translation") for name in sorted(ours - theirs)]
        faults += [Fault(folder, name, f"the {kind} has no original") for name in sorted(theirs - ours)]
    return faults


def _phrase_names(knowledge: Knowledge) -> set[str]:
    return _names(knowledge.phrases)


def _names(phrases: Phrases) -> set[str]:
    return {f"{family}.{name}" for family, names in phrases.items() for name in names}


def _answers(register: Mapping[str, object], knowledge: Knowledge) -> Iterator[Fault]:
    folder = f"knowledge/{knowledge.lang}"
    wanted = set(content_topics(register))
    for topic in sorted(wanted - set(knowledge.answers)):
        yield Fault(folder, topic, "has no answer")
    for topic, answer in knowledge.answers.items():
        file = f"{folder}/{topic.partition('.')[0]}.toml"
        if topic not in wanted:
            yield Fault(file, topic, "is not a content topic of topics.toml")
        yield from (Fault(file, topic, text) for text in _answer_faults(topic, answer, knowledge))
    used = {answer.section for answer in knowledge.answers.values()}
    for section in knowledge.source.sections:
        if section not in used:
            yield Fault("knowledge/source.toml", section, "is the source of no answer")


def _answer_faults(topic: str, answer: Answer, knowledge: Knowledge) -> Iterator[str]:
    if answer.section not in knowledge.source.sections:
        yield f"names a section that source.toml doesn't have: {answer.section!r}"
    for other in answer.suggest:
        if other == topic:
            yield "suggests itself"
        elif other not in knowledge.answers and other != "helpline.hours":
            yield f"suggests {other!r}, which has no answer"
    for part, text, most in (
        ("say", f"{answer.title} {answer.say}", MOST_WORDS_FIRST),
        ("more", answer.more, MOST_WORDS_MORE),
        ("simple", answer.simple, MOST_WORDS_SIMPLE),
    ):
        count = len(_WORD.findall(text))
        if count > most:
            yield f"{part} has {count} words; it may have {most}"
        if not text.strip():
            yield f"{part} is empty"
        found = _UNSPEAKABLE.search(text)
        if found:
            yield f"{part} has {found.group()!r}, which cannot be read aloud"


def _phrases(register: Mapping[str, object], knowledge: Knowledge) -> Iterator[Fault]:
    file = f"knowledge/{knowledge.lang}/conversation.toml"
    needed = {t for t in register if t.partition(".")[0] in _SPOKEN_BY_TOPIC and t not in _WORDLESS}
    for topic in sorted(needed - _phrase_names(knowledge)):
        yield Fault(file, topic, "has no words")
    yield from _unfilled(file, knowledge.phrases)
    speaker = f"knowledge/{knowledge.lang}/not_connecting.toml"
    yield from _unfilled(speaker, knowledge.not_connecting_phrases)
    for name in sorted(_names(knowledge.not_connecting_phrases) - _phrase_names(knowledge)):
        yield Fault(speaker, name, "stands in place of no phrase of conversation.toml")


def _unfilled(file: str, phrases: Phrases) -> Iterator[Fault]:
    for family, names in phrases.items():
        for name, text in names.items():
            try:
                text.format(**_PLACEHOLDERS)
            except (KeyError, IndexError, ValueError) as fault:
                yield Fault(file, f"{family}.{name}", f"has a brace that nothing fills: {fault}")


# These say earlier words again, or what the last topic holds.
_WORDLESS = frozenset({"control.more", "control.repeat", "control.yes", "control.no", "control.simpler"})


def _questions(register: Mapping[str, object], lang: str, questions: Sequence[LabelledQuestion]) -> Iterator[Fault]:
    counts = dict.fromkeys(register, 0)
    first: dict[str, LabelledQuestion] = {}
    for question in questions:
        for topic in question.topics:
            if topic not in counts:
                yield Fault(f"data/{lang}/questions", question.place, f"{topic!r} is no topic of topics.toml")
        counts[question.topics[0]] = counts.get(question.topics[0], 0) + 1
        key = " ".join(_WORD.findall(question.text.casefold()))
        before = first.setdefault(key, question)
        if not set(before.topics) & set(question.topics):
            yield Fault(
                f"data/{lang}/questions",
                question.place,
                f"{question.text!r} is {question.topics[0]} here and {before.topics[0]} at {before.place}",
            )
    for topic, count in counts.items():
        if count < FEWEST_QUESTIONS:
            yield Fault(f"data/{lang}/questions", topic, f"has {count} questions; it needs {FEWEST_QUESTIONS}")


def _concepts(lang: str, concepts: Mapping[str, ConceptEntry]) -> Iterator[Fault]:
    for name, entry in concepts.items():
        twice = sorted({word for word in entry.words if entry.words.count(word) > 1})
        for word in twice:
            yield Fault(f"data/{lang}/concepts.toml", name, f"has {word!r} twice")
        for word in (*entry.words, *entry.not_):
            if " " in word and "*" in word.split()[0]:
                yield Fault(f"data/{lang}/concepts.toml", name, f"{word!r}: the first of several words takes no *")


def _subjects(register: Mapping[str, object], lang: str, subjects: Mapping[str, Subject]) -> Iterator[Fault]:
    file = f"data/{lang}/subjects.toml"
    wanted = {*content_topics(register), "helpline.hours"}
    for topic in sorted(wanted - set(subjects)):
        yield Fault(file, topic, "has no subject for follow-ups")
    for topic in sorted(set(subjects) - wanted):
        yield Fault(file, topic, "is not a content topic of topics.toml")
