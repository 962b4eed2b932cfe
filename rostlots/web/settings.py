"""What an operator sets for the web service, from the environment."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from rostlots.alexa import AlexaSettings
from rostlots.settings import Settings, SettingsError, whole_number
from rostlots.web.redis_store import open_redis
from speech import SpeechSettings

SHORTEST_SECRET = 16
"""Characters of a secret below which it could be guessed."""

TURNS_PER_MINUTE = 60
"""Turns that one client address may take; somebody who talks takes ten."""

FIGURES_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which several processes count together; the client library reads it when it is imported."""


@dataclass(frozen=True)
class WebSettings:
    """What the web service needs to know.

    secret_key: encrypts the conversations that clients carry; the same in every process.
    redis_url: where conversations are kept in place of the client, if anywhere.
    turns_per_minute: for one client address, 0 for no limit. proxies: how many trusted ones stand in front.
    """

    secret_key: str = field(repr=False)
    redis_url: str | None = field(default=None, repr=False)
    turns_per_minute: int = TURNS_PER_MINUTE
    proxies: int = 0
    product: Settings = field(default_factory=Settings)
    alexa: AlexaSettings = field(default_factory=AlexaSettings)
    speech: SpeechSettings = field(default_factory=lambda: SpeechSettings.from_environ({}))

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None, *, development: bool = False) -> WebSettings:
        """Read the variables; an empty one counts as not set. In development a secret is made up where none is set.

        Raises:
            SettingsError: a value cannot be used, or there is no secret.
        """
        env = os.environ if environ is None else environ
        secret = env.get("ROSTLOTS_SECRET_KEY", "").strip()
        if not secret:
            if not development:
                raise SettingsError(
                    "ROSTLOTS_SECRET_KEY is not set; beyond this machine the web service needs one, for instance from: "
                    "python -c 'import secrets; print(secrets.token_urlsafe(32))'."
                )
            secret = secrets.token_urlsafe(32)
        if len(secret) < SHORTEST_SECRET:
            raise SettingsError(f"ROSTLOTS_SECRET_KEY is too short; it takes at least {SHORTEST_SECRET} characters.")
        return cls(
            secret_key=secret,
            redis_url=_redis_url(env),
            turns_per_minute=whole_number(env, "ROSTLOTS_TURNS_PER_MINUTE", TURNS_PER_MINUTE),
            proxies=whole_number(env, "ROSTLOTS_PROXIES", 0),
            product=Settings.from_environ(env),
            alexa=AlexaSettings.from_environ(env),
            speech=SpeechSettings.from_environ(env),
        )


def _redis_url(env: Mapping[str, str]) -> str | None:
    url = env.get("ROSTLOTS_REDIS_URL", "").strip()
    # The address may hold a password, so it is not said again.
    if url and not url.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError("ROSTLOTS_REDIS_URL takes an address that begins with redis://, rediss:// or unix://.")
    try:
        open_redis(url or None)
    except (ValueError, TypeError):
        raise SettingsError("ROSTLOTS_REDIS_URL is no address of a Redis: redis://host:6379/0.") from None
    return url or None
