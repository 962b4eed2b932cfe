"""A small transformer over pieces of words: the second opinion on what an utterance asks, where the first is in doubt.

The encoder of BERT (Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2019) with the mean of its
last states before one linear layer. Its weights began as those of multilingual-e5-small (Wang et al., "Multilingual E5
Text Embeddings", 2024), which had read much Swedish, so it knows words that no question of ours has. Trained and
written down as an ONNX graph by `tools/encoder`; ONNX Runtime computes it, three to four times as fast as NumPy.
"""

import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.pieces import Pieces

Floats = NDArray[np.float32]

FIRST, LAST, UNKNOWN = 0, 2, 3
"""Numbers of the marks before and behind an utterance, and of what is no piece."""

INPUT = "pieces"
"""Of the graph: the numbers of an utterance's pieces with the marks around them, int64, [pieces]. Its one output is a
logit for each topic, [topics]."""


class Encoder:
    """A trained encoder, ready to compute. Immutable; safe to share between threads."""

    def __init__(self, session: Any, topics: Sequence[str], pieces: Pieces, most: int) -> None:
        """session: of ONNX Runtime. topics: class names, in the order of its output. most: pieces that it takes."""
        self._session = session
        self._learnt = tuple(topics)
        self._pieces = pieces
        self._most = most
        self.topics = self._learnt
        """Class names, in the order of the probabilities."""

    def probabilities(self, words: Sequence[str]) -> Floats:
        """The probability of each topic, [topics], sum 1, for the words of `intents.normalise.utterance`."""
        numbers = [FIRST, *self._pieces.numbers(words)[: self._most - 2], LAST]
        (logits,) = self._session.run(None, {INPUT: np.asarray(numbers, dtype=np.int64)})
        known = {topic: float(logit) for topic, logit in zip(self._learnt, logits, strict=True)}
        ordered = np.array([known.get(topic, -np.inf) for topic in self.topics], dtype=np.float32)
        raised = np.exp(ordered - ordered.max())
        return np.asarray(raised / raised.sum(), dtype=np.float32)

    def deciding_between(self, topics: Sequence[str]) -> "Encoder":
        """The same encoder with other topics in another order; one that it has not learnt gets no probability."""
        other = Encoder(self._session, self._learnt, self._pieces, self._most)
        other.topics = tuple(topics)
        return other

    @classmethod
    def from_bytes(cls, data: bytes) -> "Encoder":
        """The encoder from what `tools.encoder` wrote.

        Raises:
            ValueError: the data is not an encoder.
        """
        # Unless this is set before it loads, the library reports its use to its maker.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # An utterance is too small to be shared out, and others may be waiting.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
            about = session.get_modelmeta().custom_metadata_map
            topics, scores, most = (json.loads(about[name]) for name in ("topics", "pieces", "most"))
            return cls(session, topics, Pieces(scores, UNKNOWN), most)
        except Exception as error:  # each kind of fault has a class of its own there
            raise ValueError(f"not an encoder: {type(error).__name__}") from None
