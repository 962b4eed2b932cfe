"""Conversations with the skill object, request by request."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from alexa_requests import Session, envelope, intent, slot, words_of
from ask_sdk_model import Request
from flask import Flask

from intents.data_files import topic_register
from rostlots.alexa import AlexaSettings, blueprint
from rostlots.alexa.definition import definition, value_id
from rostlots.alexa.intents import BUILT_IN, intents
from rostlots.alexa.skill import build_skill
from rostlots.assistant import Assistant, new_conversation
from rostlots.settings import Settings, SettingsError
from skill import Knowledge, Reply, from_json, load_knowledge

# Amazon's bounds on one response.
MOST_SPEECH, MOST_RESPONSE = 8000, 24 * 1024


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return Assistant(connects=False)


@pytest.fixture
def talk(assistant: Assistant) -> Session:
    return Session(build_skill(assistant))


@pytest.fixture(scope="module")
def english() -> Knowledge:
    return load_knowledge("en").not_connecting()


def organ(name: str, concept: str) -> dict[str, Any]:
    return slot("organ", name, found=(name, value_id(f"organ:{concept}")))


def state_topic(talk: Session) -> str | None:
    return from_json(talk.attributes["state"]).topic


def test_it_opens_with_what_it_is_and_is_not(talk: Session) -> None:
    said = talk.launch()
    assert "automatic voice" in said
    assert "no diagnosis" in said
    assert "ring 112" in said
    assert said.endswith("?")
    assert talk.last["response"]["shouldEndSession"] is False
    assert words_of(talk.last["response"]["reprompt"]["outputSpeech"]["ssml"]).endswith("?")


def test_the_notice_comes_once_also_where_the_skill_is_opened_with_a_question(talk: Session) -> None:
    assert "automatic voice" in talk.intend("OrganSymptoms", organ("liver", "liver"))
    assert "automatic voice" not in talk.intend("OrganTreatment", organ("liver", "liver"))


def test_a_follow_up_refers_to_what_was_spoken_of(talk: Session) -> None:
    talk.intend("OrganSymptoms", organ("lungs", "lungs"))
    assert state_topic(talk) == "lungs.symptoms"
    talk.intend("Organ", organ("brain", "brain"))
    assert state_topic(talk) == "brain.symptoms"
    talk.ask("how", "is that treated")
    assert state_topic(talk) == "brain.treatment"


def test_a_free_question_is_understood_with_the_word_that_alexa_keeps_to_herself(talk: Session) -> None:
    talk.ask("where", "does breast cancer usually spread")
    assert state_topic(talk) == "spread.breast_cancer"
    talk.ask("why", "do people go yellow")
    assert state_topic(talk) == "liver.jaundice"


def test_yes_brings_what_was_offered_and_repeat_says_it_again(talk: Session, english: Knowledge) -> None:
    talk.intend("CancerSpread", slot("cancer", "prostate", found=("prostate cancer", "cancer_prostate")))
    more = talk.intend("AMAZON.YesIntent")
    assert english.answers["spread.prostate_cancer"].more.split(".")[0] in more
    assert talk.intend("AMAZON.RepeatIntent") == more


def test_a_missing_organ_is_asked_for_as_a_slot(talk: Session) -> None:
    talk.ask("what", "tests are done")
    (directive,) = talk.last["response"]["directives"]
    assert (directive["type"], directive["slotToElicit"]) == ("Dialog.ElicitSlot", "organ")
    assert directive["updatedIntent"]["name"] == "OrganTests"
    assert talk.last["response"]["shouldEndSession"] is False
    talk.intend("OrganTests", organ("liver", "liver"))
    assert state_topic(talk) == "liver.examination"


def test_an_organ_alone_answers_the_question_which(talk: Session) -> None:
    talk.ask("what", "tests are done")
    talk.intend("Organ", organ("liver", "liver"))
    assert state_topic(talk) == "liver.examination"


def test_what_is_none_of_the_values_stays_as_it_was_said(talk: Session) -> None:
    said = talk.intend("OrganSymptoms", slot("organ", "kidneys"))
    assert "My source says nothing about that" in said


def test_a_danger_gets_112_alone_and_the_reprompt_says_it_again(talk: Session) -> None:
    for said in (talk.intend("SafetyEmergency"), talk.ask("my", "husband is not breathing")):
        assert "112" in said
        assert "automatic voice" not in said
        reprompt = words_of(talk.last["response"]["reprompt"]["outputSpeech"]["ssml"])
        assert "112" in reprompt
        assert talk.last["response"]["shouldEndSession"] is False


def test_it_says_that_it_cannot_ring_and_shows_the_number(talk: Session) -> None:
    said = talk.intend("HandoffRequest")
    assert "cannot ring for you" in said
    assert "They speak Swedish" in said
    content = talk.last["response"]["card"]["content"]
    assert "010-199 10 10" in content
    assert "+46101991010" in content
    assert "cannot ring" in content


def test_stop_says_goodbye_and_ends(talk: Session) -> None:
    for name in ("AMAZON.StopIntent", "AMAZON.CancelIntent"):
        assert "Goodbye" in talk.intend(name)
        assert talk.last["response"]["shouldEndSession"] is True
        assert "reprompt" not in talk.last["response"]


def test_slower_and_louder_are_heard(talk: Session) -> None:
    talk.intend("OrganSymptoms", organ("liver", "liver"))
    talk.intend("ControlSlower")
    talk.intend("ControlLouder")
    ssml = talk.last["response"]["outputSpeech"]["ssml"]
    assert ssml.startswith('<speak><prosody rate="slow" volume="loud">')
    assert "liver" in words_of(ssml)


def test_two_misunderstandings_lead_to_people(talk: Session) -> None:
    assert "say it once more" in talk.intend("AMAZON.FallbackIntent")
    assert "010 199 10 10" in talk.intend("AMAZON.FallbackIntent")


def test_a_card_shows_answer_and_source_and_never_what_was_said(talk: Session) -> None:
    talk.ask("what", "are the symptoms in the liver for my neighbour Holger")
    card = talk.last["response"]["card"]
    assert card["title"].endswith("Symptoms of secondary tumours in the liver")
    assert "Metastaser i levern: Symtom" in card["content"]
    assert "Holger" not in json.dumps(talk.last)


@pytest.mark.parametrize("screen", [True, False])
def test_only_devices_with_a_screen_are_shown_a_page(assistant: Assistant, screen: bool) -> None:
    talk = Session(build_skill(assistant), screen=screen)
    talk.intend("OrganSymptoms", organ("liver", "liver"))
    shown = [d for d in talk.last["response"].get("directives", ()) if d["type"].endswith("RenderDocument")]
    assert bool(shown) is screen
    if screen:
        properties = shown[0]["datasources"]["answer"]["properties"]
        assert "010-199 10 10" in properties["below"]
        assert properties["text"].startswith("I am an automatic voice")


@pytest.mark.parametrize("lacks", ["device", "supportedInterfaces"])
def test_a_request_that_tells_nothing_of_the_device_is_answered(lacks: str, talk: Session) -> None:
    request = intent("OrganSymptoms", organ("liver", "liver"))
    system = request["context"]["System"]
    del (system if lacks == "device" else system["device"])[lacks]
    assert "Jaundice" in talk.send(request)


def test_the_state_outlives_the_way_to_alexa_and_back_and_a_broken_one_starts_anew(talk: Session) -> None:
    talk.intend("OrganSymptoms", organ("liver", "liver"))
    for broken in ({}, {"state": 7}, {"state": "{"}, {"state": '{"lang":"xx"}'}, {"state": '{"lang":"sv"}'}):
        said = talk.send(intent("Organ", organ("brain", "brain"), attributes=broken))
        assert "automatic voice" in said


@pytest.mark.parametrize(
    "kind", sorted(set(Request.discriminator_value_class_map) - {"LaunchRequest", "IntentRequest"})
)
def test_where_alexa_takes_no_words_none_are_sent(talk: Session, kind: str) -> None:
    """Every kind of request that the SDK knows: the session's end, touches, events, errors of Alexa's own."""
    assert talk.send(envelope({"type": kind})) == ""
    assert talk.last["response"] == {}


@pytest.mark.parametrize("reason", ["USER_INITIATED", "ERROR", "EXCEEDED_MAX_REPROMPTS"])
def test_the_end_of_a_session_is_taken_in_silence(talk: Session, reason: str) -> None:
    error = {"type": "INVALID_RESPONSE", "message": "x"}
    assert talk.send(envelope({"type": "SessionEndedRequest", "reason": reason, "error": error})) == ""


def test_an_intent_that_nobody_knows_is_not_understood(talk: Session) -> None:
    assert "say it once more" in talk.intend("MadeUp")


def test_whatever_fails_the_number_is_said(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    assistant = Assistant(connects=False)

    def broken(*_: object) -> tuple[Reply, Any]:
        raise RuntimeError("my name is Holger")

    monkeypatch.setattr(assistant, "answer", broken)
    talk = Session(build_skill(assistant))
    assert "010 199 10 10" in talk.ask("what", "is a metastasis")
    assert talk.last["response"]["shouldEndSession"] is False
    assert "RuntimeError" in caplog.text
    assert "Holger" not in caplog.text


def test_replies_are_told_to_whoever_counts_them(assistant: Assistant) -> None:
    told: list[Reply] = []
    talk = Session(build_skill(assistant, note=told.append))
    talk.intend("SafetyEmergency")
    assert [reply.topic for reply in told] == ["safety.emergency"]


# ------------------------------------------------------------------ Swedish, as recordings


def test_answers_can_be_spoken_in_swedish_as_recordings() -> None:
    said: dict[str, str] = {}

    def recorded(text: str, slow: bool) -> str:
        address = f"https://example.org/{len(said)}.mp3?a=1&slow={slow}"
        said[address] = text
        return address

    assistant = Assistant(connects=False, answers_in="sv")
    talk = Session(build_skill(assistant, recorded=recorded))
    talk.intend("OrganSymptoms", organ("liver", "liver"))
    response = talk.last["response"]
    (answer,) = ElementTree.fromstring(response["outputSpeech"]["ssml"]).findall("audio")
    assert "gulsot" in said[answer.attrib["src"]].lower()
    (question,) = ElementTree.fromstring(response["reprompt"]["outputSpeech"]["ssml"]).findall("audio")
    assert said[question.attrib["src"]] == "Vill du höra mer?"
    assert "Källa: Metastaser" in response["card"]["content"]
    assert state_topic(talk) == "liver.symptoms"
    talk.ask("and", "how is it treated")
    assert state_topic(talk) == "liver.treatment"


def test_where_a_recording_fails_alexa_reads_the_number_herself() -> None:
    def recorded(text: str, slow: bool) -> str:
        raise OSError("no voice")

    assistant = Assistant(connects=False, answers_in="sv")
    talk = Session(build_skill(assistant, recorded=recorded))
    assert "Something went wrong on my side" in talk.launch()
    before = {"state": '{"lang":"en","turns":1,"topic":"liver.symptoms"}'}
    talk.send(intent("AMAZON.RepeatIntent", attributes=before))
    assert talk.attributes == before


def test_the_address_of_the_recordings_is_the_operators() -> None:
    settings = AlexaSettings.from_environ(
        {"ROSTLOTS_ALEXA_AUDIO_URL": "https://röst.example/", "ROSTLOTS_ALEXA_VERIFY": "0"}
    )
    app = Flask("test")
    app.register_blueprint(blueprint(Settings(), settings, sound=lambda text, slow: "/api/speech/0.mp3"))
    answer = app.test_client().post("/alexa", json=envelope({"type": "LaunchRequest"}, new=True))
    assert "https://röst.example/api/speech/0.mp3" in answer.get_json()["response"]["outputSpeech"]["ssml"]
    with pytest.raises(SettingsError, match="no Swedish voice"):
        blueprint(Settings(), settings)


def test_nothing_is_kept_whatever_the_operator_keeps_elsewhere(tmp_path: Path) -> None:
    review = tmp_path / "review.db"
    app = Flask("test")
    app.register_blueprint(blueprint(Settings(review=review), AlexaSettings(verify=False)))
    asked = intent("FreeCan", slot("question", "you turn off the lamp"))
    answer = app.test_client().post("/alexa", json=asked)
    assert answer.get_json()["response"]["outputSpeech"]
    assert not review.exists()
    # The very same words are counted elsewhere.
    Assistant.from_settings(Settings(review=review)).answer("can you turn off the lamp", new_conversation("en"))
    assert review.exists()


@pytest.mark.parametrize(
    ("name", "value"), [("ROSTLOTS_ALEXA_AUDIO_URL", "http://example.org"), ("ROSTLOTS_ALEXA_VERIFY", "no")]
)
def test_a_setting_that_cannot_be_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        AlexaSettings.from_environ({name: value})


# ------------------------------------------------------------------ everything that can be said


@pytest.mark.parametrize("topic", [t for t in topic_register() if not t.startswith(("clarify.", "fallback."))])
def test_every_topic_can_be_said_and_shown(topic: str, assistant: Assistant) -> None:
    skill = build_skill(assistant)
    by_topic = {i.topic: i.name for i in intents("en").values() if i.topic and i.topic not in BUILT_IN.values()}
    name = by_topic.get(topic) or next((n for n, t in BUILT_IN.items() if t == topic), None)
    if name is None:
        assert topic in ("handoff.personal_advice", "handoff.not_covered")
        return
    talk = Session(skill, screen=True)
    assert talk.intend(name)
    response = talk.last["response"]
    assert len(response["outputSpeech"]["ssml"]) <= MOST_SPEECH
    assert len(json.dumps(talk.last).encode()) <= MOST_RESPONSE
    assert "connect you" not in talk.last["response"]["outputSpeech"]["ssml"]
    assert response["card"]["content"]


def test_no_words_for_a_speaker_promise_a_call(english: Knowledge) -> None:
    for family, names in english.phrases.items():
        for name, text in names.items():
            assert "onnect" not in text, (family, name)


@pytest.mark.parametrize("kind", ["Organ", "Cancer", "Treatment"])
def test_every_intent_with_a_slot_is_understood_for_every_value(kind: str, assistant: Assistant) -> None:
    wanted = {"OrganSymptoms": "symptoms", "OrganTests": "examination", "OrganTreatment": "treatment"}
    family = {"organ:lymph": "lymph_nodes"}
    for one in (i for i in intents("en").values() if i.type == kind):
        for concept, name in definition("en").types[kind].items():
            talk = Session(build_skill(assistant))
            talk.intend(one.name, slot(kind.lower(), name, found=(name, value_id(concept))))
            state = from_json(talk.attributes["state"])
            organ_id = family.get(concept, concept.partition(":")[2])
            if one.name in wanted:
                assert state.topic == f"{organ_id}.{wanted[one.name]}", (one.name, name)
            elif one.name == "OrganCauses":
                assert state.topic == f"{organ_id}.about", (one.name, name)
            elif one.name == "Organ":
                assert (state.asking, state.organ) == ("clarify.aspect", organ_id), name
            elif kind == "Cancer":
                assert state.topic == f"spread.{organ_id}_cancer", name
            else:
                assert (state.topic or "").startswith("treatment."), name
                assert organ_id[:5] in (state.topic or "").replace("immunotherapy", "immuno"), name
