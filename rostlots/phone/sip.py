"""The SIP stack behind a thin interface: calls that come in, their sound, keys, transfer and end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import baresip
from baresip import Account, AudioInfo, BaresipError, Config, Event, Runtime, UserAgent
from baresip._native import lib  # type: ignore[import-not-found]
from baresip.errors import AudioNotActive, AudioRestarted, TransferFailed

from rostlots.phone.origin import origin_of

if TYPE_CHECKING:
    from rostlots.networks import Address
    from rostlots.phone.settings import PhoneSettings

# What the stack writes holds the numbers of callers.
logging.getLogger("baresip").setLevel(logging.CRITICAL + 1)

RTP_TIMEOUT = 30
"""Seconds without any sound packet after which the other side counts as gone."""

_CODECS = ("pcma", "pcmu")


class NotReady(Exception):
    """The line cannot be opened; the message says why in one sentence."""


class NotConnected(Exception):
    """A transfer failed. status: of SIP, None where none was reported in time."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"not connected ({status})")
        self.status = status


class SipCall:
    """One call that has come in."""

    def __init__(self, call: baresip.Call) -> None:
        self._call = call
        self.closed = asyncio.Event()
        self.on_key: Callable[[str], None] = lambda key: None
        """Is told of each key when it is pressed."""
        call.on(self._happened)

    @property
    def origin(self) -> Address | None:
        """The address from which it came; None where the caller is gone already."""
        return None if self._call.call_id is None else origin_of(self._call.call_id)

    def _happened(self, event: baresip.StackEvent) -> None:
        if event.event is Event.CALL_CLOSED:
            self.closed.set()
        elif event.event is Event.CALL_DTMF_START and event.text:
            # The library's own report of a key comes when it is let go: too late for the voice to stop at once.
            self.on_key(event.text)

    async def answer(self) -> None:
        """Take the call. Nothing happens where the caller is gone already."""
        with suppress(BaresipError):
            # Without this the library sends a second offer shortly after the answer, which some callers refuse: it
            # only then notices that there is no video.
            await self._call._runtime.cmd(lib.BP_CMD_CALL_SET_VIDEO_DIR, args=f"{self._call.handle} 0")
            await self._call.answer()

    async def reject(self) -> None:
        """Busy."""
        with suppress(BaresipError):
            await self._call.reject()

    async def hang_up(self) -> None:
        """End the call, if it is not over."""
        with suppress(BaresipError):
            await self._call.hangup()

    def rate(self) -> int | None:
        """Samples per second once sound can be sent and taken."""
        info = self._info()
        return info.tx_sample_rate if info is not None and info.tx_ready and info.rx_ready else None

    def read(self, most: int) -> bytes:
        """What has been heard since the last time, int16 mono."""
        with suppress(AudioNotActive, AudioRestarted):
            return bytes(self._call.audio.read(most))
        return b""

    def write(self, pcm: bytes) -> int:
        """Queue sound; how many bytes there was room for."""
        with suppress(AudioNotActive, AudioRestarted):
            return int(self._call.audio.write(pcm))
        return len(pcm)

    def flush(self) -> None:
        """Throw away what has not been sent."""
        with suppress(AudioNotActive, AudioRestarted):
            self._call.audio.flush_tx()

    def unsent(self) -> int:
        """Bytes that are queued."""
        info = self._info()
        return 0 if info is None else info.tx_buffered

    async def transfer(self, target: str, seconds: float) -> None:
        """Ask the caller's telephone to ring a SIP address instead; returns when that has been answered.

        Raises:
            NotConnected: it has not.
        """
        try:
            await self._call.transfer(target, timeout=seconds)
        except TransferFailed as error:
            raise NotConnected(error.status) from None
        except BaresipError:
            raise NotConnected(0) from None

    def _info(self) -> AudioInfo | None:
        with suppress(AudioNotActive):
            return self._call.audio.info()
        return None


class Endpoint:
    """Our end of the line."""

    def __init__(self, settings: PhoneSettings, on_broken: Callable[[], None]) -> None:
        """on_broken: is called once if the stack dies; only a new process can listen again then."""
        self._settings = settings
        self._runtime = Runtime()
        self._agent: UserAgent | None = None
        self._on_broken = on_broken
        self.broken = False
        """Whether the stack has died."""
        self._runtime.on_dead = self._broke

    async def open(self, on_call: Callable[[SipCall], None]) -> None:
        """Listen, and register where there is somebody to register with.

        Raises:
            NotReady: the address cannot be listened on, or the registration was refused.
        """
        settings = self._settings
        try:
            await self._runtime.start(_config(settings))
            self._agent = await UserAgent.create(self._runtime, _account(settings), transfer_policy="reject")
            self._agent.on_incoming(lambda call: on_call(SipCall(call)))
            if settings.domain is not None:
                await self._agent.register()
        except baresip.errors.RegistrationError as error:
            raise NotReady(
                f"{settings.domain} has refused the registration ({error.status or error.reason})."
            ) from None
        except BaresipError as error:
            raise NotReady(f"The telephone line could not be opened: {error}.") from None

    def _broke(self) -> None:
        self.broken = True
        self._on_broken()

    async def refuse_more(self) -> None:
        """Answer every new call with busy from now on, and wait until the present ones are over."""
        await self._runtime.drain()

    async def close(self) -> None:
        """Leave the registrar, and stop."""
        with suppress(BaresipError):
            if self._agent is not None and self._settings.domain is not None:
                await self._agent.unregister(timeout=3)
        with suppress(BaresipError):
            await self._runtime.close()


def _config(settings: PhoneSettings) -> Config:
    first, last = settings.rtp_ports
    jitter = settings.jitter_ms
    lines = [
        f"sip_listen {_stack_address(settings)}",
        f"rtp_ports {first}-{last}",
        f"sip_transports {settings.transport}",
        *(
            ("audio_jitter_buffer_type adaptive", f"audio_jitter_buffer_ms {jitter}-{jitter * 2}")
            if jitter
            else ("audio_jitter_buffer_type off",)
        ),
    ]
    if settings.domain is not None and not settings.peers:
        # Without this the account's check of the origin does nothing.
        lines.append("filter_registrar udp,tcp,tls")
    if settings.certificate is not None:
        lines.append(f"sip_certificate {settings.certificate}")
    if settings.authorities is not None:
        lines += [f"sip_cafile {settings.authorities}", "sip_verify_server yes"]
    host = settings.listen.rpartition(":")[0]
    return Config(
        net_interface=None if host in ("0.0.0.0", "[::]") else host,  # noqa: S104 - compared, not bound
        native_log_level="error",
        # The conversations are bounded by the caller of this; here is room for those who are told that all is full.
        max_concurrent_calls=settings.calls * 2 + 2,
        rtp_timeout=RTP_TIMEOUT,
        extra_config_text="\n".join(lines) + "\n",
    )


def _stack_address(settings: PhoneSettings) -> str:
    """What the stack has to be told: for TLS it listens at the port after the one that it is given."""
    host, _, port = settings.listen.rpartition(":")
    return f"{host}:{int(port) - (settings.transport == 'tls')}"


def _account(settings: PhoneSettings) -> Account:
    extra = ["catchall=yes"]
    if settings.srtp != "off":
        extra.append(f"mediaenc={_MEDIA_ENCRYPTION[settings.srtp]}")
    return Account(
        user=settings.user,
        domain=settings.domain or settings.listen,
        password=settings.password,
        auth_user=settings.auth_user,
        registrar=settings.proxy,
        reg_interval=600 if settings.domain is not None else 0,
        transport=settings.transport,
        audio_codecs=_CODECS,
        extra_params=tuple(extra),
    )


_MEDIA_ENCRYPTION = {"sdes": "srtp-mand", "dtls": "dtls_srtp"}
