"""What an operator sets for telephone webhooks, from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rostlots.networks import Network, networks
from rostlots.opening import Opening
from rostlots.settings import SettingsError

SHORTEST_SECRET = 16


@dataclass(frozen=True)
class TelephonySettings:
    """What the webhooks need; a provider without its secret is not answered.

    public_url: the exact address under which the provider reaches the service, without a slash at the end.
    twilio_token: the account's auth token, which signs each request.
    elks_secret: the last part of the webhook's address, since 46elks signs nothing. elks_networks: from where it calls.
    elks_user, elks_password: to fetch recordings from its API.
    opening: when callers can be put through to the helpline.
    """

    public_url: str | None = None
    twilio_token: str | None = field(default=None, repr=False)
    elks_secret: str | None = field(default=None, repr=False)
    elks_networks: tuple[Network, ...] = ()
    elks_user: str | None = field(default=None, repr=False)
    elks_password: str | None = field(default=None, repr=False)
    opening: Opening = field(default_factory=Opening)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> TelephonySettings:
        """Read the variables; an empty one counts as not set.

        Raises:
            SettingsError: a value cannot be used.
        """
        env = os.environ if environ is None else environ

        def text(name: str) -> str | None:
            return env.get(f"ROSTLOTS_{name}", "").strip() or None

        url = text("PUBLIC_URL")
        if url is not None and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
            raise SettingsError("ROSTLOTS_PUBLIC_URL takes an address such as https://voice.example.com.")
        secret = text("46ELKS_SECRET")
        if secret is not None and not (len(secret) >= SHORTEST_SECRET and re.fullmatch(r"[A-Za-z0-9_-]+", secret)):
            raise SettingsError(
                f"ROSTLOTS_46ELKS_SECRET takes at least {SHORTEST_SECRET} letters, digits, hyphens or underscores."
            )
        token = text("TWILIO_AUTH_TOKEN")
        if url is None and (token or secret):
            raise SettingsError("ROSTLOTS_PUBLIC_URL is not set; telephone webhooks need it.")
        return cls(
            public_url=url.rstrip("/") if url else None,
            twilio_token=token,
            elks_secret=secret,
            elks_networks=networks(env, "ROSTLOTS_46ELKS_NETWORKS"),
            elks_user=text("46ELKS_USER"),
            elks_password=text("46ELKS_PASSWORD"),
            opening=Opening.from_environ(env) if token or secret else Opening(),
        )
