"""Train the classifier of the understanding from the question files, and cross-validate it.

usage: python -m tools.train_intents [--lang sv] [--cross-validate]

Writes `intents/data/<lang>/classifier.npz`. Takes a minute or two on two cores; needs scikit-learn (extra `train`).
"""

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from intents.classifier import BLOCKS, Classifier, training_stamp
from intents.data_files import (
    concept_table,
    follow_up_questions,
    openers,
    questions,
    spoken_forms,
    subjects,
    training_inputs,
)
from intents.features import features
from intents.normalise import utterance
from intents.questions import LabelledQuestion

# Inverse strength of the ridge: 5, 10 and 20 gave nearly the same on questions of other authors (96 to 97 % of single ones).
RIDGE = 10.0
# A feature that stands in one question only says nothing about others.
MIN_QUESTIONS = 2
# What a second label weighs beside the first one.
SECOND_LABEL = 0.3
FOLDS = 5
# Share of the questions that are learnt behind an opener too.
OPENED = 0.25
SEED = 7
# A word of the subject stands in so many questions and has so many letters; fewer are misspellings or too alike.
SUBJECT_WORD_QUESTIONS = 3
SUBJECT_WORD_LETTERS = 5
# What derived examples weigh beside a question as somebody wrote it: a follow-up is repeated for each topic that it may
# follow, and the other two only say that something around the question changes nothing.
FOLLOW_UP_WEIGHT = 0.25
OPENED_WEIGHT = 0.4
ANYWHERE_WEIGHT = 0.3
# Utterances up to so many words may be follow-ups.
SHORT_WORDS = 10
_ANYWHERE = ("control.", "safety.", "handoff.", "fallback.", "helpline.")
_NOT_BEHIND_OPENERS = ("control.", "fallback.", "safety.", "handoff.distress")


def feature_blocks(text: str, lang: str) -> dict[str, list[str]]:
    """The features of a text, as the recogniser computes them."""
    words = utterance(text, spoken_forms(lang)).words
    return features(words, concept_table(lang).mentions(words))


class Design:
    """Feature matrices with the same weighting as `Classifier.probabilities`."""

    def __init__(self, rows: list[dict[str, list[str]]]) -> None:
        self._blocks = {
            block: TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=MIN_QUESTIONS).fit(
                [row[block] for row in rows]
            )
            for block in BLOCKS
        }

    def matrix(self, rows: list[dict[str, list[str]]]) -> sp.csr_matrix:
        return sp.hstack([v.transform([r[b] for r in rows]) for b, v in self._blocks.items()]).tocsr()

    def names(self) -> list[str]:
        return [n for v in self._blocks.values() for n in v.get_feature_names_out()]

    def idf(self) -> NDArray[np.float64]:
        return np.concatenate([v.idf_ for v in self._blocks.values()])


def fit(matrix: sp.csr_matrix, items: list[LabelledQuestion], importance: list[float]) -> LogisticRegression:
    """Weights for labelled rows; a second accepted topic counts as a lighter example of its own."""
    rows: list[int] = []
    labels: list[str] = []
    weights: list[float] = []
    for row, item in enumerate(items):
        others = item.topics[1:]
        for topic in item.topics:
            rows.append(row)
            labels.append(topic)
            part = 1.0 if not others else (1 - SECOND_LABEL if topic == item.topics[0] else SECOND_LABEL / len(others))
            weights.append(part * importance[row])
    model = LogisticRegression(C=RIDGE, max_iter=300, tol=1e-3)
    return model.fit(matrix[rows], labels, sample_weight=weights)


def behind_openers(items: list[LabelledQuestion], openers: list[str]) -> list[LabelledQuestion]:
    """A part of those that ask something, once more behind something people say first."""
    chance = random.Random(SEED)
    asking = [i for i in items if not i.topics[0].startswith(_NOT_BEHIND_OPENERS)]
    chosen = chance.sample(asking, round(len(asking) * OPENED))
    return [replace(i, text=f"{chance.choice(openers)} {i.text}") for i in chosen]


def before_subjects(items: list[LabelledQuestion], subjects: list[str]) -> list[LabelledQuestion]:
    """Short ones that mean the same whatever was spoken of, once more with a subject of talk behind them.

    In a conversation an utterance is also read with the subject that it may leave unsaid; steering, feelings and
    danger have to be known for what they are in that reading too.
    """
    chance = random.Random(SEED)
    short = [i for i in items if i.topics[0].startswith(_ANYWHERE) and len(i.text.split()) <= SHORT_WORDS]
    return [replace(i, text=f"{i.text} {chance.choice(subjects)}") for i in short]


def quantised(model: LogisticRegression, design: Design, stamp: str) -> Classifier:
    """The weights as 8-bit integers with a scale for each feature."""
    weights = model.coef_.T.astype(np.float32)
    scale = np.abs(weights).max(axis=1) / 127.0
    scale[scale == 0] = 1.0
    return Classifier(
        topics=tuple(model.classes_),
        vocabulary={name: row for row, name in enumerate(design.names())},
        idf=design.idf().astype(np.float32),
        weights=np.rint(weights / scale[:, None]).astype(np.int8),
        scale=scale.astype(np.float32),
        bias=model.intercept_.astype(np.float32),
        stamp=stamp,
    )


def cross_validate(items: list[LabelledQuestion], rows: list[dict[str, list[str]]]) -> float:
    """Share of questions whose likeliest topic is accepted, each judged by a model that has not seen it."""
    firsts = np.array([item.topics[0] for item in items])
    right = 0
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=1).split(rows, firsts):
        design = Design([rows[i] for i in train])
        model = fit(design.matrix([rows[i] for i in train]), [items[i] for i in train], [1.0] * len(train))
        guesses = model.predict(design.matrix([rows[i] for i in test]))
        right += sum(guess in items[i].topics for guess, i in zip(guesses, test, strict=True))
        print(f"  fold of {len(test)} done", file=sys.stderr)
    return right / len(items)


def subject_words(asked: list[LabelledQuestion], lang: str) -> list[str]:
    """Words of the subject in the inflections that people use, for putting misheard ones right."""
    table, forms = concept_table(lang), spoken_forms(lang)
    counts = Counter(word for item in asked for word in set(utterance(item.text, forms).words))
    return sorted(
        word
        for word, count in counts.items()
        if count >= SUBJECT_WORD_QUESTIONS and len(word) >= SUBJECT_WORD_LETTERS and table.names_subject(word)
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lang", default="sv")
    parser.add_argument("--cross-validate", action="store_true", help="only print the share right in cross-validation")
    arguments = parser.parse_args()
    started = time.monotonic()
    asked = questions(arguments.lang)
    print(f"{len(asked)} questions, {len({i.topics[0] for i in asked})} topics")
    if arguments.cross_validate:
        share = cross_validate(asked, [feature_blocks(item.text, arguments.lang) for item in asked])
        print(f"right in {FOLDS}-fold cross-validation: {share:.1%}")
        return 0
    follow_ups = follow_up_questions(arguments.lang)
    opened = behind_openers(asked, openers(arguments.lang))
    anywhere = before_subjects(asked, sorted({s.subject for s in subjects(arguments.lang).values()}))
    items = asked + follow_ups + opened + anywhere
    importance = (
        [1.0] * len(asked)
        + [FOLLOW_UP_WEIGHT] * len(follow_ups)
        + [OPENED_WEIGHT] * len(opened)
        + [ANYWHERE_WEIGHT] * len(anywhere)
    )
    rows = [feature_blocks(item.text, arguments.lang) for item in items]
    design = Design(rows)
    model = fit(design.matrix(rows), items, importance)
    classifier = quantised(model, design, training_stamp(training_inputs(arguments.lang)))
    folder = Path(__file__).parent.parent / "intents" / "data" / arguments.lang
    words = subject_words(asked, arguments.lang)
    (folder / "subject_words.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    target = folder / "classifier.npz"
    data = classifier.to_bytes()
    target.write_bytes(data)
    print(
        f"{target.name}: {len(design.names())} features, {len(data) / 1e6:.1f} MB, {time.monotonic() - started:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
