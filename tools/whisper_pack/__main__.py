"""The command line of the training.

usage: python -m tools.whisper_pack STAGE --base FOLDER --work FOLDER --evaluation FOLDER

Stages: texts (list what would be learned), sound (speak and encode), train, pack (write the pack into the product),
heard (what the packed model hears of other renderings of its training questions), evaluate (the table), all (the first
four). Each stage takes up what is already there in the work folder.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from tools.whisper_pack.recipe import Recipe
from tools.whisper_pack.texts import Reserved, Text, collect, texts_sha256

STAGES = ("texts", "sound", "train", "pack", "heard", "evaluate", "all")


def main(arguments: list[str] | None = None) -> int:
    """Run one stage."""
    parser = argparse.ArgumentParser(prog="python -m tools.whisper_pack", description=__doc__)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--base", type=Path, required=True, help="folder of the installed model whisper-base")
    parser.add_argument("--work", type=Path, required=True, help="folder for states and checkpoints, some gigabytes")
    parser.add_argument("--evaluation", type=Path, required=True, help="folder with dev.jsonl, audio and human")
    parser.add_argument("--workers", type=int, default=2, help="processes for speaking and encoding")
    parser.add_argument("--threads", type=int, default=2, help="threads for learning")
    parser.add_argument("--epochs", type=float, help="times that every recording is learned, in place of the recipe's")
    parser.add_argument("--earlier", type=Path, help="npz file of a pack to begin with, its manifest beside it")
    parser.add_argument("--states", type=Path, help="folder of the encoder's states, if not in the work folder")
    parser.add_argument("--checkpoint", type=Path, help="checkpoint to pack, in place of the last one")
    parser.add_argument("--average", type=Path, help="npz file of a pack: pack the mean of it and the checkpoint")
    parser.add_argument("--limit", type=int, help="recordings at most: for a trial run")
    parser.add_argument("--base-every", type=int, default=1, help="evaluate the base model on each N-th recording only")
    parser.add_argument("--output", type=Path, help="where heard writes its lines, evaluate its table")
    given = parser.parse_args(arguments)

    recipe = Recipe() if given.epochs is None else Recipe(epochs=given.epochs)
    texts = collect(Reserved.of_folder(given.evaluation), recipe.validation)
    if given.stage == "texts":
        return _show(texts)
    given.work.mkdir(parents=True, exist_ok=True)
    states = given.states or given.work / "states"
    stages = STAGES[1:4] if given.stage == "all" else (given.stage,)
    if {"sound", "train", "pack"}.intersection(stages):
        from tools.whisper_pack.corpus import encode_all, plan

        items = plan(texts, recipe)[: given.limit]
        if "sound" in stages:
            encode_all(items, given.base, states, given.workers, recipe.longest)
        if "train" in stages:
            from tools.whisper_pack.training import train

            train(items, given.base, states, given.work, recipe, given.threads, given.earlier)
        if "pack" in stages:
            from tools.whisper_pack.packing import pack

            pack(given.checkpoint or given.work / "checkpoint.npz", given.base, recipe, given.average)
    elif given.stage == "heard":
        from tools.whisper_pack.heard import heard

        heard(texts, given.base, recipe, given.output or given.work / "heard.jsonl")
    else:
        from tools.whisper_pack.evaluation import evaluate

        evaluate(texts, given.base, given.evaluation, given.output, given.base_every)
    return 0


def _show(texts: list[Text]) -> int:
    for (kind, part), count in sorted(Counter((text.kind, text.part) for text in texts).items()):
        print(f"{kind:10} {part:10} {count:6}")
    print(f"sha256 {texts_sha256(texts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
