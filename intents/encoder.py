"""A small transformer over pieces of words: the second opinion on what an utterance asks, where the first is in doubt.

The encoder of BERT (Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2019) with the mean of its
last states before one linear layer. Its weights began as those of multilingual-e5-small (Wang et al., "Multilingual E5
Text Embeddings", 2024), which had read much Swedish, so it knows words that no question of ours has. Trained by
`tools/encoder`; here it only computes.
"""

import io
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.pieces import Pieces

Floats = NDArray[np.float32]

EPSILON = 1e-12
"""Of the layer norms."""

FIRST, LAST, UNKNOWN = 0, 2, 3
"""Numbers of the marks before and behind an utterance, and of what is no piece."""


@dataclass(frozen=True)
class Linear:
    """weight: [in, out]. bias: [out]."""

    weight: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        return np.asarray(x @ self.weight + self.bias, dtype=np.float32)


@dataclass(frozen=True)
class Norm:
    """Layer norm. weight, bias: [hidden]."""

    weight: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + EPSILON)
        return np.asarray(centred / spread * self.weight + self.bias, dtype=np.float32)


@dataclass(frozen=True)
class Layer:
    """One layer of the transformer. attend: queries, keys and values in one. heads: of the attention."""

    attend: Linear
    attended: Linear
    attended_norm: Norm
    widen: Linear
    narrow: Linear
    norm: Norm
    heads: int

    def __call__(self, x: Floats) -> Floats:
        """[pieces, hidden] to the same."""
        pieces, hidden = x.shape
        parts = self.attend(x).reshape(pieces, 3, self.heads, hidden // self.heads)
        queries, keys, values = parts.transpose(1, 2, 0, 3)
        scores = queries @ keys.transpose(0, 2, 1) / np.float32(math.sqrt(hidden // self.heads))
        seen = _softmax(scores) @ values
        x = self.attended_norm(x + self.attended(seen.transpose(1, 0, 2).reshape(pieces, hidden)))
        return self.norm(x + self.narrow(_gelu(self.widen(x))))


@dataclass(frozen=True)
class Encoder:
    """Trained weights.

    topics: class names. words: int8, [pieces, hidden], with a scale for each piece. places: [places, hidden].
    """

    topics: tuple[str, ...]
    pieces: Pieces
    words: NDArray[np.int8]
    scale: Floats
    places: Floats
    norm: Norm
    layers: tuple[Layer, ...]
    decide: Linear

    def probabilities(self, words: Sequence[str]) -> Floats:
        """The probability of each topic, [topics], sum 1, for the words of `intents.normalise.utterance`."""
        most = len(self.places) - 2
        numbers = [FIRST, *self.pieces.numbers(words)[:most], LAST]
        x = self.norm(self.words[numbers] * self.scale[numbers, None] + self.places[: len(numbers)])
        for layer in self.layers:
            x = layer(x)
        return _softmax(self.decide(x.mean(axis=0)))

    def deciding_between(self, topics: Sequence[str]) -> "Encoder":
        """The same encoder with other topics in another order; one that it has not learnt gets no probability."""
        weight = np.zeros((self.decide.weight.shape[0], len(topics)), dtype=np.float32)
        bias = np.full(len(topics), -np.inf, dtype=np.float32)
        for to, topic in enumerate(topics):
            if topic in self.topics:
                at = self.topics.index(topic)
                weight[:, to], bias[to] = self.decide.weight[:, at], self.decide.bias[at]
        return replace(self, topics=tuple(topics), decide=Linear(weight, bias))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Encoder":
        """The encoder from what `to_bytes` gave.

        Raises:
            ValueError: the data is not an encoder.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                return _unpacked({name: archive[name] for name in archive.files})
        except (EOFError, KeyError, OSError, ValueError, zipfile.BadZipFile) as error:
            raise ValueError(f"not an encoder: {error}") from None


def to_bytes(topics: Sequence[str], scores: Mapping[str, float], heads: int, arrays: Mapping[str, Floats]) -> bytes:
    """Weights as a compressed NumPy archive without pickles, matrices as 8-bit integers with a scale for each row.

    scores: log probability of each piece, in the order of their numbers. arrays: weights by their names, [out, in] as
    PyTorch has them.
    """
    kept: dict[str, NDArray[Any]] = {
        "topics": _text(topics),
        "piece_names": _text(scores),
        "piece_scores": np.fromiter(scores.values(), dtype=np.float32),
        "heads": np.array(heads),
    }
    for name, array in arrays.items():
        if array.ndim == 1:
            kept[name] = array.astype(np.float32)
            continue
        scale = np.abs(array).max(axis=1) / 127.0
        scale[scale == 0] = 1.0
        kept[name] = np.rint(array / scale[:, None]).astype(np.int8)
        kept[f"{name}:scale"] = scale.astype(np.float32)
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **kept)
    return out.getvalue()


def _unpacked(kept: Mapping[str, NDArray[Any]]) -> Encoder:
    def array(name: str) -> Floats:
        if f"{name}:scale" not in kept:
            return kept[name].astype(np.float32)
        return np.asarray(kept[name] * kept[f"{name}:scale"][:, None], dtype=np.float32)

    def linear(name: str) -> Linear:
        return Linear(np.ascontiguousarray(array(f"{name}.weight").T), array(f"{name}.bias"))

    def norm(name: str) -> Norm:
        return Norm(array(f"{name}.weight"), array(f"{name}.bias"))

    heads = int(kept["heads"])
    count = sum(name.endswith(".attend.bias") for name in kept)
    names = kept["piece_names"].tobytes().decode().split("\n")
    return Encoder(
        topics=tuple(kept["topics"].tobytes().decode().split("\n")),
        pieces=Pieces(dict(zip(names, kept["piece_scores"].tolist(), strict=True)), UNKNOWN),
        words=kept["words"].astype(np.int8),
        scale=kept["words:scale"].astype(np.float32),
        places=array("places"),
        norm=norm("norm"),
        layers=tuple(
            Layer(
                attend=linear(f"{at}.attend"),
                attended=linear(f"{at}.attended"),
                attended_norm=norm(f"{at}.attended_norm"),
                widen=linear(f"{at}.widen"),
                narrow=linear(f"{at}.narrow"),
                norm=norm(f"{at}.norm"),
                heads=heads,
            )
            for at in range(count)
        ),
        decide=linear("decide"),
    )


def _text(lines: Sequence[str] | Mapping[str, float]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)


def _softmax(x: Floats) -> Floats:
    raised = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


def _gelu(x: Floats) -> Floats:
    """Each number times the share of a normal distribution below it (Abramowitz and Stegun, 7.1.26; error 1.5e-7)."""
    z = np.abs(x) / np.float32(math.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    tail = poly * np.exp(-z * z) / 2
    return np.asarray(x * np.where(x < 0, tail, 1 - tail), dtype=np.float32)
