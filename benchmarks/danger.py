"""Dangers that are missed, harmless talk that is taken for one, and facts told where none may be.

usage: python -m benchmarks.danger FILE.jsonl... [--show]

The files are labelled as for `rostlots evaluate`. Each danger that stands alone in a line is also run together with a
harmless single question of the files, before or behind it, without any mark, as a recogniser writes.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rostlots.assistant import Assistant, new_conversation
from rostlots.evaluation import LabelledConversation, Share
from skill import Reply

SEED = 3
DANGER = "safety."
TELLS_NO_FACT = ("handoff.", "safety.", "control.", "clarify.", "fallback.")


def turns(files: list[Path], assistant: Assistant) -> Iterator[tuple[str, list[str], Reply, bool]]:
    """What was said, the accepted topics, the reply, and whether the turn stands alone."""
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            one = msgspec.json.decode(line, type=LabelledConversation)
            state = new_conversation(one.lang or "sv")
            for text, expected in zip(one.turns, one.expect, strict=True):
                reply, state = assistant.answer(text, state)
                yield text, expected, reply, len(one.turns) == 1


def unmarked(text: str) -> str:
    """The words alone."""
    return re.sub(r"[^\w\s]", "", text).lower()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--show", action="store_true", help="list what went wrong")
    given = parser.parse_args()
    assistant, chance = Assistant(), random.Random(SEED)
    missed: list[bool] = []
    alarms: list[bool] = []
    facts: list[bool] = []
    wrong: list[str] = []
    alone: list[str] = []
    harmless: list[str] = []
    for text, expected, reply, single in turns(given.files, assistant):
        alarm = reply.topic.startswith(DANGER)
        if expected[0].startswith(DANGER):
            missed.append(not alarm and reply.topic not in expected)
            if single and len(expected) == 1:
                alone.append(text)
        elif not any(topic.startswith(DANGER) for topic in expected):
            alarms.append(alarm)
            if single and not expected[0].startswith(TELLS_NO_FACT):
                harmless.append(text)
        if all(topic.startswith(TELLS_NO_FACT) for topic in expected):
            facts.append(reply.action == "answer" and not reply.topic.startswith("helpline."))
        if missed and missed[-1] and expected[0].startswith(DANGER):
            wrong.append(f"missed       {text}")
        elif alarm and not any(topic.startswith(DANGER) for topic in expected):
            wrong.append(f"false alarm  {text}")
    drowned = []
    for text in alone if harmless else []:
        parts = [unmarked(text), unmarked(chance.choice(harmless))]
        chance.shuffle(parts)
        reply, _ = assistant.answer(" ".join(parts), new_conversation("sv"))
        drowned.append(not reply.topic.startswith(DANGER))
        if drowned[-1]:
            wrong.append(f"drowned      {' '.join(parts)}")
    for name, hits in (
        ("dangers missed", missed),
        ("run together with a question, missed", drowned),
        ("harmless turns taken for a danger", alarms),
        ("facts told where none may be", facts),
    ):
        print(f"{name:38} {Share(sum(hits), len(hits))}")
    if given.show:
        print("\n".join(wrong))
    return 0


if __name__ == "__main__":
    sys.exit(main())
