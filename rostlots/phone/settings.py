"""What an operator sets for the telephone line, from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

from rostlots.networks import Network, is_loopback, networks
from rostlots.opening import Opening
from rostlots.settings import Settings, SettingsError, one_of, whole_number
from speech import SpeechSettings

Transport = Literal["udp", "tcp", "tls"]
Srtp = Literal["off", "sdes", "dtls"]
WhenFull = Literal["busy", "announce"]

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:]+\]|[0-9A-Za-z.-]+):([0-9]{1,5})")
_TARGET = re.compile(r"sips?:[^\s<>\"@]+@?[^\s<>\"@]+")
_WORD = re.compile(r"[^\s@:;<>\"?]+")


@dataclass(frozen=True)
class PhoneSettings:
    """What the telephone line needs to know.

    listen: address and port of SIP. rtp_ports: first and last port of sound.
    user, domain, password, auth_user, proxy: the account to register; without a domain calls come directly.
    srtp: how sound is encrypted. certificate: PEM file with key, for TLS. authorities: PEM file of whom to trust.
    peers: from where calls are taken; empty takes them from where we are registered, or where we are not from anywhere.
    calls: conversations at the same time. when_full: what those beyond get.
    hand_over: the SIP address that callers are put through to, if any. hand_over_seconds: wait for an answer.
    opening: when somebody answers there.
    call_seconds: longest call. jitter_ms: delay that puts late packets in order, 0 for none.
    """

    listen: str = "127.0.0.1:5060"
    rtp_ports: tuple[int, int] = (20000, 20500)
    user: str = "rostlots"
    domain: str | None = None
    password: str = field(default="", repr=False)
    auth_user: str | None = None
    proxy: str | None = None
    transport: Transport = "udp"
    srtp: Srtp = "off"
    certificate: Path | None = None
    authorities: Path | None = None
    peers: tuple[Network, ...] = ()
    calls: int = 12
    when_full: WhenFull = "busy"
    hand_over: str | None = None
    hand_over_seconds: int = 30
    opening: Opening = field(default_factory=Opening)
    call_seconds: int = 1800
    jitter_ms: int = 0
    product: Settings = field(default_factory=Settings)
    speech: SpeechSettings = field(default_factory=lambda: SpeechSettings.from_environ({}))

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> PhoneSettings:
        """Read the variables; an empty one counts as not set.

        Raises:
            SettingsError: a value cannot be used.
        """
        env = os.environ if environ is None else environ

        def text(name: str) -> str | None:
            return env.get(f"ROSTLOTS_SIP_{name}", "").strip() or None

        def number(name: str, default: int) -> int:
            return whole_number(env, f"ROSTLOTS_SIP_{name}", default)

        transport = one_of(env, "ROSTLOTS_SIP_TRANSPORT", get_args(Transport))
        certificate = _file(env, "ROSTLOTS_SIP_CERTIFICATE")
        if transport == "tls" and certificate is None:
            raise SettingsError("ROSTLOTS_SIP_TRANSPORT is tls; that needs ROSTLOTS_SIP_CERTIFICATE.")
        calls = number("CALLS", cls.calls)
        if calls < 1:
            raise SettingsError("ROSTLOTS_SIP_CALLS takes at least 1.")
        listen = _matching(env, "ROSTLOTS_SIP_LISTEN", _ADDRESS, "an address with its port") or cls.listen
        domain = _matching(env, "ROSTLOTS_SIP_DOMAIN", re.compile(r"[^\s@;<>\"?]+"), "a host name")
        peers = networks(env, "ROSTLOTS_SIP_PEERS")
        if not (peers or domain or is_loopback(listen.rpartition(":")[0])):
            # Those who try every telephone on the internet would take the places of those who need one.
            raise SettingsError(
                "ROSTLOTS_SIP_LISTEN can be reached by others; that needs ROSTLOTS_SIP_PEERS, the addresses from which "
                "calls are taken (0.0.0.0/0 is everybody), or ROSTLOTS_SIP_DOMAIN."
            )
        return cls(
            listen=listen,
            rtp_ports=_ports(env, cls.rtp_ports),
            user=_matching(env, "ROSTLOTS_SIP_USER", _WORD, "the part of a SIP address before the @") or cls.user,
            domain=domain,
            password=_secret(env, "ROSTLOTS_SIP_PASSWORD"),
            auth_user=_matching(env, "ROSTLOTS_SIP_AUTH_USER", re.compile(r"[^\s;<>\"\\]+"), "a name without spaces"),
            proxy=_matching(env, "ROSTLOTS_SIP_PROXY", re.compile(r"[^\s<>\"\\]+"), "a host name"),
            transport=cast(Transport, transport),
            srtp=cast(Srtp, one_of(env, "ROSTLOTS_SIP_SRTP", get_args(Srtp))),
            certificate=certificate,
            authorities=_file(env, "ROSTLOTS_SIP_CA"),
            peers=peers,
            calls=calls,
            when_full=cast(WhenFull, one_of(env, "ROSTLOTS_SIP_WHEN_FULL", get_args(WhenFull))),
            hand_over=_matching(env, "ROSTLOTS_SIP_HAND_OVER", _TARGET, "a SIP address, as sip:0101991010@example.com"),
            hand_over_seconds=number("HAND_OVER_SECONDS", cls.hand_over_seconds),
            opening=Opening.from_environ(env),
            call_seconds=number("CALL_SECONDS", cls.call_seconds),
            jitter_ms=number("JITTER_MS", cls.jitter_ms),
            product=Settings.from_environ(env),
            speech=SpeechSettings.from_environ(env),
        )

    def connects(self) -> bool:
        """Whether a call can be put through now."""
        return self.hand_over is not None and self.opening.is_open()


def _matching(env: Mapping[str, str], name: str, pattern: re.Pattern[str], what: str) -> str | None:
    value = env.get(name, "").strip()
    if value and not (pattern.fullmatch(value) and value.isprintable()):
        raise SettingsError(f"{name} takes {what}.")
    return value or None


def _secret(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if not value.isprintable() or set(value) & {'"', "\\"}:
        raise SettingsError(
            f"{name} holds a quotation mark, a backslash or a control character, which SIP cannot carry."
        )
    return value


def _file(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name, "").strip()
    path = Path(value).expanduser() if value else None
    if path is not None and (not path.is_file() or " " in str(path)):
        raise SettingsError(f"{name} takes the path of a file, without spaces.")
    return path


def _ports(env: Mapping[str, str], default: tuple[int, int]) -> tuple[int, int]:
    value = env.get("ROSTLOTS_SIP_RTP_PORTS", "").strip()
    if not value:
        return default
    found = re.fullmatch(r"([0-9]{4,5})-([0-9]{4,5})", value)
    first, last = (int(port) for port in found.groups()) if found else (0, 0)
    if not 1024 <= first < last <= 65535:
        raise SettingsError("ROSTLOTS_SIP_RTP_PORTS takes two ports, as 20000-20500.")
    return first, last
