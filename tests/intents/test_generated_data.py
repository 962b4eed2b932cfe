"""What is built from the data knows what it was built from, and is up to date."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import intents.data_files
from intents.classifier import Classifier, training_stamp
from intents.data_files import data_folder, topic_register, training_inputs
from intents.features import features

LANGUAGES = ["sv", "en"]
# What steers understanding without being learnt, and what training writes.
NOT_LEARNT = {
    "calibration.toml",
    "common_words.txt",
    "completeness.toml",
    "cues.toml",
    "danger.toml",
    "subject_words.txt",
    "word_runs.txt",
}


def shipped(lang: str) -> Classifier:
    return Classifier.from_bytes((data_folder(lang) / "classifier.npz").read_bytes())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_classifier_was_trained_on_the_data_as_it_is(lang: str) -> None:
    assert shipped(lang).stamp == training_stamp(training_inputs(lang)), f"python -m tools.train_intents --lang {lang}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_classifier_knows_the_topics_of_the_register(lang: str) -> None:
    assert set(shipped(lang).topics) == set(topic_register())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_file_that_is_learnt_counts(lang: str) -> None:
    folder = Path(str(data_folder(lang)))
    kept = {f.relative_to(folder).as_posix() for f in folder.rglob("*.t*") if f.is_file()}
    assert kept - set(training_inputs(lang)) - NOT_LEARNT == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_change_of_any_input_changes_the_stamp(lang: str) -> None:
    inputs = training_inputs(lang)
    stamps = {training_stamp(inputs)}
    for name, content in inputs.items():
        stamps.add(training_stamp({**inputs, name: content + b" "}))
        stamps.add(training_stamp({**inputs, name: content[:-2] + b"x" + content[-1:]}))
        stamps.add(training_stamp({n: c for n, c in inputs.items() if n != name}))
    assert len(stamps) == 1 + 3 * len(inputs)


def test_the_stamp_tells_names_and_borders_apart_but_not_order() -> None:
    assert training_stamp({"a": b"1", "b": b"2"}) == training_stamp({"b": b"2", "a": b"1"})
    different = [
        {"a": b"12"},
        {"a": b"1", "b": b"2"},
        {"a": b"2", "b": b"1"},
        {"ab": b"12"},
        {"a": b"", "b": b"12"},
        {},
    ]
    assert len({training_stamp(inputs) for inputs in different}) == len(different)


def test_a_classifier_survives_the_way_to_bytes_and_back() -> None:
    one = shipped("en")
    other = Classifier.from_bytes(one.to_bytes())
    assert (other.topics, other.stamp, other.vocabulary) == (one.topics, one.stamp, one.vocabulary)
    blocks = features(("what", "is", "a", "metastasis"), [])
    assert np.allclose(one.probabilities(blocks), other.probabilities(blocks), atol=1e-4)


def test_probabilities_add_up_even_where_nothing_is_known() -> None:
    one = shipped("en")
    for words in ((), ("qxzqxz",), ("what", "is", "a", "metastasis")):
        shares = one.probabilities(features(words, []))
        assert shares.shape == (len(one.topics),)
        assert shares.sum() == pytest.approx(1, abs=1e-4)
        assert (shares >= 0).all()


@pytest.mark.parametrize("data", [b"garbage", b"\x93NUMPY\x01\x00"])
def test_what_is_no_classifier_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a classifier"):
        Classifier.from_bytes(data)


def test_the_inputs_are_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = training_stamp(training_inputs("en"))
    monkeypatch.setattr(intents.data_files, "question_files", lambda lang: {"x.txt": "[liver.about]\nlevern\n"})
    assert training_stamp(training_inputs("en")) != before
