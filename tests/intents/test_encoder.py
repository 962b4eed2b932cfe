"""The encoder by itself, and as the second opinion of the understanding."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from intents import load_recogniser
from intents.classifier import Classifier
from intents.data_files import data_folder, encoder, topic_register
from intents.encoder import Encoder, Floats
from tools.encoder.graph import to_bytes

RNG = np.random.default_rng(5)
HIDDEN, WIDE, HEADS, PLACES = 8, 16, 2, 12
SCORES = {"<s>": 0.0, "<pad>": 0.0, "</s>": 0.0, "<unk>": 0.0, "▁vad": -1.0, "▁är": -1.0, "▁det": -1.0}
TOPICS = ("a", "b", "c")


def weights(layers: int = 2) -> dict[str, np.ndarray]:
    made: dict[str, np.ndarray] = {
        "words": RNG.normal(size=(len(SCORES), HIDDEN)),
        "places": RNG.normal(size=(PLACES, HIDDEN)),
    }

    def linear(name: str, outgoing: int, incoming: int) -> None:
        made[f"{name}.weight"], made[f"{name}.bias"] = RNG.normal(size=(outgoing, incoming)), RNG.normal(size=outgoing)

    def norm(name: str) -> None:
        made[f"{name}.weight"], made[f"{name}.bias"] = RNG.normal(size=HIDDEN), RNG.normal(size=HIDDEN)

    norm("norm")
    linear("decide", len(TOPICS), HIDDEN)
    for at in range(layers):
        linear(f"{at}.attend", 3 * HIDDEN, HIDDEN)
        linear(f"{at}.attended", HIDDEN, HIDDEN)
        norm(f"{at}.attended_norm")
        linear(f"{at}.widen", WIDE, HIDDEN)
        linear(f"{at}.narrow", HIDDEN, WIDE)
        norm(f"{at}.norm")
    return {name: array.astype(np.float32) for name, array in made.items()}


DOUBTFUL = "levern trappan mer eller strålning först kanske"
WEIGHTS = weights()
PACKED = to_bytes(TOPICS, SCORES, HEADS, WEIGHTS)
SMALL = Encoder.from_bytes(PACKED)


def by_definition(numbers: list[int]) -> np.ndarray:
    """The same in the slowest way, one number at a time, with the weights as they were before they were packed."""

    def normed(row: np.ndarray, name: str) -> np.ndarray:
        return (row - row.mean()) / math.sqrt(row.var() + 1e-12) * WEIGHTS[f"{name}.weight"] + WEIGHTS[f"{name}.bias"]

    def linear(row: np.ndarray, name: str) -> np.ndarray:
        return WEIGHTS[f"{name}.weight"] @ row + WEIGHTS[f"{name}.bias"]

    def gelu(x: float) -> float:
        return x * (1 + math.erf(x / math.sqrt(2))) / 2

    rows = [normed(WEIGHTS["words"][n] + WEIGHTS["places"][at], "norm") for at, n in enumerate(numbers)]
    size = HIDDEN // HEADS
    for layer in range(2):
        split = [linear(row, f"{layer}.attend").reshape(3, HEADS, size) for row in rows]
        after = []
        for at, row in enumerate(rows):
            heads = []
            for head in range(HEADS):
                fits = np.array([split[at][0, head] @ other[1, head] / math.sqrt(size) for other in split])
                shares = np.exp(fits) / np.exp(fits).sum()
                heads.append(sum(share * other[2, head] for share, other in zip(shares, split, strict=True)))
            one = normed(row + linear(np.concatenate(heads), f"{layer}.attended"), f"{layer}.attended_norm")
            wide = np.array([gelu(x) for x in linear(one, f"{layer}.widen")])
            after.append(normed(one + linear(wide, f"{layer}.narrow"), f"{layer}.norm"))
        rows = after
    logits = linear(np.mean(rows, axis=0), "decide")
    return np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()


def test_it_computes_what_the_definition_says() -> None:
    numbers = [0, 4, 5, 6, 2]
    assert SMALL.probabilities(["vad", "är", "det"]) == pytest.approx(by_definition(numbers), abs=0.03)


def test_the_order_of_words_counts() -> None:
    assert not np.allclose(
        SMALL.probabilities(["vad", "är", "det"]), SMALL.probabilities(["det", "är", "vad"]), atol=1e-3
    )


@pytest.mark.parametrize("words", [[], ["vad"], ["ъ"], ["vad"] * 500])
def test_probabilities_add_up_whatever_is_said(words: list[str]) -> None:
    probabilities = SMALL.probabilities(words)
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-5)
    assert np.isfinite(probabilities).all()


def test_other_topics_in_another_order() -> None:
    other = SMALL.deciding_between(("c", "new", "a", "b"))
    before, after = SMALL.probabilities(["vad"]), other.probabilities(["vad"])
    assert after == pytest.approx([before[2], 0.0, before[0], before[1]], abs=1e-6)


OTHER_GRAPH = PACKED.replace(b"topics", b"tropic")


@pytest.mark.parametrize("broken", [b"", b"PK\x03\x04rubbish", PACKED[: len(PACKED) // 2], OTHER_GRAPH])
def test_a_broken_file_is_named(broken: bytes) -> None:
    with pytest.raises(ValueError, match="not an encoder"):
        Encoder.from_bytes(broken)


def shipped() -> Encoder:
    return Encoder.from_bytes((data_folder("sv") / "encoder.onnx").read_bytes())


def test_what_is_shipped_has_learnt_every_topic() -> None:
    classifier = Classifier.from_bytes((data_folder("sv") / "classifier.npz").read_bytes())
    assert set(shipped().topics) == set(classifier.topics) <= set(topic_register())


def test_it_is_read_once() -> None:
    assert encoder("sv", shipped().topics) is encoder("sv", shipped().topics)


def test_it_knows_words_that_no_question_has() -> None:
    """Whether something runs in the family is not what the source tells of; no example says *ärvda*."""
    classifier = Classifier.from_bytes((data_folder("sv") / "classifier.npz").read_bytes())
    assert "w:ärvda" not in classifier.vocabulary
    one = shipped()
    assert one.topics[int(one.probabilities(["är", "metastaser", "ärvda"]).argmax())] == "handoff.not_covered"


def test_it_is_not_asked_where_the_first_opinion_is_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(lang: str, topics: tuple[str, ...]) -> Encoder:
        raise AssertionError("asked")

    monkeypatch.setattr("intents.recogniser.encoder", asked)
    recogniser = load_recogniser("sv")
    assert recogniser.recognise("vad är metastaser").best.topic == "metastasis.definition"
    with pytest.raises(AssertionError, match="asked"):
        recogniser.recognise(DOUBTFUL)


class Sure(Encoder):
    """An encoder that always answers the same."""

    def __init__(self, topic: str, topics: Sequence[str]) -> None:
        self.topics = tuple(topics)
        self._topic = topic

    def probabilities(self, words: Sequence[str]) -> Floats:
        return np.array([float(topic == self._topic) for topic in self.topics], dtype=np.float32)


def test_where_it_is_asked_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder that is sure of something else changes the ranking of what leaves doubt."""
    monkeypatch.setattr("intents.recogniser.encoder", lambda lang, topics: Sure("control.greeting", topics))
    topics = [scored.topic for scored in load_recogniser("sv").recognise(DOUBTFUL).ranked]
    assert "control.greeting" in topics[:2]
