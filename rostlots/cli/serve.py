"""`rostlots serve`: the web service."""

from __future__ import annotations

import ipaddress
import platform
import socket

import click

from rostlots.cli import WELL, UsageFault


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option(
    "--workers",
    default=2,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes, one for each core; each loads the speech model.",
)
def command(host: str, port: int, workers: int) -> int:
    """Serve the page to speak to, and the API, until Ctrl-C.

    On an address of this machine alone it runs without further set-up; on any other one ROSTLOTS_SECRET_KEY is
    needed. Nothing that is asked is written down, unless an operator has set ROSTLOTS_REVIEW.

    \b
      rostlots serve
      ROSTLOTS_SECRET_KEY=... rostlots serve --host 0.0.0.0 --port 8080
    """
    if platform.system() == "Windows":
        raise UsageFault("rostlots serve needs gunicorn, which does not run on Windows: use WSL or the container.")
    try:
        from rostlots.web.server import serve
        from rostlots.web.settings import WebSettings
    except ImportError as error:
        raise UsageFault("The web service needs more libraries: pip install 'rostlots[web]'.") from error

    settings = WebSettings.from_environ(development=_only_here(host))
    if not settings.alexa.verify and not _only_here(host):
        raise UsageFault("ROSTLOTS_ALEXA_VERIFY is 0: anybody could talk as Alexa. Listen on this machine alone.")
    _check_free(host, port)
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"Röstlots listens on http://{shown}:{port} (Ctrl-C ends it).", err=True)
    serve(settings, host, port, workers)
    return WELL


def _only_here(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_free(host: str, port: int) -> None:
    """Raises `UsageFault` in one sentence where the server would try again and again."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, number) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        raise UsageFault(f"{host}:{port} cannot be listened on ({error.strerror or error}).") from None
