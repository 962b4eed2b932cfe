"""Whether a request is Alexa's, ours, fresh and new: what Amazon asks of a skill that is a web service of its own.

The signature over the body by a certificate for echo-api.amazon.com that one of Amazon's roots vouches for, the time,
the skill's id, and each request once.
"""

import base64
import binascii
import posixpath
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import unquote, urlsplit

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

CHAIN_HEADER = "SignatureCertChainUrl"
SIGNATURE_HEADER = "Signature-256"
# Amazon's bound on how old, or how far in the future, a request may be.
TOLERANCE = timedelta(seconds=150)
_SIGNER = "echo-api.amazon.com"
_CHAIN_HOST = "s3.amazonaws.com"
_CHAIN_FOLDER = "/echo.api/"
# Amazon changes its certificate now and then; a handful of addresses is all that there ever is at a time.
_MOST_CHAINS = 8

Chain = Sequence[x509.Certificate]


class Headers(Protocol):
    """The headers of a request, by name in any case."""

    def get(self, name: str, /) -> str | None:
        """The value, None where there is none."""


class Rejected(Exception):
    """The request is not one to answer; the message says why, without anything of the request."""


class Seen(Protocol):
    """Remembers ids of requests for some minutes."""

    def __call__(self, request_id: str) -> bool:
        """Whether this id was seen before; from now on it was."""


class Verifier(Protocol):
    """Lets requests through, or raises `Rejected`."""

    def __call__(self, headers: Headers, body: bytes) -> None:
        """One request."""


class _Application(msgspec.Struct):
    id: str = msgspec.field(name="applicationId")


class _System(msgspec.Struct):
    application: _Application


class _Context(msgspec.Struct):
    system: _System = msgspec.field(name="System")


class _Session(msgspec.Struct):
    application: _Application


class _Request(msgspec.Struct):
    id: str = msgspec.field(name="requestId")
    timestamp: str


class _Envelope(msgspec.Struct):
    """The parts of a request that are verified; the rest is the SDK's."""

    request: _Request
    context: _Context
    session: _Session | None = None


class SignedByAlexa:
    """The full verification. Safe to share between threads."""

    def __init__(
        self,
        skill_id: str | None,
        *,
        fetch: Callable[[str], bytes],
        roots: Sequence[x509.Certificate],
        seen: Seen,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Skill_id: ours; where there is none, nothing is let through. Fetch: the body at an https address."""
        self._skill_id = skill_id
        self._fetch = fetch
        self._store = Store(list(roots))
        self._seen = seen
        self._now = now
        self._chains: dict[str, Chain] = {}

    def __call__(self, headers: Headers, body: bytes) -> None:
        """Let a request through.

        Raises:
            Rejected: anything at all is not as it should be.
        """
        try:
            envelope = msgspec.json.decode(body, type=_Envelope)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise Rejected("the body is no request") from None
        # What costs nothing first: only what could be Alexa's makes this service fetch certificates.
        self._check_time(envelope.request.timestamp)
        self._check_application(envelope)
        self._check_signature(headers, body)
        if self._seen(envelope.request.id):
            raise Rejected("the request came before")

    def _check_signature(self, headers: Headers, body: bytes) -> None:
        address, signature = headers.get(CHAIN_HEADER), headers.get(SIGNATURE_HEADER)
        if not address or not signature:
            raise Rejected("a header of the signature is missing")
        key = self._signer(checked_address(address)).public_key()
        if not isinstance(key, RSAPublicKey):
            raise Rejected("the certificate's key is not of the kind that Alexa signs with")
        try:
            key.verify(base64.b64decode(signature, validate=True), body, PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            raise Rejected("the signature is not of this body") from None

    def _signer(self, address: str) -> x509.Certificate:
        """The certificate that signed. The chain is verified every time: it may have run out since it was fetched."""
        chain = self._chains.get(address) or self._fetched(address)
        try:
            # The name and the times are checked here too.
            verifier = PolicyBuilder().store(self._store).time(self._now()).build_server_verifier(x509.DNSName(_SIGNER))
            verifier.verify(chain[0], list(chain[1:]))
        except (VerificationError, ValueError):
            self._chains.pop(address, None)
            raise Rejected("the certificate is not one of Alexa's") from None
        if address not in self._chains and len(self._chains) >= _MOST_CHAINS:
            self._chains.clear()
        self._chains[address] = chain
        return chain[0]

    def _fetched(self, address: str) -> Chain:
        try:
            chain = x509.load_pem_x509_certificates(self._fetch(address))
        except (OSError, ValueError):
            raise Rejected("there is no certificate at the address") from None
        if not chain:
            raise Rejected("there is no certificate at the address")
        return chain

    def _check_time(self, written: str) -> None:
        try:
            at = datetime.fromisoformat(written)
            late = abs(self._now() - at)
        except (ValueError, TypeError, OverflowError):
            raise Rejected("the time is no time") from None
        if late > TOLERANCE:
            raise Rejected("the request is too old, or of the future")

    def _check_application(self, envelope: _Envelope) -> None:
        named = {envelope.context.system.application.id}
        if envelope.session is not None:
            named.add(envelope.session.application.id)
        if self._skill_id is None or named != {self._skill_id}:
            raise Rejected("the request is for another skill")


def checked_address(address: str) -> str:
    """The address of the certificates, evened out.

    Raises:
        Rejected: it is not where Amazon keeps them.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise Rejected("the certificate's address is none") from None
    path = posixpath.normpath(unquote(parts.path))
    if (
        parts.scheme.lower() != "https"
        or (parts.hostname or "") != _CHAIN_HOST
        or parts.username is not None
        or parts.password is not None
        or port not in (None, 443)
        or not path.startswith(_CHAIN_FOLDER)
    ):
        raise Rejected("the certificate's address is not Amazon's")
    return f"https://{_CHAIN_HOST}{path}"
