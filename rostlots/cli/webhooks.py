"""`rostlots webhooks`: calls by way of Twilio and 46elks."""

from __future__ import annotations

import click

from rostlots.cli import PART_FAILED, WELL, UsageFault


@click.group("webhooks")
def command() -> None:
    """Telephone calls by way of a provider's webhooks, which `rostlots serve` answers."""


@command.command("check")
def check_() -> int:
    """Try the webhooks before somebody rings: with the settings of the service, while it runs.

    Asks ROSTLOTS_PUBLIC_URL as the providers do, for Twilio with its signature, for 46elks with the secret; shows what
    a caller would hear, fetches its sound, and sees that forged requests are refused. A line for each: ok, note, fault.
    """
    try:
        from rostlots.telephony.checking import check
    except ImportError as error:
        raise UsageFault(
            f"The webhooks need a library, {error.name}: pip install 'rostlots[web,whisper,voice]'."
        ) from error
    from rostlots.assistant import Assistant
    from rostlots.settings import Settings
    from rostlots.telephony.settings import TelephonySettings

    settings = TelephonySettings.from_environ()
    if settings.twilio_token is None and settings.elks_secret is None:
        raise UsageFault("No webhook is set up: ROSTLOTS_TWILIO_AUTH_TOKEN or ROSTLOTS_46ELKS_SECRET.")
    faults = 0
    for finding in check(settings, Assistant(hours=Settings.from_environ().hours)):
        click.echo(f"{finding.state:6} {finding.text}")
        faults += finding.state == "fault"
    return PART_FAILED if faults else WELL
