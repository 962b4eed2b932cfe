"""The skill package: everything that `ask deploy` reads, and a Lambda function that runs from it alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alexa_requests import SKILL_ID, intent, words_of
from PIL import Image
from talking import Command, complaint

from rostlots.alexa.model import interaction_model
from rostlots.alexa.package import PackageError, write_package
from tools.draw_icon import draw

LOCALES = ("en-AU", "en-CA", "en-GB", "en-IN", "en-US")
# Seconds of the processor from the start of the process until the function can answer; the clock on the wall would
# measure what else runs beside the test.
COLD_START_S = 1.5


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alexa")
    write_package(folder)
    return folder


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_command_writes_it(tmp_path: Path, rostlots: Command) -> None:
    ran = rostlots("alexa", "export", str(tmp_path / "new" / "alexa"), "--privacy-policy", "https://example.org/p")
    assert ran.status == 0, ran.err
    shown = read(tmp_path / "new" / "alexa" / "skill-package" / "skill.json")["manifest"]
    assert shown["privacyAndCompliance"]["locales"]["en-GB"]["privacyPolicyUrl"] == "https://example.org/p"


@pytest.mark.parametrize("address", ["http://example.org", "https://", "example.org"])
def test_an_address_that_is_none_is_a_fault_of_usage(address: str, tmp_path: Path, rostlots: Command) -> None:
    assert "https://" in complaint(rostlots("alexa", "export", str(tmp_path / "a"), "--endpoint", address))


def test_it_is_written_over_itself_but_over_nothing_else(tmp_path: Path, rostlots: Command) -> None:
    first = write_package(tmp_path / "mine")
    (tmp_path / "mine" / "lambda" / "old.py").write_text("")
    assert write_package(tmp_path / "mine") == first
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    with pytest.raises(PackageError, match="something else"):
        write_package(tmp_path / "other")
    assert "something else" in complaint(rostlots("alexa", "export", str(tmp_path / "other")))


def test_the_resources_name_what_is_there(package: Path) -> None:
    profile = read(package / "ask-resources.json")["profiles"]["default"]
    assert (package / profile["skillMetadata"]["src"] / "skill.json").is_file()
    module, _, function = profile["skillInfrastructure"]["userConfig"]["handler"].partition(".")
    assert function in (package / profile["code"]["default"]["src"] / f"{module}.py").read_text()


def test_every_locale_of_the_manifest_has_its_model_and_icons(package: Path) -> None:
    shown = read(package / "skill-package" / "skill.json")["manifest"]["publishingInformation"]["locales"]
    assert sorted(shown) == sorted(LOCALES)
    models = {p.stem for p in (package / "skill-package" / "interactionModels" / "custom").iterdir()}
    assert models == set(LOCALES)
    for texts in shown.values():
        for field, side in (("smallIconUri", 108), ("largeIconUri", 512)):
            icon = package / "skill-package" / texts[field].removeprefix("file://")
            with Image.open(icon) as image:
                assert (image.format, image.size) == ("PNG", (side, side))


def test_the_models_are_what_the_data_of_the_understanding_gives(package: Path) -> None:
    for locale in LOCALES:
        model = read(package / "skill-package" / "interactionModels" / "custom" / f"{locale}.json")
        assert model == interaction_model("en")


def test_it_comes_out_the_same_each_time(package: Path, tmp_path: Path) -> None:
    """In another process, with another order of hashes."""
    code = "import sys, pathlib; from rostlots.alexa.package import write_package as w; w(pathlib.Path(sys.argv[1]))"
    env = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "again")], check=True, env=env)
    for path in (p for p in package.rglob("*") if p.is_file()):
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(package)).read_bytes(), path


def test_swedish_is_kept_apart_until_alexa_has_it(package: Path) -> None:
    kept = package / "not-offered-by-amazon-yet" / "interactionModels" / "custom" / "sv-SE.json"
    assert read(kept) == interaction_model("sv")


def test_a_web_service_takes_the_place_of_lambda(tmp_path: Path) -> None:
    written = write_package(tmp_path, endpoint="https://example.org/alexa")
    assert not any(name.startswith("lambda/") for name in written)
    profile = read(tmp_path / "ask-resources.json")["profiles"]["default"]
    assert set(profile) == {"skillMetadata"}
    custom = read(tmp_path / "skill-package" / "skill.json")["manifest"]["apis"]["custom"]
    assert custom["endpoint"]["uri"] == "https://example.org/alexa"


def test_the_icons_are_as_they_are_drawn() -> None:
    drawn = draw()
    for size in (108, 512):
        icon = Path(__file__).resolve().parents[3] / "rostlots" / "alexa" / "data" / f"icon_{size}.png"
        with Image.open(icon) as image:
            again = drawn.resize((size, size), Image.Resampling.LANCZOS)
            pairs = zip(image.convert("RGB").tobytes(), again.tobytes(), strict=True)
            assert max(abs(a - b) for a, b in pairs) <= 8


# ------------------------------------------------------------------ Lambda

RUN = """
import json, sys, time
from lambda_function import handler
ready = time.process_time()
event = json.load(sys.stdin)
answer = handler(event, None)
home = sys.modules["rostlots"].__file__
print(json.dumps({"ready": ready, "answer": answer, "modules": sorted(sys.modules), "home": home}))
"""


LIBRARIES = """
import time
import ask_sdk_core.skill, ask_sdk_core.skill_builder, msgspec, numpy, rapidfuzz
print(time.process_time())
"""
"""What the function cannot start without, whatever it does itself."""


def run_lambda(package: Path, event: object, program: str = RUN, **env: str) -> subprocess.CompletedProcess[str]:
    """The exported function in a process of its own; the product itself comes from the package, not from here."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=package / "lambda",
        input=json.dumps(event),
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(package / "lambda"),
            # From sources, as Amazon's tool deploys them.
            "PYTHONPYCACHEPREFIX": str(package / "none"),
            "PYTHONDONTWRITEBYTECODE": "1",
            **env,
        },
    )


def test_the_function_answers_from_the_package_alone_and_starts_quickly(package: Path) -> None:
    event = intent("FreeWhere", {"question": {"name": "question", "value": "does prostate cancer spread"}})
    starts, libraries = [], []
    for _ in range(3):
        libraries.append(float(run_lambda(package, {}, LIBRARIES).stdout))
        ran = run_lambda(package, event, ROSTLOTS_ALEXA_SKILL_ID=SKILL_ID)
        assert ran.returncode == 0, ran.stderr
        told = json.loads(ran.stdout)
        starts.append(told["ready"])
    assert Path(told["home"]).is_relative_to(package)
    assert "bones" in words_of(told["answer"]["response"]["outputSpeech"]["ssml"])
    # The start that other work has disturbed least; on a slow machine the libraries alone take longer than the bound.
    assert min(starts) < max(COLD_START_S, 2 * min(libraries))
    heavy = ("speech", "faster_whisper", "ctranslate2", "vosk", "piper", "pyttsx3", "soundfile", "torch", "flask")
    assert not [m for m in told["modules"] if m.partition(".")[0] in heavy]


def test_the_function_answers_a_locale_that_it_was_not_given(package: Path) -> None:
    ran = run_lambda(package, intent("AMAZON.HelpIntent", locale="sv-SE"))
    assert ran.returncode == 0, ran.stderr
    assert "You can ask me" in json.loads(ran.stdout)["answer"]["response"]["outputSpeech"]["ssml"]


def test_the_function_answers_its_own_skill_alone(package: Path) -> None:
    ran = run_lambda(package, intent("AMAZON.HelpIntent"), ROSTLOTS_ALEXA_SKILL_ID="amzn1.ask.skill.other")
    assert ran.returncode != 0
    assert "the request is for another skill" in ran.stderr


@pytest.mark.parametrize("event", [{}, [], None, {"request": {}}])
def test_the_function_refuses_what_is_no_request(event: object, package: Path) -> None:
    ran = run_lambda(package, event)
    assert "NotARequest" in ran.stderr
