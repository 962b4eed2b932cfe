"""`rostlots alexa`: the skill package."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from rostlots.cli import WELL, UsageFault


@click.group("alexa")
def command() -> None:
    """The Alexa skill."""


@command.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--endpoint", metavar="URL", help="https address of /alexa of a running `rostlots serve`, in place of Lambda."
)
@click.option("--privacy-policy", metavar="URL", help="https address of the publisher's privacy policy.")
def export(folder: Path, endpoint: str | None, privacy_policy: str | None) -> int:
    """Write the skill package to DIR, ready for Amazon's `ask deploy`.

    \b
      rostlots alexa export alexa/ --privacy-policy https://example.org/privacy
      cd alexa && ask deploy
    """
    from rostlots.alexa.package import PackageError, write_package

    for option, address in (("--endpoint", endpoint), ("--privacy-policy", privacy_policy)):
        if address is not None and (not address.startswith("https://") or not urlsplit(address).hostname):
            raise UsageFault(f"{option} takes an address that begins with https://.")
    try:
        written = write_package(folder, endpoint=endpoint, privacy_policy=privacy_policy)
    except PackageError as fault:
        raise UsageFault(str(fault)) from None
    click.echo(f"{len(written)} files in {folder}. Next: cd {folder} && ask deploy")
    return WELL
