"""The files with which the service is set up name only what exists."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from rostlots.settings import VARIABLES

ROOT = Path(__file__).resolve().parents[2]
FILES = ("Dockerfile", "compose.yaml", "deploy/rostlots.service")


@pytest.mark.parametrize("name", FILES)
def test_every_setting_exists(name: str) -> None:
    found = set(re.findall(r"ROSTLOTS_[A-Z_]+", (ROOT / name).read_text(encoding="utf-8")))
    assert found
    assert found <= {variable for variable, _, _ in VARIABLES}


def test_the_image_is_made_of_what_is_there() -> None:
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    for source in " ".join(sources).split():
        assert (ROOT / source).exists()
        assert f"!{source}" in allowed


def test_the_containers_can_do_little() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    assert "ports" not in services["redis"]
    assert all(port.startswith("127.0.0.1:") for port in services["web"]["ports"])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = (ROOT / "deploy" / "rostlots.service").read_text(encoding="utf-8")
    path = tmp_path / "rostlots.service"
    path.write_text(re.sub("^ExecStart=.*", "ExecStart=/bin/true", unit, flags=re.MULTILINE), encoding="utf-8")
    ran = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False)
    assert str(path.name) not in ran.stderr, ran.stderr
