"""Answers are rendered once, kept by what they are, and never trusted blindly."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from speech.prepared import PreparedSpeech
from speech.voice import Pace, Spoken


@dataclass
class Beeper:
    """A voice that answers every text with a tone, and counts."""

    name: str = "beeper 1"
    said: list[tuple[str, Pace]] = field(default_factory=list)

    def render(self, text: str, *, pace: Pace = "normal") -> Spoken:
        self.said.append((text, pace))
        wave = 3000 * np.sin(np.arange(4000 + 10 * len(text)) / 7)
        return Spoken(wave.astype(np.int16), 22_050)


@pytest.fixture
def prepared(tmp_path: Path) -> PreparedSpeech:
    return PreparedSpeech(Beeper(), tmp_path / "cache" / "speech")


def said(prepared: PreparedSpeech) -> list[tuple[str, Pace]]:
    assert isinstance(prepared.voice, Beeper)
    return prepared.voice.said


def test_the_second_time_comes_from_the_disk(prepared: PreparedSpeech) -> None:
    first, second = prepared.render("Hej."), prepared.render("Hej.")
    assert len(said(prepared)) == 1
    assert np.array_equal(first.samples, second.samples)
    assert first.rate == second.rate == 22_050


def test_another_process_finds_it(prepared: PreparedSpeech) -> None:
    prepared.render("Hej.")
    later = PreparedSpeech(Beeper(), prepared.folder)
    later.render("Hej.")
    assert said(later) == []


def test_text_pace_and_voice_each_make_another_sound(prepared: PreparedSpeech) -> None:
    prepared.render("Hej.")
    prepared.render("Hej!")
    prepared.render("Hej.", pace="slow")
    PreparedSpeech(Beeper("beeper 2"), prepared.folder).render("Hej.")
    assert len(list(prepared.folder.iterdir())) == 4


def test_the_voice_gets_the_prepared_text(prepared: PreparedSpeech) -> None:
    prepared.render("Ring 112.")
    assert said(prepared) == [("Ring ett ett två.", "normal")]


def test_what_is_kept_is_not_named_after_the_text(prepared: PreparedSpeech) -> None:
    prepared.render("Metastaser")
    (path,) = prepared.folder.iterdir()
    assert "etastaser" not in path.name
    assert b"etastaser" not in path.read_bytes()


@pytest.mark.parametrize("harm", ["empty", "cut", "flip", "text"])
def test_a_damaged_file_is_rendered_anew(prepared: PreparedSpeech, harm: str) -> None:
    good = prepared.render("Hej.")
    (path,) = prepared.folder.iterdir()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x55
    path.write_bytes(
        {"empty": b"", "cut": bytes(content[: len(content) // 2]), "flip": bytes(content), "text": b"hej"}[harm]
    )
    again = prepared.render("Hej.")
    assert len(said(prepared)) == 2
    assert np.array_equal(good.samples, again.samples)
    prepared.render("Hej.")
    assert len(said(prepared)) == 2


def test_the_longest_unused_goes_first(prepared: PreparedSpeech) -> None:
    import os

    for age, text in enumerate(["gammal", "använd", "ny"]):
        prepared.render(text)
        newest = max(prepared.folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (1_000 + age, 1_000 + age))
    prepared.render("använd")
    prepared.most_bytes = sum(path.stat().st_size for path in prepared.folder.iterdir())
    prepared.render("nyast")
    before = len(said(prepared))
    prepared.render("använd")
    assert len(said(prepared)) == before
    prepared.render("gammal")
    assert len(said(prepared)) == before + 1


def test_a_folder_that_cannot_be_made_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    prepared = PreparedSpeech(Beeper(), tmp_path / "file" / "speech")
    assert prepared.render("Hej.").seconds > 0
