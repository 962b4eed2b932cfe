"""Train the classifier of the understanding from the question files, and cross-validate it.

usage: python -m tools.train_intents [--lang sv] [--cross-validate]

Writes `classifier.npz`, `subject_words.txt` and `word_runs.txt` in `intents/data/<lang>`. Takes some minutes on two
cores; needs PyTorch and scikit-learn (extra `train`).
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
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
from intents.word_order import count_runs

# A feature that stands in fewer examples says nothing about others.
MIN_EXAMPLES = {"word": 2, "part": 5, "concept": 4}
# Size of the hidden layer. With 192 units other authors' hard questions were 82 % right, where logistic regression on
# the same features got 72 %.
HIDDEN = 128
# So many times through the examples, or more where they are few: at least so many are seen in all.
EPOCHS = 12
EXAMPLES_SEEN = 150_000
BATCH = 256
LEARNING_RATE = 4e-3
DROPOUT = 0.3
# Share of an example's features that are left out at random, so that no single word decides.
FEATURE_DROPOUT = 0.15
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
# While training, a second output tells danger alone, also of stretches such as `intents.danger` cuts out: pieces of
# harmless talk, two harmless things run together, a danger run together with something else. What it teaches the hidden
# layer makes the topics of stretches surer: a third fewer false alarms, and half as many dangers drowned.
DANGER_WEIGHT = 0.5
STRETCH_WEIGHT = 0.7
STRETCH_WORDS = (5, 14)
_DANGERS = ("safety.emergency", "safety.self_harm")
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
            block: TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=MIN_EXAMPLES[block]).fit(
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


@dataclass(frozen=True)
class Trained:
    """Weights as trained: vectors [features, hidden], output [hidden, topics], bias [topics], all float32."""

    topics: tuple[str, ...]
    vectors: NDArray[np.float32]
    output: NDArray[np.float32]
    bias: NDArray[np.float32]

    def guesses(self, matrix: sp.csr_matrix) -> list[str]:
        hidden = np.maximum(matrix @ self.vectors, 0.0)
        return [self.topics[at] for at in (hidden @ self.output + self.bias).argmax(axis=1)]


def targets(items: list[LabelledQuestion], topics: tuple[str, ...]) -> NDArray[np.float32]:
    """What each example should come out as, [examples, topics]; further accepted topics share a part."""
    index = {topic: at for at, topic in enumerate(topics)}
    wanted = np.zeros((len(items), len(topics)), dtype=np.float32)
    for row, item in enumerate(items):
        first, *others = item.topics
        wanted[row, index[first]] += 1.0 - (SECOND_LABEL if others else 0.0)
        for other in others:
            wanted[row, index[other]] += SECOND_LABEL / len(others)
    return wanted


def danger_targets(wanted: NDArray[np.float32], topics: tuple[str, ...]) -> NDArray[np.float32]:
    """What each example should come out as, [examples, 1 + dangers]: no danger, then the dangers."""
    dangers = wanted[:, [topics.index(danger) for danger in _DANGERS]]
    return np.hstack([1.0 - dangers.sum(axis=1, keepdims=True), dangers])


def fit(
    matrix: sp.csr_matrix,
    items: list[LabelledQuestion],
    importance: list[float],
    stretches: sp.csr_matrix | None = None,
    dangers: list[str | None] | None = None,
) -> Trained:
    """Train on weighted examples; the same numbers each time on one machine.

    stretches, dangers: further examples for the output that tells danger alone, and the danger that each holds.
    """
    torch.manual_seed(SEED)
    chance = np.random.default_rng(SEED)
    topics = tuple(sorted({topic for item in items for topic in item.topics}))
    topic_targets = targets(items, topics)
    threats = danger_targets(topic_targets, topics)
    weights = torch.tensor(importance)
    threat_weights = weights
    if stretches is not None and dangers is not None:
        matrix = sp.vstack([matrix, stretches]).tocsr()
        places = [0 if danger is None else 1 + _DANGERS.index(danger) for danger in dangers]
        threats = np.vstack([threats, np.eye(1 + len(_DANGERS), dtype=np.float32)[places]])
        topic_targets = np.vstack([topic_targets, np.zeros((len(dangers), len(topics)), dtype=np.float32)])
        weights = torch.cat([weights, torch.zeros(len(dangers))])
        threat_weights = torch.cat([threat_weights, torch.full((len(dangers),), STRETCH_WEIGHT)])
    wanted, threatened = torch.from_numpy(topic_targets), torch.from_numpy(threats.astype(np.float32))
    vectors = torch.nn.EmbeddingBag(matrix.shape[1], HIDDEN, mode="sum", sparse=True)
    torch.nn.init.normal_(vectors.weight, 0.0, 0.05)
    last, alarm = torch.nn.Linear(HIDDEN, len(topics)), torch.nn.Linear(HIDDEN, threats.shape[1])
    units = torch.nn.Sequential(torch.nn.Dropout(DROPOUT), torch.nn.ReLU())
    optimisers = (
        torch.optim.SparseAdam(list(vectors.parameters()), lr=LEARNING_RATE),
        torch.optim.AdamW([*last.parameters(), *alarm.parameters()], lr=LEARNING_RATE, weight_decay=1e-4),
    )
    examples = matrix.shape[0]
    epochs = max(EPOCHS, EXAMPLES_SEEN // examples)
    steps = epochs * -(-examples // BATCH)
    schedules = [torch.optim.lr_scheduler.CosineAnnealingLR(o, steps) for o in optimisers]
    for epoch in range(epochs):
        order = chance.permutation(examples)
        total = 0.0
        for start in range(0, examples, BATCH):
            rows = order[start : start + BATCH]
            features_of, values, offsets = _bags(matrix, rows, chance)
            hidden = units(vectors(features_of, offsets, per_sample_weights=values))
            losses = -(wanted[rows] * torch.log_softmax(last(hidden), 1)).sum(1)
            alarms = -(threatened[rows] * torch.log_softmax(alarm(hidden), 1)).sum(1)
            loss = (losses * weights[rows] + DANGER_WEIGHT * alarms * threat_weights[rows]).mean()
            for optimiser in optimisers:
                optimiser.zero_grad()
            loss.backward()
            for optimiser, schedule in zip(optimisers, schedules, strict=True):
                optimiser.step()
                schedule.step()
            total += loss.item()
        print(f"  epoch {epoch + 1} of {epochs}: loss {total / len(order) * BATCH:.3f}", file=sys.stderr)
    return Trained(
        topics,
        vectors.weight.detach().numpy(),
        last.weight.detach().numpy().T.copy(),
        last.bias.detach().numpy(),
    )


def _bags(
    matrix: sp.csr_matrix, rows: Iterable[int], chance: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Features, values and beginnings of some rows, with a part of the features left out."""
    features_of, values, offsets, at = [], [], [], 0
    for row in rows:
        begin, end = matrix.indptr[row], matrix.indptr[row + 1]
        kept = chance.random(end - begin) > FEATURE_DROPOUT
        features_of.append(matrix.indices[begin:end][kept])
        values.append(matrix.data[begin:end][kept] / (1 - FEATURE_DROPOUT))
        offsets.append(at)
        at += int(kept.sum())
    return (
        torch.from_numpy(np.concatenate(features_of).astype(np.int64)),
        torch.from_numpy(np.concatenate(values).astype(np.float32)),
        torch.tensor(offsets),
    )


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


def examples(lang: str) -> tuple[list[LabelledQuestion], list[float]]:
    """Everything that a language's topics are learnt from, and what each example weighs."""
    asked, follow_ups = questions(lang), follow_up_questions(lang)
    opened = behind_openers(asked, openers(lang))
    anywhere = before_subjects(asked, sorted({s.subject for s in subjects(lang).values()}))
    importance = (
        [1.0] * len(asked)
        + [FOLLOW_UP_WEIGHT] * len(follow_ups)
        + [OPENED_WEIGHT] * len(opened)
        + [ANYWHERE_WEIGHT] * len(anywhere)
    )
    return asked + follow_ups + opened + anywhere, importance


def torn_and_joined(items: list[LabelledQuestion]) -> tuple[list[str], list[str | None]]:
    """Stretches of talk with the danger that each holds: pieces of harmless talk, and texts run together."""
    chance = random.Random(SEED)
    harmless = [i.text for i in items if not any(topic.startswith("safety.") for topic in i.topics)]
    threats = [(i.text, i.topics[0]) for i in items if i.topics[0] in _DANGERS]
    texts: list[str] = []
    dangers: list[str | None] = []
    for text in harmless:
        words = text.split()
        size = chance.randint(*STRETCH_WORDS)
        if len(words) > size:
            start = chance.randint(0, len(words) - size)
            texts.append(" ".join(words[start : start + size]))
            dangers.append(None)
    for text, danger in threats:
        parts = [text, chance.choice(harmless)]
        chance.shuffle(parts)
        texts.append(" ".join(parts))
        dangers.append(danger)
    for _ in range(2 * len(threats)):
        texts.append(" ".join(chance.sample(harmless, 2)))
        dangers.append(None)
    return texts, dangers


def quantised(trained: Trained, design: Design, stamp: str) -> Classifier:
    """The weights for use: vectors as 8-bit integers with a scale for each feature."""
    scale = np.abs(trained.vectors).max(axis=1) / 127.0
    scale[scale == 0] = 1.0
    return Classifier(
        topics=trained.topics,
        vocabulary={name: row for row, name in enumerate(design.names())},
        idf=design.idf().astype(np.float32),
        vectors=np.rint(trained.vectors / scale[:, None]).astype(np.int8),
        scale=scale.astype(np.float32),
        output=trained.output,
        bias=trained.bias,
        stamp=stamp,
    )


def cross_validate(items: list[LabelledQuestion], rows: list[dict[str, list[str]]]) -> float:
    """Share of questions whose likeliest topic is accepted, each judged by a model that has not seen it."""
    firsts = np.array([item.topics[0] for item in items])
    right = 0
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=1).split(rows, firsts):
        design = Design([rows[i] for i in train])
        model = fit(design.matrix([rows[i] for i in train]), [items[i] for i in train], [1.0] * len(train))
        guesses = model.guesses(design.matrix([rows[i] for i in test]))
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
    items, importance = examples(arguments.lang)
    rows = [feature_blocks(item.text, arguments.lang) for item in items]
    design = Design(rows)
    torn, dangers = torn_and_joined(asked)
    stretches = design.matrix([feature_blocks(text, arguments.lang) for text in torn])
    model = fit(design.matrix(rows), items, importance, stretches, dangers)
    classifier = quantised(model, design, training_stamp(training_inputs(arguments.lang)))
    folder = Path(__file__).parent.parent / "intents" / "data" / arguments.lang
    words = subject_words(asked, arguments.lang)
    (folder / "subject_words.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    runs = count_runs(utterance(item.text, {}).words for item in asked)
    (folder / "word_runs.txt").write_text(
        "".join(f"{count}\t{' '.join(run)}\n" for run, count in sorted(runs.items())), encoding="utf-8"
    )
    target = folder / "classifier.npz"
    data = classifier.to_bytes()
    target.write_bytes(data)
    print(
        f"{target.name}: {len(design.names())} features, {len(data) / 1e6:.1f} MB, {time.monotonic() - started:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
