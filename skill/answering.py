"""Answers to questions of fact: first answer, continuation, simpler wording, and what is offered next."""

from skill.draft import Draft
from skill.knowledge_base import Knowledge
from skill.state import State

MORE = "control.more"


def answer(knowledge: Knowledge, state: State, topic: str, queued: str | None = None) -> Draft:
    """The first answer on a topic; `queued` is a second topic that was asked in the same breath."""
    say = first_words(knowledge, topic)
    more = continuation(knowledge, topic)
    numbered = state.numbered or knowledge.helpline.written in say
    tail = "" if numbered else knowledge.phrase("answering", "helpline_tail")
    offer, question = _offer_after(knowledge, state, topic, more, queued)
    return Draft(
        say=_joined(say, tail, question),
        more=more,
        sources=knowledge.sources(topic),
        offer=offer,
        queued=queued,
        options=(topic, queued) if queued is not None else (),
        topic=topic,
        part="say",
        numbered=True,
    )


def more(knowledge: Knowledge, state: State) -> Draft:
    """What comes after the part that was told last."""
    topic = state.topic
    if topic is None:
        return Draft(say=knowledge.phrase("answering", "no_topic_yet"))
    text = continuation(knowledge, topic)
    offer = _next_topic(knowledge, state, topic)
    question = _topic_question(knowledge, offer)
    if state.part == "more" or text is None:
        nothing = knowledge.phrase("answering", "nothing_more")
        return Draft(say=_joined(nothing, question), offer=offer, part="more", numbered=True)
    return Draft(say=_joined(text, question), sources=knowledge.sources(topic), offer=offer, part="more", numbered=True)


def simpler(knowledge: Knowledge, state: State) -> Draft:
    """The last topic in everyday words."""
    topic = state.topic
    entry = knowledge.answers.get(topic) if topic is not None else None
    if topic == "helpline.hours":
        return Draft(say=first_words(knowledge, topic), numbered=True)
    if topic is None or entry is None:
        return Draft(say=knowledge.phrase("answering", "no_topic_yet"))
    if state.part == "more":
        offer = _next_topic(knowledge, state, topic)
        return Draft(
            say=_joined(f"{entry.title}: {entry.simple}", _topic_question(knowledge, offer)),
            sources=knowledge.sources(topic),
            offer=offer,
            part="more",
        )
    return Draft(
        say=_joined(
            f"{entry.title}: {entry.simple}",
            knowledge.phrase("answering", "helpline_tail") if topic.startswith("helpline.") else "",
            knowledge.phrase("answering", "offer_more"),
        ),
        more=continuation(knowledge, topic),
        sources=knowledge.sources(topic),
        offer=MORE,
    )


def first_words(knowledge: Knowledge, topic: str) -> str:
    """The title said back, then the answer."""
    if topic == "helpline.hours":
        if knowledge.hours:
            return knowledge.phrase("helpline", "hours_known", hours=knowledge.hours)
        return knowledge.phrase("helpline", "hours_unknown")
    entry = knowledge.answers[topic]
    return f"{entry.title}: {_filled(knowledge, entry.say)}"


def continuation(knowledge: Knowledge, topic: str) -> str | None:
    """What "berätta mer" brings after the first answer; None where the topic has no more."""
    entry = knowledge.answers.get(topic)
    if entry is None or not entry.more:
        return None
    return _joined(_filled(knowledge, entry.more), knowledge.phrase("answering", "helpline_tail"))


def offer_words(knowledge: Knowledge, topic: str) -> str:
    """How a topic is named when the caller is asked about it."""
    if topic == "helpline.hours":
        return knowledge.phrase("helpline", "hours_offer")
    return knowledge.answers[topic].offer


def _offer_after(
    knowledge: Knowledge, state: State, topic: str, more_text: str | None, queued: str | None
) -> tuple[str | None, str]:
    if queued is not None:
        return queued, knowledge.phrase("answering", "also_asked", offer=offer_words(knowledge, queued))
    if more_text is not None:
        return MORE, knowledge.phrase("answering", "offer_more")
    offer = _next_topic(knowledge, state, topic)
    return offer, _topic_question(knowledge, offer)


def _next_topic(knowledge: Knowledge, state: State, topic: str) -> str | None:
    if state.queued is not None and state.queued != topic:
        return state.queued
    entry = knowledge.answers.get(topic)
    return None if entry is None else next((t for t in entry.suggest if t in knowledge.answers), None)


def _topic_question(knowledge: Knowledge, topic: str | None) -> str:
    if topic is None:
        return ""
    return knowledge.phrase("answering", "offer_topic", offer=offer_words(knowledge, topic))


def _filled(knowledge: Knowledge, text: str) -> str:
    helpline = knowledge.helpline
    return text.replace("{phone}", helpline.written).replace("{phone_spoken}", helpline.spoken)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
