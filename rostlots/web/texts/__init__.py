"""What the page and the refusals say, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from skill import Lang, load_knowledge
from skill.steering import spoken_date


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language. errors: by code. page: by place. script: what the page says while something goes on."""

    errors: dict[str, str]
    page: dict[str, str | dict[str, str]]
    script: dict[str, str]


@cache
def texts(lang: Lang) -> Texts:
    """The texts of a language, with the helpline's number and the source's date filled in."""
    raw = msgspec.toml.decode((files(__name__) / f"{lang}.toml").read_bytes())
    knowledge = load_knowledge(lang)
    names = {"phone": knowledge.helpline.written, "retrieved": spoken_date(knowledge)}
    return msgspec.convert(_filled(raw, names), Texts)


def _filled(value: object, names: dict[str, str]) -> object:
    if isinstance(value, dict):
        return {key: _filled(inner, names) for key, inner in value.items()}
    if not isinstance(value, str):
        return value
    for name, text in names.items():
        value = value.replace("{" + name + "}", text)
    return value
