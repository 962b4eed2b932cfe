"""The fields of a reply that the outside relies on."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import msgspec
import pytest
from talking import Command, Talk, assert_proper

from intents.data_files import questions, topic_register
from rostlots.assistant import Assistant
from skill import Reply, State
from skill.reply import Action

FIELDS: dict[str, tuple[type, ...]] = {
    "heard": (str,),
    "action": (str,),
    "topic": (str,),
    "confidence": (float, int),
    "say": (str,),
    "more": (str, type(None)),
    "sources": (list,),
    "alternatives": (list,),
    "handoff": (dict, type(None)),
    "ends": (bool,),
    "lang": (str,),
}

ONE_OF_EACH = {
    "answer": "Vilka symtom ger metastaser i levern?",
    "clarify": "Hur undersöker man om det har spritt sig?",
    "handoff": "Kan jag få prata med en människa?",
    "emergency": "Hon andas inte!",
    "control": "Vem är du?",
    "fallback": "Vad blir det för väder i morgon?",
}


def as_json(rostlots: Command, text: str, *options: str) -> dict[str, Any]:
    ran = rostlots("ask", text, "--json", *options)
    assert ran.status == 0
    assert ran.out.count("\n") == 1
    found: dict[str, Any] = json.loads(ran.out)
    return found


@pytest.mark.parametrize("action", get_args(Action))
def test_every_action_occurs(action: str, assistant: Assistant) -> None:
    reply = Talk(assistant).say(ONE_OF_EACH[action])
    assert reply.action == action
    assert_proper(reply)


@pytest.mark.parametrize("text", [*ONE_OF_EACH.values(), ""])
def test_json_has_every_field_with_its_type(text: str, rostlots: Command) -> None:
    reply = as_json(rostlots, text)
    assert list(reply) == list(FIELDS)
    for name, types in FIELDS.items():
        assert isinstance(reply[name], types), name


@pytest.mark.parametrize("action", get_args(Action))
def test_a_reply_survives_the_way_to_json_and_back(action: str, assistant: Assistant) -> None:
    reply = Talk(assistant).say("Hej", ONE_OF_EACH[action])
    assert msgspec.json.decode(msgspec.json.encode(reply), type=Reply) == reply
    timed = msgspec.structs.replace(reply, timings={"hear": 12.5})
    assert msgspec.json.decode(msgspec.json.encode(timed), type=Reply) == timed


def test_what_was_heard_is_the_text_that_was_typed(rostlots: Command) -> None:
    assert as_json(rostlots, "  Vad är   metastaser? ")["heard"] == "Vad är metastaser?"


def test_a_source_names_title_and_section(rostlots: Command) -> None:
    (source,) = as_json(rostlots, "Vad är gulsot?")["sources"]
    assert source["title"].startswith("Metastaser")
    assert source["section"] == "Metastaser i levern: Symtom"


def test_runners_up_come_best_first_without_the_winner(rostlots: Command) -> None:
    reply = as_json(rostlots, "Kan det gå att bota?")
    found = reply["alternatives"]
    assert 1 <= len(found) <= 3
    assert [set(a) for a in found] == [{"topic", "confidence"}] * len(found)
    assert [a["confidence"] for a in found] == sorted((a["confidence"] for a in found), reverse=True)
    assert reply["topic"] not in [a["topic"] for a in found]


@pytest.mark.parametrize(
    ("text", "phone", "connect"),
    [
        ("Kan jag få prata med en människa?", "+46101991010", True),
        ("Hur länge har jag kvar att leva?", "+46101991010", False),
        ("Vad är metastaser?", "+46101991010", False),
        ("Hon andas inte!", "112", False),
        ("Jag vill inte leva längre", "90101", False),
    ],
)
def test_the_handoff_says_who_and_whether_to_connect(text: str, phone: str, connect: bool, rostlots: Command) -> None:
    handoff = as_json(rostlots, text)["handoff"]
    assert set(handoff) == {"name", "phone", "spoken", "connect"}
    assert (handoff["phone"], handoff["connect"]) == (phone, connect)
    assert not re.search(r"\d", handoff["spoken"])


def test_nothing_factual_no_source(rostlots: Command) -> None:
    for text in (ONE_OF_EACH["emergency"], ONE_OF_EACH["fallback"], ONE_OF_EACH["handoff"], "tack"):
        assert as_json(rostlots, text)["sources"] == []


def test_the_conversation_ends_where_the_caller_ends_it(rostlots: Command) -> None:
    assert as_json(rostlots, "hej då")["ends"] is True
    assert as_json(rostlots, "Vad är metastaser?")["ends"] is False


def test_more_is_what_comes_next(assistant: Assistant) -> None:
    talk = Talk(assistant)
    reply = talk.say("Hur behandlas metastaser i skelettet?")
    assert reply.more is not None
    assert reply.more in talk.say("berätta mer").say


def test_english_in_english_out(rostlots: Command) -> None:
    reply = as_json(rostlots, "What is a metastasis?", "--lang", "en")
    assert (reply["lang"], reply["topic"]) == ("en", "metastasis.definition")
    assert "tumours" in reply["say"]


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_every_topic_can_be_reached(lang: str, assistant: Assistant) -> None:
    """The first questions of each topic's own files; whether unseen ones are understood is measured elsewhere."""
    asked: dict[str, list[str]] = {topic: [] for topic in topic_register()}
    for question in questions(lang):
        asked[question.topics[0]].append(question.text)
    unreached = []
    for topic, texts in asked.items():
        replies = (assistant.answer(text, State(lang="en" if lang == "en" else "sv"))[0] for text in texts[:12])
        if not any(reply.topic == topic for reply in replies):
            unreached.append(topic)
    assert not unreached
