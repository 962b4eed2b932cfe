"""The skill's manifest: what the store shows, what the skill may do, and what it says about privacy."""

from typing import Any

from rostlots.alexa.definition import PUBLISHED, Definition, definition
from skill import load_knowledge

ICONS = {"smallIconUri": 108, "largeIconUri": 512}


def manifest(*, endpoint: str | None = None, privacy_policy: str | None = None) -> dict[str, Any]:
    """The manifest as Amazon's JSON.

    endpoint: the https address of the web service's `/alexa`; without it the skill runs on Lambda, and the deployer
    fills in where. privacy_policy: the https address of the publisher's policy.
    """
    custom: dict[str, Any] = {"interfaces": [{"type": "ALEXA_PRESENTATION_APL"}]}
    if endpoint is not None:
        custom["endpoint"] = {"uri": endpoint, "sslCertificateType": "Trusted"}
    privacy: dict[str, Any] = {
        "allowsPurchases": False,
        "usesPersonalInfo": False,
        "isChildDirected": False,
        "isExportCompliant": True,
        "containsAds": False,
    }
    if privacy_policy is not None:
        privacy["locales"] = {locale: {"privacyPolicyUrl": privacy_policy} for locale, _ in _locales()}
    return {
        "manifest": {
            "manifestVersion": "1.0",
            "publishingInformation": {
                "locales": {locale: store_texts(locale, lang) for locale, lang in _locales()},
                "isAvailableWorldwide": True,
                "distributionCountries": [],
                "category": "HEALTH_AND_FITNESS",
                "testingInstructions": _testing(definition(PUBLISHED[0])),
            },
            "apis": {"custom": custom},
            "privacyAndCompliance": privacy,
        }
    }


def store_texts(locale: str, lang: str) -> dict[str, Any]:
    """What the store shows in one locale."""
    store = definition(lang).store
    return {
        "name": store.name,
        "summary": store.summary,
        "description": store.description.strip().format(phone=load_knowledge(lang).helpline.written),
        "keywords": list(store.keywords),
        "examplePhrases": [store.examples[0], *(_addressed(text, lang) for text in store.examples[1:])],
        "updatesDescription": store.updates,
        **{field: f"file://assets/images/{icon_name(locale, size)}" for field, size in ICONS.items()},
    }


def icon_name(locale: str, size: int) -> str:
    """The file of an icon inside the package."""
    return f"{locale}_{size}.png"


def _locales() -> list[tuple[str, str]]:
    return [(locale, lang) for lang in PUBLISHED for locale in definition(lang).locales]


def _addressed(question: str, lang: str) -> str:
    """A question as it is put to a skill that isn't open yet."""
    verb = {"en": "ask", "sv": "fråga"}[lang]
    return f"Alexa, {verb} {definition(lang).invocation} {question}"


def _testing(skill: Definition) -> str:
    return (
        f"No account and no device is needed. Say: {skill.store.examples[0]}. "
        f"Then: {'. '.join(skill.store.examples[1:])}. Follow up with: and in the brain, tell me more, slower. "
        "Emergencies (he is not breathing) are answered with 112 alone; personal questions (should I stop my tablets) "
        "with a referral to the doctor and the helpline. Stop ends the skill. Nothing is stored."
    )
