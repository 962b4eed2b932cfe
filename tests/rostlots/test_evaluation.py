"""Measuring: the figures on data small enough to work out by hand, and the command that prints them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from talking import Command, complaint

from rostlots import evaluation
from rostlots.evaluation import Judged, Share


def judged(
    expected: str, topic: str, confidence: float = 0.9, *, action: str = "answer", turn: int = 0, name: str = "x"
) -> Judged:
    return Judged(name, turn, "…", expected.split(), topic, confidence, action)


SMALL = [
    judged("liver.symptoms", "liver.symptoms", 0.95),
    judged("liver.symptoms", "liver.jaundice", 0.95),
    judged("liver.symptoms", "liver.jaundice", 0.25),
    judged("handoff.prognosis", "metastasis.severity", 0.25),
    judged("handoff.prognosis handoff.distress", "handoff.distress", 0.95, action="handoff", turn=1),
    judged("safety.emergency", "safety.self_harm", 1.0, action="emergency"),
    judged("safety.emergency", "lungs.symptoms", 0.55),
    judged("control.more", "safety.emergency", 0.55, action="emergency", turn=1),
]


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (150, 300, 0.4438, 0.5562)],
)
def test_wilson_interval(hits: int, of: int, low: float, high: float) -> None:
    assert Share(hits, of).interval() == pytest.approx((low, high), abs=1e-4)


def test_a_share_of_nothing_says_nothing() -> None:
    assert Share(0, 0).value == 0
    assert Share(0, 0).interval() == (0, 1)


def test_a_share_shows_its_counts() -> None:
    shown = str(Share(8, 10))
    for part in ("80.0%", "8 of 10", "49.0%", "94.3%"):
        assert part in shown


def test_shares_by_area_act_and_turn() -> None:
    by_area = evaluation.shares(SMALL, "area")
    assert {area: (s.hits, s.of) for area, s in by_area.items()} == {
        "control": (0, 1),
        "handoff": (1, 2),
        "liver": (1, 3),
        "safety": (0, 2),
    }
    by_act = evaluation.shares(SMALL, "act")
    assert (by_act["question of fact"].hits, by_act["question of fact"].of) == (1, 3)
    assert (by_act["danger"].hits, by_act["danger"].of) == (0, 2)
    by_turn = evaluation.shares(SMALL, "turn")
    assert {turn: (s.hits, s.of) for turn, s in by_turn.items()} == {"first turn": (1, 6), "later turn": (1, 2)}


def test_any_accepted_topic_is_right() -> None:
    assert SMALL[4].right
    assert not SMALL[3].right


def test_confusions_most_frequent_first() -> None:
    found = evaluation.confusions(SMALL)
    assert found[0] == ("liver.symptoms", "liver.jaundice", 2)
    assert ("safety.emergency", "lungs.symptoms", 1) in found
    assert len(found) == 5
    assert evaluation.confusions(SMALL, most=1) == found[:1]


def test_calibration_error_is_the_weighed_distance_of_the_bins() -> None:
    # 0.9 to 1: (0.95 right, 0.95 wrong) → |0.95 - 0.5|; 0.2 to 0.3: one wrong → 0.25.
    three = [SMALL[0], SMALL[1], SMALL[2]]
    assert evaluation.calibration_error(three) == pytest.approx((2 * 0.45 + 0.25) / 3)
    low, high = evaluation.reliability(three)
    assert (low.count, low.confidence, low.right) == (1, 0.25, 0.0)
    assert (high.count, high.right) == (2, 0.5)
    assert high.confidence == pytest.approx(0.95)


def test_too_modest_is_as_wrong_as_too_sure() -> None:
    modest = [judged("a.b", "a.b", 0.35), judged("a.b", "a.b", 0.35)]
    assert evaluation.calibration_error(modest) == pytest.approx(0.65)
    assert evaluation.calibration_error([*modest, judged("a.b", "c.d", 0.65), judged("a.b", "c.d", 0.65)]) == (
        pytest.approx(0.65)
    ), "errors of two bins do not cancel out"


def test_confidence_that_keeps_its_word_has_no_error() -> None:
    perfect = [judged("a.b", "a.b", 1.0)] * 3 + [judged("a.b", "c.d", 0.0)]
    assert evaluation.calibration_error(perfect) == 0
    assert evaluation.calibration_error([]) == 0


def test_false_answers_missed_dangers_and_false_alarms() -> None:
    # No fact may be told at prognosis (2), danger (2) and steering (1); two of them got one.
    assert evaluation.false_answers(SMALL) == Share(2, 5)
    # Another danger than the expected one is no miss: 112 is said in both.
    assert evaluation.missed_dangers(SMALL) == Share(1, 2)
    assert evaluation.false_alarms(SMALL) == Share(1, 6)


def test_what_changed_begins_with_what_became_wrong() -> None:
    before = [
        judged("a.b", "c.d", name="better"),
        judged("a.b", "a.b", name="worse"),
        judged("a.b", "a.b", name="same"),
        judged("a.b", "c.d", name="other"),
        judged("a.b", "a.b", name="gone"),
    ]
    after = [
        judged("a.b", "a.b", name="better"),
        judged("a.b", "c.d", name="worse"),
        judged("a.b", "a.b", 0.4, name="same"),
        judged("a.b", "e.f", name="other"),
        judged("a.b", "a.b", name="new"),
    ]
    assert [new.id for _, new in evaluation.changed(before, after)] == ["worse", "other", "better"]


# ------------------------------------------------------------------ the command


LINES = [
    {"id": "a", "turns": ["Vad är metastaser?", "mer"], "expect": [["metastasis.definition"], ["control.more"]]},
    {"id": "b", "turns": ["Hon andas inte!"], "expect": [["safety.emergency"]], "note": "others are left alone"},
    {"id": "c", "turns": ["Vad är gulsot?"], "expect": [["liver.symptoms"]]},
    {"id": "d", "turns": ["What is a metastasis?"], "expect": [["metastasis.definition"]], "lang": "en"},
]


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    file = tmp_path / "frågor.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in LINES), encoding="utf-8")
    return file


def test_evaluate_prints_the_figures(labelled: Path, rostlots: Command) -> None:
    ran = rostlots("evaluate", labelled, "--errors")
    assert (ran.status, ran.err) == (0, "")
    lines = {line[:22].strip(): line for line in ran.out.splitlines()}
    assert "80.0%  (4 of 5" in lines["right topic"]
    assert "0 of 2" in lines["false answers"]
    assert "0 of 1" in lines["dangers missed"]
    assert "0 of 4" in lines["false alarms"]
    assert "calibration error" in lines
    assert "first turn" in ran.out
    assert "danger" in ran.out
    (mixed,) = (line for line in ran.out.splitlines() if line.split()[:1] == ["1"])
    assert mixed.split() == ["1", "liver.symptoms", "liver.jaundice"]
    assert "c.0 Vad är gulsot?" in ran.out


def test_evaluate_draws_a_picture(labelled: Path, tmp_path: Path, rostlots: Command) -> None:
    picture = tmp_path / "bild.png"
    ran = rostlots("evaluate", labelled, "--plot", picture)
    assert ran.status == 0
    assert str(picture) in ran.out
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert data.rstrip().endswith(b"IEND\xaeB`\x82")


def test_evaluate_shows_what_changed_since(labelled: Path, tmp_path: Path, rostlots: Command) -> None:
    kept = tmp_path / "före.json"
    assert rostlots("evaluate", labelled, "--save", kept).status == 0
    same = rostlots("evaluate", labelled, "--compare", kept)
    assert "0 turns are answered differently" in same.out
    before = json.loads(kept.read_bytes())
    assert [(j["id"], j["turn"]) for j in before] == [("a", 0), ("a", 1), ("b", 0), ("c", 0), ("d", 0)]
    before[0]["topic"] = "metastasis.formation"
    kept.write_text(json.dumps(before), encoding="utf-8")
    other = rostlots("evaluate", labelled, "--compare", kept)
    assert "1 turns are answered differently" in other.out
    assert "better a.0" in other.out
    assert "metastasis.formation -> metastasis.definition" in other.out


def test_evaluate_reports_broken_lines_and_goes_on(labelled: Path, rostlots: Command) -> None:
    with labelled.open("a", encoding="utf-8") as file:
        file.write('\n{"id": "e", "turns": ["hej"]}')
        file.write('\n{"id": "f", "turns": ["hej", "du"], "expect": [["control.greeting"]]}')
        file.write('\n{"id": "g", "turns": ["hej"], "expect": [[]]}\nhej\n')
        file.write('{"id": "h", "turns": ["hej"], "expect": [["control.greeting", "control.greting"]]}\n')
    ran = rostlots("evaluate", labelled)
    assert ran.status == 1
    assert "4 of 5" in ran.out
    faults = ran.err.splitlines()
    assert [line.partition("line ")[2].partition(":")[0] for line in faults] == ["5", "6", "7", "8", "9"]
    assert faults[-1].endswith("there is no topic control.greting")


def test_where_no_line_can_be_used_each_is_told_why(tmp_path: Path, rostlots: Command) -> None:
    file = tmp_path / "fel.jsonl"
    file.write_text('{"id": "a", "turns": ["hej"], "expect": [["control.greting"]]}\n', encoding="utf-8")
    ran = rostlots("evaluate", file)
    assert ran.status == 2
    assert "line 1: there is no topic control.greting" in ran.err
    assert "no labelled turn" in ran.err


def test_nothing_to_evaluate_is_wrong_use(tmp_path: Path, rostlots: Command) -> None:
    empty = tmp_path / "tom.jsonl"
    empty.write_text("\n", encoding="utf-8")
    ran = rostlots("evaluate", empty, "--plot", tmp_path / "bild.png", "--save", tmp_path / "s.json")
    assert ran.status == 2
    assert "tom.jsonl" in complaint(ran)
    assert [f.name for f in tmp_path.iterdir()] == ["tom.jsonl"]
