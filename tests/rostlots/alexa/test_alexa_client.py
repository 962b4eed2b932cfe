"""Conversations that virtual-alexa, a client by other people, plays over HTTP with the exported model.

It takes "ask", "tell", "open" and "talk to" anywhere for the opening of a skill, so its utterances have none of these.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alexa_requests import without, words_of
from flask import Flask
from werkzeug.serving import make_server

from rostlots.alexa import AlexaSettings, blueprint
from rostlots.alexa.package import write_package
from rostlots.settings import Settings

CLIENT = "virtual-alexa@0.7.8"
Play = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def client(request: pytest.FixtureRequest) -> Path:
    """The folder where the client is; it is fetched once and kept among pytest's own files."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        without("npm isn't installed: apt-get install npm")
    folder: Path = request.config.cache.mkdir(CLIENT.replace("@", "-"))
    if not (folder / "installed").exists():
        command = ["npm", "install", CLIENT, "--prefix", str(folder), "--no-audit", "--no-fund", "--no-save"]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        if ran.returncode != 0:
            pytest.skip(f"npm could not fetch {CLIENT}: its registry is out of reach")
        (folder / "installed").touch()
    return folder


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """A running endpoint; the client cannot sign, so signatures are off."""
    app = Flask("test")
    app.register_blueprint(blueprint(Settings(), AlexaSettings(verify=False)))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/alexa"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    write_package(folder)
    return folder / "skill-package" / "interactionModels" / "custom"


@pytest.fixture
def play(client: Path, url: str, package: Path) -> Play:
    """Play turns and give the replies."""

    def turns(*what: object, locale: str = "en-GB") -> list[dict[str, Any]]:
        script = Path(__file__).with_name("play.js")
        command = ["node", str(script), str(client), str(package / f"{locale}.json"), locale, url]
        ran = subprocess.run(command, input=json.dumps(what), capture_output=True, text=True, check=False, timeout=60)
        assert ran.returncode == 0, ran.stderr
        replies: list[dict[str, Any]] = json.loads(ran.stdout)
        for reply in replies:
            reply["words"] = words_of(reply["said"]) if reply["said"] else ""
        return replies

    return turns


def test_a_conversation_from_opening_to_goodbye(play: Play) -> None:
    hello, symptoms, brain, more, again, bye = play(
        "LAUNCH",
        "what are the symptoms of metastases in the liver",
        "and in the brain",
        "yes",
        "say that again",
        "stop",
    )
    assert "automatic voice" in hello["words"]
    assert "Jaundice" in symptoms["words"]
    assert "Metastaser i levern: Symtom" in symptoms["card"]
    assert "seizures" in brain["words"]
    assert "pressure" in more["words"]
    assert again["words"] == more["words"]
    assert bye["ends"]
    assert not any(reply["ends"] for reply in (hello, symptoms, brain, more, again))


@pytest.mark.parametrize("locale", ["en-GB", "en-US", "en-AU", "en-CA", "en-IN"])
def test_every_locale_understands_slots_with_their_synonyms_and_free_questions(play: Play, locale: str) -> None:
    skeleton, cancer, chemo, free, why = play(
        "treatment of metastases in the skeleton",
        "what about bowel",
        "how does chemo work",
        "how do doctors find metastases in the lungs",
        "why does a person with liver metastases turn yellow",
        locale=locale,
    )
    assert "isotopes" in skeleton["words"]
    assert "large bowel" in cancer["words"]
    assert "Chemotherapy for secondary tumours" in chemo["words"]
    assert "X-ray" in free["words"]
    assert "Jaundice" in why["words"]


def test_the_skill_asks_which_organ_and_takes_the_name_alone(play: Play) -> None:
    asked, answered = play("which tests are done", "the liver")
    assert "Dialog.ElicitSlot" in asked["directives"]
    assert "Which part of the body" in asked["words"]
    assert "Tests for secondary tumours in the liver" in answered["words"]


@pytest.mark.parametrize("danger", ["he's not breathing", "my husband is not breathing", "i can't breathe"])
def test_a_danger_is_met_with_112(play: Play, danger: str) -> None:
    (reply,) = play(danger)
    assert "112" in reply["words"]
    assert "112" in words_of(reply["reprompt"])


def test_people_are_named_where_people_are_wanted(play: Play) -> None:
    person, long, scared = play("connect me please", "how long have i got", ["HandoffDistress", {}])
    assert "cannot ring for you" in person["words"]
    for reply in (person, long, scared):
        assert "010-199 10 10" in reply["card"]


def test_help_fallback_and_the_end(play: Play) -> None:
    help_, unclear, over, _ = play("help", ["AMAZON.FallbackIntent", {}], ["AMAZON.StartOverIntent", {}], "END")
    assert "You can ask me" in help_["words"]
    assert "say it once more" in unclear["words"]
    assert over["words"].endswith("?")


def test_a_reply_comes_well_within_what_alexa_waits(play: Play) -> None:
    """Alexa waits for eight seconds; 300 ms at the 95th percentile is the goal, the client's own time included."""
    turns = ["what are the symptoms of metastases in the liver", "and in the brain", "where does breast cancer spread"]
    replies = play(*(turns * 20))
    times = sorted(reply["ms"] for reply in replies)
    assert times[int(len(times) * 0.95)] < 300
