"""Signs of danger: something acute now, or a wish to die, whatever else is said around it.

Two witnesses are heard in every sentence that has a word of danger, and in windows around it where the sentence is
long, so that nothing said before or after can drown them: the classifier, and the words of danger themselves.
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
# With a word of danger in the same stretch that isn't general talk, this much is enough: a missed emergency is worse
# than a needless "ring 112".
WITH_WORD = 0.12
# Where the likeliest topic tells no fact either (a hand-over, nothing understood), the word of danger decides alone.
WITH_WORD_UNLESS_FACT = 0.015
_TELLS_NO_FACT = ("handoff.", "fallback.", "safety.")
# Words that cry for help without saying that something is acute.
_WEAK = frozenset({"danger:help"})
_WINDOW = 14
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


def stretches(utterance: Utterance, mentions: Sequence[Mention]) -> Iterator[tuple[str, ...]]:
    """Where a word of danger stands: its sentence if that is short, else a window of it before, around and after."""
    seen: set[tuple[int, int]] = set()
    for mention in mentions:
        if not mention.concept.startswith(("danger:", "die:")):
            continue
        for start, end in utterance.sentences:
            if not start <= mention.start < end:
                continue
            spans = [(start, end)] if end - start <= _LONG else []
            if end - start > _WINDOW:
                middle = max(start, mention.start - _WINDOW // 2)
                spans += [
                    (max(start, mention.end - _WINDOW), mention.end),
                    (middle, min(end, middle + _WINDOW)),
                    (mention.start, min(end, mention.start + _WINDOW)),
                ]
            for span in spans:
                if span not in seen:
                    seen.add(span)
                    yield utterance.words[slice(*span)]


def find_danger(
    utterance: Utterance,
    mentions_of: Callable[[Sequence[str]], list[Mention]],
    probabilities_of: Callable[[Sequence[str], Sequence[Mention]], dict[str, float]],
    cues: Cues,
) -> tuple[str, float] | None:
    """The danger that the utterance names, with the classifier's probability of it; None where there is none."""
    found: dict[str, float] = {}
    all_mentions = mentions_of(utterance.words)
    short = [utterance.words] if len(utterance.words) <= _LONG else []
    for words in (*short, *islice(stretches(utterance, all_mentions), _MOST_STRETCHES)):
        mentions = mentions_of(words)
        warned = _warned(words, mentions, cues)
        whole = words == utterance.words
        probabilities = probabilities_of(words, mentions)
        no_fact = max(probabilities, key=lambda t: probabilities[t]).startswith(_TELLS_NO_FACT)
        for danger in (EMERGENCY, SELF_HARM):
            probability = probabilities.get(danger, 0.0)
            enough = WITH_WORD_UNLESS_FACT if no_fact and whole else WITH_WORD
            if probability >= SURE or (danger in warned and probability >= enough):
                found[danger] = max(found.get(danger, 0.0), probability)
    if not found:
        return None
    danger = max(found, key=lambda d: found[d])
    return danger, found[danger]


def _warned(words: Sequence[str], mentions: Sequence[Mention], cues: Cues) -> set[str]:
    if _said(words, cues.general) or _said(words, cues.past):
        return set()
    named = {m.concept.partition(":")[0] for m in mentions if m.concept not in _WEAK}
    return {topic for family, topic in (("danger", EMERGENCY), ("die", SELF_HARM)) if family in named}


def _said(words: Sequence[str], runs: tuple[tuple[str, ...], ...]) -> bool:
    return any(tuple(words[at : at + len(run)]) == run for run in runs for at in range(len(words) - len(run) + 1))
