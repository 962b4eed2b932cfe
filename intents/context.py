"""Follow-ups: what an utterance leaves unsaid is filled in from what was spoken of before.

"Kan det opereras?" after the symptoms of brain metastases means those metastases; "och i levern då?" means their
symptoms in the liver. The missing half is put into words and the whole is understood like any question, so nothing
has to be learnt twice. See `data/<lang>/subjects.toml` for the words.
"""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from intents.concepts import Mention
from intents.recognition import Context

ORGANS = {
    "organ:lymph": "lymph_nodes",
    "organ:lungs": "lungs",
    "organ:pleura": "lungs",
    "organ:liver": "liver",
    "organ:bone": "bone",
    "organ:brain": "brain",
}
CANCERS = {
    "cancer:lung": "spread.lung_cancer",
    "cancer:colon": "spread.colon_cancer",
    "cancer:prostate": "spread.prostate_cancer",
    "cancer:breast": "spread.breast_cancer",
}
ASPECTS = {"aspect:symptom": "symptoms", "aspect:exam": "examination", "aspect:treat": "treatment"}


_AFTER = re.compile(r"\[([a-z_.*]+)(?: -> ([a-z_.]+))?\]")


class Subject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a follow-up to a topic leaves unsaid.

    subject: what "det" stands for. asking: what was asked about it.
    """

    subject: str
    asking: str


def filled(words: Sequence[str], subject: str) -> tuple[str, ...]:
    """An utterance with the subject that it leaves unsaid."""
    return (*words, *subject.split())


def follow_ups(text: str, subjects: Mapping[str, Subject]) -> Iterator[tuple[str, str]]:
    """Follow-up questions with their subject filled in, and the topic they mean, for the classifier to learn from.

    text: a file of questions under `[organ.aspect]` or `[where it follows -> topic]`. A question that is given for one
    topic is left out where its family has it too.
    """
    sections = list(_sections(text))
    own = {(after, line) for after, _, lines in sections if "." in after for line in lines}
    seen: set[tuple[str, str]] = set()
    for after, topic, lines in sections:
        for place, subject in subjects.items():
            means = _meant(after, topic, place, subject)
            if means is None:
                continue
            for line in lines:
                if after != place and (
                    (place, line) in own or (_any_organ(place) != after and (_any_organ(place), line) in own)
                ):
                    continue
                item = (" ".join(filled(line.split(), subject.subject)), means)
                if item not in seen:
                    seen.add(item)
                    yield item


def _meant(after: str, topic: str, place: str, subject: Subject) -> str | None:
    """The topic that questions under `[after -> topic]` mean after `place`; None if they don't follow it."""
    organ = organ_of(place, subject)
    if after.startswith("organ."):
        return None if organ is None else f"{organ}.{after.partition('.')[2]}"
    if after in (place, _any_organ(place)):
        return topic
    return topic if organ is None and place.startswith(f"{after}.") else None


def _any_organ(place: str) -> str:
    return f"*.{place.partition('.')[2]}" if place.partition(".")[0] in ORGANS.values() else place


def organ_of(topic: str, subject: Subject) -> str | None:
    """The organ that a follow-up to a topic is about, if the topic is about one as a whole."""
    prefix, _, aspect = topic.partition(".")
    if prefix in ORGANS.values():
        return prefix if aspect in _WHOLE_ORGAN else None
    return _SPREAD_TO.get(topic)


def _sections(text: str) -> Iterator[tuple[str, str, list[str]]]:
    after, topic, lines = "", "", list[str]()
    for line in (raw.strip() for raw in text.splitlines()):
        heading = _AFTER.fullmatch(line)
        if heading is not None:
            if lines:
                yield after, topic, lines
            after, topic, lines = heading[1], heading[2] or "", []
        elif line and not line.startswith("#"):
            lines.append(line)
    if lines:
        yield after, topic, lines


@dataclass(frozen=True)
class Words:
    """Words that only matter for following up, by what they do; from `data/<lang>/cues.toml`.

    assent: words of `yes` that only say that one has heard. yes, polite: with `no`, what a bare yes or no is made of.
    pointing: refer to something said before. no: begin a correction. meant: introduce what was meant instead.
    not_this: negate the next thing named. denying: make a refusal
    of a no and what follows. first, second, both: choose among two. filler: carry nothing.
    joining: stand between two things asked at once. asking: make a question or a wish.
    own, measured: whose, and the ends of words for a measured value.
    """

    yes: frozenset[str]
    assent: frozenset[str]
    polite: frozenset[str]
    pointing: frozenset[str]
    no: frozenset[str]
    meant: frozenset[str]
    not_this: frozenset[str]
    denying: frozenset[str]
    first: frozenset[str]
    second: frozenset[str]
    both: frozenset[str]
    filler: frozenset[str]
    joining: frozenset[str]
    asking: frozenset[str]
    own: frozenset[str]
    measured: frozenset[str]


@dataclass(frozen=True)
class Reading:
    """One way to read an utterance in its context: the words to understand, and how much this reading counts."""

    words: tuple[str, ...]
    weight: float


# Weights of the reading as it stands beside the filled-in one, set on conversations of the development set.
_ALONE_WHEN_POINTING = 0.3
_ALONE_WHEN_LONG = 0.6
_ALONE_WHEN_ONLY_NAMED = 0.2
# A follow-up is short; longer utterances mostly say all they mean.
_SHORT = 9
_VERY_SHORT = 6
# A no of so many words needs no word more to be one.
_BARE = 2


def organs_named(mentions: Sequence[Mention]) -> tuple[str, ...]:
    """Organs as prefixes of topic ids, in the order in which they are named."""
    found = [ORGANS[m.concept] for m in mentions if m.concept in ORGANS]
    return tuple(dict.fromkeys(found))


def cancer_named(mentions: Sequence[Mention]) -> str | None:
    """The topic of the last cancer named, of those whose spread the source tells."""
    found = [CANCERS[m.concept] for m in mentions if m.concept in CANCERS]
    return found[-1] if found else None


def aspect_named(mentions: Sequence[Mention]) -> str | None:
    """The aspect that the words name, if they name just one."""
    found = {ASPECTS[m.concept] for m in mentions if m.concept in ASPECTS}
    return found.pop() if len(found) == 1 else None


def without_correction(words: tuple[str, ...], mentions: Sequence[Mention], cues: Words) -> tuple[str, ...]:
    """The words without what they take back: *nej, jag menade skelettet* → *skelettet*.

    "Inte behandlingen, symtomen" loses its first half only because another thing of the same kind is named.
    """
    kept = _without_denied(words, mentions, cues)
    start = 0
    while start < len(kept) - 1 and kept[start] in cues.no | cues.meant | cues.filler:
        start += 1
    corrects = any(w in cues.no for w in words[:2]) or any(w in cues.meant for w in words)
    dropped = len(words) - len(kept) + start
    names = any(_family(m.concept) in _NAMES_THINGS | {"find", "exam"} and m.start >= dropped for m in mentions)
    return kept[start:] if corrects and start and names else kept


def _without_denied(words: tuple[str, ...], mentions: Sequence[Mention], cues: Words) -> tuple[str, ...]:
    for at, word in enumerate(words):
        if word not in cues.not_this:
            continue
        denied = next((m for m in mentions if at < m.start <= at + 2 and _family(m.concept) in _NAMES_THINGS), None)
        if denied is None:
            continue
        others = [m for m in mentions if m.start >= denied.end and _family(m.concept) == _family(denied.concept)]
        before = [m for m in mentions if m.end <= at and _family(m.concept) == _family(denied.concept)]
        if any(m.concept != denied.concept for m in others + before):
            return words[:at] + words[denied.end :]
    return words


def readings(
    words: tuple[str, ...], mentions: Sequence[Mention], context: Context, subjects: Mapping[str, Subject], cues: Words
) -> tuple[Reading, ...]:
    """The readings of an utterance, their weights adding up to 1."""
    alone = Reading(words, 1.0)
    topic = _topic_before(context)
    before = subjects.get(topic or "")
    if topic is None or before is None:
        return (alone,)
    named = {m.concept for m in mentions}
    names_thing = any(_family(c) in ("organ", "cancer") for c in named - {"organ:any"})
    if topic.startswith("treatment.") and any(_family(c) == "treat" for c in named):
        # Another treatment than the one before: its own subject.
        return (alone,)
    names_aspect = any(_family(c) == "aspect" and c not in _EMPTY_ASPECTS for c in named) or any(
        _family(c) in ("find", "exam") for c in named
    )
    points = any(w in cues.pointing for w in words)
    if not (points or named or any(w in cues.asking for w in words)):
        # Nothing in it asks for anything; a subject from before would make a question of noise.
        return (alone,)
    if any(c in _OWN_TREATMENTS for c in named):
        return (alone,)
    if names_thing and not names_aspect and len(words) <= _SHORT:
        asked = tuple(before.asking.split()) + _content(words, cues)
        return (Reading(words, _ALONE_WHEN_ONLY_NAMED), Reading(asked, 1 - _ALONE_WHEN_ONLY_NAMED))
    if names_thing and (not points or "metastasis" in named):
        return (alone,)
    share = _ALONE_WHEN_POINTING if (points or len(words) <= _VERY_SHORT) and len(words) <= _SHORT else _ALONE_WHEN_LONG
    said = _subjects_before(topic, before, context, subjects)
    return (Reading(words, share), *(Reading(filled(words, s), (1 - share) / len(said)) for s in said))


def organ_spoken_of(context: Context, subjects: Mapping[str, Subject]) -> str | None:
    """The organ that a follow-up without an organ's name is about, as a prefix of topic ids."""
    topic = _topic_before(context)
    before = subjects.get(topic or "")
    if context.organ is not None or topic is None or before is None:
        return context.organ
    return organ_of(topic, before)


def _topic_before(context: Context) -> str | None:
    if context.asking == "clarify.aspect":
        return next((o for o in context.options if o.endswith(".about")), context.topic)
    if context.topic is None and context.organ is not None:
        return f"{context.organ}.about"
    if context.topic is None and context.cancer is not None:
        return context.cancer
    if context.topic is None and context.offer == "handoff.request":
        return "helpline.contact"
    return context.topic


def _subjects_before(topic: str, before: Subject, context: Context, subjects: Mapping[str, Subject]) -> list[str]:
    """What "det" may stand for: the subject of the topic before, and the organ that was named beside it."""
    organ = organ_of(topic, before)
    if context.offer == "handoff.request":
        # The helpline was just named and offered.
        return [before.subject, subjects["helpline.contact"].subject]
    if (
        context.cancer is not None
        and context.cancer in subjects
        and context.cancer != topic
        and not topic.startswith("spread.")
    ):
        return [before.subject, subjects[context.cancer].subject]
    if context.organ is None or organ == context.organ or topic.startswith(f"{context.organ}."):
        return [before.subject]
    about = subjects.get(f"{context.organ}.about")
    if about is None:
        return [before.subject]
    beside = about.subject
    if organ is not None or before.subject == _ANY:
        return [beside]
    return [before.subject, beside]


def chosen(words: tuple[str, ...], context: Context, cues: Words) -> tuple[str, str | None] | None:
    """The option that an ordinal picks, with the other one where both are wanted; None where no ordinal is said."""
    if len(context.options) != 2 or len(words) > _SHORT:
        return None
    first, second = context.options
    said = set(words)
    if said & cues.both:
        return first, second
    if said & cues.first and not said & cues.second:
        return first, None
    if said & cues.second and not said & cues.first:
        return second, None
    return None


def yes_or_no(words: tuple[str, ...], mentions: Sequence[Mention], context: Context, cues: Words) -> str | None:
    """`control.yes` or `control.no` where nothing else is said, or a no opens the answer to an offer of ours."""
    said = set(words)
    if "tack" in said or "thanks" in said:
        # "Okej, tack" thanks for what was said; only a real yes takes up an offer.
        said -= cues.assent
    if said <= cues.no | cues.polite and said & cues.no:
        return "control.no"
    if said <= cues.yes | cues.polite and said & cues.yes:
        return "control.yes"
    names = any(_family(m.concept) in _NAMES_THINGS | {"find", "exam"} for m in mentions)
    denied = len(words) <= _BARE or any(w in cues.denying for w in words[1:])
    if context.offer is not None and words[0] in cues.no and denied and len(words) <= _SHORT and not names:
        return "control.no"
    return None


def own_value(words: Sequence[str], cues: Words) -> bool:
    """Whether somebody's own measured value is told with its figure: *mitt kalkvärde är 3,1*."""
    for at, word in enumerate(words[:-1]):
        measured = words[at + 1].endswith(tuple(cues.measured))
        if word in cues.own and measured and any(w.isdigit() for w in words[at + 2 :]):
            return True
    return False


def two_asked(
    words: tuple[str, ...], mentions: Sequence[Mention], topic: str, known: Container[str], cues: Words
) -> str | None:
    """The second of two things asked in one breath: *symtom och behandling vid levermetastaser*."""
    joins = [at for at, word in enumerate(words) if word in cues.joining]
    prefix, _, aspect = topic.partition(".")
    for kind, table in (("aspect", ASPECTS), ("organ", ORGANS)):
        found = [m for m in mentions if m.concept in table]
        for first in found:
            for then in found:
                joined = any(first.end <= at <= then.start and then.start - first.end <= _JOINED_WITHIN for at in joins)
                if not joined or table[first.concept] == table[then.concept]:
                    continue
                pair = {table[first.concept], table[then.concept]}
                if kind == "aspect" and aspect in pair:
                    other = f"{prefix}.{(pair - {aspect}).pop()}"
                elif kind == "organ" and prefix in pair:
                    other = f"{(pair - {prefix}).pop()}.{aspect}"
                else:
                    continue
                if other in known:
                    return other
    return None


def narrowed(organs: Sequence[str], aspect: str | None, words: tuple[str, ...], context: Context) -> tuple[str, ...]:
    """The options that an answer to a question of ours leaves, empty where it is no answer to it."""
    if context.asking == "clarify.organ" and organs and aspect is None and len(words) <= _SHORT:
        return tuple(o for o in context.options if o.partition(".")[0] in organs)
    return ()


def _content(words: tuple[str, ...], cues: Words) -> tuple[str, ...]:
    kept = tuple(w for w in words if w not in cues.filler and w not in cues.pointing)
    return kept or words


def _family(concept: str) -> str:
    return concept.partition(":")[0]


_OWN_TREATMENTS = frozenset(
    {"treat:stereotactic", "treat:gamma_knife", "treat:proton", "treat:immuno", "treat:isotope"}
)
_WHOLE_ORGAN = frozenset({"about", "symptoms", "examination", "treatment"})
# Where the source names one organ for a cancer, a follow-up is about that organ.
_SPREAD_TO = {"spread.prostate_cancer": "bone", "spread.colon_cancer": "liver"}
# The subject of topics that are about metastases anywhere.
_ANY = "metastaser"
_JOINED_WITHIN = 4
_NAMES_THINGS = frozenset({"organ", "cancer", "aspect", "treat"})
_EMPTY_ASPECTS = frozenset({"aspect:where", "aspect:about", "aspect:which_most", "aspect:define"})
