"""`rostlots evaluate --record`: how well a person's own voice is heard."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from rostlots.assistant import Assistant
from rostlots.cli import PART_FAILED, WELL, UsageFault
from rostlots.hearing_comparison import EarResult, spoken, table, typed
from rostlots.own_voice import own_questions
from rostlots.recordings import read_recordings
from rostlots.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from rostlots.cli.options import Hearing
    from rostlots.evaluation import LabelledConversation
    from speech import Audio, Ear

    Take = Callable[[], Audio | None]
    """Records one utterance; ``None`` if nobody spoke."""
    Choose = Callable[[str, str], str]
    """Asks for one of some letters; the empty string is Enter."""


def run(record: bool, folder: Path | None, hearing: Hearing, errors: bool) -> int:
    """Record the questions, or read what a folder has of them, and print the table."""
    questions = own_questions()
    recordings, faults = read_recordings(folder, (one.id for one in questions)) if folder is not None else ({}, [])
    for fault in faults:
        click.echo(fault, err=True)
    # Loaded before anything is recorded: what is missing is told before somebody has spoken twenty questions.
    ears = {ear.name: ear for ear in (hearing.open(), replace(hearing, pack=False).open())}
    missing = [question for question in questions if question.id not in recordings]
    if record and missing:
        recordings |= record_all(missing, folder, partial(_microphone, next(iter(ears.values()))), _ask)
    if not recordings:
        raise UsageFault(f"{folder}: no recording of a question." if folder and not record else "Nothing was recorded.")
    assistant = Assistant(hours=Settings.from_environ().hours)
    results = spoken(questions, recordings, ears, assistant)
    asked = [question for question in questions if question.id in recordings]
    print_table([*results, typed(asked, assistant)], errors)
    return PART_FAILED if faults else WELL


def record_all(
    questions: Sequence[LabelledConversation], folder: Path | None, take: Take, choose: Choose
) -> dict[str, Audio]:
    """Show the questions one at a time and record each; kept in the folder at once, if there is one.

    Without a folder the recordings are in memory only.
    """
    kept = f"kept in {folder}" if folder else "kept nowhere: they are gone when the table is printed"
    click.echo(
        f"{len(questions)} questions to read aloud, one at a time, as you would ask them. The recordings stay on this"
        f" computer and are {kept}."
    )
    recordings: dict[str, Audio] = {}
    for number, question in enumerate(questions, start=1):
        click.echo(f"\n{number} of {len(questions)}")
        click.secho(question.turns[0], bold=True)
        choice = choose("Enter to speak, s to skip, q to stop", "sq")
        audio = None
        while choice in ("", "r") and audio is None:
            audio = take()
            if audio is None:
                click.echo("Nothing was heard.")
                choice = choose("Enter to speak again, s to skip, q to stop", "sq")
            else:
                choice = choose(
                    f"{audio.seconds:.1f} s. Enter to keep it, r to speak again, s to skip, q to stop", "rsq"
                )
                audio = None if choice else audio
        if audio is not None:
            recordings[question.id] = audio
            if folder is not None:
                _keep(audio, folder, question.id)
        if choice == "q":
            break
    return recordings


def print_table(results: Sequence[EarResult], errors: bool) -> None:
    """A row for each way of hearing; with ``errors``, also each text that differs from what was said."""
    click.echo("\n" + "\n".join(table(results)))
    click.echo("\nOne person and few questions: the intervals say how little that shows of others.")
    if errors:
        for number, said in enumerate(results[0].said):
            click.echo(f"\n{said}")
            for one in results:
                reply = one.replies[number]
                mark = "right" if one.right[number] else "WRONG"
                click.echo(f"  {one.name:40} {mark}  {reply.topic:28} {reply.heard or '...'}")


def _keep(audio: Audio, folder: Path, name: str) -> None:
    import numpy as np

    from speech import write_wav
    from speech.audio import RATE

    # A voice tells who somebody is: for the eyes of its owner only.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{name}.wav"
    write_wav(path, np.asarray(audio.samples), RATE)
    path.chmod(0o600)


def _microphone(ear: Ear) -> Audio | None:
    """One utterance from the microphone; None if nobody spoke. The ear tells when it is over."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    import speech
    from intents.completeness import completeness
    from speech.microphone import SoundDevice

    async def listen() -> Audio | None:
        with SoundDevice() as line, ThreadPoolExecutor(1) as executor:
            click.secho("(listening)", dim=True)
            async for event in speech.Listener(ear, executor, completeness("sv")).listen(line.frames, line.rate):
                if isinstance(event, speech.Heard):
                    return event.audio
        return None

    return asyncio.run(listen())


def _ask(question: str, letters: str) -> str:
    while True:
        choice = str(click.prompt(question, default="", show_default=False, prompt_suffix=" > ")).strip().lower()
        if len(choice) <= 1 and choice in letters:
            return choice
