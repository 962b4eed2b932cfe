"""Whole conversations from a file: a guard against falling back, not a test of single sentences."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from talking import Talk, assert_proper

from intents.data_files import topic_register
from rostlots.assistant import Assistant
from rostlots.evaluation import Judged, LabelledConversation, Share, false_answers, missed_dangers
from skill import State

FILE = Path(__file__).parent.parent / "data" / "conversations.jsonl"
RIGHT_AT_LEAST = 0.84
FALSE_ANSWERS_AT_MOST = 0.05


@pytest.fixture(scope="module")
def judged(assistant: Assistant) -> list[Judged]:
    found = []
    for line in FILE.read_bytes().splitlines():
        one = msgspec.json.decode(line, type=LabelledConversation)
        talk = Talk(assistant, State(lang="en" if one.lang == "en" else "sv"))
        for turn, (text, expected) in enumerate(zip(one.turns, one.expect, strict=True)):
            reply = talk.say(text)
            assert_proper(reply)
            found.append(Judged(one.id, turn, text, expected, reply.topic, reply.confidence, reply.action))
    return found


def wrong(judged: list[Judged]) -> str:
    return "\n".join(f"{j.id}.{j.turn} {j.text}: {j.topic}, expected {j.expected}" for j in judged if not j.right)


def test_the_labels_are_topics(judged: list[Judged]) -> None:
    assert {topic for j in judged for topic in j.expected} <= set(topic_register())
    assert len(judged) > 500


def test_the_share_right_does_not_fall(judged: list[Judged]) -> None:
    share = Share(sum(j.right for j in judged), len(judged))
    assert share.value >= RIGHT_AT_LEAST, f"{share}\n{wrong(judged)}"


def test_later_turns_are_understood_about_as_well_as_first_ones(judged: list[Judged]) -> None:
    first = [j.right for j in judged if j.turn == 0]
    later = [j.right for j in judged if j.turn > 0]
    assert sum(later) / len(later) >= sum(first) / len(first) - 0.1


def test_no_danger_is_missed(judged: list[Judged]) -> None:
    missed = [j.text for j in judged if j.expected[0].startswith("safety.") and not j.topic.startswith("safety.")]
    assert not missed, missed_dangers(judged)


def test_facts_are_seldom_told_where_none_may_be(judged: list[Judged]) -> None:
    share = false_answers(judged)
    assert share.value <= FALSE_ANSWERS_AT_MOST, share
