"""What all tests share: a clean environment, and one assistant that is loaded once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# `tests/skill` and its neighbours would be found in place of the packages of the same name.
sys.path.insert(0, str(ROOT))

import pytest  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402

from rostlots.assistant import Assistant  # noqa: E402
from rostlots.cli import main  # noqa: E402
from skill import Knowledge, load_knowledge  # noqa: E402

# The everyday run draws the same examples each time; HYPOTHESIS_PROFILE=search pytest looks further.
hypothesis_settings.register_profile("everyday", deadline=None, max_examples=100, derandomize=True, database=None)
hypothesis_settings.register_profile("search", deadline=None, max_examples=2000, database=None)


def pytest_configure() -> None:
    import os

    hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "everyday"))


@pytest.fixture(scope="session", autouse=True)
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the home of whoever runs it."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("USERPROFILE", str(home))
        for name, folder in (("CACHE", ".cache"), ("DATA", ".local/share"), ("CONFIG", ".config")):
            patch.setenv(f"XDG_{name}_HOME", str(home / folder))
        yield


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the settings of the machine."""
    import os

    for name in list(os.environ):
        if name.startswith("ROSTLOTS_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def assistant() -> Assistant:
    """The one function behind all ways in; it holds no state."""
    return Assistant()


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The Swedish knowledge as shipped."""
    return load_knowledge("sv")


@dataclass(frozen=True)
class Ran:
    """What a run of the command line left: exit status, standard output, standard error."""

    status: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def rostlots(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line, in this process: a traceback would fail the test."""

    def run(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        status = main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return run
