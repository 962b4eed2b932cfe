"""The facts that each English answer has to carry: the same as the Swedish ones, after the `says` of topics.toml."""

from __future__ import annotations

import re

import pytest

from intents.data_files import topic_register
from skill import Knowledge, load_knowledge
from skill.checking import content_topics

# Topic: regular expressions over the first answer and the continuation, in lower case.
FACTS: dict[str, list[str]] = {
    "metastasis.definition": ["cells", "spread to other parts", "daughter tumour", "metastasis", "how serious"],
    "metastasis.primary_tumour": ["primary tumour", "mother tumour", "daughter", "treatment", "must be, or have been"],
    "metastasis.severity": ["die of cancer", "most people could be cured", "surgery", "radiotherapy", "more possible"],
    "metastasis.frequency": ["one in three", "diagnosis"],
    "metastasis.formation": [
        "without control",
        "destroy",
        "grow into",
        "come loose",
        "blood",
        "lymph",
        "thousands",
        "most of them die",
        "stuck",
        "capillaries",
    ],
    "metastasis.cell_identity": ["breast cancer cells", "not lung cancer", "microscope", "usually"],
    "metastasis.common_sites": [
        "anywhere",
        "lymph nodes",
        "lungs",
        "bones",
        "liver",
        "brain",
        "more common than a first tumour",
    ],
    "metastasis.why_these_sites": [
        "blood and lymph",
        "surroundings where cancer cells thrive",
        "nearby",
        "nearest lymph nodes",
        "help cancer cells survive",
        "not everything is known",
    ],
    "metastasis.which_cancers": ["most kinds", "leukaemia", "lymphoma", "from the start", "not always form tumours"],
    "metastasis.risk_factors": ["how large", "kind of cancer", "where it is", "severe"],
    "metastasis.prediction": ["no one can say for sure"],
    "metastasis.regional_and_distant": [
        "lymph node nearby",
        "another organ",
        "further away",
        "greater risk",
        "can occur anyway",
        "blood",
    ],
    "metastasis.unknown_primary": ["found first", "in a few cases", "unknown primary", "cup"],
    "metastasis.progress": ["ten years ago", "more actively", "aim is to try to cure"],
    "spread.lung_cancer": ["most often", "brain", "bones", "adrenal gland"],
    "spread.colon_cancer": ["most often", "lymph nodes", "liver"],
    "spread.prostate_cancer": ["most often", "bones"],
    "spread.breast_cancer": ["most often to the bones", "lungs", "liver", "brain", "armpit on the same side"],
    "spread.overview": ["prostate", "bones", "large bowel", "liver", "lung", "adrenal", "breast"],
    "symptoms.overview": ["lymph nodes", "swelling", "lungs", "cough", "liver", "bones", "brain", "not always"],
    "lymph_nodes.about": ["very common", "most kinds of cancer", "in time", "further away", "lymph vessels"],
    "lymph_nodes.symptoms": ["not always", "swollen", "close to the skin", "see and feel"],
    "lymph_nodes.lymphedema": ["block", "lymph", "fluid", "tissue", "lymphoedema"],
    "lymph_nodes.examination": ["deeper", "x-ray", "ultrasound", "ct scan", "mri", "pet"],
    "lymph_nodes.treatment": ["nearest lymph nodes", "removed", "checked", "armpit", "large bowel or rectum"],
    "lungs.about": ["common", "many kinds", "all blood", "heart", "oxygen"],
    "lungs.symptoms": [
        "not always",
        "small",
        "cough that does not go away",
        "blood",
        "short of breath",
        "infections",
        "fluid",
    ],
    "lungs.pleural_fluid": ["chest wall", "hard to breathe", "ache", "heavy", "needle", "several times"],
    "lungs.examination": ["x-ray", "first tests", "come later", "new x-ray"],
    "lungs.treatment": ["in some cases surgery", "only one or a few", "one lobe", "chemotherapy", "radiotherapy"],
    "liver.about": ["pancreas", "stomach", "large bowel", "blood from the stomach", "flows on to the liver"],
    "liver.symptoms": ["tired", "appetite", "feel ill", "below the ribs on the right", "jaundice", "belly", "ascites"],
    "liver.jaundice": ["block", "bile", "yellow", "itch", "dark", "pale", "tube", "stent"],
    "liver.examination": ["ultrasound", "ct scan", "mri", "half a centimetre"],
    "liver.treatment": [
        "sometimes be done",
        "healthy liver grow",
        "chemotherapy",
        "before surgery",
        "heat",
        "microwaves",
        "cure",
        "slow",
        "ease symptoms",
        "quality of life",
        "longer life",
    ],
    "bone.about": ["prostate", "breast", "lung"],
    "bone.symptoms": ["pain", "weakness", "leg", "calcium"],
    "bone.calcium": [
        "lose calcium",
        "ill",
        "tired",
        "constipated",
        "thirsty",
        "irritable",
        "confused",
        "unconscious",
        "effective medicines",
        "on the secondaries themselves",
    ],
    "bone.fracture": ["lose calcium", "risk of a break", "thigh bone", "spine", "metal plate", "screw"],
    "bone.examination": ["scintigraphy", "radioactive", "gathers", "special camera", "ct scan", "mri", "pet"],
    "bone.treatment": ["chemotherapy", "radiotherapy", "isotopes", "painkillers", "surgery", "stable"],
    "brain.about": ["breast", "lung", "kidney", "malignant melanoma", "not unusual", "some other organ"],
    "brain.symptoms": [
        "headache",
        "ill in general",
        "arms and legs",
        "weak",
        "mood",
        "different way",
        "seizures",
        "confusion",
        "tired",
    ],
    "brain.pressure": ["pressure", "skull", "cannot grow outwards"],
    "brain.examination": ["ct scan", "mri"],
    "brain.treatment": [
        "radiotherapy",
        "gamma knife",
        "chemotherapy",
        "swelling",
        "pressure",
        "surgery",
        "one or a few",
    ],
    "treatment.overview": [
        "same way",
        "surgery",
        "radiotherapy",
        "chemotherapy",
        "immunotherapy",
        "other medicines",
    ],
    "treatment.cure": ["can be cured", "more active", "ease symptoms", "prolong life", "own doctor"],
    "treatment.plan": ["no two cancers", "together with", "earlier illnesses", "age", "general health"],
    "treatment.surgery": [
        "near the first tumour",
        "in some cases",
        "which organ",
        "lungs or the liver",
        "grow back",
        "several tumours",
        "clear edges",
        "bone stable",
    ],
    "treatment.palliative_surgery": ["smaller operations", "relief", "plastic or metal", "bile"],
    "treatment.chemotherapy": [
        "tablets",
        "into the blood",
        "whole body",
        "same types",
        "cure",
        "prolong life",
        "dose is lower",
        "side effects",
        "long time",
        "cope",
    ],
    "treatment.resistance": ["resistant", "different chemotherapy", "other kind of cancer medicine"],
    "treatment.radiotherapy": [
        "aim is to cure",
        "most often",
        "bones",
        "pain",
        "slow the growth",
        "precise",
        "pictures",
    ],
    "treatment.radiotherapy_swelling": ["at first", "swelling", "worse", "before it gets better", "cortisone"],
    "treatment.stereotactic": ["one or a few", "liver or lungs", "many different sides", "dose is high", "spared"],
    "treatment.gamma_knife": ["gamma rays", "brain", "dose is high", "angles", "shape of the tumour", "healthy tissue"],
    "treatment.proton": ["for some people", "work well", "fewer side effects"],
    "treatment.immunotherapy": ["one of the treatments", "no more than that"],
    "helpline.contact": ["{phone}", "{phone_spoken}", "email", "in swedish", "in sweden"],
    "helpline.who": ["licensed", "long experience", "cancer care", "welcome"],
}

# The source says "a third", "about ten years", "many thousand", "half a centimetre", four ways to treat cancer.
_NUMBERS = re.compile(
    r"\d|\bpercent|\bper cent|\b(five|six|seven|eight|nine|eleven|twelve|twenty|thirty|forty|fifty|hundred)\b"
)


@pytest.fixture(scope="module")
def english() -> Knowledge:
    return load_knowledge("en")


def test_every_content_topic_has_its_facts() -> None:
    assert set(FACTS) == set(content_topics(topic_register()))


@pytest.mark.parametrize("topic", FACTS)
def test_the_answer_carries_its_facts(topic: str, english: Knowledge) -> None:
    answer = english.answers[topic]
    text = f"{answer.title} {answer.say} {answer.more}".lower()
    assert [fact for fact in FACTS[topic] if not re.search(fact, text)] == []


def test_no_answer_has_a_number_of_its_own(english: Knowledge) -> None:
    found = [
        f"{topic}: {match.group()}"
        for topic, answer in english.answers.items()
        for match in _NUMBERS.finditer(f"{answer.say} {answer.more} {answer.simple}".lower())
    ]
    assert found == []


def test_both_languages_name_the_same_place_of_the_source(english: Knowledge, knowledge: Knowledge) -> None:
    assert {t: a.section for t, a in english.answers.items()} == {t: a.section for t, a in knowledge.answers.items()}
