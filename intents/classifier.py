"""A small neural classifier over words, parts of words and concepts: topics with probabilities.

Every feature has a vector; the vectors of an utterance are added up, weighted by tf-idf, and one hidden layer decides
(Joulin et al., "Bag of Tricks for Efficient Text Classification", 2017, with a rectifier before the last layer; tf-idf
with sublinear term frequency as in Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 6.4, each
block of features normalised apart). Trained by `tools/train_intents.py`; here it only computes.
"""

import hashlib
import io
import math
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCKS = ("word", "part", "concept")


@dataclass(frozen=True)
class Classifier:
    """Trained weights.

    topics: class names. vocabulary: feature name → row. idf: float32, [features].
    vectors: int8, [features, hidden]; scale: float32, [features]: vector = vectors * scale.
    output: float32, [hidden, topics]. bias: float32, [topics]. stamp: hash of everything it was trained on.
    """

    topics: tuple[str, ...]
    vocabulary: Mapping[str, int]
    idf: NDArray[np.float32]
    vectors: NDArray[np.int8]
    scale: NDArray[np.float32]
    output: NDArray[np.float32]
    bias: NDArray[np.float32]
    stamp: str

    def probabilities(self, blocks: Mapping[str, list[str]]) -> NDArray[np.float32]:
        """The probability of each topic, [topics], sum 1, for the features of `intents.features.features`."""
        rows: list[int] = []
        values: list[float] = []
        for block in BLOCKS:
            found = [
                (row, (1.0 + math.log(count)) * float(self.idf[row]))
                for name, count in Counter(blocks[block]).items()
                if (row := self.vocabulary.get(name)) is not None
            ]
            norm = math.sqrt(sum(value * value for _, value in found)) or 1.0
            rows.extend(row for row, _ in found)
            values.extend(value / norm for _, value in found)
        hidden = np.zeros(self.vectors.shape[1], dtype=np.float32)
        if rows:
            factors = np.asarray(values, dtype=np.float32) * self.scale[rows]
            hidden = factors @ self.vectors[rows].astype(np.float32)
        logits = np.maximum(hidden, 0.0) @ self.output + self.bias
        shifted = np.exp(logits - logits.max())
        return np.asarray(shifted / shifted.sum(), dtype=np.float32)

    def known_share(self, words: Sequence[str], others: int = 0) -> float:
        """The share of words that stand in a question it was trained on, 0 to 1; 0 for no words.

        others: how many more words there are that are known for another reason.
        """
        known = sum(f"w:{word}" in self.vocabulary for word in words) + others
        return known / max(len(words) + others, 1)

    def to_bytes(self) -> bytes:
        """The classifier as a compressed NumPy archive without pickles."""
        names = "\n".join(sorted(self.vocabulary, key=self.vocabulary.__getitem__))
        out = io.BytesIO()
        np.savez_compressed(
            out,
            topics=np.frombuffer("\n".join(self.topics).encode(), dtype=np.uint8),
            names=np.frombuffer(names.encode(), dtype=np.uint8),
            idf=self.idf.astype(np.float16),
            vectors=self.vectors,
            scale=self.scale,
            output=self.output.astype(np.float16),
            bias=self.bias,
            stamp=np.frombuffer(self.stamp.encode(), dtype=np.uint8),
        )
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Classifier":
        """The classifier from what `to_bytes` gave.

        Raises:
            ValueError: the data is not a classifier.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                names = archive["names"].tobytes().decode().split("\n")
                return cls(
                    topics=tuple(archive["topics"].tobytes().decode().split("\n")),
                    vocabulary={name: row for row, name in enumerate(names)},
                    idf=archive["idf"].astype(np.float32),
                    vectors=archive["vectors"],
                    scale=archive["scale"],
                    output=archive["output"].astype(np.float32),
                    bias=archive["bias"],
                    stamp=archive["stamp"].tobytes().decode(),
                )
        except (EOFError, KeyError, OSError, ValueError, zipfile.BadZipFile) as error:
            raise ValueError(f"not a classifier: {error}") from None


def training_stamp(inputs: Mapping[str, bytes]) -> str:
    """The hash of named training inputs, whole content and names, in any order."""
    digest = hashlib.sha256()
    for name in sorted(inputs):
        digest.update(f"{name}\0{len(inputs[name])}\0".encode())
        digest.update(inputs[name])
    return digest.hexdigest()
