"""The API as programs use it."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from serving import web_settings
from werkzeug.test import TestResponse

from rostlots.assistant import Assistant, new_conversation
from rostlots.web import create_app
from rostlots.web.requests import LONGEST_TEXT
from rostlots.web.sessions import LONGEST_TOKEN
from skill import CONTROLS, Reply, load_knowledge


def ask(client: FlaskClient, text: str | None = None, **rest: object) -> dict[str, Any]:
    """One turn that goes well."""
    response = client.post("/api/ask", json={**({} if text is None else {"text": text}), **rest})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.get_json()
    return found


def refusal(response: TestResponse) -> tuple[int, str]:
    """Status and code of a request that was refused; the body has nothing else but a sentence."""
    body = response.get_json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert body["error"]["message"].endswith(".")
    return response.status_code, body["error"]["code"]


@pytest.mark.parametrize(
    "text", ["Vilka symtom ger metastaser i levern?", "Hon andas inte!", "", "Vad blir det för väder?"]
)
def test_the_same_reply_as_everywhere_else(client: FlaskClient, assistant: Assistant, text: str) -> None:
    found = ask(client, text)
    expected = json.loads(msgspec.json.encode(assistant.answer(text, new_conversation())[0]))
    assert {name: found[name] for name in expected} == expected
    assert set(found) - set(expected) == {"session", "audio", "suggestions"}


def test_a_conversation_keeps_its_thread(client: FlaskClient) -> None:
    first = ask(client, "Vilka symtom ger metastaser i levern?")
    assert ask(client, "och i lungorna då?", session=first["session"])["topic"] == "lungs.symptoms"
    assert ask(client, "berätta mer", session=first["session"])["say"].startswith(first["more"][:40])
    # The same words without the conversation mean nothing.
    assert ask(client, "och i lungorna då?")["topic"] != "lungs.symptoms"


def test_another_process_goes_on_with_it(client: FlaskClient, tmp_path: Path) -> None:
    first = ask(client, "Vilka symtom ger metastaser i levern?")
    other = create_app(web_settings(tmp_path)).test_client()
    assert ask(other, "och i lungorna då?", session=first["session"])["topic"] == "lungs.symptoms"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 32, "å" * 32, "." * 40])
def test_an_unknown_session_starts_a_conversation(client: FlaskClient, token: str) -> None:
    assert ask(client, "Hon andas inte!", session=token)["action"] == "emergency"


def test_a_forged_session_is_not_believed(client: FlaskClient) -> None:
    token = ask(client, "Vilka symtom ger metastaser i levern?")["session"]
    # Of the very last sign a few bits count for nothing.
    for at in (1, len(token) // 2, len(token) - 5):
        forged = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert ask(client, "och i lungorna då?", session=forged)["topic"] != "lungs.symptoms"


def test_a_session_tells_nobody_what_was_talked_about(client: FlaskClient) -> None:
    token = ask(client, "Vilka symtom ger metastaser i levern?")["session"]
    # As anybody could open one that is only signed.
    for part in token.strip(".").split("."):
        opened = base64.urlsafe_b64decode(part + "==")
        assert b"liver" not in opened
        with pytest.raises(zlib.error):
            zlib.decompress(opened)


def test_a_session_of_another_secret_is_not_believed(client: FlaskClient, tmp_path: Path) -> None:
    other = create_app(web_settings(tmp_path, secret_key="another secret, just as long")).test_client()
    token = ask(other, "Vilka symtom ger metastaser i levern?")["session"]
    assert ask(client, "och i lungorna då?", session=token)["topic"] != "lungs.symptoms"


def test_english_by_choice_also_in_the_middle(client: FlaskClient) -> None:
    first = ask(client, "Vilka symtom ger metastaser i levern?")
    reply = ask(client, "and in the lungs?", session=first["session"], lang="en")
    assert (reply["lang"], reply["topic"]) == ("en", "lungs.symptoms")


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_every_choice_brings_its_topic(client: FlaskClient, lang: str) -> None:
    for topic in (*load_knowledge(lang).answers, "helpline.hours", *CONTROLS):
        assert ask(client, topic=topic, lang=lang)["topic"] == topic


def test_suggestions_can_be_chosen_and_lead_on(client: FlaskClient) -> None:
    reply = ask(client, "Vilka symtom ger metastaser i levern?")
    for _ in range(6):
        assert reply["suggestions"]
        chosen = reply["suggestions"][0]
        assert chosen["label"]
        reply = ask(client, topic=chosen["topic"], session=reply["session"])
        assert reply["topic"] == chosen["topic"]
        assert reply["sources"]


def test_a_question_back_suggests_its_answers(client: FlaskClient) -> None:
    reply = ask(client, "Hur undersöker man om det har spritt sig?")
    assert reply["action"] == "clarify"
    assert {s["topic"].partition(".")[0] for s in reply["suggestions"]} == {
        "lymph_nodes", "lungs", "liver", "bone", "brain",
    }  # fmt: skip


def test_an_emergency_suggests_nothing_else(client: FlaskClient) -> None:
    first = ask(client, "Vilka symtom ger metastaser i levern?")
    assert ask(client, "Hon andas inte!", session=first["session"])["suggestions"] == []


OFFERS_A_CALL = (
    ("sv", "Vem är du?"),
    ("sv", "Kan jag få prata med en människa?"),
    ("sv", "Hur länge har jag kvar att leva?"),
    ("sv", "Ska jag ta medicinen?"),
    ("sv", "Vad kostar det?"),
    ("en", "Can I talk to a person?"),
    ("en", "How long have I got to live?"),
    ("en", "Should I take the medicine?"),
)


@pytest.mark.parametrize(("lang", "text"), OFFERS_A_CALL)
def test_who_cannot_connect_promises_no_call(client: FlaskClient, lang: str, text: str) -> None:
    promise = re.compile("koppla[rs]? dig (?:dit|till)|connect you")
    assert promise.search(ask(client, text, lang=lang)["say"])
    honest = ask(client, text, lang=lang, connects=False)
    assert not promise.search(honest["say"])
    assert "010-199 10 10" in honest["say"]
    assert honest["handoff"] is None or not honest["handoff"]["connect"]
    again = ask(client, topic="control.repeat", session=honest["session"], connects=False)
    assert again["say"] in honest["say"]
    agreed = ask(client, {"sv": "ja tack", "en": "yes please"}[lang], session=honest["session"], connects=False)
    assert not promise.search(agreed["say"])


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b'{"text": "hej"', "application/json", 400, "bad_request"),
        (b"\xff\xfe", "application/json", 400, "bad_request"),
        (b"", "application/json", 400, "bad_request"),
        (b'{"other": ' + b"[" * 20_000, "application/json", 400, "bad_request"),
        (b"{}", "application/json", 422, "invalid"),
        (b'{"text": null}', "application/json", 422, "invalid"),
        (b'{"text": 3}', "application/json", 422, "invalid"),
        (b'{"text": "hej", "lang": "de"}', "application/json", 422, "invalid"),
        (b'{"topic": "safety.emergency"}', "application/json", 422, "invalid"),
        (b'{"topic": "nothing"}', "application/json", 422, "invalid"),
        (b'["hej"]', "application/json", 422, "invalid"),
        (b'{"text": "' + b"a" * (LONGEST_TEXT + 1) + b'"}', "application/json", 422, "invalid"),
        (b'{"text": "a", "session": "' + b"a" * (LONGEST_TOKEN + 1) + b'"}', "application/json", 422, "invalid"),
        (b'{"text": "' + b"a" * 70_000 + b'"}', "application/json", 413, "too_large"),
        (b"text=hej", "application/x-www-form-urlencoded", 415, "unsupported"),
        (b"hej", "text/plain", 415, "unsupported"),
    ],
)  # fmt: skip
def test_what_is_no_question(client: FlaskClient, body: bytes, content_type: str, status: int, code: str) -> None:
    assert refusal(client.post("/api/ask", data=body, content_type=content_type)) == (status, code)


def test_errors_of_the_address(client: FlaskClient) -> None:
    assert refusal(client.get("/api/ask")) == (405, "method_not_allowed")
    assert client.get("/api/ask").headers["Allow"]
    assert refusal(client.get("/nothing")) == (404, "not_found")
    assert refusal(client.get("/api/speech/" + "0" * 64 + ".mp3")) == (404, "not_found")
    assert refusal(client.get("/api/speech/..%2f..%2fetc%2fpasswd.mp3")) == (404, "not_found")


def test_an_error_speaks_the_language_that_was_asked_for(client: FlaskClient) -> None:
    body = {"text": 3}
    assert "Skriv" in client.post("/api/ask", json=body).get_json()["error"]["message"]
    assert "Please" in client.post("/api/ask?lang=en", json=body).get_json()["error"]["message"]
    assert "Skriv" in client.post("/api/ask?lang=de", json=body).get_json()["error"]["message"]


def test_the_spoken_answer_is_cached_for_ever_and_comes_in_parts(client: FlaskClient) -> None:
    address = ask(client, "Vad är gulsot?")["audio"]
    whole = client.get(address)
    assert whole.status_code == 200
    assert whole.mimetype == "audio/mpeg"
    assert "immutable" in whole.headers["Cache-Control"]
    etag = whole.headers["ETag"]
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    part = client.get(address, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.data == whole.data[100:200]
    assert ask(client, "Vad är gulsot?")["audio"] == address


def test_the_sound_is_what_is_said(client: FlaskClient) -> None:
    import io

    import soundfile

    reply = ask(client, "Vad är gulsot?")
    samples, rate = soundfile.read(io.BytesIO(client.get(reply["audio"]).data))
    words_per_second = len(reply["say"].split()) / (len(samples) / rate)
    assert 1 < words_per_second < 4
    slow = ask(client, "långsammare", session=reply["session"])
    again, rate = soundfile.read(io.BytesIO(client.get(slow["audio"]).data))
    assert len(slow["say"].split()) / (len(again) / rate) < 0.85 * words_per_second


def test_the_description_has_what_replies_have(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").get_json()
    described = document["components"]["schemas"]["WebReply"]["properties"]
    assert set(Reply.__struct_fields__) | {"session", "audio", "suggestions"} == set(described)
    assert set(document["paths"]) >= {"/api/ask", "/api/listen", "/healthz", "/metrics"}
