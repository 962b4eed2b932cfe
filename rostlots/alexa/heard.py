"""What an intent request says: words, a topic that is certain, or nothing that could be made out."""

from dataclasses import dataclass

from ask_sdk_model import Intent as RequestedIntent
from ask_sdk_model import Slot
from ask_sdk_model.slu.entityresolution import StatusCode

from rostlots.alexa.definition import value_names
from rostlots.alexa.intents import BUILT_IN, FREE, Intent, intents


@dataclass(frozen=True)
class Said:
    """One of both, or neither where no words could be made out."""

    words: str | None = None
    topic: str | None = None


def said(requested: RequestedIntent, lang: str) -> Said:
    """What the intent stands for. One that the model doesn't have says nothing."""
    if requested.name in BUILT_IN:
        return Said(topic=BUILT_IN[requested.name])
    intent = intents(lang).get(requested.name or "")
    if intent is None:
        return Said()
    if intent.words is None or intent.slot is None:
        return Said(topic=intent.topic)
    return _filled(intent, intent.words, (requested.slots or {}).get(intent.slot), lang)


def _filled(intent: Intent, words: str, slot: Slot | None, lang: str) -> Said:
    value = None if slot is None else _value(intent, slot, lang)
    if not value:
        return Said()
    return Said(words=words.replace(f"{{{intent.slot}}}", value))


def _value(intent: Intent, slot: Slot, lang: str) -> str | None:
    """What a slot's value is called here; what somebody said that is none of its values stays as it was said."""
    spoken = slot.value if isinstance(slot.value, str) else None
    if intent.type is None or intent.type == FREE:
        return spoken
    names = value_names(lang, intent.type)
    for resolution in (slot.resolutions.resolutions_per_authority if slot.resolutions else None) or ():
        if resolution.status is not None and resolution.status.code == StatusCode.ER_SUCCESS_MATCH:
            for found in resolution.values or ():
                known = names.get(found.value.id or "") if found.value is not None else None
                if known is not None:
                    return known
    return spoken
