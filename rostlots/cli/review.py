"""`rostlots review`: questions that were not understood, where an operator has asked for them to be counted."""

from __future__ import annotations

import sys

import click
import msgspec

from rostlots.cli import WELL, UsageFault
from rostlots.review import Line, Review, ReviewError
from rostlots.settings import Settings


@click.command("review")
@click.option("--json", "as_json", is_flag=True, help="Print each line as a JSON object.")
@click.option("--forget", is_flag=True, help="Delete everything that was counted, after a question.")
@click.option("--yes", is_flag=True, help="Delete without the question.")
def command(as_json: bool, forget: bool, yes: bool) -> int:
    """Show the questions that were not understood, most frequent first.

    They are counted only where ROSTLOTS_REVIEW names a file for them. Kept are ordinary words and words of the subject;
    names, numbers, addresses and every unknown word are "…". Danger and grief are never kept.

    \b
      rostlots review
      rostlots review --json > frågor.jsonl
      rostlots review --forget
    """
    if yes and not forget:
        raise UsageFault("--yes goes with --forget.")
    if forget and as_json:
        raise UsageFault("Give --json or --forget, not both.")
    path = Settings.from_environ().review
    if path is None:
        raise UsageFault("Review is switched off; it is on where ROSTLOTS_REVIEW names a file for the questions.")
    try:
        return _forget(Review(path), yes) if forget else _show(Review(path).lines(), as_json)
    except ReviewError as fault:
        raise UsageFault(str(fault)) from None


def _show(lines: list[Line], as_json: bool) -> int:
    if as_json:
        for line in lines:
            sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
        sys.stdout.buffer.flush()
        return WELL
    if not lines:
        click.echo("Nothing has been counted yet.")
        return WELL
    rows = [("count", "topic", "lang", "first", "last", "question")]
    rows += [(str(n.count), n.topic, n.lang, n.first_week, n.last_week, n.text) for n in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for place, row in enumerate(rows):
        middle = [cell.ljust(width) for cell, width in zip(row[1:-1], widths[1:], strict=True)]
        click.secho("  ".join([row[0].rjust(widths[0]), *middle, row[-1]]), bold=place == 0)
    return WELL


def _forget(review: Review, yes: bool) -> int:
    count = len(review.lines())
    if count and not yes and not click.confirm(f"Delete {count} counted questions for good?"):
        click.echo("Nothing was deleted.")
        return WELL
    click.echo(f"Deleted: {review.forget()}.")
    return WELL
