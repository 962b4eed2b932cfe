"""Whisper's decoder in PyTorch on the variables of a CTranslate2 file, with additions of low rank that can be learned.

Shapes: B utterances, L tokens, T encoder states, W = 512 width.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from torch import Tensor, nn

from speech.whisper_pack import variables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Weights = dict[str, Tensor]

HEADS = 8
EPSILON = 1e-5
HALF = torch.bfloat16
"""Type of the frozen weights and of most of the computing; twice as fast as float32."""


class Linear(nn.Module):
    """A frozen matrix with a low-rank addition: ``y = x W^T + bias + x A^T B^T``."""

    def __init__(self, weights: Weights, name: str, rank: int, alpha: float, dropout: float) -> None:
        super().__init__()
        self.name = f"{name}/weight"
        self.weight: Tensor
        self.bias: Tensor
        self.register_buffer("weight", weights[f"{name}/weight"].to(HALF), persistent=False)
        self.register_buffer("bias", weights[f"{name}/bias"].to(HALF), persistent=False)
        rows, columns = self.weight.shape
        self.a = nn.Parameter(torch.randn(rank, columns) / math.sqrt(columns))
        self.b = nn.Parameter(torch.zeros(rows, rank))
        self.scale = alpha / rank
        self.dropout = dropout
        self.active = True

    def forward(self, x: Tensor) -> Tensor:
        x = x.to(HALF)
        y = F.linear(x, self.weight, self.bias)
        if not self.active:
            return y
        # Dropout on the thin side: on x it would cost as much as the matrices.
        thin = F.dropout(F.linear(x, self.a.to(HALF)), self.dropout, self.training)
        return y + F.linear(thin, (self.b * self.scale).to(HALF))


class Norm(nn.Module):
    """A frozen layer norm, computed in float32."""

    def __init__(self, weights: Weights, name: str) -> None:
        super().__init__()
        self.gamma: Tensor
        self.beta: Tensor
        self.register_buffer("gamma", weights[f"{name}/gamma"], persistent=False)
        self.register_buffer("beta", weights[f"{name}/beta"], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x.float(), x.shape[-1:], self.gamma, self.beta, EPSILON)


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
    """Attention in 8 heads; all of shape ``(B, ., W)``, the mask ``(B, 1, 1, T)``."""

    def split(x: Tensor) -> Tensor:
        return x.view(x.shape[0], x.shape[1], HEADS, -1).transpose(1, 2)

    seen = F.scaled_dot_product_attention(split(query), split(key), split(value), attn_mask=mask, is_causal=causal)
    return seen.transpose(1, 2).flatten(2)


class Layer(nn.Module):
    """Self-attention, attention to the encoder's states, and the inner network."""

    def __init__(self, weights: Weights, name: str, rank: int, alpha: float, dropout: float) -> None:
        super().__init__()

        def linear(part: str) -> Linear:
            return Linear(weights, f"{name}/{part}", rank, alpha, dropout)

        self.norm_self = Norm(weights, f"{name}/self_attention/layer_norm")
        self.norm_cross = Norm(weights, f"{name}/attention/layer_norm")
        self.norm_inner = Norm(weights, f"{name}/ffn/layer_norm")
        self.self_in, self.self_out = linear("self_attention/linear_0"), linear("self_attention/linear_1")
        self.cross_query, self.cross_states = linear("attention/linear_0"), linear("attention/linear_1")
        self.cross_out = linear("attention/linear_2")
        self.inner_in, self.inner_out = linear("ffn/linear_0"), linear("ffn/linear_1")

    def forward(self, x: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        query, key, value = self.self_in(self.norm_self(x)).chunk(3, -1)
        x = x + self.self_out(attend(query, key, value, None, causal=True))
        key, value = self.cross_states(states).chunk(2, -1)
        x = x + self.cross_out(attend(self.cross_query(self.norm_cross(x)), key, value, mask, causal=False))
        inner: Tensor = self.inner_out(F.gelu(self.inner_in(self.norm_inner(x))))
        return x + inner


class Decoder(nn.Module):
    """The decoder with its additions."""

    def __init__(self, model: Path, rank: int, alpha: float, dropout: float) -> None:
        """Read the frozen weights of a CTranslate2 model file."""
        super().__init__()
        content = model.read_bytes()
        weights = {
            name: torch.tensor(place.read(content)).float()
            for name, place in variables(content).items()
            if name.startswith("decoder/") and place.shape
        }
        count = sum(name.endswith("/ffn/linear_0/weight") for name in weights)
        self.layers = nn.ModuleList(Layer(weights, f"decoder/layer_{at}", rank, alpha, dropout) for at in range(count))
        self.norm = Norm(weights, "decoder/layer_norm")
        self.positions: Tensor
        self.embeddings: Tensor
        self.register_buffer("positions", weights["decoder/position_encodings/encodings"], persistent=False)
        self.register_buffer("embeddings", weights["decoder/embeddings/weight"].to(HALF), persistent=False)

    def forward(self, tokens: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        """Last hidden layer, shape ``(B, L, W)``, for tokens ``(B, L)`` and states ``(B, T, W)``."""
        x = self.embeddings[tokens].float() + self.positions[: tokens.shape[1]]
        for layer in self.layers:
            x = layer(x, states, mask)
        hidden: Tensor = self.norm(x)
        return hidden

    def logits(self, hidden: Tensor) -> Tensor:
        """Of every token, float32, shape ``(..., 51865)``."""
        return F.linear(hidden.to(HALF), self.embeddings).float()

    def linears(self) -> Iterator[Linear]:
        """All matrices with additions."""
        return (module for module in self.modules() if isinstance(module, Linear))

    def switch(self, active: bool) -> None:
        """With the additions, or as the base model."""
        for linear in self.linears():
            linear.active = active
