"""Understanding what a recogniser heard: several readings of one utterance, weighed into one."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from intents.recognition import Recognition, Scored

# How fast the weight of a reading falls with its score (mean log probability): half of it for 0.35 less.
_SHARPNESS = 2.0


def weighed(readings: Sequence[tuple[str, float]], recognise: Callable[[str], Recognition]) -> Recognition:
    """One recognition from several readings, best first, each with its score.

    The confidences of a topic are added up over the readings, each with its weight; agreement between readings makes a
    topic surer, disagreement less sure. Danger counts if the readings that name it have a third of the weight: of a
    clear call for help no reading must be lost, of a stray word in the fifth reading nothing must be made.
    """
    best_score = max(score for _, score in readings)
    weights = [math.exp(_SHARPNESS * (score - best_score)) for _, score in readings]
    total = sum(weights)
    each = [recognise(text) for text, _ in readings]
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
