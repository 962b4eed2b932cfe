"""Whole talks: what is left unsaid, asking back, more, again, slower, simpler, yes and no, and giving up."""

from __future__ import annotations

import pytest
from talking import Talk

from rostlots.assistant import Assistant
from skill import Knowledge, State, from_json, to_json

NOTICE = "Jag är en automatisk röst och ersätter inte vården."


@pytest.fixture
def talk(assistant: Assistant) -> Talk:
    return Talk(assistant)


# ------------------------------------------------------------------ the first turn


def test_the_notice_comes_once_and_first(talk: Talk) -> None:
    said = [
        talk.say(t).say for t in ("Vad är metastaser?", "mer", "upprepa", "hej", "Vad är gulsot?", "börja om", "hej")
    ]
    assert said[0].startswith(NOTICE)
    assert [text.count(NOTICE) for text in said] == [1, 0, 0, 0, 0, 0, 0]


def test_the_number_is_told_with_the_first_answer_and_not_with_each(talk: Talk, knowledge: Knowledge) -> None:
    assert knowledge.helpline.written in talk.say("Vad är metastaser?").say
    assert knowledge.helpline.written not in talk.say("Vad är gulsot?").say


def test_the_answer_opens_by_saying_back_what_was_understood(talk: Talk) -> None:
    reply = talk.say("Vad märker man om det har satt sig i levern?")
    assert reply.say.removeprefix(NOTICE).strip().startswith("Symtom vid metastaser i levern:")


# ------------------------------------------------------------------ follow-ups


@pytest.mark.parametrize(
    ("turns", "topics"),
    [
        (
            ["Vilka symtom ger metastaser i levern?", "och i lungorna då?", "hjärnan?"],
            ["liver.symptoms", "lungs.symptoms", "brain.symptoms"],
        ),
        (
            ["Hur behandlas metastaser i skelettet?", "Och i hjärnan?", "Hur är det med levern?"],
            ["bone.treatment", "brain.treatment", "liver.treatment"],
        ),
        (
            ["Vilka symtom ger metastaser i lungorna?", "hur behandlas det?", "hur undersöks det?"],
            ["lungs.symptoms", "lungs.treatment", "lungs.examination"],
        ),
        (["Vart sprider sig prostatacancer?", "och bröstcancer?"], ["spread.prostate_cancer", "spread.breast_cancer"]),
        (
            ["Vilka symtom ger metastaser i lungorna?", "Nej, jag menade skelettet."],
            ["lungs.symptoms", "bone.symptoms"],
        ),
        (
            ["Hur behandlas metastaser i skelettet?", "Inte behandlingen, symtomen."],
            ["bone.treatment", "bone.symptoms"],
        ),
        (["What are the symptoms in the liver?", "and in the lungs?"], ["liver.symptoms", "lungs.symptoms"]),
    ],
    ids=["organ", "organ of treatment", "aspect", "cancer", "corrected organ", "corrected aspect", "English"],
)
def test_what_is_left_unsaid_is_what_was_spoken_of(turns: list[str], topics: list[str], assistant: Assistant) -> None:
    talk = Talk(assistant, State(lang="en" if turns[0].startswith("What") else "sv"))
    assert [talk.say(turn).topic for turn in turns] == topics


def test_the_context_outlives_steering(talk: Talk) -> None:
    topics = [
        talk.say(t).topic for t in ("Vilka symtom ger metastaser i levern?", "tack", "upprepa", "och i lungorna då?")
    ]
    assert topics[-1] == "lungs.symptoms"


def test_the_same_words_mean_nothing_without_context(talk: Talk) -> None:
    assert talk.say("och då?").action != "answer"


# ------------------------------------------------------------------ asking back


def test_a_missing_organ_is_asked_for_and_its_name_answers(talk: Talk) -> None:
    asked = talk.say("Hur undersöker man om det har spritt sig?")
    assert (asked.action, asked.topic) == ("clarify", "clarify.organ")
    for organ in ("lymfkörtlarna", "lungorna", "levern", "skelettet", "hjärnan"):
        assert organ in asked.say.lower()
    assert asked.sources == ()
    assert talk.say("levern").topic == "liver.examination"
    assert talk.state.asking is None


def test_a_missing_aspect_is_asked_for_and_its_name_answers(talk: Talk) -> None:
    asked = talk.say("det gäller levern")
    assert asked.topic == "clarify.aspect"
    assert "i levern" in asked.say
    assert talk.say("undersökning").topic == "liver.examination"


@pytest.mark.parametrize(("said", "topic"), [("det första", "liver.symptoms"), ("det andra", "liver.treatment")])
def test_a_choice_is_answered_by_first_or_second(said: str, topic: str, assistant: Assistant) -> None:
    options = ("liver.symptoms", "liver.treatment")
    talk = Talk(assistant, State(noticed=True, turns=1, asking="clarify.choice", options=options))
    assert talk.say(said).topic == topic


def test_an_open_question_does_not_hold_the_caller_back(talk: Talk) -> None:
    talk.say("Hur undersöker man om det har spritt sig?")
    assert talk.say("Vad är gulsot?").topic == "liver.jaundice"
    assert talk.state.options == ()


def test_both_of_two_things_asked_at_once_can_be_had(talk: Talk) -> None:
    first = talk.say("Symtom och behandling vid metastaser i levern, tack.")
    titles = {"Symtom vid metastaser i levern:", "Behandling av metastaser i levern:"}
    told = {title for title in titles if title in first.say}
    if not told:
        assert first.topic == "clarify.choice"
        told = {title for title in titles if title in talk.say("det första").say}
        second = talk.say("Och det andra?")
    else:
        second = talk.say("ja tack")
    assert len(told) == 1
    assert (titles - told).pop() in second.say


# ------------------------------------------------------------------ more, again, slower, louder, simpler


def test_more_then_no_more(talk: Talk, knowledge: Knowledge) -> None:
    talk.say("Hur behandlas metastaser i skelettet?")
    more = talk.say("berätta mer")
    assert more.topic == "control.more"
    assert knowledge.answers["bone.treatment"].more in more.say
    assert more.sources
    end = talk.say("mer")
    assert "Mer än så säger min källa inte" in end.say
    assert knowledge.helpline.written in end.say


def test_more_of_nothing(talk: Talk) -> None:
    reply = talk.say("berätta mer")
    assert reply.action == "control"
    assert reply.sources == ()
    assert "inte berättat något än" in reply.say


def test_again_brings_the_same_words(talk: Talk) -> None:
    first = talk.say("Vad är metastaser?").say.removeprefix(NOTICE).strip()
    assert talk.say("upprepa").say == first
    assert talk.say("en gång till").say == first
    more = talk.say("berätta mer").say
    assert talk.say("ta det en gång till").say == more


def test_again_of_nothing(talk: Talk) -> None:
    assert "inte sagt något än" in talk.say("upprepa").say


def test_slower_repeats_and_lasts(talk: Talk) -> None:
    first = talk.say("Vad är metastaser?").say.removeprefix(NOTICE).strip()
    assert not talk.state.slow
    reply = talk.say("prata långsammare")
    assert reply.topic == "control.slower"
    assert first in reply.say
    for text in ("Vad är gulsot?", "upprepa", "Hon andas inte!", "börja om", "hej"):
        talk.say(text)
        assert talk.state.slow
    assert not talk.state.loud


def test_louder_repeats_and_lasts(talk: Talk) -> None:
    first = talk.say("Vad är metastaser?").say.removeprefix(NOTICE).strip()
    reply = talk.say("prata högre")
    assert reply.topic == "control.louder"
    assert first in reply.say
    talk.say("Vad är gulsot?")
    assert talk.state.loud
    assert not talk.state.slow


def test_slower_said_twice_does_not_pile_up(talk: Talk) -> None:
    talk.say("Vad är metastaser?")
    once = talk.say("långsammare").say
    assert talk.say("långsammare").say == once


def test_simpler_says_the_same_in_other_words(talk: Talk, knowledge: Knowledge) -> None:
    talk.say("Vad är gulsot?")
    reply = talk.say("säg det enklare")
    assert reply.topic == "control.simpler"
    assert knowledge.answers["liver.jaundice"].simple in reply.say
    assert reply.sources[0].section == "Metastaser i levern: Symtom"
    assert "inte berättat" in Talk(talk.assistant).say("säg det enklare").say


def test_waiting_leaves_everything_open(talk: Talk, knowledge: Knowledge) -> None:
    first = talk.say("Vad är gulsot?").say.removeprefix(NOTICE).strip()
    assert talk.say("vänta lite, jag ska hämta en penna").topic == "control.wait"
    assert talk.say("upprepa").say == first
    talk.say("vänta lite")
    assert knowledge.answers["liver.jaundice"].more in talk.say("ja tack").say


def test_starting_over_forgets_the_subject_but_not_the_manner(talk: Talk) -> None:
    talk.say("Vilka symtom ger metastaser i levern?", "långsammare")
    assert talk.say("börja om från början").topic == "control.start_over"
    assert talk.state.topic is None
    assert talk.state.organ is None
    assert talk.state.offer is None
    assert talk.state.slow
    assert "inte berättat något än" in talk.say("berätta mer").say


def test_the_source_is_named_with_its_reviewer_and_what_it_is_not(talk: Talk) -> None:
    talk.say("Vad är gulsot?")
    reply = talk.say("var kommer det här ifrån")
    assert reply.topic == "control.source"
    for words in ("Cancerfonden", "Jan Zedenius", "inte granskade av Cancerfonden", "2026"):
        assert words in reply.say


def test_goodbye_ends_with_the_number(talk: Talk, knowledge: Knowledge) -> None:
    reply = talk.say("hej då")
    assert reply.ends
    assert knowledge.helpline.written in reply.say


# ------------------------------------------------------------------ yes and no


def test_yes_to_more_brings_more_and_then_the_next_subject(talk: Talk, knowledge: Knowledge) -> None:
    talk.say("Vad är en metastas?")
    assert talk.state.offer == "control.more"
    assert knowledge.answers["metastasis.definition"].more in talk.say("ja").say
    offered = talk.state.offer
    assert offered in knowledge.answers
    reply = talk.say("ja tack")
    assert reply.topic == "control.yes"
    assert f"{knowledge.answers[offered].title}:" in reply.say
    assert reply.sources
    assert talk.state.topic == offered


def test_no_to_an_offer_closes_it(talk: Talk) -> None:
    talk.say("Vad är en metastas?")
    assert talk.say("nej").topic == "control.no"
    assert talk.state.offer is None
    reply = talk.say("ja")
    assert reply.sources == ()


def test_yes_to_being_put_through_connects(talk: Talk) -> None:
    asked = talk.say("Hur länge har jag kvar att leva?")
    assert asked.handoff is not None
    assert not asked.handoff.connect
    reply = talk.say("ja")
    assert reply.handoff is not None
    assert reply.handoff.connect
    assert reply.handoff.phone == "+46101991010"


def test_no_to_being_put_through_does_not(talk: Talk, knowledge: Knowledge) -> None:
    talk.say("Ska jag säga ja till operationen?")
    reply = talk.say("nej")
    assert reply.handoff is None or not reply.handoff.connect
    assert knowledge.helpline.written in reply.say


def test_yes_to_nothing_asks_what_is_wanted(talk: Talk) -> None:
    reply = talk.say("ja")
    assert reply.action == "control"
    assert reply.sources == ()
    assert reply.say.endswith(("?", "."))


# ------------------------------------------------------------------ not understood

RUBBISH = ("asdf qwer zxcv", "blupp blupp", "???")


def test_two_misunderstandings_in_a_row_lead_to_people(talk: Talk, knowledge: Knowledge) -> None:
    first = talk.say(RUBBISH[0])
    assert (first.action, first.topic) == ("fallback", "fallback.unclear")
    assert first.handoff is None
    second = talk.say(RUBBISH[1])
    assert second.action == "handoff"
    assert second.handoff is not None
    assert second.handoff.phone == "+46101991010"
    assert not second.handoff.connect
    assert knowledge.helpline.spoken in second.say
    put_through = talk.say("ja tack")
    assert put_through.handoff is not None
    assert put_through.handoff.connect


def test_something_understood_between_counts_anew(talk: Talk) -> None:
    actions = [talk.say(t).action for t in (RUBBISH[0], "Vad är metastaser?", RUBBISH[2])]
    assert actions == ["fallback", "answer", "fallback"]


def test_off_topic_talk_is_steered_back_without_a_fact(talk: Talk) -> None:
    for text in ("tänd lampan i köket", "Vad blir det för väder i morgon?", "spela lite musik"):
        reply = Talk(talk.assistant).say(text)
        assert (reply.action, reply.topic) == ("fallback", "fallback.off_topic")
        assert "metastaser" in reply.say
        assert reply.sources == ()


def test_a_misunderstanding_keeps_what_was_spoken_of(talk: Talk) -> None:
    talk.say("Vilka symtom ger metastaser i levern?", RUBBISH[2])
    assert talk.say("och i lungorna då?").topic == "lungs.symptoms"


# ------------------------------------------------------------------ the state is a value


def test_the_state_that_went_in_is_not_changed(assistant: Assistant) -> None:
    _, before = assistant.answer("Vilka symtom ger metastaser i levern?", State())
    kept = to_json(before)
    first, _ = assistant.answer("och i lungorna då?", before)
    second, _ = assistant.answer("och i lungorna då?", before)
    assert to_json(before) == kept
    assert first == second


def test_two_talks_never_share_anything(assistant: Assistant) -> None:
    turns = {
        "a": ["Vilka symtom ger metastaser i levern?", "långsammare", "och i lungorna då?", "mer"],
        "b": ["Vart sprider sig bröstcancer?", "asdf qwer zxcv", "berätta mer", "ja"],
    }
    alone = {name: [Talk(assistant).say(*said[: n + 1]).say for n in range(4)] for name, said in turns.items()}
    one, other = Talk(assistant), Talk(assistant)
    together: dict[str, list[str]] = {"a": [], "b": []}
    for said_a, said_b in zip(turns["a"], turns["b"], strict=True):
        together["a"].append(one.say(said_a).say)
        together["b"].append(other.say(said_b).say)
    assert together == alone
    assert not other.state.slow


def test_a_talk_goes_on_after_the_way_to_json_and_back(assistant: Assistant) -> None:
    turns = ["levermetastaser", "symtom", "långsammare", "ja", "och i lungorna då?", "hur länge har jag kvar", "nej"]
    kept, stored = Talk(assistant), Talk(assistant)
    for turn in turns:
        reply = kept.say(turn)
        stored.state = from_json(to_json(stored.state))
        assert stored.say(turn) == reply
        assert stored.state == kept.state


def test_the_state_holds_none_of_the_callers_words(talk: Talk) -> None:
    talk.say("Jag heter Xerxes Xanadu, 19121212-1212, vilka symtom ger metastaser i levern?", "Xerxes zxcv")
    stored = to_json(talk.state).decode()
    for word in ("xerxes", "xanadu", "1912", "zxcv"):
        assert word not in stored.lower()


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "null",
        "[]",
        "3",
        '"hej"',
        "{",
        '{"lang":"sv"',
        '{"lang":"xx"}',
        '{"turns":"två"}',
        '{"topic":3}',
        '{"options":"liver.about"}',
        '{"noticed":"ja"}',
        '{"turns":1e400}',
        b"\xff\xfe",
        b"\x80abc",
    ],
)
def test_garbage_is_no_state(garbage: str | bytes) -> None:
    with pytest.raises(ValueError, match="not a conversation state"):
        from_json(garbage)


def test_an_empty_state_is_a_new_talk() -> None:
    assert from_json("{}") == State()
    assert to_json(State()) == b"{}"
    assert from_json('{"unknown":1}') == State(), "a later version may have added a field"
