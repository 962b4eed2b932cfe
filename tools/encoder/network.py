"""The encoder in PyTorch, for training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from tools.encoder.graph import EPSILON

if TYPE_CHECKING:
    from tools.encoder.start import Floats, Start

MOST_PIECES = 160
"""Of an utterance, with the two marks around it: a long story is read by its ends (`intents.recogniser`)."""

LAYERS = 8
"""Of the twelve to begin with: without the last four the rest learns nearly as well, and takes two thirds of the time
(Sajjad et al., "On the effect of dropping layers of pre-trained transformer models", 2023)."""

DROPOUT = 0.1
DROPOUT_DECIDING = 0.2


class Layer(nn.Module):
    """One layer, with the names of `tools.encoder.graph`."""

    def __init__(self, start: Start, at: int) -> None:
        super().__init__()
        hidden, wide = start.hidden, start.wide
        self.heads = start.heads
        self.attend = _linear([(start, f"l{at}.{part}", hidden, hidden) for part in ("q", "k", "v")])
        self.attended = _linear([(start, f"l{at}.ao", hidden, hidden)])
        self.attended_norm = _norm(start, f"l{at}.aln")
        self.widen = _linear([(start, f"l{at}.fi", wide, hidden)])
        self.narrow = _linear([(start, f"l{at}.fo", hidden, wide)])
        self.norm = _norm(start, f"l{at}.oln")
        self.drop = nn.Dropout(DROPOUT)

    def forward(self, x: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """x: [batch, pieces, hidden]. seen: [batch, 1, 1, pieces], what is no filling."""
        batch, pieces, hidden = x.shape
        parts = self.attend(x).view(batch, pieces, 3, self.heads, hidden // self.heads).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], attn_mask=seen)
        x = self.attended_norm(x + self.drop(self.attended(mixed.transpose(1, 2).reshape(batch, pieces, hidden))))
        normed: torch.Tensor = self.norm(x + self.drop(self.narrow(functional.gelu(self.widen(x)))))
        return normed


class Network(nn.Module):
    """Begins with the weights of a package, and decides between topics."""

    def __init__(self, start: Start, pieces: Sequence[int], topics: int) -> None:
        """pieces: the numbers of the pieces to keep."""
        super().__init__()
        vectors = start.matrix("emb.word", len(start.pieces), start.hidden)[list(pieces)]
        # Kept as they are: a word that no question has must stay beside its neighbours.
        self.words = nn.Embedding.from_pretrained(torch.from_numpy(vectors), freeze=True)
        places = start.array("emb.pos", MOST_PIECES, start.hidden) + start.array("emb.type", start.hidden)
        self.places = nn.Parameter(torch.from_numpy(places))
        self.norm = _norm(start, "emb.ln")
        self.layers = nn.ModuleList(Layer(start, at) for at in range(LAYERS))
        self.drop = nn.Dropout(DROPOUT_DECIDING)
        self.decide = nn.Linear(start.hidden, topics)

    def forward(self, numbers: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Logits [batch, topics] for the numbers of pieces [batch, pieces], of which each row has so many."""
        inside = torch.arange(numbers.shape[1])[None] < lengths[:, None]
        x = self.norm(self.words(numbers) + self.places[: numbers.shape[1]])
        for layer in self.layers:
            x = layer(x, inside[:, None, None, :])
        mean = (x * inside[..., None]).sum(1) / lengths[:, None]
        logits: torch.Tensor = self.decide(self.drop(mean))
        return logits

    def arrays(self) -> dict[str, Floats]:
        """The weights by the names of `tools.encoder.graph`."""
        named = {name.removeprefix("layers."): weight for name, weight in self.state_dict().items()}
        named["words"] = named.pop("words.weight")
        return {name: np.asarray(weight.float().numpy()) for name, weight in named.items()}


def _linear(parts: list[tuple[Start, str, int, int]]) -> nn.Linear:
    """One linear layer from one or several that have the same input."""
    made = nn.Linear(parts[0][3], sum(outgoing for _, _, outgoing, _ in parts))
    weight = np.concatenate([start.matrix(f"{name}.w", rows, columns) for start, name, rows, columns in parts])
    bias = np.concatenate([start.array(f"{name}.b", rows) for start, name, rows, _ in parts])
    made.weight.data, made.bias.data = torch.from_numpy(weight), torch.from_numpy(bias)
    return made


def _norm(start: Start, name: str) -> nn.LayerNorm:
    made = nn.LayerNorm(start.hidden, eps=EPSILON)
    made.weight.data = torch.from_numpy(start.array(f"{name}.w", start.hidden))
    made.bias.data = torch.from_numpy(start.array(f"{name}.b", start.hidden))
    return made
