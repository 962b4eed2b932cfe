"""`rostlots webhooks check` against a service that runs, set up well and badly."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

import pytest
from serving import Served, free_port, serving
from talking import Command, complaint

pytest.importorskip("flask")
pytest.importorskip("twilio")
pytest.importorskip("pyttsx3")

from rostlots.assistant import Assistant
from rostlots.telephony.checking import Finding, check
from rostlots.telephony.settings import TelephonySettings

TOKEN = "0123456789abcdef" * 2
SECRET = "a-secret-of-the-tests"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`rostlots serve` whose public address is its own."""
    port = free_port()
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("serving.free_port", lambda: port)
            here = environment(f"http://127.0.0.1:{port}")
            running = stack.enter_context(serving(tmp_path_factory.mktemp("served"), workers=1, **here))
        yield running


def environment(address: str) -> dict[str, str]:
    return {
        "ROSTLOTS_PUBLIC_URL": address,
        "ROSTLOTS_TWILIO_AUTH_TOKEN": TOKEN,
        "ROSTLOTS_46ELKS_SECRET": SECRET,
    }


@pytest.fixture
def settings(served: Served) -> TelephonySettings:
    return TelephonySettings.from_environ(environment(served.address))


class Api(BaseHTTPRequestHandler):
    """Plays the API of 46elks."""

    def do_GET(self) -> None:
        right = self.path == "/a1/me" and self.headers["Authorization"] == "Basic dXNlcjpwYXNzd29yZA=="
        self.send_response(200 if right else 401)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def faults(findings: Iterator[Finding]) -> list[str]:
    return [finding.text for finding in findings if finding.state == "fault"]


def test_what_a_caller_would_hear_is_shown(settings: TelephonySettings, api: str, assistant: Assistant) -> None:
    whole = replace(settings, elks_user="user", elks_password="password")
    found = list(check(whole, assistant, api))
    assert [finding.state for finding in found].count("fault") == 0
    assert [finding.text for finding in found if finding.state == "note"] == [
        f"public address: {settings.public_url} is this machine's own, which no provider reaches",
        "calls are put through now",
    ]
    said = [finding.text for finding in found if "kB of sound): " in finding.text]
    assert [text.partition(": ")[0] for text in said] == ["Twilio", "Twilio", "46elks", "46elks"]
    assert "Välkommen." in said[0]
    assert "Behandling av metastaser i levern" in said[1]
    assert "levern" in said[3]
    assert not any(SECRET in finding.text or TOKEN in finding.text for finding in found)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"twilio_token": "f" * 32}, "Twilio: a signed request is refused"),
        ({"elks_secret": "another-secret-of-the-tests"}, "46elks: a request with the secret is refused"),
        ({"elks_user": "user", "elks_password": "wrong"}, "does not take user and password"),
        ({"public_url": "http://127.0.0.1:1"}, "Twilio: the public address does not answer"),
        ({"twilio_token": "f" * 31}, "Twilio: the auth token has not 32 hexadecimal digits"),
    ],
)
def test_what_is_wrong_is_named(
    change: dict[str, str], words: str, settings: TelephonySettings, api: str, assistant: Assistant
) -> None:
    whole = replace(settings, elks_user="user", elks_password="password")
    assert any(words in fault for fault in faults(check(replace(whole, **change), assistant, api)))  # type: ignore[arg-type]


def test_what_networks_keep_from_being_tried_is_no_fault(
    settings: TelephonySettings, api: str, assistant: Assistant
) -> None:
    # The service is asked with a wrong secret, as it refuses in the same way whoever is not in a network.
    shut = replace(
        settings,
        twilio_token=None,
        elks_secret="another-secret-of-the-tests",
        elks_networks=(ip_network("192.0.2.0/24"),),
        elks_user="user",
        elks_password="password",
    )
    found = list(check(shut, assistant, api))
    assert not faults(iter(found))
    assert found[-1].state == "note"
    assert "cannot be tried from here" in found[-1].text


def test_the_address_under_which_the_service_knows_itself_must_be_the_public_one(
    settings: TelephonySettings, served: Served, api: str, assistant: Assistant
) -> None:
    other = replace(settings, public_url=served.address.replace("127.0.0.1", "localhost"))
    (first, *_) = faults(check(replace(other, elks_secret=None), assistant, api))
    assert "ROSTLOTS_PUBLIC_URL" in first
    (*_, last) = faults(check(replace(other, twilio_token=None), assistant, api))
    assert last == "46elks: the running service has another ROSTLOTS_PUBLIC_URL"


def test_a_page_that_is_no_webhook_is_told(tmp_path: Path, assistant: Assistant, api: str) -> None:
    with serving(tmp_path, workers=1) as plain:
        found = faults(check(TelephonySettings.from_environ(environment(plain.address)), assistant, api))
    assert [fault for fault in found if "there is no webhook" in fault and fault.startswith("Twilio")]
    assert [fault for fault in found if "there is no webhook" in fault and fault.startswith("46elks")]


def test_plain_http_in_front_of_others_is_a_fault(settings: TelephonySettings, assistant: Assistant) -> None:
    findings = check(replace(settings, public_url="http://voice.invalid"), assistant)
    assert next(findings).state == "fault"


def test_the_command_tells_line_by_line(served: Served, rostlots: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(served.address).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("ROSTLOTS_46ELKS_SECRET")
    well = rostlots("webhooks", "check")
    assert (well.status, well.err) == (0, "")
    assert {line.split()[0] for line in well.out.splitlines()} == {"ok", "note"}
    monkeypatch.setenv("ROSTLOTS_TWILIO_AUTH_TOKEN", "f" * 32)
    badly = rostlots("webhooks", "check")
    assert badly.status == 1
    assert "fault  Twilio: a signed request is refused" in badly.out


def test_without_any_provider_one_sentence_says_so(rostlots: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = rostlots("webhooks", "check")
    assert ran.status == 2
    assert "ROSTLOTS_TWILIO_AUTH_TOKEN" in complaint(ran)
    monkeypatch.setenv("ROSTLOTS_TWILIO_AUTH_TOKEN", TOKEN)
    assert "ROSTLOTS_PUBLIC_URL" in complaint(rostlots("webhooks", "check"))
