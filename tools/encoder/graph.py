"""The encoder as an ONNX graph, with its matrices as 8-bit integers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from intents.encoder import INPUT

if TYPE_CHECKING:
    from tools.encoder.start import Floats

EPSILON = 1e-12
"""Of the layer norms."""

OPSET = 20
"""The first with the curve of the hidden units as one operation."""


def to_bytes(topics: Sequence[str], scores: Mapping[str, float], heads: int, arrays: Mapping[str, Floats]) -> bytes:
    """The file that `intents.encoder.Encoder.from_bytes` reads.

    scores: log probability of each piece, in the order of their numbers. arrays: weights by their names in
    `tools.encoder.network`, [out, in] as PyTorch has them; each row becomes 8-bit integers with a scale.
    """
    graph = _Graph(arrays, heads)
    logits = graph.whole()
    made = helper.make_graph(
        graph.nodes,
        "encoder",
        [helper.make_tensor_value_info(INPUT, TensorProto.INT64, ["pieces"])],
        [helper.make_tensor_value_info(logits, TensorProto.FLOAT, [len(topics)])],
        graph.constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    about = {"topics": list(topics), "pieces": dict(scores), "most": len(arrays["places"])}
    helper.set_model_props(model, {name: json.dumps(value, ensure_ascii=False) for name, value in about.items()})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


class _Graph:
    """Nodes and constants as they are added. Its methods return the name of what they compute."""

    def __init__(self, arrays: Mapping[str, Floats], heads: int) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._arrays = arrays
        self._heads = heads
        self._hidden = arrays["words"].shape[1]

    def whole(self) -> str:
        """From the numbers of pieces to the logits."""
        numbers, scales = (self._constant(part) for part in _in_eight_bits(self._arrays["words"]))
        # Only the rows of an utterance are unpacked.
        rows = self._node("Cast", self._node("Gather", numbers, INPUT), to=TensorProto.FLOAT)
        words = self._node("Mul", rows, self._node("Gather", scales, INPUT))
        length = self._node("Squeeze", self._node("Shape", INPUT))
        at = self._node("Range", self._constant(np.int64(0)), length, self._constant(np.int64(1)))
        places = self._node("Gather", self._matrix("places"), at)
        x = self._norm("norm", self._node("Add", words, places))
        for layer in range(sum(name.endswith(".attend.bias") for name in self._arrays)):
            x = self._layer(str(layer), x)
        mean = self._node("ReduceMean", x, self._constant(np.array([0])), keepdims=0)
        return self._linear("decide", mean)

    def _layer(self, at: str, x: str) -> str:
        size = self._hidden // self._heads
        split = self._node(
            "Reshape", self._linear(f"{at}.attend", x), self._constant(np.array([0, 3, self._heads, size]))
        )
        # [pieces, 3, heads, size] to queries and values [heads, pieces, size] and keys [heads, size, pieces].
        queries, keys, values = (
            self._node("Transpose", self._node("Gather", split, self._constant(np.int64(part)), axis=1), perm=perm)
            for part, perm in enumerate(([1, 0, 2], [1, 2, 0], [1, 0, 2]))
        )
        scores = self._node("Mul", self._node("MatMul", queries, keys), self._constant(np.float32(1 / math.sqrt(size))))
        mixed = self._node("MatMul", self._node("Softmax", scores, axis=-1), values)
        seen = self._node(
            "Reshape", self._node("Transpose", mixed, perm=[1, 0, 2]), self._constant(np.array([-1, self._hidden]))
        )
        x = self._norm(f"{at}.attended_norm", self._node("Add", x, self._linear(f"{at}.attended", seen)))
        narrow = self._linear(f"{at}.narrow", self._node("Gelu", self._linear(f"{at}.widen", x)))
        return self._norm(f"{at}.norm", self._node("Add", x, narrow))

    def _linear(self, name: str, x: str) -> str:
        weight = self._matrix(f"{name}.weight", turned=True)
        return self._node("Add", self._node("MatMul", x, weight), self._array(f"{name}.bias"))

    def _norm(self, name: str, x: str) -> str:
        weight, bias = self._array(f"{name}.weight"), self._array(f"{name}.bias")
        return self._node("LayerNormalization", x, weight, bias, axis=-1, epsilon=EPSILON)

    def _matrix(self, name: str, *, turned: bool = False) -> str:
        """A constant matrix, which the runtime unpacks once, when it loads the graph; turned: [in, out]."""
        numbers, scales = _in_eight_bits(self._arrays[name])
        packed = self._node("Cast", self._constant(numbers.T if turned else numbers), to=TensorProto.FLOAT)
        return self._node("Mul", packed, self._constant(scales.T if turned else scales))

    def _array(self, name: str) -> str:
        return self._constant(self._arrays[name].astype(np.float32))

    def _constant(self, value: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value).reshape(np.shape(value)), name))
        return name

    def _node(self, operation: str, *inputs: str, **attributes: Any) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [name], **attributes))
        return name


def _in_eight_bits(matrix: Floats) -> tuple[Any, Any]:
    """int8, [rows, columns], and the scale of each row, [rows, 1]."""
    scale = np.abs(matrix).max(axis=1, keepdims=True) / 127.0
    scale[scale == 0] = 1.0
    return np.rint(matrix / scale).astype(np.int8), scale.astype(np.float32)
