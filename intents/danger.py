"""Signs of danger: something acute now, or a wish to die, whatever else is said around it.

Two witnesses are heard in the whole, in every sentence, in windows around words of danger and along long sentences, so
that nothing said before or after can drown them: the classifier, and the words of danger themselves.
General, past and supposed talk ("kan man få kramper av hjärnmetastaser") is told apart by its own words; see
`data/<lang>/danger.toml`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from intents.concepts import Mention
from intents.normalise import Utterance

EMERGENCY = "safety.emergency"
SELF_HARM = "safety.self_harm"

# A danger that the classifier gives this much is one, whatever the words.
SURE = 0.5
# Cut out of a longer sentence, and in general or past talk, it has to be surer.
SURE_TORN = 0.9
SURE_GENERAL = 0.85
SURE_PAST = 0.98
# With a word of danger in the same stretch that isn't general talk, this much is enough: a missed emergency is worse
# than a needless "ring 112".
WITH_WORD = 0.12
# Where the likeliest topic tells no fact either (a hand-over, nothing understood), the word of danger decides alone.
WITH_WORD_UNLESS_FACT = 0.015
_TELLS_NO_FACT = ("handoff.", "fallback.", "safety.")
# Words that cry for help without saying that something is acute.
_WEAK = frozenset({"danger:help"})
_WINDOW = 14
_SHORT_WINDOW = 7
_STEP = 2
_DATE_WITHIN = 5
# A longer text is not judged as a whole: a story of that length has many subjects.
_LONG = 60
# Bounds the time for a text that is nothing but words of danger.
_MOST_STRETCHES = 60


@dataclass(frozen=True)
class Cues:
    """Words that tell acute from general talk.

    general: "kan man", "brukar", "vid" …: talk about what happens to people. past: long over.
    """

    general: tuple[tuple[str, ...], ...]
    past: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Stretch:
    """Some words in a row that are judged by themselves. sentence: what they were cut out of, or they themselves."""

    words: tuple[str, ...]
    sentence: tuple[str, ...]

    @property
    def torn(self) -> bool:
        return self.words != self.sentence


def stretches(utterance: Utterance, mentions: Sequence[Mention]) -> Iterator[Stretch]:
    """The whole if it is short, what stands around words of danger, each sentence, windows along long sentences."""
    words = utterance.words
    if len(words) <= _LONG:
        yield Stretch(words, words)
    for mention in mentions:
        if not mention.concept.startswith(("danger:", "die:")):
            continue
        start, end = next(s for s in utterance.sentences if s[0] <= mention.start < s[1])
        sentence = words[start:end]
        if end - start <= _LONG:
            yield Stretch(sentence, sentence)
        if end - start > _WINDOW:
            middle = max(start, mention.start - _WINDOW // 2)
            yield Stretch(words[max(start, mention.end - _WINDOW) : mention.end], sentence)
            yield Stretch(words[middle : min(end, middle + _WINDOW)], sentence)
            yield Stretch(words[mention.start : min(end, mention.start + _WINDOW)], sentence)
    for start, end in utterance.sentences:
        sentence = words[start:end]
        if end - start <= _LONG:
            yield Stretch(sentence, sentence)
        if end - start > _WINDOW // 2:
            for at in range(start, end - _SHORT_WINDOW + 1, _STEP):
                yield Stretch(words[at : at + _SHORT_WINDOW], sentence)
            yield Stretch(words[max(start, end - _SHORT_WINDOW) : end], sentence)


def find_danger(
    utterance: Utterance,
    mentions_of: Callable[[Sequence[str]], list[Mention]],
    probabilities_of: Callable[[Sequence[str], Sequence[Mention]], dict[str, float]],
    cues: Cues,
) -> tuple[str, float] | None:
    """The danger that the utterance names, with the classifier's probability of it; None where there is none."""
    found: dict[str, float] = {}
    different = dict.fromkeys(stretches(utterance, mentions_of(utterance.words)))
    for stretch in islice(different, _MOST_STRETCHES):
        words = stretch.words
        mentions = mentions_of(words)
        if all_long_ago(words, mentions, cues):
            continue
        # A date in the sentence counts only where no word of danger stands by itself: "opererades för två år sen och nu
        # andas hon inte" is acute.
        past = _said(stretch.sentence, cues.past) and not _warned(mentions)
        general = past or _said(words, cues.general)
        if past and stretch.torn:
            continue
        warned = set() if general else _warned(mentions)
        probabilities = probabilities_of(words, mentions)
        no_fact = max(probabilities, key=lambda t: probabilities[t]).startswith(_TELLS_NO_FACT)
        sure = SURE_PAST if past else SURE_TORN if stretch.torn else SURE_GENERAL if general else SURE
        with_word = WITH_WORD_UNLESS_FACT if no_fact and not stretch.torn else WITH_WORD
        for danger in (EMERGENCY, SELF_HARM):
            probability = probabilities.get(danger, 0.0)
            if probability >= (with_word if danger in warned else sure):
                found[danger] = max(found.get(danger, 0.0), probability)
    if not found:
        return None
    danger = max(found, key=lambda d: found[d])
    return danger, found[danger]


def _warned(mentions: Sequence[Mention]) -> set[str]:
    named = {m.concept.partition(":")[0] for m in mentions if m.concept not in _WEAK}
    return {topic for family, topic in (("danger", EMERGENCY), ("die", SELF_HARM)) if family in named}


def all_long_ago(words: Sequence[str], mentions: Sequence[Mention], cues: Cues) -> bool:
    """Whether every word of danger has its date right behind it: *slutade andas för tio år sen*."""
    dangers = [m for m in mentions if m.concept.startswith(("danger:", "die:"))]
    return bool(dangers) and all(_said(words[m.end : m.end + _DATE_WITHIN], cues.past) for m in dangers)


def _said(words: Sequence[str], runs: tuple[tuple[str, ...], ...]) -> bool:
    return any(tuple(words[at : at + len(run)]) == run for run in runs for at in range(len(words) - len(run) + 1))
