"""Questions that were not understood: what is kept of them, what never is, and who can see it."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from rostlots import review as review_module
from rostlots.assistant import Assistant
from rostlots.cli import main
from rostlots.redaction import GAP, MAX_WORDS, load_vocabulary, redact
from rostlots.review import Line, Review, ReviewError, may_be_kept
from rostlots.settings import Settings
from skill import Reply, State
from skill.reply import Action, Alternative

MONDAY = date(2025, 2, 10)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "review.db"


def reply(
    heard: str,
    *,
    action: Action = "fallback",
    topic: str = "fallback.unclear",
    confidence: float = 0.9,
    near: tuple[Alternative, ...] = (),
    lang: str = "sv",
) -> Reply:
    return Reply(
        heard=heard,
        action=action,
        topic=topic,
        confidence=confidence,
        say="",
        alternatives=near,
        lang="en" if lang == "en" else "sv",
    )


def note_many(path: Path, times: int) -> None:
    """What each of several processes does; on a slow disk, with more patience than a conversation would have."""
    review_module._PATIENCE = 30.0
    review = Review(path, today=lambda: MONDAY)
    for _ in range(times):
        review.note(reply("kan man äta fisk"))


# --- redaction ---------------------------------------------------------------------------

PERSONAL = [
    ("Hej, jag heter Birgit Svensson och undrar om levern", ["birgit", "svensson"]),
    ("min man Arne har ont i skelettet", ["arne"]),
    ("min fru svea fick strålning", ["svea"]),
    ("Björn har ont i levern", ["björn"]),
    ("jag heter sten björk och har cancer", ["sten", "björk"]),
    ("hon heter vara lilla hand och har cancer", ["vara", "lilla", "hand"]),
    ("vi pratade med Lilla Syster om Levern", ["lilla", "syster"]),
    ("doktor Hassan Al-Rashid sa att det var metastaser", ["hassan", "rashid", "al"]),
    ("sköterskan Anna-Karin von Essen ringde", ["anna", "karin", "essen", "von"]),
    ("Zlatan och Järnefelt, Lungström, Brorsson och Helga", ["zlatan", "järnefelt", "lungström", "brorsson", "helga"]),
    ("jag bor på Storgatan 5 B i Säffle", ["storgatan", "5", "säffle"]),
    ("jag bor på lilla vägen vid vatten", ["lilla", "vägen"]),
    ("vi bor i järna nära sjukhuset", ["järna"]),
    ("får man vård i uppsala eller på karolinska i Stockholm", ["uppsala", "karolinska", "stockholm"]),
    ("ring mig på 070-123 45 67 tack", ["070", "123", "45", "67"]),
    ("mitt nummer är +46 (0)70 1234567", ["46", "70", "1234567"]),
    ("noll sju noll ett två tre fyra fem sex sju", ["noll", "sju", "ett", "två", "tre", "fyra", "fem", "sex"]),
    ("personnumret är 19121212-1212", ["19121212", "1212"]),
    ("nitton tolv tolv tolv streck tolv ett två", ["nitton", "tolv", "ett", "två"]),
    ("nittonhundratolv den tolfte december", ["nittonhundratolv", "tolfte", "december"]),
    ("född 3 maj 1944 och är åttioettåring", ["3", "maj", "1944", "åttioettåring"]),
    ("sextiofem år och tjugoförsta, sextonde, femtionde i kön", ["sextiofem", "tjugoförsta", "sextonde", "femtionde"]),
    ("jag bor på hundratjugotre", ["hundratjugotre"]),
    ("fullbredd １９１２１２１２ och ½ och ⅻ", ["１", "19121212", "½", "ⅻ", "xii"]),
    ("svara till birgit.svensson@mail.se eller lilla@gammal.se", ["birgit", "mail", "lilla", "gammal", "@"]),
    ("skriv till birgit snabel-a gmail punkt com", ["birgit", "gmail", "com"]),
    ("läs https://kalle.svensson.se/levern/hos_oss", ["kalle", "https", "oss"]),
    ("jag heter cancerkarin och skelettkalle på nätet", ["cancerkarin", "skelettkalle"]),
    ("jag stavar det b i r g i t", ["b", "r", "g", "t"]),
    ("journal SE-84B12X i facket", ["84", "12", "se"]),
    ("JAG HETER BIRGIT OCH HAR CANCER", ["birgit"]),
    ("Svea. Arne! Birgit?", ["svea", "arne", "birgit"]),
    ("Bir\u200bgit Sve\u00adns\u0301son", ["bir", "git", "sve", "son"]),
]
ENGLISH = [
    ("My name is Mary Smith and I have cancer", ["mary", "smith"]),
    ("brian has mets in the liver", ["brian"]),
    ("John's wife lives in New Street, Leeds", ["john", "john's", "new", "street", "leeds"]),
    ("call me on oh seven nine one one double two", ["seven", "nine", "one", "double", "two", "oh"]),
    ("born on the twenty-first of March nineteen forty", ["twenty", "first", "march", "nineteen", "forty"]),
]


@pytest.mark.parametrize(("said", "secrets"), PERSONAL, ids=[said for said, _ in PERSONAL])
def test_what_tells_who_somebody_is_goes(said: str, secrets: list[str]) -> None:
    kept = redact(said, "sv").split()
    assert not set(kept) & set(secrets)
    assert not any(letter.isnumeric() for letter in "".join(kept))


@pytest.mark.parametrize(("said", "secrets"), ENGLISH, ids=[said for said, _ in ENGLISH])
def test_english_too(said: str, secrets: list[str]) -> None:
    assert not set(redact(said, "en").split()) & set(secrets)


@pytest.mark.parametrize("name", ["birgit", "arne", "svea", "bengt", "karin", "uppsala", "storgatan", "sten", "siri"])
def test_a_name_in_the_question_files_is_no_ordinary_word(name: str) -> None:
    assert not load_vocabulary("sv").keeps(name)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Kan man få ett prov på levern?", "kan man få ett prov på levern"),
        ("Vad är PET och CT?", "vad är pet och ct"),
        ("har levermetastaserna blixtrat på andra sidan", f"har levermetastaserna {GAP} på andra sidan"),
        ("vilka biverkningar har Keytruda och keytruda", f"vilka biverkningar har {GAP} och keytruda"),
        ("första tumören", "första tumören"),
        ("Birgit Svensson, Storgatan 5", GAP),
        ("", ""),
        ("?!", ""),
    ],
)
def test_what_helps_the_editors_stays(said: str, kept: str) -> None:
    assert redact(said, "sv") == kept


def test_long_texts_are_cut() -> None:
    kept = redact("har " * 41, "sv").split()
    assert kept == ["har"] * MAX_WORDS + [GAP]
    assert redact("har " * 40, "sv").split() == ["har"] * MAX_WORDS
    for endless in ("x", "tonde", "en", "sexsex", ".", "metasta"):
        assert redact(endless * 100_000, "sv") in ("", GAP)


def test_no_word_comes_out_that_is_not_on_the_list() -> None:
    vocabulary = load_vocabulary("sv")
    for said, _ in PERSONAL:
        assert all(word == GAP or vocabulary.keeps(word) for word in redact(said, "sv").split())


# --- what is kept at all -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("turn", "kept"),
    [
        (reply("kan man äta fisk"), True),
        (reply("kan man äta fisk", action="handoff"), True),
        (reply("kan man äta fisk", action="handoff", topic="handoff.not_covered"), True),
        (reply("vad är metastaser", action="answer", topic="metastasis.definition", confidence=0.49), True),
        (reply("vad är metastaser", action="answer", topic="metastasis.definition", confidence=0.5), False),
        (reply("jag vill prata med någon", action="handoff", topic="handoff.request"), False),
        (reply("han andas inte", action="emergency", topic="safety.emergency", confidence=0.3), False),
        (reply("jag orkar inte", action="emergency", topic="safety.self_harm", confidence=0.3), False),
        (reply("jag är så rädd", action="handoff", topic="handoff.distress", confidence=0.3), False),
        (reply("jag vill inte leva"), False),
        (reply("han bara ligger där", near=(Alternative("safety.emergency", 0.2),)), False),
        (reply("jag är ledsen", near=(Alternative("handoff.distress", 0.4),)), False),
        (reply("kan man äta fisk", near=(Alternative("safety.emergency", 0.01),)), True),
    ],
)
def test_only_what_was_not_understood_and_is_no_danger(turn: Reply, kept: bool, path: Path) -> None:
    assert may_be_kept(turn) is kept
    Review(path).note(turn)
    assert len(Review(path).lines()) == kept


def test_nothing_is_stored_of_a_text_that_is_all_personal(path: Path) -> None:
    Review(path).note(reply("Birgit Svensson"))
    Review(path).note(reply(""))
    assert not path.exists()


# --- the file ------------------------------------------------------------------------------


def test_the_file_holds_counts_and_weeks_and_nothing_else(path: Path) -> None:
    Review(path, today=lambda: date(2025, 1, 1)).note(reply("Kan Birgit äta fisk?"))
    Review(path, today=lambda: MONDAY).note(reply("kan Arne äta fisk"))
    Review(path, today=lambda: MONDAY).note(reply("får jag ta en tablett till"))
    assert Review(path).lines() == [
        Line(f"kan {GAP} äta fisk", "sv", "fallback.unclear", 2, "2025-W01", "2025-W07"),
        Line("får jag ta en tablett till", "sv", "fallback.unclear", 1, "2025-W07", "2025-W07"),
    ]
    with closing(sqlite3.connect(path)) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(questions)")]
    assert columns == ["text", "lang", "topic", "count", "first_week", "last_week"]
    content = path.read_bytes().lower()
    assert b"birgit" not in content
    assert b"arne" not in content
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_only_its_owner_can_read_it(path: Path) -> None:
    before = os.umask(0)
    try:
        Review(path).note(reply("kan man äta fisk"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o644)
        Review(path).note(reply("kan man äta fisk"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_several_processes_count_together(path: Path) -> None:
    start = multiprocessing.get_context("spawn")
    workers = [start.Process(target=note_many, args=(path, 25)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert [line.count for line in Review(path).lines()] == [100]


def test_several_threads_count_together(path: Path) -> None:
    workers = [threading.Thread(target=note_many, args=(path, 10)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [line.count for line in Review(path).lines()] == [80]


def test_the_file_does_not_grow_without_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_module, "MAX_LINES", 2)
    for said in ("kan man äta fisk", "får jag ta en tablett", "vad är klockan", "kan man äta fisk"):
        Review(path).note(reply(said))
    kept = {line.text: line.count for line in Review(path).lines()}
    assert kept == {"kan man äta fisk": 2, "får jag ta en tablett": 1}


def test_what_was_forgotten_is_no_longer_in_the_file(path: Path) -> None:
    Review(path).note(reply("kan man äta fisk"))
    assert b"fisk" in path.read_bytes()
    assert Review(path).forget() == 1
    assert Review(path).lines() == []
    assert b"fisk" not in path.read_bytes()
    Review(path).note(reply("kan man äta fisk"))
    assert len(Review(path).lines()) == 1


# --- failing -------------------------------------------------------------------------------


def folder_missing(path: Path) -> Path:
    return path.parent / "nowhere" / "review.db"


def other_content(path: Path) -> Path:
    path.write_text("Something else, which is long enough to be taken for the head of a file. " * 20)
    return path


def other_database(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE patients (name TEXT)")
    return path


def a_folder(path: Path) -> Path:
    path.mkdir()
    return path


def a_link(path: Path) -> Path:
    path.symlink_to(path.parent / "elsewhere")
    return path


@pytest.mark.parametrize("trouble", [folder_missing, other_content, other_database, a_folder, a_link])
def test_a_failure_disturbs_nobody_and_touches_nothing(
    trouble: Callable[[Path], Path], path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = trouble(path)
    before = place.read_bytes() if place.is_file() else None
    assistant = Assistant(review=Review(place))
    with caplog.at_level(logging.WARNING):
        assistant.answer("blurr fisk morrum tjosan", State())
        Review(place).note(reply("kan man äta fisk"))
    assert "could not be stored" in caplog.text
    assert "fisk" not in caplog.text
    assert (place.read_bytes() if place.is_file() else None) == before
    assert not (path.parent / "elsewhere").exists()


def test_a_broken_redaction_stores_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str, lang: str) -> str:
        raise RuntimeError(text)

    monkeypatch.setattr(review_module, "redact", broken)
    Review(path).note(reply("kan man äta fisk"))
    assert not path.exists()


def test_a_file_of_something_else_is_named(path: Path) -> None:
    for trouble in (other_database, other_content):
        path.unlink(missing_ok=True)
        with pytest.raises(ReviewError, match=r"review\.db"):
            Review(trouble(path)).lines()


# --- the conversation ----------------------------------------------------------------------


class Listener:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.turns: list[Reply] = []

    def note(self, reply: Reply) -> None:
        self.turns.append(reply)


def test_the_assistant_tells_of_every_turn() -> None:
    listener = Listener()
    assistant = Assistant(review=listener)
    first, state = assistant.answer("vad är metastaser", State())
    second, _ = assistant.answer("släck lampan", state)
    assert listener.turns == [first, second]


def test_it_is_off_unless_a_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.from_environ({}).review is None
    assert Settings.from_environ({"ROSTLOTS_REVIEW": " "}).review is None
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["ask", "släck lampan"]) == 0
    assert not any(file.suffix == ".db" or file.is_file() for file in tmp_path.rglob("*"))


def test_danger_in_a_conversation_leaves_no_trace(path: Path) -> None:
    assistant = Assistant.from_settings(Settings(review=path))
    for said in (
        "hjälp han andas inte",
        "jag vill dö",
        "jag orkar inte leva längre",
        "hon är medvetslös ring ambulans",
        "jag är så rädd och ledsen",
        "Birgit har fått kramper nu",
    ):
        assistant.answer(said, State())
    assert Review(path).lines() == []


def test_a_way_in_counts_where_the_operator_wants_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ROSTLOTS_REVIEW", str(path))
    for _ in range(2):
        assert main(["ask", "kan du släcka lampan hos Birgit Svensson på Storgatan 5"]) == 0
    (line,) = Review(path).lines()
    assert line.count == 2
    assert line.text.startswith("kan du ")
    assert not {"birgit", "svensson", "storgatan", "5"} & set(line.text.split())


# --- the command ---------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["--json"], ["--forget", "--yes"]])
def test_switched_off_is_said_in_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "switched off" in shown.err
    assert "ROSTLOTS_REVIEW" in shown.err
    assert len(shown.err.strip().splitlines()) == 1


@pytest.fixture
def counted(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    review = Review(path, today=lambda: MONDAY)
    for said in ("får jag ta en tablett", "kan man äta fisk", "kan man äta fisk"):
        review.note(reply(said))
    monkeypatch.setenv("ROSTLOTS_REVIEW", str(path))
    return path


@pytest.mark.usefixtures("counted")
def test_the_most_frequent_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review"]) == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["count", "topic", "lang", "first", "last", "question"]
    assert first.split(maxsplit=5) == ["2", "fallback.unclear", "sv", "2025-W07", "2025-W07", "kan man äta fisk"]
    assert second.split(maxsplit=5)[5] == "får jag ta en tablett"
    assert head.index("question") == first.index("kan man") == second.index("får jag")


@pytest.mark.usefixtures("counted")
def test_as_json(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["review", "--json"]) == 0
    first, second = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert first == {
        "text": "kan man äta fisk",
        "lang": "sv",
        "topic": "fallback.unclear",
        "count": 2,
        "first_week": "2025-W07",
        "last_week": "2025-W07",
    }
    assert second["count"] == 1


def test_nothing_counted_yet(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ROSTLOTS_REVIEW", str(path))
    assert main(["review"]) == 0
    assert "Nothing" in capsys.readouterr().out
    assert main(["review", "--forget", "--yes"]) == 0
    assert not path.exists()


def test_forgetting_asks_first(counted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    assert main(["review", "--forget"]) == 0
    assert len(Review(counted).lines()) == 2
    monkeypatch.setattr("click.confirm", lambda *_, **__: True)
    assert main(["review", "--forget"]) == 0
    assert Review(counted).lines() == []


def test_forgetting_without_a_question(counted: Path) -> None:
    assert main(["review", "--forget", "--yes"]) == 0
    assert Review(counted).lines() == []


@pytest.mark.parametrize("arguments", [["--yes"], ["--forget", "--json"]])
@pytest.mark.usefixtures("counted")
def test_options_that_do_not_go_together(arguments: list[str]) -> None:
    assert main(["review", *arguments]) == 2


def test_a_file_that_cannot_be_used_is_one_sentence(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ROSTLOTS_REVIEW", str(other_content(path)))
    assert main(["review"]) == 2
    assert "review.db" in capsys.readouterr().err
