"""Headers that keep every answer safe in a browser."""

from __future__ import annotations

import re

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "connect-src 'self'",
    )
)

_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?")

HEADERS = {
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), browsing-topics=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def register(app: Flask) -> None:
    """Set the headers on every answer."""

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY + _own_sockets())
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        # What somebody asked and was told stays in no cache, unless a view says otherwise.
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _own_sockets() -> str:
    """The host by its name, the end of `connect-src`: to Safari before 15.4 'self' means no WebSocket."""
    if not _HOST.fullmatch(request.host):
        return ""
    return f" {'wss' if request.is_secure else 'ws'}://{request.host}"
