"""Learning the additions to the decoder from kept encoder states."""

from __future__ import annotations

import json
import math
import random
import time
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from torch import Tensor

from speech.files import write_whole
from tools.whisper_pack.corpus import states_path
from tools.whisper_pack.decoder import Decoder
from tools.whisper_pack.recipe import TRAINED
from tools.whisper_pack.texts import texts_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from tools.whisper_pack.corpus import Item
    from tools.whisper_pack.recipe import Recipe

WIDTH = 512
REPORT_STEPS = 25
CHECKPOINT_SECONDS = 120
JITTER_FRAMES = 60
"""Disorder in sorting by length, so that batches differ from epoch to epoch."""


@dataclass(frozen=True, eq=False)
class Example:
    """One recording as it is learned."""

    kind: str
    states: NDArray[np.float16]
    """Shape ``(T, 512)``."""
    tokens: tuple[int, ...]
    """Beginning marks, text, end."""
    first: int
    """What follows the very first mark: the language, or the mark of nobody speaking."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Several examples, padded."""

    tokens: Tensor
    """Shape ``(B, L)``."""
    targets: Tensor
    """Shape ``(B, L - 1)``."""
    weights: Tensor
    """Shape ``(B, L - 1)``: 0 where nothing is learned."""
    states: Tensor
    """Shape ``(B, T, 512)``."""
    mask: Tensor
    """Shape ``(B, 1, 1, T)``: where states are."""
    everyday: Tensor
    """Shape ``(B,)``: which are everyday speech."""


class Marks:
    """The tokenizer and its marks."""

    def __init__(self, base: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        names = ("<|startoftranscript|>", "<|sv|>", "<|transcribe|>", "<|notimestamps|>")
        self.start = tuple(self._id(name) for name in names)
        self.end = self._id("<|endoftext|>")
        self.nobody = self._id("<|nocaptions|>")

    def _id(self, name: str) -> int:
        found = self._tokenizer.token_to_id(name)
        if found is None:
            raise ValueError(f"The tokenizer has no {name}.")
        return int(found)

    def example(self, item: Item, states: NDArray[np.float16]) -> Example:
        """A recording with what shall be written of it."""
        words = item.text.words
        text = self._tokenizer.encode(f" {words}", add_special_tokens=False).ids if words else []
        first = self.start[1] if words else self.nobody
        return Example(item.text.kind, states, (*self.start, *text, self.end), first)


class Learner:
    """A decoder, its optimiser and the random numbers of the training."""

    def __init__(self, base: Path, recipe: Recipe, marks: Marks) -> None:
        torch.manual_seed(recipe.seed)
        self._random = random.Random(recipe.seed)
        self._recipe = recipe
        self._marks = marks
        self.decoder = Decoder(base / "model.bin", recipe.rank, recipe.alpha, recipe.dropout)
        self.parameters = [parameter for parameter in self.decoder.parameters() if parameter.requires_grad]
        self.optimiser = torch.optim.AdamW(self.parameters, lr=recipe.rate, weight_decay=0.01, betas=(0.9, 0.98))

    def batches(self, examples: Sequence[Example]) -> list[list[Example]]:
        """Once all examples, those of like length together, in random order."""
        ordered = sorted(examples, key=lambda one: len(one.states) + self._random.uniform(0, JITTER_FRAMES))
        size = self._recipe.batch
        found = [ordered[at : at + size] for at in range(0, len(ordered), size)]
        self._random.shuffle(found)
        return found

    def batch(self, examples: Sequence[Example], spoil: bool) -> Batch:
        """Examples padded to one shape; ``spoil`` adds noise and blanks to the states."""
        length = max(len(one.tokens) for one in examples)
        frames = max(len(one.states) for one in examples)
        tokens = torch.full((len(examples), length), self._marks.end)
        targets = torch.full((len(examples), length - 1), self._marks.end)
        weights = torch.zeros(len(examples), length - 1)
        states = torch.zeros(len(examples), frames, WIDTH)
        mask = torch.zeros(len(examples), 1, 1, frames, dtype=torch.bool)
        for row, one in enumerate(examples):
            own = torch.tensor(one.tokens)
            tokens[row, : len(own)] = own
            targets[row, : len(own) - 1] = own[1:]
            targets[row, 0] = one.first
            weights[row, 0] = self._recipe.speech_weight
            weights[row, len(self._marks.start) - 1 : len(own) - 1] = 1.0
            mask[row, ..., : len(one.states)] = True
            heard = torch.from_numpy(one.states.astype(np.float32))
            states[row, : len(heard)] = self._spoiled(heard) if spoil else heard
        everyday = torch.tensor([one.kind == "everyday" for one in examples])
        return Batch(tokens, targets, weights, states, mask, everyday)

    def _spoiled(self, states: Tensor) -> Tensor:
        if self._random.random() < self._recipe.blank_share:
            start = self._random.randrange(max(1, len(states) - 20))
            states[start : start + self._random.randint(*self._recipe.blank_frames)] = 0
        return states + torch.randn_like(states) * self._random.uniform(0, self._recipe.state_noise)

    def step(self, examples: Sequence[Example], rate: float) -> float:
        """Learn one batch; returns its loss without the brake."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        batch = self.batch(examples, spoil=True)
        hidden = self.decoder(batch.tokens[:, :-1], batch.states, batch.mask)
        chosen = batch.weights > 0
        logits = self.decoder.logits(hidden[chosen])
        losses = F.cross_entropy(
            logits, batch.targets[chosen], label_smoothing=self._recipe.label_smoothing, reduction="none"
        )
        weights = batch.weights[chosen]
        loss = (losses * weights).sum() / weights.sum()
        total = loss
        if batch.everyday.any() and self._random.random() < self._recipe.brake_share:
            total = loss + self._recipe.brake * self._divergence(batch, hidden)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        return float(loss.item())

    def _divergence(self, batch: Batch, hidden: Tensor) -> Tensor:
        """Mean Kullback-Leibler divergence of everyday tokens from the base model, in nats per token."""
        rows = batch.everyday
        chosen = batch.weights[rows] == 1.0
        self.decoder.switch(active=False)
        with torch.no_grad():
            plain = self.decoder(batch.tokens[rows][:, :-1], batch.states[rows], batch.mask[rows])
            expected = F.log_softmax(self.decoder.logits(plain[chosen]), -1)
        self.decoder.switch(active=True)
        found = F.log_softmax(self.decoder.logits(hidden[rows][chosen]), -1)
        return F.kl_div(found, expected, log_target=True, reduction="batchmean")

    def judge(self, examples: Sequence[Example]) -> dict[str, tuple[float, float]]:
        """By kind: mean loss per token of the text, and share of the tokens that are most probable."""
        self.decoder.eval()
        sums: dict[str, list[float]] = {}
        with torch.no_grad():
            for kind in sorted({one.kind for one in examples}):
                of_kind = sorted((one for one in examples if one.kind == kind), key=lambda one: len(one.states))
                total = sums.setdefault(kind, [0.0, 0.0, 0.0])
                for at in range(0, len(of_kind), self._recipe.batch):
                    batch = self.batch(of_kind[at : at + self._recipe.batch], spoil=False)
                    hidden = self.decoder(batch.tokens[:, :-1], batch.states, batch.mask)
                    chosen = batch.weights == 1.0
                    logits, targets = self.decoder.logits(hidden[chosen]), batch.targets[chosen]
                    total[0] += float(F.cross_entropy(logits, targets, reduction="sum"))
                    total[1] += float((logits.argmax(-1) == targets).sum())
                    total[2] += len(targets)
        self.decoder.train()
        return {kind: (total[0] / total[2], total[1] / total[2]) for kind, total in sums.items()}

    def factors(self) -> dict[str, NDArray[np.float32]]:
        """What has been learned: ``a:NAME`` of shape ``(rank, in)`` and ``b:NAME`` of shape ``(out, rank)``, scaled."""
        found = {}
        for linear in self.decoder.linears():
            found[f"a:{linear.name}"] = linear.a.detach().numpy().copy()
            found[f"b:{linear.name}"] = (linear.b.detach() * linear.scale).numpy().copy()
        return found

    def save(self, path: Path, done: int) -> None:
        """Write all that is needed to go on after ``done`` steps."""
        import io

        buffer = io.BytesIO()
        state = self.optimiser.state_dict()
        torch.save({"model": self.decoder.state_dict(), "optimiser": state, "done": done}, buffer)
        write_whole(path, buffer.getvalue())
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **self.factors())
        write_whole(path.with_suffix(".npz"), buffer.getvalue())

    def begin_with(self, pack: Path) -> None:
        """Take over what an earlier training has learned: the factors in the npz file of a pack."""
        with np.load(pack, allow_pickle=False) as kept, torch.no_grad():
            for linear in self.decoder.linears():
                linear.a.copy_(torch.from_numpy(kept[f"a:{linear.name}"].astype(np.float32)))
                linear.b.copy_(torch.from_numpy(kept[f"b:{linear.name}"].astype(np.float32)) / linear.scale)

    def load(self, path: Path) -> int:
        """Go on from a checkpoint of this machine; returns the steps that are done."""
        kept = torch.load(path, weights_only=True)
        self.decoder.load_state_dict(kept["model"])
        self.optimiser.load_state_dict(kept["optimiser"])
        return int(kept["done"])


def train(
    items: Sequence[Item],
    base: Path,
    states: Path,
    work: Path,
    recipe: Recipe,
    threads: int,
    earlier: Path | None = None,
) -> None:
    """Learn all recordings that have states; leaves ``checkpoint.npz`` and ``checkpoint.pt`` in ``work``.

    A training that was broken off is resumed; a new one begins with what an ``earlier`` pack has learned, an npz file
    with its manifest beside it.
    """
    torch.set_num_threads(threads)
    marks = Marks(base)
    learned: list[Example] = []
    texts = []
    watched: list[Example] = []
    for item in items:
        path = states_path(states, item)
        if path.exists() and len(found := np.load(path, allow_pickle=False)):
            texts.append(item.text)
            (watched if item.text.part == "validation" else learned).append(marks.example(item, found))
    if not learned:
        raise ValueError("There are no states to learn from; run the stage sound first.")
    learner = Learner(base, recipe, marks)
    steps = math.ceil(len(learned) / recipe.batch * recipe.epochs)
    checkpoint = work / "checkpoint.pt"
    done = learner.load(checkpoint) if checkpoint.exists() else 0
    if earlier and not done:
        learner.begin_with(earlier)
    hours = sum(len(one.states) for one in learned) * 0.02 / 3600
    print(f"{len(learned)} recordings, {hours:.1f} h of states, {steps} steps, {done} done", flush=True)
    if not done:
        _report(learner, watched, "at the beginning")
    learner.decoder.train()
    started = saved = time.monotonic()
    mean = None
    for number, examples in enumerate(_endless(learner, learned), start=1):
        if number > steps:
            break
        if number <= done:  # the same batches are drawn again, so that a resumed training sees the rest
            continue
        loss = learner.step(examples, _rate(recipe, number, steps))
        mean = loss if mean is None else 0.95 * mean + 0.05 * loss
        if number % REPORT_STEPS == 0:
            seconds = time.monotonic() - started
            print(f"step {number} of {steps}, {seconds:.0f} s, loss {mean:.3f}", flush=True)
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            learner.save(checkpoint, number)
            saved = time.monotonic()
    learner.save(checkpoint, steps)
    result = {
        "texts_sha256": texts_sha256(texts),
        "recordings": len(learned),
        "hours": round(hours, 2),
        "steps": steps,
        "earlier": _steps_of(earlier) if earlier else 0,
        **{f"{kind}_loss": round(loss, 3) for kind, (loss, _) in _report(learner, watched, "at the end").items()},
    }
    write_whole(work / TRAINED, json.dumps(result, indent=1).encode())


def _steps_of(pack: Path) -> int:
    """All steps in which a pack has learned."""
    trained = tomllib.loads(pack.with_suffix(".toml").read_text(encoding="utf-8"))["trained"]
    return int(trained["steps"]) + int(trained["earlier"])


def _endless(learner: Learner, examples: Sequence[Example]) -> Iterator[list[Example]]:
    while True:
        yield from learner.batches(examples)


def _rate(recipe: Recipe, step: int, steps: int) -> float:
    """Rising, then falling along a cosine to a twentieth."""
    falling = 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * step / steps))
    return recipe.rate * min(1.0, step / recipe.warm_up) * falling


def _report(learner: Learner, watched: Sequence[Example], when: str) -> dict[str, tuple[float, float]]:
    found = learner.judge(watched)
    for kind, (loss, right) in found.items():
        print(f"{when}: {kind}: loss {loss:.3f}, tokens right {right:.3f}", flush=True)
    return found
