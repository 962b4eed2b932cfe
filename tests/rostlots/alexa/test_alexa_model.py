"""The interaction model: whole, within Amazon's limits, and of one piece with the understanding."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from intents.data_files import concept_table, topic_register
from rostlots.alexa.definition import LANGUAGES, definition, language_of, value_id
from rostlots.alexa.intents import BUILT_IN, FALLBACK, FREE, intents, sample_of
from rostlots.alexa.limits import MOST_MODEL_BYTES, model_faults, store_faults
from rostlots.alexa.model import interaction_model
from rostlots.alexa.store import manifest, store_texts
from rostlots.assistant import Assistant, new_conversation


@pytest.fixture(scope="module", params=LANGUAGES)
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def model(lang: str) -> dict[str, Any]:
    return interaction_model(lang)


def language_model(model: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = model["interactionModel"]["languageModel"]
    return found


def test_it_has_no_fault(lang: str, model: dict[str, Any]) -> None:
    assert model_faults(lang, model, len(json.dumps(model).encode())) == []


def test_it_has_the_intents_that_amazon_wants(model: dict[str, Any]) -> None:
    names = {intent["name"] for intent in language_model(model)["intents"]}
    assert {*BUILT_IN, FALLBACK} <= names


def test_every_topic_that_is_not_for_words_alone_has_an_intent(lang: str) -> None:
    by_words = ("clarify.", "fallback.", "handoff.personal_advice", "handoff.not_covered")
    have = {intent.topic for intent in intents(lang).values()}
    assert {t for t in topic_register() if not t.startswith(by_words)} <= have


def test_every_free_intent_puts_back_what_alexa_keeps(lang: str) -> None:
    free = [intent for intent in intents(lang).values() if intent.type == FREE]
    assert len(free) >= 60
    for intent in free:
        assert intent.samples == (intent.words,)
        assert intent.words is not None
        assert intent.words.endswith(" {question}")


def test_the_dialogue_asks_for_slots_that_are_there(model: dict[str, Any]) -> None:
    slots = {i["name"]: {s["name"] for s in i.get("slots", ())} for i in language_model(model)["intents"]}
    prompts = {prompt["id"] for prompt in model["interactionModel"]["prompts"]}
    dialogue = model["interactionModel"]["dialog"]["intents"]
    assert len(dialogue) == 4
    for intent in dialogue:
        for slot in intent["slots"]:
            assert slot["name"] in slots[intent["name"]]
            assert slot["prompts"]["elicitation"] in prompts


def test_a_synonym_names_what_its_value_is(lang: str, model: dict[str, Any]) -> None:
    for kind in language_model(model)["types"]:
        for value in kind["values"]:
            concept = next(c for c in definition(lang).types[kind["name"]] if value_id(c) == value["id"])
            for word in (value["name"]["value"], *value["name"]["synonyms"]):
                named = {m.concept for m in concept_table(lang).mentions(word.split())}
                assert concept in named, (word, named)


@pytest.mark.parametrize("topic", ["safety.emergency", "safety.self_harm", "handoff.urgent", "handoff.prognosis"])
def test_samples_mean_to_us_what_they_mean_to_alexa(topic: str) -> None:
    """What Alexa would take for danger or distress, our own understanding takes for it too."""
    assistant = Assistant(connects=False)
    (intent,) = (i for i in intents("en").values() if i.topic == topic)
    right = [assistant.answer(s, new_conversation("en"))[0].topic.partition(".")[0] for s in intent.samples]
    family = {"safety", "handoff"}
    assert sum(f in family for f in right) / len(right) >= 0.95


@pytest.mark.parametrize(
    ("locale", "lang"),
    [("en-GB", "en"), ("en-US", "en"), ("EN-in", "en"), ("sv-SE", "sv"), ("de-DE", "en"), ("", "en"), (None, "en")],
)
def test_a_locale_gets_its_language_or_english(locale: str | None, lang: str) -> None:
    assert language_of(locale) == lang


@pytest.mark.parametrize(
    ("text", "sample"),
    [
        ("What's a metastasis?", "what's a metastasis"),
        ("Mum’s coughing, help!", "mum's coughing help"),
        ("an X-ray", "an x-ray"),
        ("stage 4", None),
        ("?!", None),
        ("100 %", None),
    ],
)
def test_a_question_becomes_a_sample(text: str, sample: str | None) -> None:
    assert sample_of(text) == sample


# ------------------------------------------------------------------ the validator names each kind of fault


def intent_named(model: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(i for i in language_model(model)["intents"] if i["name"] == name)
    return found


def spoil_samples(*samples: str) -> Callable[[dict[str, Any]], object]:
    return lambda m: intent_named(m, "Organ")["samples"].extend(samples)


def first_value(model: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = language_model(model)["types"][0]["values"][0]["name"]
    return found


SPOILT: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "digits": (spoil_samples("stage 4"), "x.json: Organ: 'stage 4' has signs"),
    "punctuation": (spoil_samples("the liver?"), "x.json: Organ: 'the liver?' has signs"),
    "too long": (spoil_samples("a " * 100 + "b"), "is longer than 200"),
    "twice": (spoil_samples("tell me more"), "x.json: ControlMore: 'tell me more' is a sample of Organ too"),
    "unknown slot": (spoil_samples("in {place}"), "'in {place}' has a slot that the intent doesn't have"),
    "bare free words": (
        lambda m: intent_named(m, "FreeWhat")["samples"].append("{question}"),
        "x.json: FreeWhat: '{question}': free words need a word",
    ),
    "no samples": (lambda m: intent_named(m, "Organ").update(samples=[]), "x.json: Organ: has no sample"),
    "too many samples": (
        lambda m: intent_named(m, "Organ").update(samples=[f"a{'b' * n}" for n in range(501)]),
        "x.json: Organ: has 501 samples",
    ),
    "name": (lambda m: intent_named(m, "Organ").update(name="Organ2"), "x.json: Organ2: the name has signs"),
    "name twice": (lambda m: intent_named(m, "Organ").update(name="FreeWhat"), "x.json: FreeWhat: is there twice"),
    "missing": (lambda m: intent_named(m, "AMAZON.StopIntent").update(name="Halt"), "AMAZON.StopIntent: is missing"),
    "type": (lambda m: intent_named(m, "Organ")["slots"][0].update(type="Place"), "there is no type Place"),
    "too many intents": (
        lambda m: language_model(m)["intents"].extend({"name": f"I{'x' * n}", "samples": ["a"]} for n in range(200)),
        "it may have 250",
    ),
    "invocation of one word": (lambda m: language_model(m).update(invocationName="pilot"), "invocationName: 'pilot'"),
    "invocation in capitals": (lambda m: language_model(m).update(invocationName="The Pilot"), "invocationName"),
    "invocation that Alexa hears": (lambda m: language_model(m).update(invocationName="ask pilot"), "has 'ask'"),
    "synonym of two": (
        lambda m: language_model(m)["types"][0]["values"][1]["name"]["synonyms"].append("armpit"),
        "x.json: Organ: 'armpit' is organ_lymph and organ_lungs",
    ),
    "long value": (lambda m: first_value(m).update(value="x" * 141), "is longer than 140 characters"),
    "too many synonyms": (
        lambda m: first_value(m).update(synonyms=[f"a{'b' * n}" for n in range(120)]),
        "has 120 synonyms",
    ),
}


@pytest.mark.parametrize(("spoil", "words"), SPOILT.values(), ids=SPOILT)
def test_a_fault_is_named_with_its_place(spoil: Callable[[dict[str, Any]], object], words: str) -> None:
    model = copy.deepcopy(interaction_model("en"))
    spoil(model)
    faults = model_faults("x.json", model, 1000)
    assert any(words in fault for fault in faults), faults
    assert all(fault.startswith("x.json: ") for fault in faults)


def test_a_model_that_is_too_large_is_named() -> None:
    (fault,) = model_faults("x.json", interaction_model("en"), MOST_MODEL_BYTES + 1)
    assert "bytes" in fault


# ------------------------------------------------------------------ the store


def test_the_store_is_told_what_the_skill_is_not() -> None:
    for locale, texts in manifest()["manifest"]["publishingInformation"]["locales"].items():
        assert store_faults("skill.json", locale, texts) == []
        for words in ("no diagnosis", "not for emergencies", "ring 112", "010-199 10 10", "stores nothing"):
            assert words in texts["description"]
        invocation = definition("en").invocation
        assert all(invocation in phrase for phrase in texts["examplePhrases"])
    assert store_faults("sv", "sv-SE", store_texts("sv-SE", "sv")) == []


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "x", "name has 1 characters"),
        ("summary", "x" * 161, "summary has 161 characters"),
        ("description", "x" * 4001, "description has 4001"),
        ("examplePhrases", ["a"] * 4, "examplePhrases has 4 entries"),
        ("keywords", ["x" * 61], "is too long"),
    ],
)
def test_a_fault_of_the_store_texts_is_named(field: str, value: object, words: str) -> None:
    texts = {**store_texts("en-GB", "en"), field: value}
    (fault,) = store_faults("skill.json", "en-GB", texts)
    assert fault.startswith("skill.json: en-GB: ")
    assert words in fault
