"""One turn of the conversation: what was understood and the state go in, the reply and the new state come out."""

import msgspec

from intents import Context, Recognition
from skill import answering, clarifying, handing_over, safety, steering
from skill.draft import Draft
from skill.knowledge_base import Knowledge
from skill.reply import Alternative, Reply, action_of
from skill.state import State

# Below this a fact is not told: the caller is asked instead. A wrong page is worse than a question.
ANSWER_FROM = 0.35
# Where no word names a thing of the subject, a fact has to be surer: talk of other things is not answered.
ANSWER_OFF_SUBJECT_FROM = 0.8
# Below this nothing speaks for danger but that nothing else fits; words of danger themselves need no such border.
DANGER_FROM = 0.55
# Two content topics that together reach this are worth a choice; below it nothing was understood well enough to name.
CHOICE_FROM = 0.55
# So many misunderstandings in a row, and people take over.
MISSES_TO_HELPLINE = 2

_UNCLEAR = "fallback.unclear"
_DANGER = "safety."
# After the words for a danger these ask for nothing that would be more urgent: the danger stays.
_NOTHING_ELSE_ASKED = (
    "control.yes",
    "control.no",
    "control.help",
    "control.thanks",
    "control.greeting",
    "control.simpler",
    "control.stop",
    "handoff.request",
    "handoff.distress",
    "handoff.prognosis",
    "handoff.personal_advice",
    "handoff.not_covered",
    "helpline.",
    "clarify.",
    "fallback.",
)
_FAMILIES = frozenset({"handoff", "safety", "control", "clarify", "fallback"})


def context_of(state: State) -> Context:
    """What the next utterance may refer back to. Topics that nobody knows are left alone by the understanding."""
    return Context(
        topic=state.topic,
        organ=state.organ,
        cancer=state.cancer,
        options=state.options,
        asking=state.asking,
        offer=state.offer,
    )


def respond(recognition: Recognition, state: State, knowledge: Knowledge) -> tuple[Reply, State]:
    """The reply to an utterance that was understood, and the state for the next turn."""
    state = _known(state, knowledge)
    topic = _decided(recognition, state, knowledge)
    draft = _danger_first(_draft(topic, recognition, state, knowledge), topic, state, knowledge)
    return finished(draft, topic, recognition, state, knowledge)


def respond_to_silence(state: State, knowledge: Knowledge) -> tuple[Reply, State]:
    """The reply where nothing was heard at all."""
    return _heard_nothing(knowledge.phrase("fallback", "silence"), state, knowledge)


def respond_to_noise(state: State, knowledge: Knowledge) -> tuple[Reply, State]:
    """The reply where something was heard, but no words that could be made out."""
    return _heard_nothing(knowledge.phrase("fallback", "unclear"), state, knowledge)


def _heard_nothing(say: str, state: State, knowledge: Knowledge) -> tuple[Reply, State]:
    draft = _danger_first(_missed(knowledge, state, say), _UNCLEAR, state, knowledge)
    return finished(draft, _UNCLEAR, Recognition.of_nothing(_UNCLEAR), state, knowledge)


def _danger_first(draft: Draft, topic: str, state: State, knowledge: Knowledge) -> Draft:
    """The way to help once more in place of a turn that asks for nothing else, where a danger was named before."""
    if state.said_of is not None and state.said_of.startswith(_DANGER) and topic.startswith(_NOTHING_ELSE_ASKED):
        return safety.still(knowledge, state.said_of, ends=draft.ends)
    return draft


def _known(state: State, knowledge: Knowledge) -> State:
    """The state without topics that this knowledge doesn't have, as after an update in the middle of a talk."""

    def content(topic: str | None) -> str | None:
        return topic if topic is not None and is_content(topic, knowledge) else None

    offer = state.offer if state.offer in (answering.MORE, handing_over.REQUEST) else content(state.offer)
    return msgspec.structs.replace(
        state,
        topic=content(state.topic),
        organ=state.organ if state.organ in clarifying.ORGANS else None,
        cancer=content(state.cancer),
        options=tuple(t for t in state.options if is_content(t, knowledge)),
        offer=offer,
        queued=content(state.queued),
    )


def _decided(recognition: Recognition, state: State, knowledge: Knowledge) -> str:
    """The topic that is acted on: danger first, and no fact below the border."""
    if recognition.danger is not None:
        return recognition.danger
    best = recognition.best
    if best.topic.partition(".")[0] not in _FAMILIES and not is_content(best.topic, knowledge):
        return _UNCLEAR
    if best.topic.startswith("safety.") and best.confidence < DANGER_FROM:
        return _UNCLEAR
    if not is_content(best.topic, knowledge):
        return best.topic
    if best.confidence >= (ANSWER_FROM if recognition.on_subject else ANSWER_OFF_SUBJECT_FROM):
        return best.topic
    if not recognition.on_subject:
        return _UNCLEAR
    likely = [s for s in recognition.ranked[:2] if is_content(s.topic, knowledge)]
    if len(likely) == 2 and sum(s.confidence for s in likely) >= CHOICE_FROM:
        return clarifying.CHOICE
    return _UNCLEAR if not recognition.organs else clarifying.ASPECT


def is_content(topic: str, knowledge: Knowledge) -> bool:
    """Whether a topic tells facts."""
    return topic in knowledge.answers or topic == "helpline.hours"


def _draft(topic: str, recognition: Recognition, state: State, knowledge: Knowledge) -> Draft:
    if topic.startswith("safety."):
        return safety.answer(knowledge, topic)
    if topic.startswith("handoff."):
        return handing_over.answer(knowledge, topic)
    if topic.startswith("control."):
        return steering.answer(knowledge, state, topic)
    if topic.startswith("clarify."):
        return _question(topic, recognition, state, knowledge)
    if topic.startswith("fallback."):
        name = topic.partition(".")[2]
        if recognition.best.topic.startswith("safety."):
            # Too little for an alarm, too much to say nothing of it.
            name = "unclear_danger"
        return _missed(knowledge, state, knowledge.phrase("fallback", name))
    second = recognition.second
    queued = second if second is not None and second != topic and is_content(second, knowledge) else None
    if queued is None and topic in state.options and len(state.options) == 2:
        # One of two was chosen; the other one is not forgotten.
        queued = next((t for t in state.options if t not in (topic, state.topic)), None)
    return answering.answer(knowledge, state, topic, queued)


def _question(topic: str, recognition: Recognition, state: State, knowledge: Knowledge) -> Draft:
    if topic == state.asking and recognition.best.topic == topic:
        # The same question a second time would go in circles.
        return _missed(knowledge, msgspec.structs.replace(state, misses=MISSES_TO_HELPLINE - 1), "")
    organs = recognition.organs
    if topic == clarifying.ASPECT and organs:
        return clarifying.which_aspect(knowledge, organs[0])
    if topic == clarifying.CHOICE:
        if len(organs) >= 2:
            aspect = recognition.aspect or "about"
            pair = [t for o in organs if (t := f"{o}.{aspect}") in knowledge.answers]
            if len(pair) >= 2:
                return clarifying.which_of(knowledge, pair, both=True)
        likely = [s.topic for s in recognition.ranked if s.topic in knowledge.answers]
        if recognition.second is not None and likely:
            return clarifying.which_of(knowledge, (likely[0], recognition.second), both=True)
        if len(likely) >= 2:
            return clarifying.which_of(knowledge, likely)
    # Symptoms, treatment and causes have an overview; what is asked without an organ and has none is the examination.
    return clarifying.which_organ(knowledge, recognition.aspect or "examination")


def _missed(knowledge: Knowledge, state: State, say: str) -> Draft:
    if state.misses + 1 < MISSES_TO_HELPLINE:
        return Draft(say=say, missed=True, keep_open=True)
    return Draft(
        say=knowledge.phrase("fallback", "helpline"),
        handoff=knowledge.helpline.handoff(connect=False),
        offer=handing_over.REQUEST,
        action="handoff",
        missed=True,
        numbered=True,
    )


def finished(
    draft: Draft, topic: str, recognition: Recognition, state: State, knowledge: Knowledge
) -> tuple[Reply, State]:
    """The turn from the words that a topic gets, with the notice where it has not been given yet."""
    action = draft.action or action_of(topic)
    notice = not state.noticed and action != "emergency"
    say = f"{knowledge.phrase('notice', 'first')} {draft.say}" if notice else draft.say
    handoff = draft.handoff
    if handoff is None and action == "answer":
        handoff = knowledge.helpline.handoff(connect=False)
    reply = Reply(
        heard=recognition.heard,
        action=action,
        topic=topic,
        confidence=_confidence_in(topic, recognition),
        say=say,
        more=draft.more,
        sources=draft.sources,
        alternatives=tuple(
            Alternative(s.topic, round(s.confidence, 3)) for s in recognition.ranked if s.topic != topic
        )[:3],
        handoff=handoff,
        ends=draft.ends,
        lang=state.lang,
    )
    return reply, _next_state(draft, topic, recognition, state, noticed=state.noticed or notice)


def _confidence_in(topic: str, recognition: Recognition) -> float:
    return round(next((s.confidence for s in recognition.ranked if s.topic == topic), 0.5), 3)


def _next_state(draft: Draft, topic: str, recognition: Recognition, state: State, *, noticed: bool) -> State:
    if topic == "control.start_over":
        return State(
            lang=state.lang,
            turns=state.turns + 1,
            noticed=noticed,
            numbered=state.numbered,
            slow=state.slow,
            loud=state.loud,
            said=draft.say,
        )
    keep = draft.keep_open
    return msgspec.structs.replace(
        state,
        turns=state.turns + 1,
        noticed=noticed,
        numbered=state.numbered or draft.numbered,
        topic=draft.topic or state.topic,
        part=draft.part or state.part,
        organ=_organ_after(draft, recognition, state),
        cancer=recognition.cancer or (None if draft.topic is not None else state.cancer),
        asking=state.asking if keep else draft.asking,
        options=state.options if keep else draft.options,
        offer=state.offer if keep and draft.offer is None else draft.offer,
        queued=state.queued if keep else draft.queued,
        said=state.said if topic in _SAYS_AGAIN and state.said else draft.say,
        said_of=state.said_of if topic in _SAYS_AGAIN and state.said else _told_of(draft, topic, state),
        misses=state.misses + 1 if draft.missed else 0,
        slow=state.slow or topic == "control.slower",
        loud=state.loud or topic == "control.louder",
    )


def _told_of(draft: Draft, topic: str, state: State) -> str | None:
    """The topic whose facts or help the words just said belong to."""
    if draft.topic is not None or topic.startswith(_DANGER):
        return draft.topic or topic
    if draft.action == "emergency":
        return state.said_of
    if draft.sources:
        return state.topic
    return state.said_of if (state.said_of or "").startswith("safety.") and topic == "control.more" else None


def _organ_after(draft: Draft, recognition: Recognition, state: State) -> str | None:
    if draft.topic is not None:
        prefix = draft.topic.partition(".")[0]
        if prefix in clarifying.ORGANS:
            return prefix
        return recognition.organs[-1] if recognition.organs else state.organ
    if recognition.organs and not draft.missed:
        return recognition.organs[-1]
    if draft.asking == clarifying.ASPECT:
        return draft.options[0].partition(".")[0]
    return state.organ


# These bring back earlier words; what "upprepa" means stays those words.
_SAYS_AGAIN = frozenset({"control.repeat", "control.slower", "control.louder", "control.wait"})
