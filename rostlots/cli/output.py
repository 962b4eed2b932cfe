"""How replies look on a terminal, and as JSON."""

import click
import msgspec

from skill import Reply

_SOURCE = {"sv": "Källa: {title}, avsnittet {section}", "en": "Source: {title} (in Swedish), section {section}"}
_HEARD = {"sv": "Hört: {text}", "en": "Heard: {text}"}


def print_reply(reply: Reply, *, as_json: bool, name: str | None = None) -> None:
    """Print a reply for a person, or as one line of JSON; `name` is the recording that it belongs to."""
    if as_json:
        built = msgspec.to_builtins(reply)
        click.echo(msgspec.json.encode({"file": name, **built} if name else built).decode())
        return
    if name:
        click.secho(name, bold=True)
        click.echo(_HEARD[reply.lang].format(text=reply.heard or "..."))
    click.echo(reply.say)
    for source in reply.sources:
        click.secho(_SOURCE[reply.lang].format(title=source.title, section=source.section), dim=True)
