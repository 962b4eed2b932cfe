"""The data files of a language: found, read and parsed in one place."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from intents.concepts import ConceptEntry, ConceptTable
from intents.context import Subject, follow_ups
from intents.encoder import Encoder
from intents.mishearing import SoundRepair
from intents.questions import LabelledQuestion, parse_questions
from intents.soundalikes import SoundAlikes


class DataFileError(Exception):
    """A data file of the understanding cannot be used; the message says file, place and fault."""


def data_folder(lang: str) -> Traversable:
    """The folder of a language's data."""
    return files("intents") / "data" / lang


def topic_register() -> Mapping[str, Mapping[str, str]]:
    """Every topic id with the facts that its answer carries (`says`, absent for some)."""
    return _toml(files("intents") / "data" / "topics.toml")


def concept_entries(lang: str) -> dict[str, ConceptEntry]:
    """The concepts of a language by name.

    Raises:
        DataFileError: the file is not as it should be.
    """
    place = data_folder(lang) / "concepts.toml"
    try:
        return msgspec.convert(_toml(place), dict[str, ConceptEntry])
    except msgspec.ValidationError as error:
        raise DataFileError(f"{place.name}: {error}") from None


@cache
def concept_table(lang: str) -> ConceptTable:
    """The concepts of a language, ready for matching."""
    return ConceptTable(concept_entries(lang), spoken_forms(lang))


def question_files(lang: str) -> dict[str, str]:
    """The text of every question file, by name."""
    folder = data_folder(lang) / "questions"
    return {
        f.name: f.read_text(encoding="utf-8")
        for f in sorted(folder.iterdir(), key=lambda f: f.name)
        if f.name.endswith(".txt")
    }


def questions(lang: str) -> list[LabelledQuestion]:
    """Every labelled question of a language, in the order of the files."""
    return [q for name, text in question_files(lang).items() for q in parse_questions(name, text)]


def sound_repair(lang: str) -> SoundRepair | None:
    """What puts misheard words right; None for a language without a list of ordinary words."""
    folder = data_folder(lang)
    if not (folder / "common_words.txt").is_file():
        return None

    def lines(name: str) -> frozenset[str]:
        return frozenset((folder / name).read_text(encoding="utf-8").split())

    return SoundRepair(lines("subject_words.txt"), lines("common_words.txt"), concept_table(lang).names_subject)


@cache
def sound_alikes(lang: str) -> SoundAlikes:
    """The bank of texts that misheard ones may have been, read when somebody is first heard."""
    lines = (data_folder(lang) / "word_runs.txt").read_text(encoding="utf-8").splitlines()
    counted = (line.split("\t") for line in lines)
    return SoundAlikes({tuple(run.split(" ")): int(count) for count, run in counted})


@cache
def encoder(lang: str, topics: tuple[str, ...]) -> Encoder:
    """The second opinion between these topics, read when the first leaves doubt.

    Raises:
        DataFileError: the file is broken.
    """
    try:
        return Encoder.from_bytes((data_folder(lang) / "encoder.onnx").read_bytes()).deciding_between(topics)
    except ValueError as fault:
        raise DataFileError(f"data/{lang}/encoder.onnx: {fault}") from None


@cache
def spoken_forms(lang: str) -> Mapping[str, str]:
    """How words that are written as they sound are written out."""
    return msgspec.convert(_toml(data_folder(lang) / "spoken_forms.toml"), dict[str, str])


@cache
def subjects(lang: str) -> Mapping[str, Subject]:
    """What follow-ups leave unsaid, by topic.

    Raises:
        DataFileError: the file is not as it should be.
    """
    place = data_folder(lang) / "subjects.toml"
    try:
        return msgspec.convert(_toml(place), dict[str, Subject])
    except msgspec.ValidationError as error:
        raise DataFileError(f"{place.name}: {error}") from None


def follow_up_files(lang: str) -> dict[str, str]:
    """The text of every file of follow-ups, by name."""
    folder = data_folder(lang)
    return {
        f.name: f.read_text(encoding="utf-8")
        for f in sorted(folder.iterdir(), key=lambda f: f.name)
        if f.name.startswith("followups") and f.name.endswith(".txt")
    }


def follow_up_questions(lang: str) -> list[LabelledQuestion]:
    """Follow-ups with their subject filled in."""
    text = "\n".join(follow_up_files(lang).values())
    return [LabelledQuestion(said, (topic,), "followups") for said, topic in follow_ups(text, subjects(lang))]


def openers(lang: str) -> list[str]:
    """What people say before they come to the point."""
    lines = (data_folder(lang) / "openers.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def training_inputs(lang: str) -> dict[str, bytes]:
    """Everything that the classifier of a language is built from, by name."""
    inputs = {f"questions/{name}": text.encode() for name, text in question_files(lang).items()}
    inputs.update((name, text.encode()) for name, text in follow_up_files(lang).items())
    for name in ("concepts.toml", "subjects.toml", "openers.txt", "spoken_forms.toml"):
        inputs[name] = (data_folder(lang) / name).read_bytes()
    return inputs


def _toml(place: Traversable) -> dict[str, dict[str, str]]:
    try:
        return tomllib.loads(place.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise DataFileError(f"{place.name}: {error}") from None
