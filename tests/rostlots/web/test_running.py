"""The running service: several workers, one conversation, whatever happens to a worker or to Redis."""

from __future__ import annotations

import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from serving import QUESTION, Served, serving, wait_until_served

pytestmark = pytest.mark.model

FIRST = "Vilka symtom ger metastaser i levern?"


def ask(served: Served, text: str, session: str | None = None) -> dict[str, object]:
    response = httpx.post(served.address + "/api/ask", json={"text": text, "session": session}, timeout=20)
    assert response.status_code == 200
    found: dict[str, object] = response.json()
    return found


def figures(served: Served) -> dict[str, float]:
    """Every figure by name and labels."""
    text = httpx.get(served.address + "/metrics").text
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def turns(found: dict[str, float]) -> float:
    return sum(value for name, value in found.items() if name.startswith("rostlots_turns_total"))


def test_the_figures_of_all_workers_are_one_sum(served: Served) -> None:
    before = figures(served)
    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda _: ask(served, FIRST), range(60)))
    httpx.post(served.address + "/api/listen", content=QUESTION.read_bytes(), timeout=60)
    after = figures(served)
    assert turns(after) - turns(before) == 61
    stages = {re.findall('stage="([a-z]+)"', name)[0] for name in after if "stage_seconds_count" in name}
    assert stages >= {"understand", "wait", "read", "hear"}
    assert after["rostlots_recordings_waiting"] == 0


def test_labels_say_nothing_of_anybody(served: Served) -> None:
    from intents.data_files import topic_register

    allowed = {*topic_register(), "api", "page", "answer", "clarify", "handoff", "emergency", "control", "fallback"}
    for name in figures(served):
        for label, value in re.findall(r'(\w+)="([^"]*)"', name):
            if label in ("channel", "action", "topic"):
                assert value in allowed
            else:
                assert label in ("stage", "reason", "le")


@pytest.mark.parametrize("kept", ["token", "redis"])
def test_a_killed_worker_loses_no_conversation(kept: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    environment = {"ROSTLOTS_REDIS_URL": request.getfixturevalue("redis_url")} if kept == "redis" else {}
    with serving(tmp_path, wait_for="/readyz", **environment) as served:
        first = ask(served, FIRST)
        token = str(first["session"])
        # A name in Redis has 32 signs; a conversation that is carried along is longer.
        assert (len(token) > 32) == (kept == "token")
        while len(workers := served.workers()) < 2:
            time.sleep(0.1)
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        end = time.monotonic() + 60
        while workers & served.workers() and time.monotonic() < end:
            time.sleep(0.05)
        wait_until_served(served, "/healthz")
        reply = ask(served, "och i lungorna då?", token)
        assert reply["topic"] == "lungs.symptoms"
        assert httpx.get(served.address + str(first["audio"]), timeout=30).status_code == 200
        assert turns(figures(served)) == 2


def test_without_redis_people_are_still_answered(tmp_path: Path) -> None:
    with serving(
        tmp_path, workers=1, ROSTLOTS_REDIS_URL="redis://127.0.0.1:9", ROSTLOTS_TURNS_PER_MINUTE="100"
    ) as served:
        first = ask(served, FIRST)
        assert ask(served, "och i lungorna då?", str(first["session"]))["topic"] == "lungs.symptoms"
        assert httpx.get(served.address + str(first["audio"]), timeout=30).status_code == 200
        assert "127.0.0.1:9" not in served.log.read_text()


def test_conversations_in_redis_end_by_themselves(redis_url: str, tmp_path: Path) -> None:
    import redis
    from serving import web_settings

    from rostlots.web import create_app
    from rostlots.web.sessions import SECONDS

    client = create_app(web_settings(tmp_path, redis_url=redis_url)).test_client()
    first = client.post("/api/ask", json={"text": FIRST}).get_json()
    second = client.post("/api/ask", json={"text": "berätta mer", "session": first["session"]}).get_json()
    assert second["session"] == first["session"]
    assert second["topic"] == "control.more"
    with redis.Redis.from_url(redis_url) as store:
        (key,) = store.keys(f"*{first['session']}*")
        assert 0 < store.ttl(key) <= SECONDS
        assert all(store.ttl(key) > 0 for key in store.keys("rostlots*"))
        store.set(key, b"not a state")
        chosen = client.post("/api/ask", json={"text": FIRST, "session": "c" * 32}).get_json()
        assert chosen["session"] != "c" * 32
        assert not store.exists("rostlots:conversation:" + "c" * 32)
    broken = client.post("/api/ask", json={"text": "och i lungorna då?", "session": first["session"]})
    assert broken.status_code == 200


def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    with serving(tmp_path, workers=2, HOME=str(tmp_path), XDG_RUNTIME_DIR="") as served:
        assert not list(tmp_path.rglob("*.ctl"))
        started = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(20) == 0
        assert time.monotonic() - started < 15
    assert not list(tmp_path.glob("rostlots-metrics-*"))


def test_readiness_comes_after_liveness(served: Served) -> None:
    assert httpx.get(served.address + "/healthz").json()["status"] == "ok"
    assert httpx.get(served.address + "/readyz").json() == {
        **httpx.get(served.address + "/healthz").json(),
        "status": "ready",
    }
