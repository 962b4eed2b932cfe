"""`rostlots models`: speech models and voices."""

from __future__ import annotations

import sys

import click

from rostlots.cli import PART_FAILED, WELL

_MEGA = 1_000_000


@click.group("models")
def command() -> None:
    """Speech models and voices: what there is, where it goes, and whether it is whole.

    \b
      rostlots models list
      rostlots models install whisper-base
      rostlots models check
    """


@command.command("list")
def list_() -> int:
    """Name, state, size, licence and checksum of every model, and the folder where it is or would be."""
    from speech import SpeechSettings, list_models

    for row in list_models(SpeechSettings.from_environ()):
        size = f"{row.size / _MEGA:.0f} MB" if row.size else "size told at installation"
        click.secho(f"{row.name}  {row.state}", bold=True)
        click.echo(f"  {row.title}: {row.kind}, {size}, {row.licence}")
        click.echo(f"  checksum: {row.checksum}")
        click.echo(f"  {row.place}")
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
    return WELL


@command.command("check")
def check_() -> int:
    """Hold every file of every installed model against its checksum."""
    from speech import SpeechSettings, check

    rows = check(SpeechSettings.from_environ())
    if not rows:
        click.echo("No model is installed; rostlots models list shows what there is.")
    for row in rows:
        click.echo(f"{row.name}: {'whole' if row.state == 'installed' else row.detail or row.state}")
    return PART_FAILED if any(row.state == "damaged" for row in rows) else WELL
