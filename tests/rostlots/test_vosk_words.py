"""The whole product through Vosk, from recording to topic, before and after it has learnt the words of the subject.

The acoustic net is a stand-in that hears the two voices of these recordings only; the questions are other writers', and
the language model has never seen them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from talking import Command, complaint

from benchmarks.vosk_words import build, official_words
from rostlots.assistant import Assistant
from rostlots.cli.evaluate import read_labelled
from rostlots.hearing_comparison import EarResult, spoken
from rostlots.recordings import read_recordings
from skill import Knowledge
from speech.catalogue import parse
from speech.vosk_ear import VoskEar
from speech.vosk_graph import pack
from speech.vosk_graph.adapt import STAMP

DATA = Path(__file__).parents[1] / "speech" / "data"
SPOKEN = DATA / "spoken"

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with what stands for the official one."""
    folder = tmp_path_factory.mktemp("models")
    build(official_words(pack.load(pack.folder())), folder / "vosk-sv")
    return folder


@pytest.fixture
def adapted(models: Path, monkeypatch: pytest.MonkeyPatch, rostlots: Command) -> Path:
    """The same folder, after `rostlots models adapt`."""
    monkeypatch.setenv("ROSTLOTS_MODELS", str(models))
    if not (models / "vosk-sv-adapted").exists():
        ran = rostlots("models", "adapt", "vosk-sv")
        assert ran.status == 0, ran.err
        assert "has learnt the words" in ran.out
        assert "nothing of how well people are heard" in ran.out or "not tried out" in ran.err
    return models


def heard_by(folder: Path, assistant: Assistant) -> EarResult:
    conversations, faults = read_labelled(SPOKEN / "questions.jsonl")
    recordings, unreadable = read_recordings(SPOKEN, (one.id for one in conversations))
    assert not faults + unreadable
    assert len(recordings) == len(conversations)
    (result,) = spoken(conversations, recordings, {folder.name: VoskEar(folder)}, assistant)
    return result


def test_the_words_of_the_subject_are_heard(adapted: Path, assistant: Assistant) -> None:
    before = heard_by(adapted / "vosk-sv", assistant)
    after = heard_by(adapted / "vosk-sv-adapted", assistant)
    assert sum(after.tally.found) >= 0.9 * sum(after.tally.wanted)
    assert sum(after.right) >= 0.85 * len(after.right)
    assert sum(after.tally.found) > sum(before.tally.found)
    assert sum(after.tally.errors) < sum(before.tally.errors)


def test_a_recording_is_answered_through_the_adapted_model(adapted: Path, rostlots: Command) -> None:
    conversations, _ = read_labelled(SPOKEN / "questions.jsonl")
    files = [SPOKEN / f"{one.id}.opus" for one in conversations[:4]]
    ran = rostlots("listen", "--stt", "vosk", "--json", *files)
    assert ran.status == 0, ran.err
    replies = [json.loads(line) for line in ran.out.splitlines()]
    assert len(replies) == len(files)
    assert any(reply["topic"] in one.expect[0] for reply, one in zip(replies, conversations, strict=False))


def test_both_models_are_shown_beside_each_other(adapted: Path, rostlots: Command, tmp_path: Path) -> None:
    lines = (SPOKEN / "questions.jsonl").read_text(encoding="utf-8").splitlines()[:3]
    (tmp_path / "three.jsonl").write_text("\n".join(lines), encoding="utf-8")
    ran = rostlots("models", "compare", "vosk-sv", tmp_path / "three.jsonl", "--audio", SPOKEN)
    assert ran.status == 0, ran.err
    assert "subject's words found" in ran.out
    assert [line.split()[0] for line in ran.out.splitlines()[-2:]] == ["official", "adapted"]


def test_a_recording_that_cannot_be_read_is_named_and_the_others_are_compared(
    adapted: Path, rostlots: Command, tmp_path: Path
) -> None:
    lines = (SPOKEN / "questions.jsonl").read_text(encoding="utf-8").splitlines()[:2]
    (tmp_path / "two.jsonl").write_text("\n".join(lines), encoding="utf-8")
    good, bad = (json.loads(line)["id"] for line in lines)
    shutil.copy(SPOKEN / f"{good}.opus", tmp_path)
    (tmp_path / f"{bad}.wav").write_bytes(b"no sound")
    ran = rostlots("models", "compare", "vosk-sv", tmp_path / "two.jsonl", "--audio", tmp_path)
    assert ran.status == 1
    assert f"{bad}.wav" in complaint(ran)
    assert "1 recording" in ran.out
    (tmp_path / f"{good}.opus").unlink()
    none = rostlots("models", "compare", "vosk-sv", tmp_path / "two.jsonl", "--audio", tmp_path)
    assert none.status == 2
    assert "Traceback" not in none.err


def test_lists_and_checks_know_of_it_and_it_can_be_undone(
    adapted: Path, rostlots: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(adapted, tmp_path / "models")
    monkeypatch.setenv("ROSTLOTS_MODELS", str(tmp_path / "models"))
    assert "with the words of the subject" in rostlots("models", "list").out
    assert "vosk-sv-adapted: whole" in rostlots("models", "check").out
    stamp = tmp_path / "models/vosk-sv-adapted" / STAMP
    made = stamp.read_text(encoding="utf-8")
    stamp.write_text(json.dumps({**json.loads(made), "pack": "another"}), encoding="utf-8")
    assert "made with other words" in rostlots("models", "check").out
    stamp.write_text(made, encoding="utf-8")
    (tmp_path / "models/vosk-sv-adapted/graph/words.txt").write_text("")
    ran = rostlots("models", "check")
    assert ran.status == 1
    assert "graph/words.txt" in ran.out
    assert rostlots("models", "adapt", "vosk-sv", "--undo").status == 0
    assert not (tmp_path / "models/vosk-sv-adapted").exists()
    assert (tmp_path / "models/vosk-sv/graph/HCLr.fst").is_file()


def test_words_that_are_newer_than_the_adapted_model_are_told_until_it_learns_them(
    adapted: Path,
    rostlots: Command,
    knowledge: Knowledge,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    shutil.copytree(adapted, tmp_path / "models")
    monkeypatch.setenv("ROSTLOTS_MODELS", str(tmp_path / "models"))
    listen = ("listen", "--stt", "vosk", next(SPOKEN.glob("*.opus")))
    assert rostlots(*listen).status == 0
    assert "newer" not in caplog.text
    answer = knowledge.answers["liver.about"]
    edited = msgspec.structs.replace(answer, more=f"{answer.more} Man kan ta leverprover.")
    after = replace(knowledge, answers={**knowledge.answers, "liver.about": edited})
    monkeypatch.setattr("rostlots.own_words.load_knowledge", lambda lang: after)
    assert rostlots(*listen).status == 0
    assert "newer: leverprover; rostlots models adapt vosk-sv" in caplog.text
    ran = rostlots("models", "check")
    assert ran.status == 1
    assert "vosk-sv-adapted: whole" not in ran.out
    assert "newer: leverprover" in ran.out
    caplog.clear()
    assert rostlots("models", "adapt", "vosk-sv").status == 0
    assert rostlots(*listen).status == 0
    assert "leverprover" not in caplog.text
    assert "vosk-sv-adapted: whole" in rostlots("models", "check").out


def test_without_a_model_or_with_an_unfit_one_one_sentence_says_so(
    models: Path, rostlots: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROSTLOTS_MODELS", str(tmp_path))
    ran = rostlots("models", "adapt", "vosk-sv")
    assert ran.status == 2
    assert "rostlots models install vosk-sv" in ran.err
    shutil.copytree(models / "vosk-sv", tmp_path / "vosk-sv")
    net = tmp_path / "vosk-sv" / "am" / "final.mdl"
    net.write_bytes(net.read_bytes()[:50_000])
    ran = rostlots("models", "adapt", "vosk-sv")
    assert ran.status == 1
    assert "hears with its own words" in ran.err
    assert ran.err.count("\n") == 1


def test_installing_teaches_the_words_at_once(
    models: Path, rostlots: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model comes as a zip from a web server, as from its publisher."""
    (tmp_path / "web").mkdir()
    archive = Path(shutil.make_archive(str(tmp_path / "web" / "sv"), "zip", models, "vosk-sv"))
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "web"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        entry = f"""
            [vosk-sv]
            title = "Vosk"
            kind = "vosk"
            licence = "MIT"
            size = {archive.stat().st_size}
            [vosk-sv.archive]
            url = "http://127.0.0.1:{server.server_port}/sv.zip"
            md5 = "{hashlib.md5(archive.read_bytes()).hexdigest()}"
            folder = "vosk-sv"
            unpacked_at_most = 100000000
        """
        monkeypatch.setattr("speech.models.catalogue", lambda: parse(entry))
        monkeypatch.setenv("ROSTLOTS_MODELS", str(tmp_path / "models"))
        ran = rostlots("models", "install", "vosk-sv")
        server.shutdown()
    assert ran.status == 0, ran.err
    assert "vosk-sv is installed" in ran.out
    assert "has learnt the words" in ran.out
    assert VoskEar(tmp_path / "models" / "vosk-sv-adapted").knows("metastaser")
    assert not VoskEar(tmp_path / "models" / "vosk-sv").knows("metastaser")
