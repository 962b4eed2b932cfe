"""The intents of the skill in one language, and what each stands for.

Three kinds, all from the data that the understanding itself is built from:

- one that names a part of the body, a cancer or a treatment in a slot (`data/<lang>.toml`);
- one for each topic, whose samples are questions of `intents/data/<lang>/questions`; what it means is certain;
- one for each word that questions begin with, followed by free words. Alexa passes on only what comes after the
  word, so each word has an intent of its own and is put back before what was said.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from intents.data_files import concept_table, questions, topic_register
from intents.questions import LabelledQuestion
from rostlots.alexa.definition import definition

FREE = "AMAZON.SearchQuery"
FALLBACK = "AMAZON.FallbackIntent"
# Amazon's own intents, by what they mean here. Those that have no topic of their own name do the same as another.
BUILT_IN = {
    "AMAZON.HelpIntent": "control.help",
    "AMAZON.StopIntent": "control.stop",
    "AMAZON.CancelIntent": "control.stop",
    "AMAZON.RepeatIntent": "control.repeat",
    "AMAZON.YesIntent": "control.yes",
    "AMAZON.NoIntent": "control.no",
    "AMAZON.StartOverIntent": "control.start_over",
    "AMAZON.NavigateHomeIntent": "control.greeting",
}
_WITHOUT_SAMPLES = frozenset({"AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent"})
# Where the words matter, not only the topic, or where the topic is what nothing else fits.
_BY_WORDS = ("clarify.", "fallback.", "handoff.personal_advice", "handoff.not_covered")
# These may begin like a free question and still be told apart by their samples: danger, people, steering.
_WHOLE = ("safety.", "handoff.", "control.", "helpline.")
# A word that so many questions begin with is worth an intent of free words; Amazon takes 250 intents in all.
_FEWEST_BEGINNINGS = 2
_MOST_BEGINNINGS = 130
MOST_SAMPLES = 120

_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_PUNCTUATION = str.maketrans(dict.fromkeys('.,?!;:…"()“”', " ") | {"’": "'", "–": " ", "—": " "})


@dataclass(frozen=True)
class Intent:
    """One intent.

    slot, type: its slot, where it has one. words: what was said, with the slot's name in braces.
    topic: what it means, where that is certain. asks_for: see `SlotIntent`.
    """

    name: str
    samples: tuple[str, ...]
    slot: str | None = None
    type: str | None = None
    words: str | None = None
    topic: str | None = None
    asks_for: str | None = None


@cache
def intents(lang: str) -> Mapping[str, Intent]:
    """Every intent of a language by name, in the order of the model. A sample stands in one of them only."""
    asked = questions(lang)
    beginnings = _beginnings(asked, lang)
    taken: set[str] = set()
    found: dict[str, Intent] = {}
    for intent in (*_with_slots(lang), *_of_topics(asked, beginnings), *_of_free_words(beginnings)):
        fresh = tuple(s for s in dict.fromkeys(intent.samples) if s not in taken)
        taken.update(fresh)
        if fresh or intent.name.startswith("AMAZON."):
            found[intent.name] = Intent(
                intent.name, fresh, intent.slot, intent.type, intent.words, intent.topic, intent.asks_for
            )
    return MappingProxyType(found)


def sample_of(text: str) -> str | None:
    """A question as a sample utterance: lower case, no punctuation. None where it has signs that no sample may have."""
    words = text.translate(_PUNCTUATION).lower().split()
    if not words or any(_TOKEN.fullmatch(word) is None for word in words):
        return None
    return " ".join(words)


def _with_slots(lang: str) -> Iterator[Intent]:
    for one in definition(lang).intents:
        yield Intent(one.name, one.samples, one.slot, one.type, one.words, asks_for=one.asks_for)


def _of_topics(asked: Sequence[LabelledQuestion], beginnings: Mapping[str, str]) -> Iterator[Intent]:
    samples: dict[str, list[str]] = {}
    for question in asked:
        sample = sample_of(question.text)
        topic = question.topics[0]
        if sample is None or topic.startswith(_BY_WORDS):
            continue
        if topic.startswith(_WHOLE) or (len(question.topics) == 1 and sample.split()[0] not in beginnings.values()):
            samples.setdefault(topic, []).append(sample)
    amazons = {topic: name for name, topic in BUILT_IN.items() if name not in _WITHOUT_SAMPLES}
    for name, topic in BUILT_IN.items():
        own = () if name in _WITHOUT_SAMPLES else tuple(samples.get(topic, ())[:MOST_SAMPLES])
        yield Intent(name, own, topic=topic)
    yield Intent(FALLBACK, ())
    for topic in topic_register():
        if topic in samples and topic not in amazons:
            yield Intent(_camel(topic), tuple(samples[topic][:MOST_SAMPLES]), topic=topic)


def _of_free_words(beginnings: Mapping[str, str]) -> Iterator[Intent]:
    for name, word in beginnings.items():
        yield Intent(name, (f"{word} {{question}}",), "question", FREE, f"{word} {{question}}")


def _beginnings(asked: Sequence[LabelledQuestion], lang: str) -> Mapping[str, str]:
    """Words that many questions begin with and that name nothing of the subject, by the name of their intent."""
    samples = (sample_of(question.text) for question in asked)
    counts = Counter(sample.split()[0] for sample in samples if sample is not None)
    subject = concept_table(lang).names_subject
    found: dict[str, str] = {}
    for word in definition(lang).beginnings:
        found[_free_name(word, found)] = word
    for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        fresh = word not in found.values() and not subject(word)
        if fresh and count >= _FEWEST_BEGINNINGS and len(found) < _MOST_BEGINNINGS:
            found[_free_name(word, found)] = word
    return found


def _free_name(word: str, taken: Mapping[str, str]) -> str:
    """Names of intents have ASCII letters only, so words that differ in others are told apart by a further letter."""
    name = "Free" + "".join(c for c in word.translate(_ASCII) if c.isascii() and c.isalpha()).capitalize()
    while name in taken:
        name += "X"
    return name


_ASCII = str.maketrans("åäöéü", "aaoeu")


def _camel(topic: str) -> str:
    return "".join(part.capitalize() for part in re.split(r"[._]", topic))
