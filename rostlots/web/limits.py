"""How often one client may come."""

from __future__ import annotations

import hashlib
import hmac

from flask import request
from flask_limiter import Limiter

from rostlots.web.settings import WebSettings

SPEECH_PER_TURN = 4
"""Fetches of sound for each turn: a player asks for a file in parts, and again to repeat it."""


def limiter(settings: WebSettings) -> Limiter:
    """Limits by client address, counted in Redis if there is one, else in each process."""

    def client() -> str:
        # The store knows addresses by a keyed hash only.
        address = (request.remote_addr or "").encode()
        return hmac.new(settings.secret_key.encode(), address, hashlib.sha256).hexdigest()[:32]

    return Limiter(
        client,
        enabled=settings.turns_per_minute > 0,
        storage_uri=settings.redis_url or "memory://",
        key_prefix="rostlots",
        strategy="fixed-window",
        # Without Redis people are still answered; each process counts for itself.
        in_memory_fallback_enabled=settings.redis_url is not None,
        swallow_errors=True,
    )


def per_minute(settings: WebSettings, times: int = 1) -> str:
    """A limit as the library writes it."""
    return f"{max(1, settings.turns_per_minute * times)} per minute"
