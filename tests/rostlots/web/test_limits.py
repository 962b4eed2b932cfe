"""How often one client may come, and who counts as one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from serving import web_settings

from rostlots.web import create_app


@dataclass
class Clock:
    """The limiter's clock, which stands still unless the test moves it: a minute never turns by itself."""

    now: float = 1e9

    def time(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    standing = Clock()
    monkeypatch.setattr("limits.storage.memory.time", standing)
    return standing


def client_with(folder: Path, **changes: object) -> FlaskClient:
    return create_app(web_settings(folder, **changes)).test_client()


def ask(client: FlaskClient, address: str = "10.0.0.1", **headers: str) -> int:
    body = {"text": "Vad är metastaser?"}
    return client.post("/api/ask", json=body, headers=headers, environ_base={"REMOTE_ADDR": address}).status_code


def test_one_address_cannot_take_every_turn(tmp_path: Path, silence: bytes) -> None:
    client = client_with(tmp_path, turns_per_minute=3)
    assert [ask(client) for _ in range(4)] == [200, 200, 200, 429]
    assert ask(client, "10.0.0.2") == 200
    kept = {"text": "Vad är gulsot?", "session": "a.b.c"}
    refused = client.post("/", data=kept, environ_base={"REMOTE_ADDR": "10.0.0.1"})
    assert refused.status_code == 429
    assert "Vänta en halv minut" in refused.text
    # Nothing has to be typed again.
    assert 'value="Vad är gulsot?"' in refused.text
    assert 'value="a.b.c"' in refused.text
    refused = client.post("/api/listen", data=silence, environ_base={"REMOTE_ADDR": "10.0.0.1"})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "010-199 10 10" in refused.get_json()["error"]["message"]
    # The page itself, its number and the state of the service are always there.
    assert client.get("/", environ_base={"REMOTE_ADDR": "10.0.0.1"}).status_code == 200
    assert client.get("/healthz", environ_base={"REMOTE_ADDR": "10.0.0.1"}).status_code == 200


def test_after_a_minute_one_may_come_again(tmp_path: Path, clock: Clock) -> None:
    client = client_with(tmp_path, turns_per_minute=1)
    assert [ask(client) for _ in range(2)] == [200, 429]
    clock.now += 59
    assert ask(client) == 429
    clock.now += 2
    assert ask(client) == 200


def test_a_client_cannot_choose_its_address(tmp_path: Path) -> None:
    client = client_with(tmp_path, turns_per_minute=2)
    assert [ask(client, **{"X-Forwarded-For": f"10.1.0.{n}"}) for n in range(3)] == [200, 200, 429]


def test_a_trusted_proxy_says_who_comes(tmp_path: Path) -> None:
    client = client_with(tmp_path, turns_per_minute=2, proxies=1)
    assert [ask(client, **{"X-Forwarded-For": f"10.1.0.{n}"}) for n in range(3)] == [200, 200, 200]
    # Only the last proxy's word counts.
    assert [ask(client, **{"X-Forwarded-For": f"10.2.0.{n}, 10.3.0.1"}) for n in range(3)] == [200, 200, 429]


def test_zero_is_no_limit(tmp_path: Path) -> None:
    client = client_with(tmp_path, turns_per_minute=0)
    assert {ask(client) for _ in range(100)} == {200}
