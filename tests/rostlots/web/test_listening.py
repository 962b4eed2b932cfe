"""Recordings through the API: what is taken, what is refused, and what happens when many come at once."""

from __future__ import annotations

import io
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from flask import Flask
from flask.testing import FlaskClient
from serving import QUESTION, web_settings

from rostlots.web import create_app
from rostlots.web.hearing import LONGEST, WAITING
from speech import Audio, Transcript
from speech.hearing import Hypothesis


class SlowEar:
    """Hears the same question in every recording, and takes its time."""

    name = "slow"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at_once = 0
        self.most = 0

    def hear(self, audio: Audio, prompt: str | None = None) -> Transcript:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        time.sleep(self.seconds)
        self.at_once -= 1
        return Transcript("speech", (Hypothesis("Vad är metastaser?", -0.1),), self.name)


def app_with(folder: Path, ear: SlowEar) -> Flask:
    app = create_app(web_settings(folder))
    app.extensions["rostlots"].hearing._ear = ear
    return app


def encoded(samples: np.ndarray[Any, Any], rate: int, kind: str) -> bytes:
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", samplerate=rate, channels=1, format=kind) as file:
        # All at once is more than the Vorbis encoder bears.
        for start in range(0, len(samples), rate):
            file.write(samples[start : start + rate])
    return buffer.getvalue()


@pytest.mark.model
@pytest.mark.parametrize("kind", ["opus", "webm", "wav", "flac", "mp3"])
def test_every_kind_of_recording_is_heard(client: FlaskClient, webm: bytes, kind: str) -> None:
    samples, rate = soundfile.read(str(QUESTION), dtype="int16")
    body = {"opus": QUESTION.read_bytes(), "webm": webm}.get(kind) or encoded(samples, rate, kind.upper())
    # The name of the type is wrong on purpose: only what is inside counts.
    response = client.post("/api/listen", data=body, content_type="text/plain")
    assert response.status_code == 200, response.text
    reply = response.get_json()
    assert reply["topic"] == "metastasis.formation"
    assert set(reply["timings"]) >= {"wait", "read", "hear", "understand", "total"}
    assert client.get(reply["audio"]).data[:2] in (b"\xff\xf3", b"\xff\xfb", b"\xff\xf2", b"ID")


@pytest.mark.model
def test_a_recording_goes_on_with_a_conversation(client: FlaskClient, silence: bytes) -> None:
    first = client.post("/api/ask", json={"text": "Vilka symtom ger metastaser i levern?"}).get_json()
    for address, headers in (
        (f"/api/listen?session={first['session']}", {}),
        ("/api/listen", {"Rostlots-Session": first["session"]}),
    ):
        reply = client.post(address, data=silence, headers=headers).get_json()
        assert reply["topic"] == "fallback.unclear"
        again = client.post("/api/ask", json={"text": "berätta mer", "session": reply["session"]}).get_json()
        assert again["say"].startswith(first["more"][:40])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_request"),
        (b"no sound at all", 415, "unsupported"),
        (b"{}", 415, "unsupported"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", 415, "unsupported"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt nonsense", 422, "unreadable"),
        (b"OggS" + bytes(200), 422, "unreadable"),
        (b"fLaC" + bytes(200), 422, "unreadable"),
        (b"ID3" + bytes(200), 422, "unreadable"),
        (b"\x1a\x45\xdf\xa3" + bytes(200), 422, "unreadable"),
        (b"\x00\x00\x00\x18ftypM4A " + bytes(200), 422, "unreadable"),
        (bytes(13_000_000), 413, "too_large"),
    ],
)
def test_what_is_no_recording(client: FlaskClient, body: bytes, status: int, code: str) -> None:
    response = client.post("/api/listen", data=body, content_type="audio/wav")
    assert (response.status_code, response.get_json()["error"]["code"]) == (status, code)


def test_a_damaged_recording_is_refused_or_read(client: FlaskClient, tmp_path: Path, webm: bytes) -> None:
    client = app_with(tmp_path, SlowEar(0)).test_client()
    random = np.random.default_rng(3)
    for number in range(40):
        for whole in (QUESTION.read_bytes(), webm):
            damaged = bytearray(whole[: int(random.integers(40, len(whole)))])
            for at in random.integers(4, len(damaged), 1 + number):
                damaged[at] = int(random.integers(0, 256))
            assert client.post("/api/listen", data=bytes(damaged)).status_code in (200, 413, 422)


@pytest.mark.parametrize("kind", ["FLAC", "OGG"])
def test_an_hour_in_a_few_bytes_is_not_unpacked(tmp_path: Path, kind: str) -> None:
    import resource

    client = app_with(tmp_path, SlowEar(0)).test_client()
    bomb = encoded(np.zeros(16_000 * 60 * 20, dtype=np.int16), 16_000, kind)
    assert len(bomb) < 3_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    response = client.post("/api/listen", data=bomb)
    assert (response.status_code, response.get_json()["error"]["code"]) == (413, "too_long")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_a_minute_is_heard_and_more_is_not(tmp_path: Path) -> None:
    client = app_with(tmp_path, SlowEar(0)).test_client()
    for seconds, status in ((LONGEST, 200), (LONGEST + 1, 413)):
        body = encoded(np.zeros(int(8_000 * seconds), dtype=np.int16), 8_000, "WAV")
        assert client.post("/api/listen", data=body).status_code == status


def test_the_queue_is_short_and_nobody_hangs(tmp_path: Path, silence: bytes) -> None:
    ear = SlowEar(0.4)
    app = app_with(tmp_path, ear)
    answers: list[tuple[int, float, str | None, str]] = []

    def come() -> None:
        started = time.monotonic()
        response = app.test_client().post("/api/listen", data=silence)
        answers.append(
            (response.status_code, time.monotonic() - started, response.headers.get("Retry-After"), response.text)
        )

    callers = [threading.Thread(target=come) for _ in range(12)]
    for caller in callers:
        caller.start()
    # Typed questions do not wait for recordings.
    started = time.monotonic()
    assert app.test_client().post("/api/ask", json={"text": "Vad är metastaser?"}).status_code == 200
    assert time.monotonic() - started < 0.4
    for caller in callers:
        caller.join()
    served = [seconds for status, seconds, _, _ in answers if status == 200]
    refused = [answer for answer in answers if answer[0] == 503]
    assert len(served) == WAITING + 1
    assert len(refused) == 12 - len(served)
    assert ear.most == 1
    assert max(served) < 0.4 * (WAITING + 1) + 1
    for _, seconds, retry_after, body in refused:
        assert seconds < 0.4
        assert retry_after is not None
        assert int(retry_after) > 0
        assert "010-199 10 10" in body
    figures = app.test_client().get("/metrics").text
    assert "rostlots_recordings_waiting 0.0" in figures
    assert f'rostlots_rejected_total{{reason="busy"}} {len(refused)}.0' in figures


def test_an_ear_that_hangs_holds_nobody(tmp_path: Path, silence: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rostlots.web.hearing.PATIENCE", 0.2)
    app = app_with(tmp_path, SlowEar(1.5))
    first = threading.Thread(target=lambda: app.test_client().post("/api/listen", data=silence))
    first.start()
    time.sleep(0.1)
    started = time.monotonic()
    assert app.test_client().post("/api/listen", data=silence).status_code == 503
    assert time.monotonic() - started < 1
    first.join()


def test_without_a_model_typed_questions_are_answered(tmp_path: Path, silence: bytes) -> None:
    from dataclasses import replace

    settings = web_settings(tmp_path)
    broken = replace(settings, speech=replace(settings.speech, whisper_model=tmp_path / "nothing"))
    client = create_app(broken).test_client()
    response = client.post("/api/listen", data=silence)
    assert (response.status_code, response.get_json()["error"]["code"]) == (503, "deaf")
    assert "010-199 10 10" in response.text
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    assert client.post("/api/ask", json={"text": "Vad är metastaser?"}).status_code == 200
