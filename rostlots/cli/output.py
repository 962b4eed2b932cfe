"""How replies look on a terminal, and as JSON."""

import click
import msgspec

from skill import Reply


def print_reply(reply: Reply, *, as_json: bool, name: str | None = None) -> None:
    """Print a reply for a person, or as one line of JSON; `name` is the recording that it belongs to."""
    if as_json:
        built = msgspec.to_builtins(reply)
        click.echo(msgspec.json.encode({"file": name, **built} if name else built).decode())
        return
    if name:
        click.secho(name, bold=True)
        click.echo(f"Hört: {reply.heard or '(inga ord)'}")
    click.echo(reply.say)
    for source in reply.sources:
        click.secho(f"Källa: {source.title}, avsnittet {source.section}", dim=True)
