"""What the packed model hears of its own training questions, for the understanding to learn mishearings from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.whisper_pack.corpus import render, spoken
from tools.whisper_pack.listening import ears, hear, write_lines
from tools.whisper_pack.texts import lot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tools.whisper_pack.recipe import Recipe
    from tools.whisper_pack.texts import Text

QUESTIONS = 3000
TURN = 1000
"""Number of a rendering that no training reaches."""
REPORT = 100


def heard(texts: Sequence[Text], base: Path, recipe: Recipe, output: Path) -> None:
    """Write ``{"text", "heard"}`` for questions in other renderings than those of the training."""
    ear = ears(base)["pack"]
    questions = sorted((text for text in texts if text.kind == "domain"), key=lambda text: lot(text.words, 2))
    rows: list[dict[str, object]] = []
    for number, text in enumerate(questions[:QUESTIONS], start=1):
        rows.append({"text": text.words, "heard": hear(ear, render(spoken(text, recipe, TURN))).text})
        if number % REPORT == 0:
            write_lines(output, rows)
            print(f"{number} of {min(QUESTIONS, len(questions))} questions", flush=True)
    write_lines(output, rows)
