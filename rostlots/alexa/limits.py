"""What Amazon takes in an interaction model and a skill's store texts, checked before Amazon does.

Each fault names the file, the intent or field, and the sample. Where Amazon's own bound is wider or not stated, the
stricter one here leaves room.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

MOST_INTENTS = 250
MOST_SAMPLES = 500
MOST_SAMPLE_CHARACTERS = 200
MOST_VALUES = 1000
MOST_VALUE_CHARACTERS = 140
MOST_SYNONYMS = 100
MOST_MODEL_BYTES = 1_500_000

_NAME = re.compile(r"(?:AMAZON\.)?[A-Za-z][A-Za-z_]*")
# Letters, spaces, apostrophes and hyphens inside words, slots in braces.
_SAMPLE = re.compile(r"(?:\{[a-z_]+\}|[^\W\d_]+(?:['-][^\W\d_]+)*)(?: (?:\{[a-z_]+\}|[^\W\d_]+(?:['-][^\W\d_]+)*))*")
_SLOT = re.compile(r"\{([a-z_]+)\}")
_INVOCATION = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?(?: [^\W\d_]+(?:'[^\W\d_]+)?)+")
# Words that open a skill or wake the device, so that a name with them would never be heard whole.
_NOT_IN_INVOCATION = frozenset(
    {"alexa", "amazon", "app", "ask", "begin", "computer", "echo", "enable", "launch", "load", "open", "skill", "tell"}
)
_NEEDED = ("AMAZON.HelpIntent", "AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent")


def model_faults(file: str, model: Mapping[str, Any], size: int) -> list[str]:
    """Every fault of an interaction model. Size: of its file, in bytes."""
    language = model["interactionModel"]["languageModel"]
    types = {one["name"]: one for one in language["types"]}
    found = list(_invocation(language["invocationName"]))
    if size > MOST_MODEL_BYTES:
        found.append(f"has {size} bytes; it may have {MOST_MODEL_BYTES}")
    if len(language["intents"]) > MOST_INTENTS:
        found.append(f"has {len(language['intents'])} intents; it may have {MOST_INTENTS}")
    names = [intent["name"] for intent in language["intents"]]
    found += [f"{name}: is there twice" for name in sorted({n for n in names if names.count(n) > 1})]
    found += [f"{name}: is missing" for name in _NEEDED if name not in names]
    home: dict[str, str] = {}
    for intent in language["intents"]:
        found += [f"{intent['name']}: {text}" for text in _intent(intent, types, home)]
    for one in types.values():
        found += [f"{one['name']}: {text}" for text in _type(one)]
    return [f"{file}: {text}" for text in found]


def store_faults(file: str, locale: str, texts: Mapping[str, Any]) -> list[str]:
    """Every fault of what the store shows in one locale."""
    found = []
    for field, most in (("name", 50), ("summary", 160), ("description", 4000)):
        if not 2 <= len(texts[field]) <= most:
            found.append(f"{field} has {len(texts[field])} characters; it may have 2 to {most}")
    for field, count, most in (("keywords", 30, 60), ("examplePhrases", 3, 200)):
        if len(texts[field]) > count:
            found.append(f"{field} has {len(texts[field])} entries; it may have {count}")
        found += [f"{field}: {text!r} is too long" for text in texts[field] if len(text) > most]
    return [f"{file}: {locale}: {text}" for text in found]


def _invocation(name: str) -> Iterator[str]:
    if _INVOCATION.fullmatch(name) is None or name != name.lower() or not 2 <= len(name) <= 50:
        yield f"invocationName: {name!r} is not two or more words in lower case"
    for word in sorted(_NOT_IN_INVOCATION & set(name.split())):
        yield f"invocationName: {name!r} has {word!r}, which Alexa keeps for herself"


def _intent(intent: Mapping[str, Any], types: Mapping[str, Any], home: dict[str, str]) -> Iterator[str]:
    name, slots = intent["name"], {slot["name"]: slot["type"] for slot in intent.get("slots", ())}
    if _NAME.fullmatch(name) is None:
        yield "the name has signs other than letters"
    if len(intent["samples"]) > MOST_SAMPLES:
        yield f"has {len(intent['samples'])} samples; it may have {MOST_SAMPLES}"
    if not intent["samples"] and not name.startswith("AMAZON."):
        yield "has no sample"
    for slot, kind in slots.items():
        if not kind.startswith("AMAZON.") and kind not in types:
            yield f"slot {slot}: there is no type {kind}"
    for sample in intent["samples"]:
        if _SAMPLE.fullmatch(sample) is None:
            yield f"{sample!r} has signs that a sample may not have"
        if len(sample) > MOST_SAMPLE_CHARACTERS:
            yield f"{sample!r} is longer than {MOST_SAMPLE_CHARACTERS} characters"
        if sample in home:
            yield f"{sample!r} is a sample of {home[sample]} too"
        home[sample] = name
        for slot in _SLOT.findall(sample):
            if slot not in slots:
                yield f"{sample!r} has a slot that the intent doesn't have"
            elif slots[slot] == "AMAZON.SearchQuery" and sample == f"{{{slot}}}":
                yield f"{sample!r}: free words need a word before them"


def _type(one: Mapping[str, Any]) -> Iterator[str]:
    if len(one["values"]) > MOST_VALUES:
        yield f"has {len(one['values'])} values; it may have {MOST_VALUES}"
    home: dict[str, str] = {}
    for value in one["values"]:
        words = [value["name"]["value"], *value["name"]["synonyms"]]
        if len(words) > MOST_SYNONYMS:
            yield f"{words[0]!r} has {len(words) - 1} synonyms; it may have {MOST_SYNONYMS}"
        for word in words:
            if not 0 < len(word) <= MOST_VALUE_CHARACTERS:
                yield f"{word!r} is longer than {MOST_VALUE_CHARACTERS} characters, or empty"
            if word in home:
                yield f"{word!r} is {home[word]} and {value['id']}"
            home[word] = value["id"]
