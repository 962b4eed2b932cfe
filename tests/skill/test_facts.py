"""The facts that each topic has to carry, by the words without which they are not told."""

from __future__ import annotations

import re

import pytest

from intents.data_files import topic_register
from skill import Knowledge
from skill.checking import content_topics

# Topic: what the first answer and the continuation together have to name, after the `says` of topics.toml.
# Each is a regular expression over lower-case text.
FACTS: dict[str, list[str]] = {
    "metastasis.definition": ["celler", "spri", "dottertumör", "metastasering", "avgör hur allvarlig"],
    "metastasis.primary_tumour": [
        "modertumör",
        "primärtumör",
        "dottertumör",
        "behandling",
        "finnas eller ha funnits|inte uppstå på egen hand",
    ],
    "metastasis.severity": ["dör", "de flesta", "opere", "strål", "möjlighet"],
    "metastasis.frequency": ["tredje|tredjedel", "diagnos"],
    "metastasis.formation": [
        "dela sig",
        "utan kontroll",
        "förstör",
        "väx",
        "lossna",
        "blod",
        "lymfa",
        "tusen",
        "dör",
        "fastna",
        "kapillär",
    ],
    "metastasis.cell_identity": ["bröst", "lungan", "celler från", "mikroskop"],
    "metastasis.common_sites": ["var som helst", "lymfkörtl", "lung", "skelett", "lever", "hjärna", "vanligare än"],
    "metastasis.why_these_sites": [
        "blod",
        "lymfa",
        "miljö",
        "trivs",
        "i närheten|nära",
        "mikromiljö",
        "inte allt|inte kända",
    ],
    "metastasis.which_cancers": ["de flesta", "leukemi", "lymfom", "från början", "inte heller alltid|inte alltid"],
    "metastasis.risk_factors": ["hur stor|storlek", "sort", "var tumören|läge", "svårighetsgrad"],
    "metastasis.prediction": ["säkert", "viss person"],
    "metastasis.regional_and_distant": [
        "regionala",
        "fjärrmetastas",
        "annat organ",
        "längre bort",
        "risken",
        "även utan",
        "blod",
    ],
    "metastasis.unknown_primary": ["först", "enstaka|få fall", "okänd primärtumör", "cup"],
    "metastasis.progress": ["tiotal år|tio år", "mer aktivt", "bota"],
    "spread.lung_cancer": ["hjärna", "skelett", "binjur"],
    "spread.colon_cancer": ["lymfkörtl", "lever"],
    "spread.prostate_cancer": ["oftast i skelettet|oftast till skelettet"],
    "spread.breast_cancer": ["skelett", "lung", "lever", "hjärna", "armhålan", "samma sida", "fjärrmetastas"],
    "spread.overview": ["prostata", "tjocktarm", "bröst", "lunga", "binjur", "skelett"],
    "symptoms.overview": [
        "lymfkörtl",
        "svull",
        "lung",
        "hosta",
        "lever",
        "trött",
        "skelett",
        "smärta|ont",
        "huvudvärk",
        "inte alltid",
    ],
    "lymph_nodes.about": ["mycket vanligt", "närmast", "nästan all", "i tid", "lymfkärl"],
    "lymph_nodes.symptoms": ["inte alltid", "svull", "huden", "känna"],
    "lymph_nodes.lymphedema": ["svull", "vätska", "vävnad", "lymfödem"],
    "lymph_nodes.examination": [
        "djupare",
        "röntgen",
        "ultraljud",
        "datortomografi|skiktröntgen",
        "magnetkamera",
        "pet",
    ],
    "lymph_nodes.treatment": [
        "tar man ofta bort",
        "undersök|kan man se",
        "bröstcancer",
        "armhålan",
        "tjocktarm",
        "ändtarm",
    ],
    "lungs.about": ["vanligt", "många", "blod", "hjärtat", "syre"],
    "lungs.symptoms": ["inte alltid", "små", "hosta", "blod", "andfådd|andnöd", "infektion", "luftväg", "lungsäck"],
    "lungs.pleural_fluid": ["bröstkorg", "andnöd|svårt att andas", "värk", "tyngd", "nål", "flera gånger"],
    "lungs.examination": ["röntg", "första undersökning", "senare", "symtom"],
    "lungs.treatment": ["opere", "några få", "lob", "cytostatika|cellgift", "strål"],
    "liver.about": ["bukspott", "magsäck", "tjocktarm", "blod", "mage|magen", "tarm"],
    "liver.symptoms": ["trött", "matlust", "revben", "höger", "gulsot", "vätska", "ascites", "obehag"],
    "liver.jaundice": ["gall", "gul", "ögon", "hud", "kli", "urin", "mörk", "avföring", "ljus", "rör", "stent"],
    "liver.examination": ["ultraljud", "datortomografi|skiktröntgen", "magnetkamera", "halv centimeter"],
    "liver.treatment": [
        "opere",
        "växa|återbild",
        "cytostatika|cellgift",
        "före",
        "värme",
        "mikrovåg",
        "bota",
        "bromsa",
        "lindra",
        "livskvalitet",
        "längre liv",
    ],
    "bone.about": ["prostata", "bröst", "lung"],
    "bone.symptoms": ["ont|smärta", "svag", "ett ben", "kalk"],
    "bone.calcium": [
        "kalk",
        "sjuk",
        "trött",
        "förstopp",
        "törst",
        "irriter",
        "förvirr",
        "medvetslös",
        "läkemedel",
        "metastaserna",
    ],
    "bone.fracture": ["kalk", "risk", "kotor", "lårben", "metall", "skruv"],
    "bone.examination": ["skintigrafi", "radioaktiv", "samlas", "kamera", "datortomografi", "magnetkamera", "pet"],
    "bone.treatment": ["cytostatika|cellgift", "strål", "isotop", "smärt", "opere|operation", "stabil"],
    "brain.about": ["bröst", "lung", "njur", "malignt melanom", "inte ovanligt"],
    "brain.symptoms": ["huvudvärk", "sjuk", "armar", "ben", "humör", "kramp", "förvirr", "trött"],
    "brain.pressure": ["tryck", "skallben", "symtom"],
    "brain.examination": ["datortomografi", "magnetkamera"],
    "brain.treatment": ["strål", "strålkniv", "cytostatika|cellgift", "svullnad", "tryck", "opere", "enstaka"],
    "treatment.overview": ["liknande", "operation", "strål", "cytostatika|cellgift", "immunterapi", "läkemedel"],
    "treatment.cure": ["bota", "spri", "aktiv", "lindra", "förläng", "bromsa", "läkare"],
    "treatment.plan": ["den andra lik", "läkare", "sjukdomar", "ålder", "hälsa"],
    "treatment.surgery": [
        "lymfkört",
        "vilket organ",
        "funktion",
        "lung",
        "lever",
        "återbild",
        "enstaka",
        "avgränsa",
        "ont",
        "benbrott|gå av",
    ],
    "treatment.palliative_surgery": ["mindre", "lindra", "rör", "plast", "metall", "galla"],
    "treatment.chemotherapy": [
        "tablett",
        "blodet",
        "hela kroppen",
        "samma",
        "bota",
        "förläng",
        "lindra",
        "länge",
        "lägre",
        "biverkning",
        "orka",
    ],
    "treatment.resistance": ["resisten|stå emot", "annat cellgift|annan cytostatika", "annan typ|annan sort"],
    "treatment.radiotherapy": [
        "bota",
        "oftast för att lindra",
        "skelett",
        "smärt",
        "bromsa",
        "precision",
        "frisk",
        "bilder",
    ],
    "treatment.radiotherapy_swelling": ["svull", "mer ont", "innan det blir bättre", "kortison"],
    "treatment.stereotactic": ["noga", "hög", "många (olika )?håll", "enstaka", "lung", "lever", "skona"],
    "treatment.gamma_knife": ["strålkniv", "gamma", "hjärna", "hög", "form", "frisk"],
    "treatment.proton": ["effekt", "färre biverkning", "vissa"],
    "treatment.immunotherapy": ["en av de behandlingar", "inte mer|mer än så", "cancerlinjen|läkare"],
    "helpline.contact": ["010-199 10 10|{phone}", "mejl"],
    "helpline.who": ["legitimerad", "vårdpersonal", "lång erfarenhet", "välkom", "frågor", "tankar"],
}


def told(knowledge: Knowledge, topic: str) -> str:
    answer = knowledge.answers[topic]
    return f"{answer.title} {answer.say} {answer.more}".lower()


def test_every_content_topic_has_its_facts() -> None:
    assert set(FACTS) == set(content_topics(topic_register()))


@pytest.mark.parametrize("topic", FACTS)
def test_the_answer_carries_its_facts(topic: str, knowledge: Knowledge) -> None:
    text = told(knowledge, topic)
    assert [fact for fact in FACTS[topic] if not re.search(fact, text)] == []


# The source says "a third", "about ten years", "many thousand", "half a centimetre"; other numbers would be made up.
NUMBERS = re.compile(
    r"\d|\bprocent|\b(två|fyra|fem|sex|sju|åtta|nio|elva|tolv|tjugo|trettio|fyrtio|femtio|hundra)\b", re.IGNORECASE
)


def test_no_answer_has_a_number_of_its_own(knowledge: Knowledge) -> None:
    found = [
        f"{topic}: {match.group()}"
        for topic, answer in knowledge.answers.items()
        for match in NUMBERS.finditer(f"{answer.say} {answer.more} {answer.simple}")
        # "fyra sätt": the four kinds of treatment in `treatment.immunotherapy`; "de två": tumour and metastasis.
        if match.group().lower() not in ("fyra", "två")
    ]
    assert found == []
