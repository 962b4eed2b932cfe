"""The files with which the service is set up name only what exists, and set up all that the service offers."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from rostlots.settings import VARIABLES
from rostlots.web.server import GRACE

ROOT = Path(__file__).resolve().parents[2]
UNITS = ("rostlots.service", "rostlots-phone.service")
FILES = ("Dockerfile", "compose.yaml", *(f"deploy/{name}" for name in UNITS))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
WORST_EXPOSURE = 15
"""Tenths of what systemd-analyze counts as exposure; from 20 it finds a unit no longer well protected."""


@pytest.mark.parametrize("name", FILES)
def test_every_setting_exists(name: str) -> None:
    found = set(re.findall(r"ROSTLOTS_[A-Z0-9_]+", (ROOT / name).read_text(encoding="utf-8")))
    assert found
    assert found <= {variable for variables, _, _ in VARIABLES for variable in variables.split(", ")}


def test_the_image_is_made_of_what_is_there() -> None:
    allowed = [
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    ]
    copied = " ".join(re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)).split()
    mounted = re.findall(r"--mount=type=bind,source=([^, ]+)", DOCKERFILE)
    assert copied
    assert mounted
    for source in (*copied, *mounted):
        assert (ROOT / source).exists()
        assert any(Path(name) == Path(source) or Path(source) in Path(name).parents for name in allowed), source
    for name in allowed:
        assert (ROOT / name).exists()


def test_stages_of_the_image_are_there() -> None:
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE))
    used = set(re.findall(r"(?:--from=|,from=|^FROM )([a-z]+)(?=[ ,])", DOCKERFILE, re.MULTILINE))
    assert used == stages


def extras_of_the_image() -> set[str]:
    """The extras of `pip install '.[…]'`, and those that they stand for."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    (named,) = re.findall(r"'\.\[([a-z,]+)\]'", DOCKERFILE)
    found: set[str] = set()
    waiting = named.split(",")
    while waiting:
        extra = waiting.pop()
        if extra not in found:
            found.add(extra)
            own = (Requirement(text) for text in declared[extra])
            waiting += [name for requirement in own if requirement.name == "rostlots" for name in requirement.extras]
    return found


def installed_with(extras: Iterable[str]) -> set[str]:
    """Every distribution that comes with the product and these extras, with what they need in turn."""
    found: set[str] = set()
    waiting = [Requirement(f"rostlots[{','.join(extras)}]")]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        found.add(name)
        try:
            needed = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for text in needed:
            further = Requirement(text)
            if canonicalize_name(further.name) in found and not further.extras:
                continue
            if further.marker is None or any(
                further.marker.evaluate({"extra": extra}) for extra in requirement.extras or [""]
            ):
                waiting.append(further)
    return found


def imported_by(folder: Path) -> Iterator[str]:
    """The packages of others that the modules of a folder import."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and not (ROOT / top).is_dir():
                    yield top


@pytest.mark.parametrize("way_in", ["web", "alexa", "telephony"])
def test_the_image_has_every_library_of_the_service(way_in: str) -> None:
    there = installed_with(extras_of_the_image())
    owners = importlib.metadata.packages_distributions()
    imported = set(imported_by(ROOT / "rostlots" / way_in))
    assert imported
    for package in imported:
        assert there & {canonicalize_name(name) for name in owners[package]}, package


def test_the_image_hears_and_speaks() -> None:
    assert extras_of_the_image() >= {"whisper", "voice"}


def test_the_volume_hides_no_model_of_a_new_image() -> None:
    (volume,) = re.findall(r"^VOLUME (\S+)$", DOCKERFILE, re.MULTILINE)
    (models,) = re.findall(r"ROSTLOTS_MODELS=(\S+) \\$", DOCKERFILE, re.MULTILINE)[-1:]
    (cache,) = re.findall(r"ROSTLOTS_CACHE=(\S+)", DOCKERFILE)
    assert not Path(models).is_relative_to(volume)
    assert Path(cache).is_relative_to(volume)
    assert f"COPY --from=model /opt/models {models}\n" in DOCKERFILE


def test_the_containers_can_do_little() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["mem_limit"]
        assert service["pids_limit"]
    assert "ports" not in services["redis"]
    assert all(port.startswith("127.0.0.1:") for port in services["web"]["ports"])


def test_turns_under_way_may_end_before_the_service_does() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    unit = (ROOT / "deploy" / "rostlots.service").read_text(encoding="utf-8")
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert int(seconds) > GRACE
    assert int(services["web"]["stop_grace_period"].removesuffix("s")) > GRACE


def test_calls_may_be_told_that_the_line_ends() -> None:
    pytest.importorskip("baresip")
    from rostlots.phone.service import END_SECONDS

    unit = (ROOT / "deploy" / "rostlots-phone.service").read_text(encoding="utf-8")
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert int(seconds) > END_SECONDS


def compose() -> list[str] | None:
    """The command that reads compose files, if there is one."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and subprocess.run([*command, "version"], capture_output=True).returncode == 0:
            return command
    return None


def test_compose_understands_its_file_and_asks_for_the_secret(tmp_path: Path) -> None:
    command = compose()
    if command is None:
        pytest.skip("there is neither docker compose nor docker-compose here")
    shutil.copy(ROOT / "compose.yaml", tmp_path)
    environment = tmp_path / ".env"

    def config() -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, "config"], capture_output=True, text=True, check=False, cwd=tmp_path)

    environment.write_text("")
    refused = config()
    assert refused.returncode != 0
    assert "put a long random text into .env" in refused.stderr
    environment.write_text("ROSTLOTS_SECRET_KEY=a-secret-of-the-tests\nROSTLOTS_HELPLINE_HOURS=vardagar 9 till 16\n")
    understood = config()
    assert understood.returncode == 0, understood.stderr
    given = yaml.safe_load(understood.stdout)["services"]["web"]["environment"]
    assert given["ROSTLOTS_SECRET_KEY"] == "a-secret-of-the-tests"
    assert given["ROSTLOTS_HELPLINE_HOURS"] == "vardagar 9 till 16"


@pytest.fixture(params=UNITS)
def unit(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A unit, as if the program were installed."""
    text = (ROOT / "deploy" / request.param).read_text(encoding="utf-8")
    path = tmp_path / str(request.param)
    path.write_text(re.sub("^ExecStart=.*", "ExecStart=/bin/true", text, flags=re.MULTILINE), encoding="utf-8")
    return path


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_understands_the_unit(unit: Path) -> None:
    ran = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert unit.name not in ran.stderr, ran.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_finds_the_unit_well_protected(unit: Path) -> None:
    command = [
        "systemd-analyze",
        "security",
        "--offline=true",
        f"--threshold={WORST_EXPOSURE}",
        "--no-pager",
        str(unit),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
