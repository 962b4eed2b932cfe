"""`rostlots phone`: the telephone line."""

from __future__ import annotations

import logging

import click

from rostlots.cli import PART_FAILED, WELL, UsageFault


@click.command("phone")
def command() -> int:
    """Answer telephone calls by SIP, until Ctrl-C or SIGTERM.

    Listens at ROSTLOTS_SIP_LISTEN. With ROSTLOTS_SIP_DOMAIN it registers there with ROSTLOTS_SIP_USER and
    ROSTLOTS_SIP_PASSWORD; without, calls come directly. Callers are put through to ROSTLOTS_SIP_HAND_OVER.
    Nothing that a caller says is kept, and no number is written down.

    \b
      rostlots phone
      ROSTLOTS_SIP_DOMAIN=sip.example.com ROSTLOTS_SIP_USER=100 ROSTLOTS_SIP_PASSWORD=... rostlots phone
    """
    try:
        from rostlots.phone.service import LineBroken, serve
        from rostlots.phone.settings import PhoneSettings
        from rostlots.phone.sip import NotReady
    except ImportError as error:
        raise UsageFault("The telephone line needs more libraries: pip install 'rostlots[phone]'.") from error

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    settings = PhoneSettings.from_environ()
    try:
        serve(settings, lambda: click.echo(f"Röstlots answers at sip:{settings.user}@{settings.listen}.", err=True))
    except NotReady as fault:
        raise UsageFault(str(fault)) from None
    except LineBroken:
        logging.error("The SIP stack has broken down; start the telephone line again.")
        return PART_FAILED
    return WELL
