"""How quickly the Alexa skill answers, signature and HTTP layer included, and how quickly its Lambda function starts.

python -m benchmarks.alexa
"""

import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask import Flask

from intents.data_files import questions
from rostlots.alexa.endpoint import endpoint
from rostlots.alexa.package import write_package
from rostlots.alexa.skill import build_skill
from rostlots.alexa.sources import SeenHere
from rostlots.alexa.verification import SignedByAlexa
from rostlots.assistant import Assistant

_ADDRESS = "https://s3.amazonaws.com/echo.api/measured.pem"
_SKILL = "amzn1.ask.skill.measured"
_TURNS = 2000
_STARTS = 7
_START = """
import time, json, sys
started = time.perf_counter()
import lambda_function
took = time.perf_counter() - started
print(took, time.process_time(), int(open("/proc/self/statm").read().split()[1]) * 4 / 1024)
"""


def main() -> None:
    """Measure and print."""
    times = _turns()
    print(f"a signed request, {_TURNS} turns: median {statistics.median(times):.1f} ms,", end=" ")
    print(f"95th percentile {times[int(len(times) * 0.95)]:.1f} ms, slowest {times[-1]:.1f} ms")
    seconds, cpu, megabytes = _starts()
    print(f"cold start of the Lambda function, {_STARTS} starts: median {seconds:.2f} s,", end=" ")
    print(f"of the processor {cpu:.2f} s; memory {megabytes:.0f} MB")


def _turns() -> list[float]:
    key, root = _certificates()
    assistant = Assistant(connects=False)
    verify = SignedByAlexa(_SKILL, fetch=lambda _: root[1], roots=[root[0]], seen=SeenHere())
    app = Flask("measured")
    app.register_blueprint(endpoint(build_skill(assistant), verify))
    client = app.test_client()
    asked = [q.text for q in questions("en")]
    times = []
    for number in range(_TURNS):
        body = _request(number, asked[number % len(asked)])
        signature = base64.b64encode(key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()
        headers = {"SignatureCertChainUrl": _ADDRESS, "Signature-256": signature}
        started = time.perf_counter()
        answer = client.post("/alexa", data=body, headers=headers)
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200
        assert "card" in answer.get_json()["response"]
    return sorted(times)


def _request(number: int, text: str) -> bytes:
    application = {"applicationId": _SKILL}
    slots = {"question": {"name": "question", "value": text, "confirmationStatus": "NONE"}}
    request = {
        "type": "IntentRequest",
        "requestId": f"measured.{number}",
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "locale": "en-GB",
        "dialogState": "COMPLETED",
        "intent": {"name": "FreeWhat", "confirmationStatus": "NONE", "slots": slots},
    }
    session = {"new": True, "sessionId": "s", "application": application, "user": {"userId": "u"}}
    context = {"System": {"application": application, "user": {"userId": "u"}}}
    return json.dumps({"version": "1.0", "session": session, "context": context, "request": request}).encode()


def _certificates() -> tuple[rsa.RSAPrivateKey, tuple[x509.Certificate, bytes]]:
    """The signer's key, and a root with the signer's certificate as it lies at Amazon's address."""
    root_key, key = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    root = _certificate("root", root_key, "root", root_key, authority=True)
    leaf = _certificate("echo-api.amazon.com", key, "root", root_key, authority=False)
    return key, (root, leaf.public_bytes(serialization.Encoding.PEM))


def _certificate(
    name: str, key: rsa.RSAPrivateKey, issuer: str, issuer_key: rsa.RSAPrivateKey, *, authority: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if authority:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        return builder.add_extension(usage, critical=True).sign(issuer_key, hashes.SHA256())
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    builder = builder.add_extension(names, critical=False).add_extension(server, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _starts() -> tuple[float, float, float]:
    """Seconds, seconds of the processor, and megabytes.

    From the exported package alone, and from sources: Amazon's tool deploys no byte code.
    """
    with tempfile.TemporaryDirectory() as folder:
        write_package(Path(folder))
        place = Path(folder) / "lambda"
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(place),
            "PYTHONPYCACHEPREFIX": str(Path(folder) / "none"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        told = []
        for _ in range(_STARTS):
            command = [sys.executable, "-c", _START]
            ran = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=True)
            told.append([float(part) for part in ran.stdout.split()])
    seconds, cpu, megabytes = (statistics.median(column) for column in zip(*told, strict=True))
    return seconds, cpu, megabytes


if __name__ == "__main__":
    main()
