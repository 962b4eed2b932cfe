"""Understanding what a recogniser heard: several readings of one utterance, weighed into one.

Two witnesses are heard where one leaves doubt: the readings that the recogniser has written, and how well the sound
fits other texts that people are likelier to ask (`intents.soundalikes`).
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from intents.normalise import utterance
from intents.recognition import Recognition, Scored
from intents.soundalikes import SoundAlikes

Fit = Callable[[Sequence[str]], Sequence[float]]
"""How well each text fits the sound of this utterance: mean log probability per token, at most 0."""

# The numbers below were fitted on 1,833 recordings of evaluation sets 1 and 2 by five synthetic voices, clean and by
# telephone, none of which the understanding or the recogniser had learnt, and tried on the development recordings.

# How fast the weight of a reading falls with its score: half of it for 0.46 less.
_SHARPNESS = 1.5
# Below this confidence the second witness is heard, which costs about half a second; of a long story it changes little
# and costs more. With 20 candidates half a per cent more was right, in half as much time again.
_DOUBT = 0.9
_MOST_WORDS = 24
_CANDIDATES = 12
# Holding one against the sound costs 60 ms. Of 618 recordings, 266 of them of questions of sets 4 and 5, 494 were right
# so, in place of 493 with all of them, which are four times as many; of 55 dangers 48 were found either way. In a
# hurry, with nothing but texts that name a danger, 476 are right, as many dangers found, 13 false alarms in place of 9.
_OF_EACH_MEANING = 2
# A text that fits so much worse than the best reading was not said.
_FARTHEST = 1.2
# What the order of words counts beside the sound: people say what people say.
_ORDER_WEIGHT = 0.4
# Logistic calibration of the confidence with the best fit: a text that fits the sound badly is a guess, however clear
# its meaning. Of 1,833 recordings 16 in place of 43 had a wrong fact above 0.7; as many right ones were answered.
_BIAS, _ODDS, _FIT = 0.930, 0.586, 2.137
_LEAST, _MOST = 0.01, 0.99


@dataclass(frozen=True)
class WeightedReading:
    """One way to read an utterance. weight: logarithm, comparable within one utterance."""

    text: str
    weight: float


def understood(
    readings: Sequence[tuple[str, float]],
    recognise: Callable[[str], Recognition],
    fit: Fit | None,
    sound_alikes: Callable[[], SoundAlikes],
    *,
    hurried: bool = False,
) -> Recognition:
    """One recognition from several readings, best first, each with its score (mean log probability).

    fit: the second witness, where the recogniser can give it. sound_alikes: the bank, opened when it is needed.
    hurried: the second witness is heard of dangers alone.
    """
    # Most texts are weighed a second time, beside those that sound alike.
    recognise = cache(recognise)
    first = weighed([WeightedReading(text, score) for text, score in readings], recognise)
    if fit is None:
        return first
    best = max(score for _, score in readings)
    texts = [text for text, _ in readings]
    said = [utterance(text, {}) for text in texts]
    # A danger that the readings name stands: it costs one false alarm in 266 recordings, and loses none.
    if first.danger is not None or first.best.confidence >= _DOUBT or len(said[0].words) > _MOST_WORDS:
        return _calibrated(first, best)
    bank = sound_alikes()
    end = "?" if said[0].question else "."
    candidates = [_written(words, end) for words in bank.texts([one.words for one in said], _CANDIDATES)]
    told = _telling(candidates, recognise, first, dangers_alone=hurried)
    if hurried and not told:
        return _calibrated(first, best)
    texts += told
    fits = fit(texts)
    best = max(fits[: len(readings)])
    heard = [
        WeightedReading(text, how_well + _ORDER_WEIGHT * bank.order_per_word(utterance(text, {}).words))
        for text, how_well in zip(texts, fits, strict=True)
        if how_well >= best - _FARTHEST
    ]
    return _calibrated(weighed(sorted(heard, key=lambda one: -one.weight), recognise), max(fits))


def _telling(
    candidates: Sequence[str], recognise: Callable[[str], Recognition], first: Recognition, *, dangers_alone: bool
) -> list[str]:
    """Those that may change what is understood, in the same order: all dangers, and some of each other meaning."""
    told: list[str] = []
    counts: Counter[str] = Counter()
    for text in candidates:
        meant = recognise(text)
        if (meant.best.topic, meant.danger) == (first.best.topic, first.danger):
            continue
        if meant.danger is None:
            counts[meant.best.topic] += 1
            if dangers_alone or counts[meant.best.topic] > _OF_EACH_MEANING:
                continue
        told.append(text)
    return told


def weighed(readings: Sequence[WeightedReading], recognise: Callable[[str], Recognition]) -> Recognition:
    """One recognition from several ways to read an utterance, best first.

    The confidences of a topic are added up over the readings, each with its weight; agreement between readings makes a
    topic surer, disagreement less sure. Danger counts if the readings that name it have a third of the weight: of a
    clear call for help no reading must be lost, of a stray word in the fifth reading nothing must be made.
    """
    most = max(one.weight for one in readings)
    weights = [math.exp(_SHARPNESS * (one.weight - most)) for one in readings]
    total = sum(weights)
    each = [recognise(one.text) for one in readings]
    sums: dict[str, float] = {}
    danger: dict[str, float] = {}
    for weight, recognition in zip(weights, each, strict=True):
        share = weight / total
        for scored in recognition.ranked:
            sums[scored.topic] = sums.get(scored.topic, 0.0) + share * scored.confidence
        if recognition.danger is not None:
            danger[recognition.danger] = danger.get(recognition.danger, 0.0) + share
    ranked = sorted((Scored(t, c) for t, c in sums.items()), key=lambda s: -s.confidence)
    threat = max(danger, key=lambda d: danger[d], default=None)
    if threat is not None and danger[threat] >= 1 / 3:
        ranked.sort(key=lambda s: s.topic != threat)
    else:
        threat = None
    winner = ranked[0].topic
    teller = next((r for r in each if r.best.topic == winner), each[0])
    return replace(teller, ranked=tuple(ranked[:6]), danger=threat)


def _calibrated(recognition: Recognition, fit: float) -> Recognition:
    """The recognition as sure as the sound lets it be; the order of its topics stays."""
    best = recognition.best.confidence
    p = min(max(best, _LEAST), _MOST)
    sure = 1.0 / (1.0 + math.exp(-(_BIAS + _ODDS * math.log(p / (1 - p)) + _FIT * fit)))
    others = (1.0 - sure) / max(1.0 - best, _LEAST)
    rest = (Scored(s.topic, min(s.confidence * others, sure)) for s in recognition.ranked[1:])
    return replace(recognition, ranked=(Scored(recognition.best.topic, sure), *rest))


def _written(words: Sequence[str], end: str) -> str:
    """Words as a recogniser writes them."""
    text = " ".join(words)
    return text[:1].upper() + text[1:] + end
