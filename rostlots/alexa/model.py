"""The interaction model: what Alexa's own understanding is built from, out of our intents and concepts."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from intents.data_files import concept_table, questions, spoken_forms
from intents.normalise import utterance
from rostlots.alexa.definition import definition, value_id
from rostlots.alexa.intents import Intent, intents, sample_of
from rostlots.alexa.limits import MOST_SYNONYMS
from skill import load_knowledge

# A word that stands once only among thousands of questions may be a slip.
_FEWEST_USES = 2
_PROMPT = "Elicit.Slot"


def interaction_model(lang: str) -> dict[str, Any]:
    """The model of a language as Amazon's JSON."""
    asking = [intent for intent in intents(lang).values() if intent.asks_for is not None]
    return {
        "interactionModel": {
            "languageModel": {
                "invocationName": definition(lang).invocation,
                "intents": [_intent(intent) for intent in intents(lang).values()],
                "types": [_type(lang, kind) for kind in definition(lang).types],
            },
            "dialog": {
                "delegationStrategy": "SKILL_RESPONSE",
                "intents": [_dialog(intent) for intent in asking],
            },
            "prompts": [_prompt(intent, lang) for intent in asking],
        }
    }


def _intent(intent: Intent) -> dict[str, Any]:
    built: dict[str, Any] = {"name": intent.name}
    if intent.slot is not None:
        slot: dict[str, Any] = {"name": intent.slot, "type": intent.type}
        if intent.asks_for is not None:
            slot["samples"] = [f"{{{intent.slot}}}"]
        built["slots"] = [slot]
    return {**built, "samples": list(intent.samples)}


def _dialog(intent: Intent) -> dict[str, Any]:
    slot = {
        "name": intent.slot,
        "type": intent.type,
        "elicitationRequired": True,
        "confirmationRequired": False,
        "prompts": {"elicitation": f"{_PROMPT}.{intent.name}.{intent.slot}"},
    }
    return {
        "name": intent.name,
        "delegationStrategy": "SKILL_RESPONSE",
        "confirmationRequired": False,
        "prompts": {},
        "slots": [slot],
    }


def _prompt(intent: Intent, lang: str) -> dict[str, Any]:
    words = load_knowledge(lang).phrase("clarify", "organ_plain")
    return {
        "id": f"{_PROMPT}.{intent.name}.{intent.slot}",
        "variations": [{"type": "PlainText", "value": words}],
    }


def _type(lang: str, kind: str) -> dict[str, Any]:
    names = definition(lang).types[kind]
    spoken = {concept: dict.fromkeys(_ways_of_saying(lang, concept)) for concept in names}
    shared = Counter(word for words in spoken.values() for word in words) + Counter(names.values())
    return {
        "name": kind,
        "values": [
            {
                "id": value_id(concept),
                "name": {
                    "value": name,
                    "synonyms": [w for w in spoken[concept] if shared[w] == 1][: MOST_SYNONYMS - 1],
                },
            }
            for concept, name in names.items()
        ],
    }


def _ways_of_saying(lang: str, concept: str) -> Iterator[str]:
    for words, count in _uses(lang).get(concept, Counter[str]()).most_common():
        if count >= _FEWEST_USES and sample_of(words) == words:
            yield words


@cache
def _uses(lang: str) -> Mapping[str, Counter[str]]:
    """How often the questions name a concept, by the words that they name it with and that name nothing else."""
    table, forms = concept_table(lang), spoken_forms(lang)
    found: dict[str, Counter[str]] = {}
    for question in questions(lang):
        words = utterance(question.text, forms).words
        mentions = table.mentions(words)
        ambiguous = Counter((m.start, m.end) for m in mentions if m.concept not in _SAY_LITTLE)
        for mention in mentions:
            if ambiguous[mention.start, mention.end] == 1:
                found.setdefault(mention.concept, Counter())[" ".join(words[mention.start : mention.end])] += 1
    return found


# Beside another concept these make a word no less clear.
_SAY_LITTLE = frozenset({"cancer", "metastasis"})
