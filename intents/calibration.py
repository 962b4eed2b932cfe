"""From the classifier's probability to a confidence that keeps its word.

Logistic calibration (Platt, "Probabilistic outputs for support vector machines", 1999) with two inputs besides the
likeliest topic's log odds: its lead over the runner-up, and whether the context was filled in.
"""

import math
from collections.abc import Sequence

import msgspec

_LEAST = 1e-6


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weights of the logistic function, fitted by `tools/calibrate.py` on questions that nothing was trained on."""

    bias: float
    odds: float
    lead: float
    follow_up: float

    def confidence(self, best: float, runner_up: float, *, follow_up: bool) -> float:
        """How sure the likeliest topic is, 0 to 1, given its probability and the next one's."""
        odds, lead = inputs(best, runner_up)
        total = self.bias + self.odds * odds + self.lead * lead + (self.follow_up if follow_up else 0.0)
        return 1.0 / (1.0 + math.exp(-total))


def inputs(best: float, runner_up: float) -> tuple[float, float]:
    """Log odds of the likeliest topic and its lead over the next one in logarithms."""
    p = min(max(best, _LEAST), 1 - _LEAST)
    return math.log(p / (1 - p)), math.log(p / max(runner_up, _LEAST))


def shared_out(confidence: float, probabilities: Sequence[float]) -> list[float]:
    """Confidences for a ranking: the first as given, the others by their share of what is left."""
    rest = max(1.0 - probabilities[0], _LEAST)
    left = 1.0 - confidence
    return [confidence, *(min(left * p / rest, confidence) for p in probabilities[1:])]
