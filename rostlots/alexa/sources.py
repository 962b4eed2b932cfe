"""What the verification needs from outside: Amazon's roots, the certificates, and which requests came before."""

from __future__ import annotations

import hashlib
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import httpx
from cryptography import x509
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from redis import Redis

_ROOT_OWNER = "Amazon"
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
# Seconds to wait for Amazon's store; the request itself is given up by Alexa after eight.
_PATIENCE = 3.0
_MOST_BYTES = 64 * 1024
# A request is refused for its age after 150 seconds, on either side of now.
_REMEMBERED_S = 310.0
_MOST_REMEMBERED = 100_000


def amazon_roots() -> Sequence[x509.Certificate]:
    """The roots that Alexa's certificates hang from, out of the bundle that Python programs share."""
    encoded = [block + _END for block in Path(certifi.where()).read_text("ascii").split(_END)[:-1]]
    # Only those that name the owner are read: the bundle has certificates that a stricter reader warns of.
    ders = [ssl.PEM_cert_to_DER_cert(block[block.index(_BEGIN) :]) for block in encoded]
    named = [x509.load_der_x509_certificate(der) for der in ders if _ROOT_OWNER.encode() in der]
    return [root for root in named if _owner(root) == _ROOT_OWNER]


def fetch(address: str) -> bytes:
    """The body at an address.

    Raises:
        OSError: there is none to be had, or more than certificates would be.
    """
    body = b""
    try:
        with httpx.stream("GET", address, timeout=_PATIENCE, follow_redirects=False) as answer:
            if answer.status_code != httpx.codes.OK:
                raise OSError("the certificate's address has none")
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > _MOST_BYTES:
                    raise OSError("what is at the certificate's address is too long")
    except httpx.HTTPError as fault:
        raise OSError("the certificate's address does not answer") from fault
    return body


class SeenHere:
    """Which requests came before, in this process."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._until: dict[bytes, float] = {}
        self._lock = threading.Lock()
        self._clock = clock

    def __call__(self, request_id: str) -> bool:
        """Whether this id was seen before; from now on it was."""
        key, now = hashlib.sha256(request_id.encode("utf-8", "replace")).digest(), self._clock()
        with self._lock:
            for old in [k for k, until in self._until.items() if until <= now] if len(self._until) > 1000 else ():
                del self._until[old]
            if self._until.get(key, 0.0) > now:
                return True
            if len(self._until) >= _MOST_REMEMBERED:
                self._until.clear()
            self._until[key] = now + _REMEMBERED_S
            return False


class SeenEverywhere:
    """Which requests came before, in any worker, by a Redis that they share."""

    def __init__(self, redis: Redis) -> None:
        """Take the connections to it, which answer soon or fail."""
        self._redis = redis
        self._here = SeenHere()

    def __call__(self, request_id: str) -> bool:
        """Whether this id was seen before; from now on it was. While Redis is away each worker knows only its own."""
        from redis.exceptions import RedisError

        key = b"rostlots:alexa:" + hashlib.sha256(request_id.encode("utf-8", "replace")).digest()
        try:
            return not self._redis.set(key, b"1", nx=True, ex=int(_REMEMBERED_S))
        except RedisError:
            return self._here(request_id)


def _owner(certificate: x509.Certificate) -> str:
    named = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(named[0].value) if named else ""
