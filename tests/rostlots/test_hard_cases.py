"""Cases at the edges: dangers beside questions, earlier words said again, hostile states and files."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from talking import Command, Talk, benign_questions, complaint

import intents.data_files
from intents.classifier import Classifier
from intents.concepts import ConceptEntry
from intents.data_files import questions, topic_register
from rostlots.assistant import Assistant
from skill import from_json, load_knowledge
from skill.checking import Understanding, check


@pytest.mark.parametrize("text", ["Mamma krampar nu", "hon krampar", "jag svimmar", "svår andnöd just nu"])
def test_more_dangers_stay_ones_beside_a_question(text: str, assistant: Assistant) -> None:
    chance = random.Random(1)
    lost = [
        b for b in chance.sample(benign_questions(), 100) if Talk(assistant).say(f"{b}. {text}").action != "emergency"
    ]
    assert lost == []


def test_each_danger_of_the_files_stays_one_beside_a_question(assistant: Assistant) -> None:
    chance = random.Random(1)
    dangers = [q.text for q in questions("sv") if q.topics[0].startswith("safety.")]
    known = [d for d in dangers if Talk(assistant).say(d).action == "emergency"]
    lost = [d for d in known if Talk(assistant).say(f"{chance.choice(benign_questions())}. {d}").action != "emergency"]
    assert len(lost) / len(known) < 0.01


def test_a_death_long_ago_is_no_emergency(assistant: Assistant) -> None:
    text = "Mormor slutade andas för tio år sedan, hade hon metastaser i lungorna tror du?"
    assert Talk(assistant).say(text).action != "emergency"


@pytest.mark.parametrize("danger", ["Hon andas inte", "Jag vill dö"])
def test_more_after_a_danger_is_more_of_it(danger: str, assistant: Assistant) -> None:
    talk = Talk(assistant)
    reply = talk.say("Vad är metastaser?", danger)
    assert reply.more is not None
    assert reply.more in talk.say("berätta mer").say


def test_again_after_a_danger_is_still_about_it(assistant: Assistant) -> None:
    reply = Talk(assistant).say("Vad är metastaser?", "Hon andas inte", "upprepa")
    assert reply.sources == ()
    assert reply.handoff is not None


def test_again_of_a_thank_you_has_no_source(assistant: Assistant) -> None:
    assert Talk(assistant).say("Vad är metastaser?", "tack", "upprepa").sources == ()


def test_simpler_after_more_offers_what_it_has(assistant: Assistant) -> None:
    talk = Talk(assistant)
    reply = talk.say("Vad är metastaser?", "mer", "enklare")
    assert reply.more is None or reply.more in talk.say("ja").say


def test_yes_is_no_organ(assistant: Assistant) -> None:
    assert Talk(assistant).say("Hur undersöker man om det har spritt sig?", "ja").sources == ()


def test_the_hours_said_more_simply_are_still_the_hours(assistant: Assistant) -> None:
    assert "inte berättat" not in Talk(assistant).say("När har Cancerlinjen öppet?", "enklare").say


def test_deep_garbage_is_no_state() -> None:
    with pytest.raises(ValueError, match="not a conversation state"):
        from_json('{"x":' + "[" * 100_000)


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ('{"topic":"a.b","offer":"a.b"}', "ja"),
        ('{"topic":"liver.about","organ":"foo"}', "hur behandlas det"),
        ('{"options":["a.b","c.d"],"asking":"clarify.choice"}', "den första"),
    ],
)
def test_a_state_of_topics_that_are_gone_does_no_harm(stored: str, said: str, assistant: Assistant) -> None:
    try:
        state = from_json(stored)
    except ValueError:
        return
    assistant.answer(said, state)


def test_bytes_of_another_encoding_as_argument(rostlots: Command) -> None:
    assert rostlots("ask", "\udcff hej", "--json").status in (0, 2)


@pytest.mark.parametrize("option", ["--save", "--plot"])
def test_a_place_that_cannot_be_written_is_named(option: str, tmp_path: Path, rostlots: Command) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"id": "a", "turns": ["hej"], "expect": [["control.greeting"]]}', encoding="utf-8")
    ran = rostlots("evaluate", file, option, tmp_path / "finns" / "inte")
    assert ran.status in (1, 2)
    assert "inte" in complaint(ran)


def test_what_is_no_result_cannot_be_compared(tmp_path: Path, rostlots: Command) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"id": "a", "turns": ["hej"], "expect": [["control.greeting"]]}', encoding="utf-8")
    ran = rostlots("evaluate", file, "--compare", file)
    assert ran.status in (1, 2)
    assert "x.jsonl" in complaint(ran)


@pytest.mark.model
def test_the_spoken_answer_in_a_folder_that_is_not_there(tmp_path: Path, rostlots: Command) -> None:
    ran = rostlots("ask", "hej", "--speak", tmp_path / "finns" / "inte.wav")
    assert ran.status in (1, 2)
    assert "inte.wav" in complaint(ran)


def test_a_broken_question_file_ends_the_command_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, rostlots: Command
) -> None:
    monkeypatch.setattr(intents.data_files, "question_files", lambda lang: {"x.txt": "[Liver]\nhej\n"})
    ran = rostlots("knowledge", "check")
    assert ran.status in (1, 2)
    assert "x.txt:1" in ran.out + ran.err


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04cut off"])
def test_a_cut_off_classifier_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a classifier"):
        Classifier.from_bytes(data)


def test_a_pattern_that_never_matches_is_told() -> None:
    entries = {"danger:blood": ConceptEntry(words=("hosta* blod",))}
    faults = check(topic_register(), load_knowledge("sv"), Understanding([], entries, {}))
    assert any("hosta* blod" in str(fault) for fault in faults)
