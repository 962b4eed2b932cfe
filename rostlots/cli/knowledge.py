"""`rostlots knowledge`: for those who keep what the voice knows."""

from __future__ import annotations

import click

from rostlots.assistant import LANGUAGES
from rostlots.cli import PART_FAILED, WELL


@click.group("knowledge")
def command() -> None:
    """What the voice knows."""


@command.command("check")
def check_() -> int:
    """Validate the knowledge and what the understanding is built from, and list every fault with its place.

    Looks for topics without answer, source, question or translation, for names of things that aren't there, for what
    cannot be read aloud, and for questions with two labels. Words of the answers that Vosk doesn't know are no fault;
    they are listed with the pronunciation that they get by rule.
    """
    from intents.data_files import concept_entries, questions, subjects, topic_register
    from skill import load_knowledge
    from skill.checking import Understanding, check, check_translation

    register = topic_register()
    original = load_knowledge(LANGUAGES[0])
    faults = []
    for lang in LANGUAGES:
        knowledge = load_knowledge(lang)
        faults += check(register, knowledge, Understanding(questions(lang), concept_entries(lang), subjects(lang)))
        if knowledge is not original:
            faults += check_translation(original, knowledge)
    for line in _without_pronunciation():
        click.echo(line)
    for fault in faults:
        click.echo(str(fault))
    if faults:
        click.echo(f"{len(faults)} faults.")
        return PART_FAILED
    click.echo(f"{len(register)} topics, {len(original.answers)} answers in {len(LANGUAGES)} languages: no fault.")
    return WELL


def _without_pronunciation() -> list[str]:
    from rostlots.own_words import unpronounced
    from skill import load_knowledge
    from speech.vosk_graph import pack

    place = pack.folder()
    lines = []
    for word, way in unpronounced(load_knowledge("sv"), pack.load(place)).items():
        said = f"by rule it is said {' '.join(way)}" if way else "and no rule has one, so Vosk never hears it"
        lines.append(f"note: {word} has no checked pronunciation, {said}; {place / pack.OWN_WORDS} takes a better one")
    return lines
