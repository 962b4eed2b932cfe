"""`rostlots models`: speech models and voices."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rostlots.cli import PART_FAILED, WELL, UsageFault

if TYPE_CHECKING:
    from speech import SpeechSettings

_MEGA = 1_000_000

VOSK = "vosk-sv"
"""The one model that can be adapted."""


@click.group("models")
def command() -> None:
    """Speech models and voices: what there is, where it goes, and whether it is whole.

    \b
      rostlots models list
      rostlots models install whisper-base
      rostlots models check
      rostlots models adapt vosk-sv
    """


@command.command("list")
def list_() -> int:
    """Name, state, size, licence and checksum of every model, and the folder where it is or would be."""
    from speech import SpeechSettings, list_models
    from speech.hearing import adapted_vosk

    settings = SpeechSettings.from_environ()
    for row in list_models(settings):
        size = f"{row.size / _MEGA:.0f} MB" if row.size else "size told at installation"
        click.secho(f"{row.name}  {row.state}", bold=True)
        click.echo(f"  {row.title}: {row.kind}, {size}, {row.licence}")
        click.echo(f"  checksum: {row.checksum}")
        click.echo(f"  {row.place}")
        if row.name == VOSK and adapted_vosk(settings).is_dir():
            click.echo(f"  with the words of the subject: {adapted_vosk(settings)}")
        if row.detail:
            click.echo(f"  {row.detail}")
    return WELL


@command.command("install")
@click.argument("name")
def install_(name: str) -> int:
    """Fetch, verify and put in place the model NAME; a download that broke off is resumed."""
    from speech import SpeechSettings, install

    with click.progressbar(length=1, label=name, file=sys.stderr) as bar:

        def report(done: int, total: int | None) -> None:
            bar.length = total or max(done, 1)
            bar.update(done - bar.pos)

        place = install(name, SpeechSettings.from_environ(), report)
        bar.update((bar.length or 1) - bar.pos)
    click.echo(f"{name} is installed: {place}")
    return _adapt(SpeechSettings.from_environ()) if name == VOSK else WELL


@command.command("adapt")
@click.argument("name", type=click.Choice([VOSK]))
@click.option("--undo", is_flag=True, help="Hear with the model's own words again.")
def adapt_(name: str, undo: bool) -> int:
    """Teach the Swedish Vosk model the words of the subject.

    Its own graph stays where it is; the adapted model is a folder beside it. Done by itself after an installation, and
    to be done again after a change of the words.
    """
    from speech import SpeechSettings
    from speech.hearing import adapted_vosk

    settings = SpeechSettings.from_environ()
    if not undo:
        return _adapt(settings)
    from speech.vosk_graph.adapt import undo as delete

    done = delete(adapted_vosk(settings))
    click.echo(f"{name} hears with its own words again." if done else f"{name} was not adapted.")
    return WELL


def _adapt(settings: SpeechSettings) -> int:
    from rostlots.own_words import pack_with_knowledge
    from speech import SpeechError
    from speech.hearing import adapted_vosk, official_vosk
    from speech.vosk_graph.adapt import adapt

    official, place = official_vosk(settings), adapted_vosk(settings)
    if official is None:
        raise UsageFault(f"There is no Swedish Vosk model yet: rostlots models install {VOSK}")
    try:
        adapt(official, place, pack_with_knowledge())
    except SpeechError as fault:
        click.echo(f"{fault} {VOSK} hears with its own words.", err=True)
        return PART_FAILED
    click.echo(f"{VOSK} has learnt the words of the subject: {place}")
    _try_out(settings)
    return WELL


def _try_out(settings: SpeechSettings) -> None:
    from speech import SpeechError, open_voice
    from speech.hearing import adapted_vosk
    from speech.vosk_ear import VoskEar
    from speech.vosk_graph.self_test import PROVES, heard_words

    try:
        ear = VoskEar(adapted_vosk(settings))
        voice = open_voice("auto", settings)
        results = heard_words(ear, voice)
    except SpeechError as fault:
        click.echo(f"It was not tried out: {fault}", err=True)
        return
    missed = [word for word, heard in results if not heard]
    click.echo(f"Tried with {voice.name}: {len(results) - len(missed)} of {len(results)} words heard", nl=not missed)
    if missed:
        click.echo(f", not {', '.join(missed)}")
    click.echo(PROVES)


@command.command("compare")
@click.argument("name", type=click.Choice([VOSK]))
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path), metavar="FILE.jsonl")
@click.option(
    "--audio",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    metavar="DIR",
    required=True,
    help="Folder of the recordings, named by id.",
)
def compare_(name: str, file: Path, audio: Path) -> int:
    """Hear your own recordings with the official and the adapted model, and print both beside each other.

    FILE.jsonl has a question a line: {"id", "turns": ["what is said"], "expect": [["accepted topic", ...]]}.

    \b
      rostlots models compare vosk-sv frågor.jsonl --audio inspelningar/
    """
    from rostlots.assistant import Assistant
    from rostlots.cli.evaluate import read_labelled
    from rostlots.hearing_comparison import spoken, table
    from rostlots.recordings import read_recordings
    from speech import SpeechSettings
    from speech.hearing import adapted_vosk, official_vosk
    from speech.vosk_ear import VoskEar

    settings = SpeechSettings.from_environ()
    official, adapted = official_vosk(settings), adapted_vosk(settings)
    if official is None or not adapted.is_dir():
        raise UsageFault(f"Both models are needed: rostlots models install {VOSK}, rostlots models adapt {VOSK}")
    conversations, faults = read_labelled(file)
    recordings, unreadable = read_recordings(audio, (one.id for one in conversations))
    faults += unreadable
    for fault in faults:
        click.echo(fault, err=True)
    if not recordings:
        raise UsageFault(f"{file}: no question with a recording in {audio} that can be read.")
    ears = {"official": VoskEar(official), "adapted": VoskEar(adapted)}
    click.echo("\n".join(table(spoken(conversations, recordings, ears, Assistant()))))
    return PART_FAILED if faults else WELL


@command.command("check")
def check_() -> int:
    """Hold every file of every installed model against its checksum, and the words of Vosk against the answers."""
    from rostlots.own_words import newer_words, told
    from speech import SpeechSettings, check
    from speech.hearing import adapted_vosk
    from speech.vosk_graph.adapt import OTHER_WORDS, fault_of_adapted, is_stale

    settings = SpeechSettings.from_environ()
    rows = check(settings)
    if not rows:
        click.echo("No model is installed; rostlots models list shows what there is.")
    faults = [row.name for row in rows if row.state == "damaged"]
    for row in rows:
        click.echo(f"{row.name}: {'whole' if row.state == 'installed' else row.detail or row.state}")
    if adapted_vosk(settings).is_dir():
        fault = fault_of_adapted(adapted_vosk(settings))
        if fault is None and (newer := newer_words(adapted_vosk(settings))):
            fault = told(newer)
        elif fault is None and is_stale(adapted_vosk(settings)):
            fault = OTHER_WORDS
        click.echo(f"{adapted_vosk(settings).name}: {fault or 'whole'}")
        faults += [fault] if fault else []
    return PART_FAILED if faults else WELL
