"""The checked knowledge: answers by topic, fixed phrases, contacts and the source, read once and never changed."""

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import TypeVar

import msgspec

from skill.reply import Handoff, Source

_T = TypeVar("_T")
_NOT_CONNECTING = "not_connecting.toml"
_NOT_ANSWERS = frozenset({"conversation.toml", "contacts.toml", _NOT_CONNECTING})


class KnowledgeError(Exception):
    """The knowledge files cannot be used; the message says every file, place and fault."""


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said about one content topic.

    title: what was understood, said back first. say: the first answer, without the title.
    more: the continuation. simple: the core in everyday words.
    section: the place in the source. suggest: what to ask next, best first.
    offer: how this topic is named in an offer ("Vill du höra om …?").
    """

    title: str
    say: str
    more: str
    simple: str
    section: str
    suggest: tuple[str, ...]
    offer: str


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A telephone number: E.164 (or a short number), as written, and as read out."""

    name: str
    phone: str
    written: str
    spoken: str

    def handoff(self, *, connect: bool) -> Handoff:
        return Handoff(self.name, self.phone, self.spoken, connect)


class SourceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the facts come from, and when they were taken."""

    title: str
    publisher: str
    reviewer: str
    retrieved: datetime.date
    sections: tuple[str, ...]


Phrases = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Knowledge:
    """Everything that the voice knows in one language.

    answers: by topic id. phrases: by family ("safety", "handoff", "control" …) and name.
    not_connecting_phrases: said in place of those where the way in can put no call through.
    contacts: "helpline", "emergency", "suicide_line", "health_line".
    hours: when the helpline is open, in words, where the operator has said so.
    connects: whether the way in can put a call through.
    """

    answers: Mapping[str, Answer]
    phrases: Phrases
    contacts: Mapping[str, Contact]
    source: SourceFile
    lang: str = "sv"
    hours: str | None = None
    not_connecting_phrases: Phrases = field(default_factory=lambda: MappingProxyType({}))
    connects: bool = True

    @property
    def helpline(self) -> Contact:
        return self.contacts["helpline"]

    def phrase(self, family: str, name: str, **names: str) -> str:
        """A fixed phrase with the helpline's number and the given names filled in."""
        text = self.phrases[family][name]
        return text.format(phone=self.helpline.written, phone_spoken=self.helpline.spoken, **names)

    def with_hours(self, hours: str) -> "Knowledge":
        """The same knowledge, with the helpline's opening hours in words."""
        return replace(self, hours=hours)

    def not_connecting(self) -> "Knowledge":
        """The same knowledge in the words of a way in that can put no call through."""
        merged = {
            family: {**names, **self.not_connecting_phrases.get(family, {})} for family, names in self.phrases.items()
        }
        return replace(self, phrases=MappingProxyType(merged), connects=False)

    def sources(self, topic: str) -> tuple[Source, ...]:
        """The place in the source that carries a content topic."""
        answer = self.answers.get(topic)
        return () if answer is None else (Source(self.source.title, answer.section),)


def knowledge_files(lang: str = "sv") -> dict[str, str]:
    """The text of each knowledge file of a language, by file name."""
    folder = files("skill") / "knowledge" / lang
    return {f.name: f.read_text(encoding="utf-8") for f in _sorted(folder) if f.name.endswith(".toml")}


def parse_knowledge(texts: Mapping[str, str], source_text: str, *, lang: str = "sv") -> Knowledge:
    """The knowledge from the text of its files.

    Raises:
        KnowledgeError: all faults of form at once, each with its file and place.
    """
    faults: list[str] = []
    answers: dict[str, Answer] = {}
    homes: dict[str, str] = {}
    for name, text in texts.items():
        if name in _NOT_ANSWERS:
            continue
        for topic, entry in _tables(name, text, faults).items():
            if topic in answers:
                faults.append(f"{name}: [{topic}] stands in {homes[topic]} too")
            parsed = _convert(f"{name}: [{topic}]", entry, Answer, faults)
            if parsed is not None:
                answers[topic], homes[topic] = _even(parsed), name
    phrases = _tables("conversation.toml", texts.get("conversation.toml", ""), faults)
    speaker = _tables(_NOT_CONNECTING, texts.get(_NOT_CONNECTING, ""), faults)
    contacts = {
        key: contact
        for key, entry in _tables("contacts.toml", texts.get("contacts.toml", ""), faults).items()
        if (contact := _convert(f"contacts.toml: [{key}]", entry, Contact, faults)) is not None
    }
    source = _convert("source.toml", _tables("source.toml", source_text, faults), SourceFile, faults)
    if "helpline" not in contacts:
        faults.append("contacts.toml: [helpline] is missing")
    if faults or source is None:
        raise KnowledgeError("\n".join(faults))
    return Knowledge(
        MappingProxyType(answers),
        _frozen(phrases),
        MappingProxyType(contacts),
        source,
        lang,
        not_connecting_phrases=_frozen(speaker),
    )


@cache
def load_knowledge(lang: str = "sv") -> Knowledge:
    """The knowledge that ships with the product, read once.

    Raises:
        KnowledgeError: a file is broken.
    """
    source_text = (files("skill") / "knowledge" / "source.toml").read_text(encoding="utf-8")
    return parse_knowledge(knowledge_files(lang), source_text, lang=lang)


def _sorted(folder: Traversable) -> list[Traversable]:
    return sorted(folder.iterdir(), key=lambda f: f.name)


def _tables(name: str, text: str, faults: list[str]) -> dict[str, dict[str, str]]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.append(f"{name}: {error}")
        return {}


def _frozen(phrases: Mapping[str, Mapping[str, str]]) -> Phrases:
    return MappingProxyType({family: MappingProxyType(dict(names)) for family, names in phrases.items()})


def _convert(place: str, entry: object, kind: type[_T], faults: list[str]) -> _T | None:
    try:
        return msgspec.convert(entry, kind)
    except msgspec.ValidationError as error:
        faults.append(f"{place}: {error}")
        return None


def _even(answer: Answer) -> Answer:
    """Line breaks of the file are no pauses of the voice."""
    return msgspec.structs.replace(
        answer,
        say=" ".join(answer.say.split()),
        more=" ".join(answer.more.split()),
        simple=" ".join(answer.simple.split()),
    )
