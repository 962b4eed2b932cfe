"""Signs of danger: something acute now, or a wish to die, whatever else is said around it.

Two witnesses are heard sentence by sentence, and in a window that moves along a long one, so that nothing said before
or after can drown them: the classifier, and the words of danger themselves. General, past and supposed talk ("kan man
få kramper av hjärnmetastaser") is told apart by its own words; see `data/<lang>/danger.toml`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from intents.concepts import Mention
from intents.normalise import Utterance

EMERGENCY = "safety.emergency"
SELF_HARM = "safety.self_harm"

# A danger that the classifier gives this much is one, whatever the words.
SURE = 0.5
# With a word of danger in the same stretch that isn't general talk, this much is enough: a missed emergency is worse
# than a needless "ring 112".
WITH_WORD = 0.12
_WINDOW = 14
_STEP = 5


@dataclass(frozen=True)
class Cues:
    """Words that tell acute from general talk.

    general: "kan man", "brukar", "vid" …: talk about what happens to people. past: long over.
    """

    general: tuple[tuple[str, ...], ...]
    past: tuple[tuple[str, ...], ...]


def stretches(utterance: Utterance) -> Iterator[tuple[str, ...]]:
    """The whole, each sentence, and moving windows over long sentences."""
    yield utterance.words
    for start, end in utterance.sentences:
        if (start, end) != (0, len(utterance.words)):
            yield utterance.words[start:end]
        for at in range(start, end - _WINDOW, _STEP):
            yield utterance.words[at : at + _WINDOW]
        if end - start > _WINDOW:
            yield utterance.words[end - _WINDOW : end]


def find_danger(
    utterance: Utterance,
    mentions_of: Callable[[Sequence[str]], list[Mention]],
    probabilities_of: Callable[[Sequence[str], Sequence[Mention]], dict[str, float]],
    cues: Cues,
) -> tuple[str, float] | None:
    """The danger that the utterance names, with the classifier's probability of it; None where there is none."""
    found: dict[str, float] = {}
    for words in stretches(utterance):
        mentions = mentions_of(words)
        warned = _warned(words, mentions, cues)
        whole = words == utterance.words
        if not whole and not any(m.concept.startswith(("danger:", "die:")) for m in mentions):
            continue
        probabilities = probabilities_of(words, mentions)
        for danger in (EMERGENCY, SELF_HARM):
            probability = probabilities.get(danger, 0.0)
            if probability >= SURE or (danger in warned and probability >= WITH_WORD):
                found[danger] = max(found.get(danger, 0.0), probability)
    if not found:
        return None
    danger = max(found, key=lambda d: found[d])
    return danger, found[danger]


def _warned(words: Sequence[str], mentions: Sequence[Mention], cues: Cues) -> set[str]:
    if _said(words, cues.general) or _said(words, cues.past):
        return set()
    named = {m.concept.partition(":")[0] for m in mentions}
    return {topic for family, topic in (("danger", EMERGENCY), ("die", SELF_HARM)) if family in named}


def _said(words: Sequence[str], runs: tuple[tuple[str, ...], ...]) -> bool:
    return any(tuple(words[at : at + len(run)]) == run for run in runs for at in range(len(words) - len(run) + 1))
