"""Nothing that a caller said stays anywhere: every place that the service writes to is searched."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import soundfile
from lines import begin, is_closed, line, rest, send, spoken
from serving import QUESTION, SECRET, serving, web_settings

from rostlots.assistant import Assistant
from rostlots.web import create_app

NAME = "Kvastfeldt"
NUMBER = "121212-1212"
TYPED = (
    f"Jag heter {NAME}, {NUMBER}. Vilka symtom ger metastaser i levern?",
    f"och i lungorna då? undrar {NAME}",
    f"Jag vill inte leva längre {NAME}",
    f"Kan jag få prata med en människa? {NUMBER}",
    f"{NAME} {NAME} {NUMBER}",
)
HEARD = "sprider sig cancer i kroppen"


def files_under(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield path, path.read_bytes()


def traces(webm: bytes) -> list[bytes]:
    """What must not be found: words in any case and encoding, and pieces of the sound, as sent and as decoded."""
    words = [w for text in (NAME, NUMBER, HEARD) for w in (text, text.lower(), text.upper())]
    samples, _ = soundfile.read(str(QUESTION), dtype="int16")
    loud = int(abs(samples).argmax())
    whole = QUESTION.read_bytes()
    return [
        *{w.encode(code) for w in words for code in ("utf-8", "utf-16-le", "latin-1")},
        *(whole[at : at + 48] for at in range(1000, len(whole) - 48, 2000)),
        *(webm[at : at + 48] for at in range(1000, len(webm) - 48, 2000)),
        samples[loud : loud + 32].tobytes(),
        (samples[loud : loud + 32] / 32768).astype("float32").tobytes(),
    ]


@pytest.mark.model
@pytest.mark.parametrize("kept", ["token", "redis"])
def test_no_trace_is_left(kept: str, tmp_path: Path, webm: bytes, request: pytest.FixtureRequest) -> None:
    environment = {"ROSTLOTS_REDIS_URL": request.getfixturevalue("redis_url")} if kept == "redis" else {}
    found: list[tuple[str, bytes]] = []
    with serving(tmp_path, wait_for="/readyz", ROSTLOTS_TURNS_PER_MINUTE="500", **environment) as served:
        client = httpx.Client(base_url=served.address, timeout=60)
        session = None
        for text in TYPED:
            reply = client.post("/api/ask", json={"text": text, "session": session}).json()
            session = reply["session"]
            assert NAME in reply["heard"] or NUMBER in reply["heard"]
            assert client.get(reply["audio"]).status_code == 200
            assert client.post("/", data={"text": text, "session": session}).status_code == 200
        for recording in (QUESTION.read_bytes(), webm):
            reply = client.post("/api/listen", content=recording, headers={"Rostlots-Session": session}).json()
            assert HEARD in reply["heard"]
            assert client.get(reply["audio"]).status_code == 200
            # Broken in the middle, of the wrong kind, and in the wrong place.
            client.post("/api/listen", content=recording[:3000])
            client.post("/api/ask", content=recording, headers={"Content-Type": "application/json"})
        with line(served) as streamed:
            begin(streamed, session=session)
            send(streamed, spoken(), speed=0)
            streamed.send("done")
            assert HEARD in rest(streamed)[-1]["reply"]["heard"]
        # Left in the middle, broken, and asked for what nobody may ask.
        with line(served) as streamed:
            begin(streamed)
            send(streamed, spoken()[:32_000], speed=0)
        for content in (f'{{"rate": "{NAME}"}}', f'{{"{NAME}', f'{{"rate": 16000, "{NAME}": "{NUMBER}"}}'):
            with line(served, f"?lang={NAME}") as streamed:
                streamed.send(content)
                rest(streamed)
        with line(served) as streamed:
            begin(streamed)
            streamed.sock.send(spoken().tobytes())
            assert is_closed(streamed)
        for content in (f'{{"text": "{NAME}', f'{{"text": ["{NAME}"]}}', f'{{"text": "a", "lang": "{NAME}"}}'):
            client.post("/api/ask", content=content, headers={"Content-Type": "application/json"})
        client.get(f"/{NAME}", params={"text": NUMBER})
        client.request(NAME.upper(), "/")
        found.append(("metrics", client.get("/metrics").content))
        found.extend((str(path), content) for path, content in files_under(tmp_path))
        client.close()
    if kept == "redis":
        import redis

        with redis.Redis.from_url(environment["ROSTLOTS_REDIS_URL"]) as store:
            for key in store.keys("*"):
                value = store.dump(key)
                found.append(("redis", key + b" " + (value if isinstance(value, bytes) else b"")))
                if store.type(key) == b"string":
                    found.append(("redis", bytes(store.get(key) or b"")))
            assert any(place == "redis" and b"conversation" in content for place, content in found)
    found.extend((str(path), content) for path, content in files_under(tmp_path))
    assert any("log.txt" in place for place, _ in found)
    assert any("cache" in place for place, _ in found)
    for place, content in found:
        for trace in traces(webm):
            assert trace not in content, (place, trace)
        if not place.endswith(".environment"):
            assert SECRET.encode() not in content, place


def test_an_unforeseen_error_says_where_and_not_what(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(web_settings(tmp_path))

    def fail(assistant: Assistant, text: str, state: object) -> None:
        raise ValueError(f"{text} cannot be understood")

    monkeypatch.setattr(Assistant, "answer", fail)
    with caplog.at_level(logging.DEBUG):
        response = app.test_client().post("/api/ask", json={"text": NAME})
        page = app.test_client().post("/", data={"text": NAME})
    assert response.status_code == page.status_code == 500
    assert response.get_json()["error"]["code"] == "broken"
    assert "010-199 10 10" in response.text
    assert "ValueError" in caplog.text
    assert "turns.py" in caplog.text
    assert NAME not in caplog.text + response.text
    # Whoever typed it gets it back to try again, and nothing else.
    assert page.text.count(NAME) == page.text.count(f'value="{NAME}"') == 1
    assert "Traceback" not in response.text + page.text


def test_nothing_is_logged_of_a_turn_that_goes_well(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    client = create_app(web_settings(tmp_path)).test_client()
    with caplog.at_level(logging.INFO):
        client.post("/api/ask", json={"text": NAME})
    assert not [record for record in caplog.records if NAME in record.getMessage()]
