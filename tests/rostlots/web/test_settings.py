"""What an operator can set, and what is refused in one sentence."""

from __future__ import annotations

import platform

import pytest
from serving import free_port
from talking import Command, complaint

from rostlots.settings import VARIABLES, SettingsError
from rostlots.web import WebSettings

SECRET = "0123456789abcdef"


def test_beyond_this_machine_a_secret_is_demanded() -> None:
    with pytest.raises(SettingsError, match="ROSTLOTS_SECRET_KEY"):
        WebSettings.from_environ({})
    with pytest.raises(SettingsError, match="16 characters"):
        WebSettings.from_environ({"ROSTLOTS_SECRET_KEY": "short"})
    assert WebSettings.from_environ({"ROSTLOTS_SECRET_KEY": SECRET}).secret_key == SECRET


def test_in_development_each_start_makes_up_its_own() -> None:
    first, second = (WebSettings.from_environ({}, development=True).secret_key for _ in range(2))
    assert first != second
    assert len(first) > 30


def test_no_secret_is_shown() -> None:
    env = {"ROSTLOTS_SECRET_KEY": SECRET, "ROSTLOTS_REDIS_URL": "redis://:password@host"}
    shown = repr(WebSettings.from_environ(env))
    assert SECRET not in shown
    assert "password" not in shown
    with pytest.raises(SettingsError) as refused:
        WebSettings.from_environ({**env, "ROSTLOTS_REDIS_URL": "http://:password@host"})
    assert "password" not in str(refused.value)


@pytest.mark.parametrize("name", ["ROSTLOTS_TURNS_PER_MINUTE", "ROSTLOTS_PROXIES"])
@pytest.mark.parametrize("value", ["-1", "many", "1.5", "²", "9" * 9])
def test_numbers_are_whole_numbers(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        WebSettings.from_environ({"ROSTLOTS_SECRET_KEY": SECRET, name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROSTLOTS_ALEXA_VERIFY", "no"),
        ("ROSTLOTS_ALEXA_AUDIO_URL", "http://example.org"),
        ("ROSTLOTS_REDIS_URL", "redis://:password@host:many"),
        ("ROSTLOTS_REDIS_URL", "redis://host/0?socket_timeout=password"),
    ],
)
def test_what_workers_could_not_start_with_is_refused_before(
    rostlots: Command, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = rostlots("serve", "--port", str(free_port()))
    assert ran.status == 2
    assert name in complaint(ran)
    assert "password" not in ran.err


def test_every_variable_is_told_of(rostlots: Command) -> None:
    told = rostlots("--help").out
    for name in ("SECRET_KEY", "REDIS_URL", "TURNS_PER_MINUTE", "PROXIES"):
        assert f"ROSTLOTS_{name}" in told
        assert f"ROSTLOTS_{name}" in {variable for variable, _, _ in VARIABLES}


def test_serve_refuses_in_one_sentence(rostlots: Command) -> None:
    import socket

    ran = rostlots("serve", "--host", "0.0.0.0")
    assert ran.status == 2
    assert "ROSTLOTS_SECRET_KEY" in complaint(ran)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = rostlots("serve", "--port", str(taken.getsockname()[1]))
    assert ran.status == 2
    assert "cannot be listened on" in complaint(ran)
    assert rostlots("serve", "--port", "0").status == 2


def test_on_windows_one_sentence_says_what_helps(rostlots: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    ran = rostlots("serve")
    assert ran.status == 2
    assert "Windows" in complaint(ran)
