"""The table: base model against packed model, on texts that neither was trained on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rostlots.hearing_figures import SEED, Tally
from speech.audio import read_audio
from tools.whisper_pack import silence
from tools.whisper_pack.channel import Channel
from tools.whisper_pack.listening import ears, hear, write_lines
from tools.whisper_pack.texts import lot
from tools.whisper_pack.voices import UNSEEN, Speaker, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from tools.whisper_pack.texts import Text

    Samples = NDArray[np.float32]

UNSEEN_QUESTIONS = 60
"""Questions of the evaluation that are spoken by each voice never trained on."""
SOUNDS = 100
"""Recordings in which nobody says anything to be answered."""
RATE, PITCH = 150, 50


@dataclass(frozen=True, eq=False)
class Clip:
    """One recording with what is said in it."""

    name: str
    text: str
    samples: Callable[[], Samples]


def sets(folder: Path, texts: Sequence[Text]) -> Iterator[tuple[str, list[Clip]]]:
    """Name and recordings of each set."""
    rows = _lines(folder / "audio/manifest.jsonl")
    questions = {row["id"]: row["turns"][0] for row in _lines(folder / "dev.jsonl")}
    for voice in sorted({row["voice"] for row in rows}):
        of_voice = [row for row in rows if row["voice"] == voice]
        yield (
            f"questions, {voice}",
            [_file(folder / f"audio/clean/{row['id']}.opus", questions[row["id"]]) for row in of_voice],
        )
    yield (
        "questions, telephone",
        [_file(folder / f"audio/phone/{row['id']}.wav", questions[row["id"]]) for row in rows],
    )
    few = sorted(rows, key=lambda row: lot(row["id"]))[:UNSEEN_QUESTIONS]
    for voice in UNSEEN:
        yield (
            f"questions, {voice}, never trained on",
            [_spoken(row["id"], questions[row["id"]], voice) for row in few],
        )
    yield (
        "people, off the subject",
        [
            _file(path, path.with_suffix(".txt").read_text().strip())
            for path in sorted((folder / "human").glob("*.flac"))
        ],
    )
    everyday = [text.words for text in texts if text.part == "test"]
    for voice in ("mb-sw2", UNSEEN[0]):
        yield f"everyday, {voice}", [_spoken(str(at), text, voice) for at, text in enumerate(everyday)]
    yield "everyday, telephone", [_spoken(str(at), text, "mb-sw1", phone=True) for at, text in enumerate(everyday)]
    alike = [text.words for text in texts if text.part == "alike"]
    yield "alike, mb-sw2", [_spoken(str(at), text, "mb-sw2") for at, text in enumerate(alike)]
    yield "alike, telephone", [_spoken(str(at), text, "mb-sw1", phone=True) for at, text in enumerate(alike)]
    yield "noise, music, silence, coughs", [_sound(number) for number in range(SOUNDS)]


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _file(path: Path, text: str) -> Clip:
    return Clip(path.stem, text, lambda: read_audio(path).samples)


def _spoken(name: str, text: str, voice: str, phone: bool = False) -> Clip:
    def samples() -> Samples:
        said = say(text, Speaker(voice, RATE, PITCH))
        rng = np.random.default_rng([SEED, int(lot(text) * 2**40)])
        return Channel(noise="pink", noise_db=15, narrow=True, codec="mulaw").apply(said, rng) if phone else said

    return Clip(name, text, samples)


def _sound(number: int) -> Clip:
    kinds = [kind for kind in silence.SILENCES if kind != "foreign"]
    kind = kinds[number % len(kinds)]
    return Clip(f"{kind} {number}", "", lambda: silence.make(kind, np.random.default_rng([SEED, number])))


def evaluate(texts: Sequence[Text], base: Path, folder: Path, output: Path | None, base_every: int = 1) -> None:
    """Print the table.

    The base model, which is slower, hears every ``base_every``-th recording only. ``output``, if given, gets a JSON
    line for each recording and model, with all hypotheses.
    """
    models = ears(base)
    heard: list[dict[str, object]] = []
    print("Every voice here but those of `people` is synthetic; no person has yet spoken the subject's questions.\n")
    print(
        f"{'set':38} {'model':5} {'n':>4} {'WER %':22} {'domain words found %':22} {'with a false one %':22}"
        f" {'text':>5} {'ms':>5}"
    )
    for name, clips in sets(folder, texts):
        tallies = {model: Tally() for model in models}
        for number, clip in enumerate(clips):
            samples = clip.samples()
            for model, ear in models.items():
                if model == "base" and number % base_every:
                    continue
                transcript = hear(ear, samples)
                tallies[model].add(clip.text, transcript.text, sum(transcript.timings.values()))
                found = [{"text": one.text, "score": round(one.score, 4)} for one in transcript.hypotheses]
                row = {"set": name, "id": clip.name, "said": clip.text, "model": model}
                heard.append({**row, "hypotheses": found, "outcome": transcript.outcome})
        for model, tally in tallies.items():
            print(_row(name, model, tally), flush=True)
        if output:
            write_lines(output, heard)


def _row(name: str, model: str, tally: Tally) -> str:
    rates = (tally.word_errors, tally.words_found, tally.invented)
    cells = " ".join(f"{'-' if rate is None else str(rate):22}" for rate in rates)
    return (
        f"{name[:38]:38} {model:5} {len(tally.words):4} {cells}"
        f" {sum(tally.answered):5} {np.median(tally.milliseconds):5.0f}"
    )
