"""Webhooks of telephone providers: who may call them, and whole conversations by them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from serving import QUESTION, web_settings

pytest.importorskip("flask")
pytest.importorskip("twilio")

from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

from rostlots.settings import Settings, SettingsError
from rostlots.telephony import elks
from rostlots.telephony.settings import TelephonySettings
from rostlots.telephony.twilio import HINTS, failure_of, hints
from rostlots.web import create_app

BASE = "https://voice.example.com"
TOKEN = "a token of the tests"
SECRET = "a-secret-of-the-tests"
SETTINGS = {
    "ROSTLOTS_PUBLIC_URL": BASE,
    "ROSTLOTS_TWILIO_AUTH_TOKEN": TOKEN,
    "ROSTLOTS_46ELKS_SECRET": SECRET,
}
CALLER = "+46701234567"


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    return create_app(web_settings(tmp_path)).test_client()


def texts(client: FlaskClient, url: str) -> str:
    """The words behind the address of a sound."""
    assert url.startswith(f"{BASE}/api/speech/")
    service = client.application.extensions["rostlots"]
    kept = service.spoken._find(url.rpartition("/")[2].removesuffix(".mp3"))
    assert kept is not None
    return str(kept.decode())


# ------------------------------------------------------------------ Twilio


class Twilio:
    """Follows the answers as Twilio does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.url = f"{BASE}/voice/twilio"

    def post(self, **form: str) -> ElementTree.Element:
        form = {"CallSid": "CA1", "From": CALLER, **form}
        signature = RequestValidator(TOKEN).compute_signature(self.url, form)
        answer = self.client.post(self.url.removeprefix(BASE), data=form, headers={"X-Twilio-Signature": signature})
        assert answer.status_code == 200
        assert answer.mimetype == "text/xml"
        root = ElementTree.fromstring(answer.text)
        for verb in root.iter():
            if action := verb.get("action"):
                self.url = action
        return root

    def said(self, root: ElementTree.Element) -> str:
        (play,) = root.iter("Play")
        return texts(self.client, play.text or "")


@pytest.fixture
def twilio(client: FlaskClient) -> Twilio:
    return Twilio(client)


def test_twilio_greets_and_listens_to_voice_and_keys(twilio: Twilio) -> None:
    root = twilio.post()
    (gather,) = root.iter("Gather")
    assert gather.get("input") == "dtmf speech"
    assert gather.get("language") == "sv-SE"
    assert gather.get("bargeIn") == "true"
    assert gather.get("actionOnEmptyResult") == "true"
    assert "metastas" in (gather.get("hints") or "")
    assert "automatisk röst" in twilio.said(root)
    assert gather.find("Play") is not None, "the greeting can be interrupted"


def test_twilio_answers_and_keeps_the_thread(twilio: Twilio) -> None:
    twilio.post()
    assert "Symtom vid metastaser i levern" in twilio.said(
        twilio.post(SpeechResult="Vilka symtom ger metastaser i levern?")
    )
    assert "Symtom vid metastaser i lungorna" in twilio.said(twilio.post(SpeechResult="och i lungorna då"))
    assert "lungorna" in twilio.said(twilio.post(Digits="*"))
    assert "slow" in twilio.said(twilio.post(Digits="9"))


def test_a_repeated_request_gets_the_same_answer(twilio: Twilio) -> None:
    twilio.post()
    url = twilio.url
    first = twilio.said(twilio.post(SpeechResult="Vad är gulsot?"))
    twilio.url = url
    assert twilio.said(twilio.post(SpeechResult="Vad är gulsot?")) == first


def test_an_emergency_cannot_be_interrupted(twilio: Twilio) -> None:
    twilio.post()
    root = twilio.post(SpeechResult="Hon andas inte!")
    assert [verb.tag for verb in root] == ["Play", "Gather"]
    assert "112" in twilio.said(root)


@pytest.mark.parametrize(
    ("status", "words"), [("busy", "upptaget"), ("no-answer", "inget svar"), ("failed", "gick inte")]
)
def test_a_helpline_that_is_not_reached_is_not_said_to_be(status: str, words: str, twilio: Twilio) -> None:
    twilio.post()
    root = twilio.post(Digits="0")
    assert [verb.tag for verb in root] == ["Play", "Dial"]
    assert root.findtext("Dial") == "+46101991010"
    root = twilio.post(DialCallStatus=status)
    said = twilio.said(root)
    assert words in said
    assert said.count("noll ett noll, ett nio nio, ett noll, ett noll") == 2
    assert "noll ett noll" in twilio.said(twilio.post(SpeechResult="upprepa"))


def test_after_the_helpline_the_call_is_over(twilio: Twilio) -> None:
    twilio.post()
    twilio.post(Digits="0")
    assert [verb.tag for verb in twilio.post(DialCallStatus="completed")] == ["Hangup"]


def test_outside_the_hours_nobody_is_promised_a_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SETTINGS, "ROSTLOTS_SIP_HAND_OVER_HOURS": "off"}.items():
        monkeypatch.setenv(name, value)
    client = create_app(web_settings(tmp_path)).test_client()
    twilio, elks = Twilio(client), Elks(client)
    assert "Noll för Cancerlinjens nummer" in twilio.said(twilio.post())
    elks.post()
    root = twilio.post(Digits="0")
    assert not list(root.iter("Dial"))
    said = twilio.said(root)
    assert "inte öppet" in said
    assert "Jag kopplar" not in said
    action = elks.post(result="0")
    assert texts(client, action["ivr"]) == said
    assert "inte öppet" in twilio.said(twilio.post(Digits="*"))


def test_within_the_hours_and_in_words_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SETTINGS, "ROSTLOTS_SIP_HAND_OVER_HOURS": "24/7"}.items():
        monkeypatch.setenv(name, value)
    twilio = Twilio(create_app(web_settings(tmp_path)).test_client())
    twilio.post()
    assert list(twilio.post(Digits="0").iter("Dial"))
    monkeypatch.setenv("ROSTLOTS_SIP_HAND_OVER_HOURS", "off")
    monkeypatch.setenv("ROSTLOTS_SIP_CLOSED", "Vi har stängt. Ring i morgon.")
    twilio = Twilio(create_app(web_settings(tmp_path)).test_client())
    twilio.post()
    assert "Vi har stängt. Ring i morgon." in twilio.said(twilio.post(SpeechResult="Jag vill tala med en människa"))


def test_silence_ends_kindly(twilio: Twilio) -> None:
    twilio.post()
    said = [twilio.said(twilio.post()) for _ in range(2)]
    assert "hör dig inte" in said[0]
    assert "Ska jag koppla dig" in said[1]
    root = twilio.post()
    assert "Hej då" in twilio.said(root)
    assert root.find("Hangup") is not None


def test_a_call_for_help_at_the_end_of_a_long_story_is_heard(twilio: Twilio) -> None:
    twilio.post()
    story = "Jag var hos läkaren i förra veckan och sen åkte vi hem till landet och drack kaffe. " * 100
    assert "112" in twilio.said(twilio.post(SpeechResult=f"{story} Nu andas hon inte!"))


def test_oaths_are_not_taken_out(twilio: Twilio) -> None:
    (gather,) = twilio.post().iter("Gather")
    assert gather.get("profanityFilter") == "false"


def test_without_a_voice_of_ours_nobody_is_left_in_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SETTINGS, "ROSTLOTS_PIPER_VOICE": "/there/is/none.onnx"}.items():
        monkeypatch.setenv(name, value)
    client = create_app(web_settings(tmp_path, product=Settings(voice="piper"))).test_client()
    twilio, call = Twilio(client), Elks(client)
    root = twilio.post()
    assert not list(root.iter("Play"))
    assert "automatisk röst" in str(root.findtext(".//Say"))
    root = twilio.post(SpeechResult="Hon andas inte!")
    assert [verb.tag for verb in root] == ["Say", "Gather"]
    assert "112" in str(root.findtext("Say"))
    action = call.post()
    assert action["connect"] == "+46101991010"
    call.url = action["failed"]
    assert call.post() == {"hangup": ""}


@pytest.mark.parametrize("change", ["signature", "none", "parameter", "query", "token"])
def test_what_twilio_has_not_signed_is_refused(change: str, client: FlaskClient) -> None:
    url = f"{BASE}/voice/twilio"
    form = {"CallSid": "CA1", "SpeechResult": "hej"}
    token = "another token" if change == "token" else TOKEN
    signature = RequestValidator(token).compute_signature(url, form)
    headers = {} if change == "none" else {"X-Twilio-Signature": signature + ("x" if change == "signature" else "")}
    if change == "parameter":
        form["SpeechResult"] = "hej då"
    answer = client.post("/voice/twilio" + ("?step=heard" if change == "query" else ""), data=form, headers=headers)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "forbidden")
    assert 'rostlots_rejected_total{reason="forbidden"} 1.0' in client.get("/metrics").text


def test_the_signature_is_that_of_the_public_address_whatever_the_request_says_of_itself(client: FlaskClient) -> None:
    form = {"CallSid": "CA1"}
    forged = RequestValidator(TOKEN).compute_signature("https://evil.example/voice/twilio", form)
    headers = {"X-Twilio-Signature": forged, "Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    assert client.post("/voice/twilio", data=form, headers=headers).status_code == 403


def test_hints_are_few_enough() -> None:
    words = hints().split(",")
    assert len(words) <= HINTS
    assert all(len(word) <= 100 for word in words)


def test_only_a_call_that_was_answered_counts_as_one() -> None:
    assert [
        s for s in ("completed", "answered", "busy", "no-answer", "failed", "canceled", "") if not failure_of(s)
    ] == [
        "completed",
        "answered",
    ]


# ------------------------------------------------------------------ 46elks


class Elks:
    """Follows the answers as 46elks does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.url = f"{BASE}/voice/46elks/{SECRET}"

    def post(self, **form: str) -> dict[str, Any]:
        form = {"direction": "incoming", "callid": "c1", "from": CALLER, "to": "+46766861234", **form}
        answer = self.client.post(self.url.removeprefix(BASE), data=form)
        assert answer.status_code == 200
        action: dict[str, Any] = answer.get_json()
        self.url = action.get("next") or action.get("record") or self.url
        return action


@pytest.fixture
def call(client: FlaskClient) -> Elks:
    return Elks(client)


def test_46elks_greets_takes_keys_and_then_records(call: Elks, client: FlaskClient) -> None:
    action = call.post()
    assert "automatisk röst" in texts(client, action["ivr"])
    assert action["digits"] == 1
    assert 1 <= action["timeout"] <= 30
    action = call.post(result="failed")
    assert parse_qs(urlsplit(action["record"]).query)["step"] == ["recorded"]


def test_46elks_keys(call: Elks, client: FlaskClient) -> None:
    call.post()
    assert "levern" in texts(client, call.post(result="3")["ivr"])
    assert "levern" in texts(client, call.post(result="#")["ivr"])


@pytest.mark.parametrize("way", ["busy", "failed"])
def test_46elks_connects_with_ways_out(way: str, call: Elks, client: FlaskClient) -> None:
    call.post()
    action = call.post(result="0")
    assert "Jag kopplar dig" in texts(client, action["play"])
    action = call.post()
    assert action["connect"] == "+46101991010"
    call.url = action[way]
    said = texts(client, call.post()["ivr"])
    assert said.count("noll ett noll, ett nio nio, ett noll, ett noll") == 2


def test_46elks_silence_ends_kindly(call: Elks, client: FlaskClient) -> None:
    call.post()
    said = []
    for _ in range(3):
        call.post(result="failed")
        action = call.post()
        said.append(texts(client, action.get("ivr") or action["play"]))
    assert "hör dig inte" in said[0]
    assert "Hej då" in said[2]
    assert call.post() == {"hangup": ""}


@pytest.mark.parametrize(
    "wav",
    [
        "https://evil.example/a.wav",
        "http://api.46elks.com/a",
        "https://api.46elks.com@evil.example/a",
        "file:///etc/passwd",
    ],
)
def test_recordings_come_from_the_api_alone(wav: str, call: Elks, client: FlaskClient) -> None:
    with pytest.raises(elks.NoRecording):
        elks.fetch(wav, TelephonySettings())
    call.post()
    call.post(result="failed")
    action = call.post(wav=wav)
    assert "Något gick fel" in texts(client, action["play"])


@pytest.mark.parametrize("recording", [b"", b"RIFF", b"<html>not found</html>"])
def test_a_recording_with_nothing_in_it_is_silence(
    recording: bytes, call: Elks, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elks, "fetch", lambda url, settings: recording)
    call.post()
    call.post(result="failed")
    action = call.post(wav="https://api.46elks.com/a1/recordings/1.wav")
    assert "hör dig inte" in texts(client, action["ivr"])


def test_where_too_many_speak_at_once_the_caller_is_told_whom_to_ring(
    call: Elks, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elks, "fetch", lambda url, settings: QUESTION.read_bytes())
    monkeypatch.setattr(client.application.extensions["rostlots"].hearing, "_places", threading.BoundedSemaphore(1))
    client.application.extensions["rostlots"].hearing._places.acquire()
    call.post()
    call.post(result="failed")
    said = texts(client, call.post(wav="https://api.46elks.com/a1/recordings/1.wav")["play"])
    assert "alla linjer är upptagna" in said
    assert "112" in said
    assert "noll ett noll" in said


@pytest.mark.parametrize("query", ["silences=-1000", "silences=x", "step=start&step=end", "nothing=1", "session=%00"])
def test_a_place_that_was_tampered_with_is_the_start_or_ends(query: str, client: FlaskClient) -> None:
    answer = client.post(f"/voice/46elks/{SECRET}?{query}", data={})
    assert answer.status_code == 200
    assert "automatisk röst" in texts(client, answer.get_json()["ivr"])


@pytest.mark.model
def test_a_recorded_question_is_heard(call: Elks, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elks, "fetch", lambda url, settings: QUESTION.read_bytes())
    call.post()
    call.post(result="failed")
    action = call.post(wav="https://api.46elks.com/a1/recordings/1.wav")
    assert "Hur metastaser uppstår" in texts(client, action["ivr"])


@pytest.mark.parametrize("path", ["/voice/46elks", "/voice/46elks/x", "/voice/46elks/a-secret-of-the-testsx"])
def test_without_the_secret_nothing_is_answered(path: str, client: FlaskClient) -> None:
    assert client.post(path, data={"callid": "c1"}).status_code == 403


def test_only_from_the_networks_that_are_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SETTINGS, "ROSTLOTS_46ELKS_NETWORKS": "192.0.2.0/24, 2001:db8::1"}.items():
        monkeypatch.setenv(name, value)
    client = create_app(web_settings(tmp_path)).test_client()
    for address, status in (("192.0.2.7", 200), ("2001:db8::1", 200), ("198.51.100.1", 403)):
        answer = client.post(f"/voice/46elks/{SECRET}", environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == status


# ------------------------------------------------------------------ settings


def test_what_is_not_set_up_is_not_there(tmp_path: Path) -> None:
    client = create_app(web_settings(tmp_path)).test_client()
    assert client.post("/voice/twilio").status_code == 404
    assert client.post("/voice/46elks").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"ROSTLOTS_PUBLIC_URL": ""},
        {"ROSTLOTS_PUBLIC_URL": "voice.example.com"},
        {"ROSTLOTS_PUBLIC_URL": "https://a.example/?x=1"},
        {"ROSTLOTS_46ELKS_SECRET": "short"},
        {"ROSTLOTS_46ELKS_SECRET": "with/slashes/and/more"},
        {"ROSTLOTS_46ELKS_NETWORKS": "somewhere"},
        {"ROSTLOTS_SIP_HAND_OVER_HOURS": "sometimes"},
    ],
)
def test_settings_that_cannot_be_used_are_named(change: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=next(iter(change))):
        TelephonySettings.from_environ({**SETTINGS, **change})


def test_secrets_do_not_show() -> None:
    shown = repr(TelephonySettings.from_environ(SETTINGS))
    assert TOKEN not in shown
    assert SECRET not in shown
