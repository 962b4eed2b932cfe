"""Questions that were not understood, counted where an operator has asked for it, so that the knowledge can grow.

What is kept is a redacted text with its language and topic, how often it came, and the first and last week: no caller,
no session, no hour, no order. The file can be read by its owner only. Whatever goes wrong while storing, nothing is
stored and the conversation goes on.
"""

from __future__ import annotations

import logging
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import msgspec

from intents.data_files import concept_table, spoken_forms
from intents.normalise import utterance
from rostlots.redaction import GAP, redact
from skill import Reply

# Below this a reply is more likely wrong than right.
UNSURE = 0.5
# Danger that came this close may be danger that was missed; it is not kept either.
_DANGER_NEAR = 0.2
# So many different lines are kept; further ones are only counted where they are there already.
MAX_LINES = 20_000
# A conversation waits at most so long (seconds) for another process that is storing.
_PATIENCE = 2.0
# What marks a file as ours ("RLre"), so that no other database is ever written to.
_APPLICATION = 0x524C7265
_OWNER_ONLY = 0o600

# SQLite's file locks are the process's: one thread at a time opens and closes the file.
_TURN = threading.Lock()
_log = logging.getLogger(__name__)

_TABLE = """
CREATE TABLE IF NOT EXISTS questions (
    text TEXT NOT NULL, lang TEXT NOT NULL, topic TEXT NOT NULL,
    count INTEGER NOT NULL, first_week TEXT NOT NULL, last_week TEXT NOT NULL,
    PRIMARY KEY (text, lang, topic)
) WITHOUT ROWID
"""
_COUNT = """
UPDATE questions SET count = count + 1, first_week = min(first_week, :week), last_week = max(last_week, :week)
WHERE text = :text AND lang = :lang AND topic = :topic
"""
_ADD = """
INSERT INTO questions SELECT :text, :lang, :topic, 1, :week, :week WHERE (SELECT count(*) FROM questions) < :most
"""
_LINES = """
SELECT text, lang, topic, count, first_week, last_week FROM questions ORDER BY count DESC, last_week DESC, text
"""


class ReviewError(Exception):
    """The file of questions cannot be used; the message says which and why."""


class Line(msgspec.Struct, frozen=True):
    """A redacted question with how often it came. Weeks are ISO weeks: "2025-W07"."""

    text: str
    lang: str
    topic: str
    count: int
    first_week: str
    last_week: str


class Review:
    """The counted questions in one file. Safe to share between threads; several processes may use the file at once."""

    def __init__(self, path: Path, *, today: Callable[[], date] = date.today) -> None:
        """The file is made when the first question is stored; its folder must be there."""
        self._path = path
        self._today = today
        self._warned = False

    def note(self, reply: Reply) -> None:
        """Count what was asked, if it was not understood and may be kept. Never raises."""
        try:
            if not may_be_kept(reply):
                return
            text = redact(reply.heard, reply.lang)
            if text not in ("", GAP):
                self._store(text, reply)
        except Exception as fault:  # whatever it is, the caller's conversation matters more
            if not self._warned:
                self._warned = True
                _log.warning("A question for review could not be stored (%s).", type(fault).__name__)

    def lines(self) -> list[Line]:
        """What was counted, most frequent first.

        Raises:
            ReviewError: the file cannot be read.
        """
        with self._existing() as database:
            return [Line(*row) for row in database.execute(_LINES)] if database is not None else []

    def forget(self) -> int:
        """Delete everything, so that it is no longer in the file either. Gives the number of lines that went.

        Raises:
            ReviewError: the file cannot be written.
        """
        with self._existing() as database:
            if database is None:
                return 0
            gone = database.execute("DELETE FROM questions").rowcount
            database.execute("VACUUM")
            return gone

    def _store(self, text: str, reply: Reply) -> None:
        year, week, _ = self._today().isocalendar()
        what = {"text": text, "lang": reply.lang, "topic": reply.topic}
        values = {**what, "week": f"{year}-W{week:02}", "most": MAX_LINES}
        if not _TURN.acquire(timeout=_PATIENCE):
            return
        try:
            _make(self._path)
            with closing(_connect(self._path)) as database:
                database.execute("BEGIN IMMEDIATE")
                _claim(database)
                if stat.S_IMODE(self._path.stat().st_mode) != _OWNER_ONLY:
                    self._path.chmod(_OWNER_ONLY)
                if database.execute(_COUNT, values).rowcount == 0:
                    database.execute(_ADD, values)
                database.execute("COMMIT")
        finally:
            _TURN.release()

    @contextmanager
    def _existing(self) -> Iterator[sqlite3.Connection | None]:
        """The database for reading and deleting; None where nothing has been stored yet."""
        with _TURN:
            try:
                if not self._path.exists() or self._path.stat().st_size == 0:
                    yield None
                    return
                with closing(_connect(self._path)) as database:
                    if not _is_ours(database):
                        raise ReviewError(f"{self._path} is not a file of questions for review.")
                    yield database
            except (OSError, sqlite3.Error) as fault:
                raise ReviewError(f"{self._path} cannot be used: {fault}.") from None


def may_be_kept(reply: Reply) -> bool:
    """Whether a turn was not understood, and is neither danger nor grief, nor close to it."""
    if reply.action == "emergency" or _is_grave(reply.topic):
        return False
    missed = (
        reply.action == "fallback"
        or reply.topic.startswith("fallback.")
        or reply.topic == "handoff.not_covered"
        or reply.confidence < UNSURE
    )
    if not missed or any(_is_grave(other.topic) and other.confidence >= _DANGER_NEAR for other in reply.alternatives):
        return False
    words = utterance(reply.heard, spoken_forms(reply.lang)).words
    return not any(mention.concept.startswith("die:") for mention in concept_table(reply.lang).mentions(words))


def _is_grave(topic: str) -> bool:
    return topic.startswith("safety.") or topic == "handoff.distress"


def _make(path: Path) -> None:
    """Make the file, for its owner only, if it isn't there.

    Raises:
        OSError: it cannot be made, or is not a plain file.
    """
    try:
        path.touch(mode=_OWNER_ONLY, exist_ok=False)
    except FileExistsError:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise


def _connect(path: Path) -> sqlite3.Connection:
    """Open the file without making it; what is deleted is overwritten."""
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_PATIENCE, isolation_level=None)
    database.execute("PRAGMA secure_delete = ON")
    return database


def _claim(database: sqlite3.Connection) -> None:
    """Set up a new file; refuse one that belongs to something else.

    Raises:
        ReviewError: it does.
    """
    if _is_ours(database):
        return
    if database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise ReviewError("The file belongs to another program.")
    database.execute(f"PRAGMA application_id = {_APPLICATION}")
    database.execute(_TABLE)


def _is_ours(database: sqlite3.Connection) -> bool:
    return bool(database.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION)
