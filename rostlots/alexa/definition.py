"""What the skill is in one language: its names and store texts, its kinds of slots, and the intents that use them."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

_DATA = files("rostlots.alexa") / "data"
# What is deployed leaves out the languages that Amazon doesn't have.
LANGUAGES = tuple(lang for lang in ("en", "sv") if (_DATA / f"{lang}.toml").is_file())
PUBLISHED = ("en",)


class Store(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the skill store shows. `{phone}` in the description is the helpline's number."""

    name: str
    summary: str
    description: str
    keywords: tuple[str, ...]
    examples: tuple[str, ...]
    updates: str


class Screen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words around an answer on cards and screens."""

    title: str
    source: str
    number: str
    abroad: str


class SlotIntent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An intent that names one thing.

    type: the kind of slot; the slot has the same name in lower case. words: what the samples stand for.
    asks_for: the aspect ("symptoms" …) for which the slot's value is asked for where nobody named it.
    """

    name: str
    type: str
    words: str
    samples: tuple[str, ...]
    asks_for: str | None = None

    @property
    def slot(self) -> str:
        return self.type.lower()


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The skill in one language.

    invocation: the name that it is opened with. beginnings: words that sentences begin with, beside those that the
    questions show. pronunciation: what is read in place of a name.
    types: by kind of slot, what each value is called, by the concept whose words are its synonyms.
    """

    locales: tuple[str, ...]
    invocation: str
    beginnings: tuple[str, ...]
    store: Store
    pronunciation: dict[str, str]
    screen: Screen
    types: dict[str, dict[str, str]]
    intents: tuple[SlotIntent, ...]


@cache
def definition(lang: str) -> Definition:
    """The skill in a language, read once."""
    return msgspec.convert(tomllib.loads((_DATA / f"{lang}.toml").read_text(encoding="utf-8")), Definition)


def language_of(locale: str | None) -> str:
    """The language to answer a locale in: English wherever there is no other."""
    lang = (locale or "").partition("-")[0].lower()
    return lang if lang in LANGUAGES else "en"


def value_id(concept: str) -> str:
    """The id of a slot's value: "organ:lymph" is "organ_lymph"."""
    return concept.replace(":", "_")


def value_names(lang: str, kind: str) -> Mapping[str, str]:
    """What the values of a kind of slot are called, by their id."""
    return {value_id(concept): name for concept, name in definition(lang).types[kind].items()}
