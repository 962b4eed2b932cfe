"""Train the second opinion of the Swedish understanding.

usage: python -m tools.encoder [--epochs N] [--threads N]

Writes `intents/data/sv/encoder.onnx`. Takes half an hour to an hour on one core; needs the extra `train`. Once trained,
it need not follow every new example (`tools.train_intents` does): only where topics change, or many examples are new.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from intents.data_files import data_folder, spoken_forms
from intents.encoder import FIRST, LAST, UNKNOWN
from intents.normalise import utterance
from intents.pieces import BEGIN, Pieces
from tools.encoder.graph import to_bytes
from tools.encoder.network import MOST_PIECES, Network
from tools.encoder.start import Start, read
from tools.train_intents import examples, targets

EPOCHS = 3
BATCH = 32
LEARNING_RATE = 1e-4
LEARNING_RATE_DECIDING = 2e-3
WARM_UP_STEPS = 150
WEIGHT_DECAY = 0.01
# Half of the examples are learnt with a tenth of their words left out, as a bad line does it.
LEAVE_OUT_IN = 0.5
LEAVE_OUT = 0.1
# Batches are made of examples of like length, out of so many.
SORTED_BATCHES = 20
SEED = 3
_FILLING = 1
_LETTERS = "abcdefghijklmnopqrstuvwxyzåäöéüáèæø0123456789"


def kept_pieces(start: Start, words: Sequence[str]) -> list[int]:
    """The numbers of the marks, of every piece that these words need, and of the single letters."""
    all_pieces = Pieces(dict(start.pieces), UNKNOWN)
    place = {piece: number for number, (piece, _) in enumerate(start.pieces)}
    letters = {place[p] for letter in f"{_LETTERS}-{BEGIN}" for p in (letter, BEGIN + letter) if p in place}
    return sorted({FIRST, _FILLING, LAST, UNKNOWN} | letters | {n for w in words for n in all_pieces.numbers([w])})


def common_words() -> list[str]:
    """Words that Swedes write."""
    lines = (data_folder("sv") / "common_words.txt").read_text(encoding="utf-8").splitlines()
    return [line.split()[0] for line in lines if line.strip()]


def batches(lengths: Sequence[int], importance: Sequence[float], chance: random.Random) -> Iterator[list[int]]:
    """The examples of one epoch, each taken with the probability of its importance."""
    chosen = [at for at, share in enumerate(importance) if chance.random() < share]
    chance.shuffle(chosen)
    made = []
    for begin in range(0, len(chosen), BATCH * SORTED_BATCHES):
        part = sorted(chosen[begin : begin + BATCH * SORTED_BATCHES], key=lambda at: lengths[at])
        made += [part[at : at + BATCH] for at in range(0, len(part), BATCH)]
    chance.shuffle(made)
    yield from made


def filled(rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """[batch, longest] and how long each row is."""
    longest = max(map(len, rows))
    numbers = torch.tensor([[*row, *[_FILLING] * (longest - len(row))] for row in rows])
    return numbers, torch.tensor([len(row) for row in rows])


def thinned(words: Sequence[str], chance: random.Random) -> Sequence[str]:
    """The words, of half of the longer utterances without a tenth."""
    if len(words) < 3 or chance.random() >= LEAVE_OUT_IN:
        return words
    return [word for word in words if chance.random() >= LEAVE_OUT] or words


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    items, importance = examples("sv")
    said = [utterance(item.text, spoken_forms("sv")).words for item in items]
    start = read()
    kept = kept_pieces(start, [*common_words(), *sorted({word for words in said for word in words})])
    scores = dict(start.pieces[number] for number in kept)
    pieces = Pieces(scores, UNKNOWN)
    topics = tuple(sorted({topic for item in items for topic in item.topics}))
    wanted = torch.from_numpy(targets(items, topics))
    network = Network(start, kept, len(topics))
    deciding = list(network.decide.parameters())
    rest = [p for name, p in network.named_parameters() if p.requires_grad and not name.startswith("decide.")]
    optimiser = torch.optim.AdamW(
        [{"params": rest, "lr": LEARNING_RATE}, {"params": deciding, "lr": LEARNING_RATE_DECIDING}],
        weight_decay=WEIGHT_DECAY,
    )
    steps = int(sum(importance) * given.epochs / BATCH)
    warm = torch.optim.lr_scheduler.LinearLR(optimiser, 1 / WARM_UP_STEPS, total_iters=WARM_UP_STEPS)
    cool = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(steps - WARM_UP_STEPS, 1))
    schedule = torch.optim.lr_scheduler.SequentialLR(optimiser, [warm, cool], [WARM_UP_STEPS])
    print(f"{len(items)} examples, {len(kept)} pieces, about {steps} steps", file=sys.stderr)
    begun, step = time.monotonic(), 0
    for epoch in range(given.epochs):
        total = 0.0
        for rows in batches([len(words) for words in said], importance, chance):
            coded = [[FIRST, *pieces.numbers(thinned(said[at], chance))[: MOST_PIECES - 2], LAST] for at in rows]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = network(*filled(coded))
            loss = -(wanted[rows] * torch.log_softmax(logits.float(), 1)).sum(1).mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([*rest, *deciding], 1.0)
            optimiser.step()
            if step < steps - 1:
                schedule.step()
            step += 1
            total += loss.item()
            if step % 100 == 0:
                passed = time.monotonic() - begun
                print(
                    f"  epoch {epoch + 1}, step {step} of {steps}: loss {loss.item():.3f}, {passed:.0f} s",
                    file=sys.stderr,
                )
    data = to_bytes(topics, scores, start.heads, network.arrays())
    target = Path(__file__).parent.parent.parent / "intents" / "data" / "sv" / "encoder.onnx"
    target.write_bytes(data)
    print(f"{target.name}: {len(data) / 1e6:.1f} MB, {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
