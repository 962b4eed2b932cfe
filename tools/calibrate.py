"""Fit the confidence to the truth on labelled questions that the classifier was not trained on.

usage: python -m tools.calibrate FILE.jsonl... [--lang sv]

Writes `intents/data/<lang>/calibration.toml` and prints the expected calibration error. Conversations are taken turn by
turn, with the topic before set right, so that one mistake isn't counted twice. Needs scikit-learn (extra `train`).
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from sklearn.linear_model import LogisticRegression

from intents import load_recogniser
from intents.calibration import Calibration, inputs
from intents.data_files import data_folder
from rostlots.evaluation import LabelledConversation
from skill import State, context_of, load_knowledge, respond

_IDENTITY = Calibration(bias=0.0, odds=1.0, lead=0.0, follow_up=0.0)


def examples(files: list[Path], lang: str) -> Iterator[tuple[float, float, float, bool]]:
    """Log odds, lead, whether the context was filled in, and whether the likeliest topic was right, for each turn."""
    recogniser, knowledge = load_recogniser(lang).with_calibration(_IDENTITY), load_knowledge(lang)
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            one = msgspec.json.decode(line, type=LabelledConversation)
            if (one.lang or "sv") != lang:
                continue
            state = State(lang=knowledge.lang)
            for text, expected in zip(one.turns, one.expect, strict=True):
                context = context_of(state)
                recognition = recogniser.recognise(text, context)
                if recognition.danger is None and not recognition.settled:
                    best, runner_up = (s.confidence for s in recognition.ranked[:2])
                    odds, lead = inputs(best, runner_up)
                    yield odds, lead, float(context.topic is not None), recognition.best.topic in expected
                _, state = respond(recognition, state, knowledge)
                if expected[0] in knowledge.answers:
                    state = msgspec.structs.replace(state, topic=expected[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--lang", default="sv")
    arguments = parser.parse_args()
    found = np.array(list(examples(arguments.files, arguments.lang)))
    model = LogisticRegression(C=100.0).fit(found[:, :3], found[:, 3])
    odds, lead, follow_up = (round(float(weight), 3) for weight in model.coef_[0])
    lines = [
        "# Fitted by tools/calibrate.py; see docs/understanding.md for what it was measured on.",
        f"bias = {round(float(model.intercept_[0]), 3)}",
        f"odds = {odds}",
        f"lead = {lead}",
        f"follow_up = {follow_up}",
    ]
    target = Path(str(data_folder(arguments.lang))) / "calibration.toml"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sure = model.predict_proba(found[:, :3])[:, 1]
    bins = np.minimum((sure * 10).astype(int), 9)
    error = sum(
        (bins == at).mean() * abs(sure[bins == at].mean() - found[bins == at, 3].mean()) for at in set(bins.tolist())
    )
    print(f"{len(found)} turns, {found[:, 3].mean():.1%} right, calibration error {error:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
