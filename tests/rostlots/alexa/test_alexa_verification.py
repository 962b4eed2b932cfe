"""Only Alexa's own fresh, new requests for this skill are answered, shown with certificates made here."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import redis
from alexa_requests import SKILL_ID, intent, launch, slot, without, words_of
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from serving import web_settings

from rostlots.alexa import AlexaSettings
from rostlots.alexa.endpoint import verifier
from rostlots.alexa.sources import SeenEverywhere, SeenHere, amazon_roots, fetch
from rostlots.alexa.verification import Rejected, SignedByAlexa, checked_address
from rostlots.web import create_app
from rostlots.web.texts import texts

ADDRESS = "https://s3.amazonaws.com/echo.api/echo-api-cert-test.pem"
NOW = datetime.now(UTC)
Key = rsa.RSAPrivateKey


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key


def issue(
    name: str,
    issuer: Issued | None,
    *,
    authority: bool,
    dns: str | None = None,
    start: timedelta = timedelta(days=-10),
    end: timedelta = timedelta(days=10),
) -> Issued:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    parent = issuer or Issued(None, key)  # type: ignore[arg-type]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + start)
        .not_valid_after(NOW + end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(parent.key.public_key()), critical=False)
    )
    if authority:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    else:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    if dns is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(dns)]), critical=False)
    return Issued(builder.sign(parent.key, hashes.SHA256()), key)


@dataclass(frozen=True)
class Authority:
    """A root and an intermediate of our own."""

    root: Issued
    middle: Issued

    def leaf(self, dns: str = "echo-api.amazon.com", **dates: timedelta) -> Issued:
        return issue(dns, self.middle, authority=False, dns=dns, **dates)

    def chain(self, leaf: Issued) -> bytes:
        return pem(leaf.certificate, self.middle.certificate)


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates)


def authority() -> Authority:
    root = issue("Test Root", None, authority=True)
    return Authority(root, issue("Test Intermediate", root, authority=True))


@pytest.fixture(scope="module")
def ours() -> Authority:
    return authority()


@pytest.fixture(scope="module")
def leaf(ours: Authority) -> Issued:
    return ours.leaf()


def signed(body: bytes, key: Key, address: str = ADDRESS) -> dict[str, str]:
    signature = base64.b64encode(key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()
    return {"SignatureCertChainUrl": address, "Signature-256": signature, "Content-Type": "application/json"}


@dataclass
class Service:
    """A running endpoint, with what lies at Amazon's address."""

    client: FlaskClient
    at_amazon: dict[str, bytes]

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        answer = self.client.post("/alexa", data=body, headers=headers)
        if answer.status_code != 200:
            code = "too_large" if answer.status_code == 413 else "bad_request"
            assert answer.get_json() == {"error": {"code": code, "message": texts("sv").errors[code]}}
        return answer.status_code


@pytest.fixture
def service(ours: Authority, leaf: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    at_amazon = {ADDRESS: ours.chain(leaf)}

    def fetch(address: str) -> bytes:
        if address not in at_amazon:
            raise OSError("nothing there")
        return at_amazon[address]

    verify = SignedByAlexa(SKILL_ID, fetch=fetch, roots=[ours.root.certificate], seen=SeenHere())
    # Amazon's own key is not to be had; all else is the service as it runs.
    monkeypatch.setattr("rostlots.alexa.endpoint.verifier", lambda settings, redis: verify)
    return Service(app_with(AlexaSettings(SKILL_ID), tmp_path), at_amazon)


def app_with(settings: AlexaSettings, folder: Path) -> FlaskClient:
    return create_app(web_settings(folder, alexa=settings)).test_client()


def body_of(request: dict[str, Any]) -> bytes:
    return json.dumps(request).encode()


def test_a_request_of_alexas_is_answered(service: Service, leaf: Issued) -> None:
    for request in (launch(), intent("AMAZON.HelpIntent"), intent("SafetyEmergency")):
        body = body_of(request)
        answer = service.client.post("/alexa", data=body, headers=signed(body, leaf.key))
        assert answer.status_code == 200
        assert answer.get_json()["response"]["outputSpeech"]["ssml"].startswith("<speak>")


def test_the_same_request_again_is_refused(service: Service, leaf: Issued) -> None:
    body = body_of(launch())
    assert service.post(body, signed(body, leaf.key)) == 200
    assert service.post(body, signed(body, leaf.key)) == 400


@pytest.mark.parametrize("missing", ["SignatureCertChainUrl", "Signature-256"])
def test_a_missing_header_is_refused(missing: str, service: Service, leaf: Issued) -> None:
    body = body_of(launch())
    headers = {name: value for name, value in signed(body, leaf.key).items() if name != missing}
    assert service.post(body, headers) == 400
    assert service.post(body, {**headers, missing: ""}) == 400


def test_the_old_signature_alone_is_refused(service: Service, leaf: Issued) -> None:
    body = body_of(launch())
    headers = signed(body, leaf.key)
    headers["Signature"] = headers.pop("Signature-256")
    assert service.post(body, headers) == 400


def test_a_changed_body_is_refused(service: Service, leaf: Issued) -> None:
    body = body_of(launch())
    assert service.post(body + b" ", signed(body, leaf.key)) == 400


@pytest.mark.parametrize("signature", ["@@@", "AAAA", "", "é"])
def test_a_signature_that_is_none_is_refused(signature: str, service: Service) -> None:
    headers = {"SignatureCertChainUrl": ADDRESS, "Signature-256": signature}
    assert service.post(body_of(launch()), headers) == 400


@pytest.mark.parametrize("seconds", [-151, -3600, 160, 3600])
def test_a_request_of_another_time_is_refused(seconds: int, service: Service, leaf: Issued) -> None:
    body = body_of(launch(at=datetime.now(UTC) + timedelta(seconds=seconds)))
    assert service.post(body, signed(body, leaf.key)) == 400


@pytest.mark.parametrize("seconds", [-140, 140])
def test_clocks_may_differ_a_little(seconds: int, service: Service, leaf: Issued) -> None:
    body = body_of(launch(at=datetime.now(UTC) + timedelta(seconds=seconds)))
    assert service.post(body, signed(body, leaf.key)) == 200


@pytest.mark.parametrize("stamp", ["", "now", "2026", "2026-11-22T12:00:00", 5, None])
def test_a_time_that_is_none_is_refused(stamp: object, service: Service, leaf: Issued) -> None:
    request = launch()
    request["request"]["timestamp"] = stamp
    body = body_of(request)
    assert service.post(body, signed(body, leaf.key)) == 400


def test_a_request_for_another_skill_is_refused(service: Service, leaf: Issued) -> None:
    body = body_of(launch(skill_id="amzn1.ask.skill.other"))
    assert service.post(body, signed(body, leaf.key)) == 400
    mixed = launch()
    mixed["session"]["application"] = {"applicationId": "amzn1.ask.skill.other"}
    body = body_of(mixed)
    assert service.post(body, signed(body, leaf.key)) == 400


BAD_CHAINS: dict[str, Callable[[Authority], tuple[bytes, Key]]] = {
    "run out": lambda a: _with(a, a.leaf(end=timedelta(days=-1))),
    "not valid yet": lambda a: _with(a, a.leaf(start=timedelta(days=1))),
    "of another name": lambda a: _with(a, a.leaf("echo-api.amazon.com.example.org")),
    "of another root": lambda a: _with(other := authority(), other.leaf()),
    "without the one between": lambda a: (pem((one := a.leaf()).certificate), one.key),
    "of itself": lambda a: (
        pem((one := issue("x", None, authority=False, dns="echo-api.amazon.com")).certificate),
        one.key,
    ),
    "signed with another key": lambda a: (a.chain(a.leaf()), a.leaf().key),
    "no certificate": lambda a: (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", a.leaf().key),
    "empty": lambda a: (b"", a.leaf().key),
    "no text": lambda a: (b"\xff\xfe\x00", a.leaf().key),
}


def _with(issuer: Authority, leaf: Issued) -> tuple[bytes, Key]:
    return issuer.chain(leaf), leaf.key


@pytest.mark.parametrize("make", BAD_CHAINS.values(), ids=BAD_CHAINS)
def test_a_certificate_that_is_not_alexas_is_refused(
    make: Callable[[Authority], tuple[bytes, Key]], service: Service, ours: Authority
) -> None:
    service.at_amazon[ADDRESS], key = make(ours)
    body = body_of(launch())
    assert service.post(body, signed(body, key)) == 400


def test_a_key_of_another_kind_is_refused(service: Service, ours: Authority) -> None:
    """The certificate is good, but what it signs with is not what Alexa uses."""
    key = ec.generate_private_key(ec.SECP256R1())
    good = ours.leaf().certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(good.subject)
        .issuer_name(good.issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
    )
    for extension in good.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    service.at_amazon[ADDRESS] = pem(builder.sign(ours.middle.key, hashes.SHA256()), ours.middle.certificate)
    body = body_of(launch())
    signature = base64.b64encode(key.sign(body, ec.ECDSA(hashes.SHA256()))).decode()
    assert service.post(body, {"SignatureCertChainUrl": ADDRESS, "Signature-256": signature}) == 400


def test_a_certificate_that_runs_out_later_is_refused_then(ours: Authority, leaf: Issued) -> None:
    clock = [NOW]
    verify = SignedByAlexa(
        SKILL_ID,
        fetch=lambda _: ours.chain(leaf),
        roots=[ours.root.certificate],
        seen=SeenHere(),
        now=lambda: clock[0],
    )
    body = body_of(launch(at=clock[0]))
    verify(signed(body, leaf.key), body)
    clock[0] = NOW + timedelta(days=11)
    body = body_of(launch(at=clock[0]))
    with pytest.raises(Rejected, match="certificate"):
        verify(signed(body, leaf.key), body)


def test_certificates_are_fetched_once(ours: Authority, leaf: Issued) -> None:
    fetched = []

    def fetch(address: str) -> bytes:
        fetched.append(address)
        return ours.chain(leaf)

    verify = SignedByAlexa(SKILL_ID, fetch=fetch, roots=[ours.root.certificate], seen=SeenHere())
    for _ in range(3):
        body = body_of(launch())
        verify(signed(body, leaf.key), body)
    assert fetched == [ADDRESS]


def test_what_cannot_be_alexas_makes_nobody_fetch(leaf: Issued, ours: Authority) -> None:
    def fetch(address: str) -> bytes:
        raise AssertionError(address)

    verify = SignedByAlexa(SKILL_ID, fetch=fetch, roots=[ours.root.certificate], seen=SeenHere())
    for body in (
        b"{}",
        body_of(launch(skill_id="amzn1.ask.skill.other")),
        body_of(launch(at=datetime.now(UTC) - timedelta(hours=1))),
    ):
        with pytest.raises(Rejected):
            verify(signed(body, leaf.key), body)


GOOD_ADDRESSES = (
    ADDRESS,
    "https://s3.amazonaws.com:443/echo.api/echo-api-cert.pem",
    "https://S3.AMAZONAWS.COM/echo.api/echo-api-cert.pem",
    "https://s3.amazonaws.com/echo.api/../echo.api/echo-api-cert.pem",
)
BAD_ADDRESSES = (
    "http://s3.amazonaws.com/echo.api/echo-api-cert.pem",
    "https://notamazon.com/echo.api/echo-api-cert.pem",
    "https://s3.amazonaws.com.example.org/echo.api/echo-api-cert.pem",
    "https://s3.amazonaws.com@example.org/echo.api/echo-api-cert.pem",
    "https://user:word@s3.amazonaws.com/echo.api/echo-api-cert.pem",
    "https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem",
    "https://s3.amazonaws.com/invalid.path/echo-api-cert.pem",
    "https://s3.amazonaws.com/echo.api/../other/echo-api-cert.pem",
    "https://s3.amazonaws.com/echo.api/%2e%2e/other/echo-api-cert.pem",
    "https://s3.amazonaws.com:563/echo.api/echo-api-cert.pem",
    "https://s3.amazonaws.com:port/echo.api/echo-api-cert.pem",
    "https://[s3.amazonaws.com/echo.api/echo-api-cert.pem",
    "file:///echo.api/echo-api-cert.pem",
    "echo.api",
    "",
)


@pytest.mark.parametrize("address", GOOD_ADDRESSES)
def test_amazons_address_is_known(address: str) -> None:
    assert checked_address(address).startswith("https://s3.amazonaws.com/echo.api/echo-api-cert")


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_another_address_is_never_asked(address: str, service: Service, leaf: Issued, ours: Authority) -> None:
    service.at_amazon[address] = ours.chain(leaf)
    body = body_of(launch())
    assert service.post(body, signed(body, leaf.key, address)) == 400


BODIES = (b"", b"{}", b"[]", b"null", b"7", b"\xff\xfe", b"not json", b'{"request":' * 5000, b"{" * 100_000)


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_is_no_request_is_refused_though_signed(body: bytes, service: Service, leaf: Issued) -> None:
    assert service.post(body, signed(body, leaf.key)) == 400


def test_a_body_beyond_all_measure_is_refused(service: Service, leaf: Issued) -> None:
    body = body_of(launch()) + b" " * 200_000
    assert service.post(body, signed(body, leaf.key)) == 413


@pytest.mark.parametrize("kind", [None, "", "MadeUpRequest", 5, {}])
def test_a_kind_of_request_that_nobody_knows_is_refused(kind: object, service: Service, leaf: Issued) -> None:
    request = launch()
    request["request"]["type"] = kind
    body = body_of(request)
    assert service.post(body, signed(body, leaf.key)) == 400


def test_nothing_of_a_refused_request_is_logged(
    service: Service, leaf: Issued, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    body = body_of({"request": "my name is Holger"})
    service.post(body, signed(body, leaf.key))
    service.post(body, {"SignatureCertChainUrl": "https://holger.example"})
    assert "refused" in caplog.text
    assert "olger" not in caplog.text


def test_refusals_are_counted_like_those_of_the_rest_of_the_service(service: Service, leaf: Issued) -> None:
    assert service.post(b"hej", signed(b"hej", leaf.key)) == 400
    assert service.post(b"x" * 200_000, {}) == 413
    figures = service.client.get("/metrics").text
    assert 'rostlots_rejected_total{reason="bad_request"} 1.0' in figures
    assert 'rostlots_rejected_total{reason="too_large"} 1.0' in figures


# ------------------------------------------------------------------ as an operator sets it up


def test_without_a_skill_id_nothing_is_answered(ours: Authority, leaf: Issued) -> None:
    verify = SignedByAlexa(None, fetch=lambda _: ours.chain(leaf), roots=[ours.root.certificate], seen=SeenHere())
    body = body_of(launch())
    with pytest.raises(Rejected, match="another skill"):
        verify(signed(body, leaf.key), body)


def test_verification_is_on_unless_it_is_switched_off(tmp_path: Path) -> None:
    body = body_of(launch())
    assert app_with(AlexaSettings.from_environ({}), tmp_path).post("/alexa", data=body).status_code == 400
    ours_alone = AlexaSettings.from_environ({"ROSTLOTS_ALEXA_SKILL_ID": SKILL_ID})
    assert app_with(ours_alone, tmp_path).post("/alexa", data=body).status_code == 400


def test_a_developer_may_switch_it_off_and_is_warned(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    client = app_with(AlexaSettings.from_environ({"ROSTLOTS_ALEXA_VERIFY": "0"}), tmp_path)
    assert "not verified" in caplog.text
    assert client.post("/alexa", data=body_of(launch())).status_code == 200


def test_the_roots_are_amazons() -> None:
    names = {root.subject.rfc4514_string() for root in amazon_roots()}
    assert "CN=Amazon Root CA 1,O=Amazon,C=US" in names
    assert all("O=Amazon" in name for name in names)


def test_real_roots_vouch_for_none_of_ours(ours: Authority, leaf: Issued) -> None:
    verify = SignedByAlexa(SKILL_ID, fetch=lambda _: ours.chain(leaf), roots=amazon_roots(), seen=SeenHere())
    body = body_of(launch())
    with pytest.raises(Rejected, match="certificate"):
        verify(signed(body, leaf.key), body)


def test_what_was_seen_is_forgotten_when_it_is_too_old_anyway() -> None:
    clock = [0.0]
    seen = SeenHere(clock=lambda: clock[0])
    assert [seen("a"), seen("a"), seen("b")] == [False, True, False]
    clock[0] = 400.0
    assert seen("a") is False


def test_workers_without_their_redis_know_their_own() -> None:
    seen = SeenEverywhere(redis.Redis.from_url("redis://127.0.0.1:1/0"))
    assert [seen("a"), seen("a"), seen("b")] == [False, True, False]


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A real Redis of its own."""
    program = shutil.which("redis-server")
    if program is None:
        without("redis-server isn't installed: apt-get install redis-server")
    socket = tmp_path / "redis.sock"
    command = [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            for _ in range(100):
                if socket.exists():
                    break
                time.sleep(0.05)
            yield f"unix://{socket}"
        finally:
            server.terminate()


def test_workers_share_what_was_seen(redis_url: str) -> None:
    one, other = (SeenEverywhere(redis.Redis.from_url(redis_url)) for _ in range(2))
    assert [one("a"), other("a"), other("b"), one("b")] == [False, True, False, True]


class AtAnAddress(BaseHTTPRequestHandler):
    """Plays the store of certificates."""

    def do_GET(self) -> None:
        status = {"/none": 404, "/elsewhere": 302}.get(self.path, 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/chain")
        self.end_headers()
        self.wfile.write(b"x" * 100_000 if self.path == "/long" else b"chain")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def test_only_a_short_answer_from_the_address_itself_is_a_chain() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), AtAnAddress) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        at = f"http://127.0.0.1:{server.server_port}"
        assert fetch(f"{at}/chain") == b"chain"
        for path in ("/none", "/elsewhere", "/long"):
            with pytest.raises(OSError, match="address"):
                fetch(at + path)
        server.shutdown()
    with pytest.raises(OSError, match="does not answer"):
        fetch(f"{at}/chain")


def test_the_settings_choose_the_verification() -> None:
    assert isinstance(verifier(AlexaSettings(SKILL_ID)), SignedByAlexa)
    assert not isinstance(verifier(AlexaSettings(SKILL_ID, verify=False)), SignedByAlexa)


# ------------------------------------------------------------------ hostile bodies, with the signature out of the way


@pytest.fixture(scope="module")
def open_client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return app_with(AlexaSettings(verify=False), tmp_path_factory.mktemp("web"))


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
PLACES = (
    ("request", "intent", "name"),
    ("request", "intent", "slots"),
    ("request", "intent"),
    ("request", "locale"),
    ("request", "type"),
    ("request", "timestamp"),
    ("session", "attributes", "state"),
    ("session", "attributes"),
    ("session",),
    ("context", "System", "device"),
    ("context",),
    ("version",),
    ("request",),
)


@given(place=st.sampled_from(PLACES), scrap=SCRAPS)
def test_whatever_stands_in_a_request_the_answer_is_a_response_or_400(
    place: tuple[str, ...], scrap: object, open_client: FlaskClient
) -> None:
    request: dict[str, Any] = intent("FreeWhat", {"question": {"name": "question", "value": "is a metastasis"}})
    inside = request
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = scrap
    answer = open_client.post("/alexa", data=body_of(request))
    assert answer.status_code in (200, 400)
    assert "response" in answer.get_json() or "error" in answer.get_json()


@given(body=st.binary(max_size=200))
def test_any_bytes_at_all_are_refused(body: bytes, open_client: FlaskClient) -> None:
    assert open_client.post("/alexa", data=body).status_code == 400


@given(words=st.text(max_size=300))
def test_any_words_at_all_are_answered_in_valid_markup(words: str, open_client: FlaskClient) -> None:
    answer = open_client.post("/alexa", data=body_of(intent("FreeWhat", slot("question", words))))
    assert answer.status_code == 200
    assert words_of(answer.get_json()["response"]["outputSpeech"]["ssml"])
