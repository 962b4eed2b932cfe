"""Words of the answers that the lexicon for Vosk lacks: an editor's new word gets a pronunciation by rule."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from skill import Knowledge, load_knowledge
from speech import SpeechError, SpeechSettings
from speech.hearing import adapted_vosk
from speech.vosk_graph import pack
from speech.vosk_graph.adapt import words_of
from speech.vosk_graph.lexicon import Pronunciation
from speech.vosk_graph.pack import Pack
from speech.vosk_graph.pronounce import by_ending, by_espeak, by_parts

_WORD = re.compile(r"[a-zåäöéü]{2,}")
_FILLED_IN = re.compile(r"\{[^}]*\}")

_NAMED = 5
"""New words that a warning names."""

log = logging.getLogger(__name__)


def pack_with_knowledge() -> Pack:
    """The pack, with those words of the Swedish answers that it lacks and that a rule can pronounce.

    Raises ``speech.ModelDamaged``.
    """
    shipped = pack.load(pack.folder())
    new = {word: way for word, way in unpronounced(load_knowledge("sv"), shipped).items() if way is not None}
    if not new:
        return shipped
    return replace(
        shipped,
        lexicon={**shipped.lexicon, **{word: [way] for word, way in new.items()}},
        sentences=shipped.sentences + tuple((1.0, [word]) for word in sorted(new)),
    )


def newer_words(adapted: Path) -> list[str]:
    """Words of the Swedish answers that an adapted model was made without, though they can be said.

    Raises ``speech.ModelDamaged``, ``OSError`` and ``ValueError``.
    """
    knowledge = load_knowledge("sv")
    lacking = _words(knowledge) - words_of(adapted)
    if not lacking:
        return []
    shipped = pack.load(pack.folder())
    ways = unpronounced(knowledge, shipped)
    # What no rule can say would be lacking for ever.
    return sorted(word for word in lacking if word in shipped.lexicon or ways[word] is not None)


def warn_of_newer_words(choice: str, settings: SpeechSettings) -> None:
    """Say in the log that the answers have words which Vosk was not taught, where the adapted model may be what hears.

    ``choice`` is the recogniser as the operator has set it. A damaged model is told of when it is opened.
    """
    adapted = adapted_vosk(settings)
    if choice == "whisper" or settings.vosk_model is not None or not adapted.is_dir():
        return
    with suppress(SpeechError, OSError, ValueError):
        if newer := newer_words(adapted):
            log.warning("%s", told(newer))


def told(newer: list[str]) -> str:
    """One sentence about new words, with the command that helps."""
    more = f" and {len(newer) - _NAMED} more" if len(newer) > _NAMED else ""
    return (
        f"The adapted Vosk model never hears these words of the answers, which are newer: {', '.join(newer[:_NAMED])}"
        f"{more}; rostlots models adapt vosk-sv teaches them."
    )


def unpronounced(knowledge: Knowledge, shipped: Pack) -> dict[str, Pronunciation | None]:
    """Words of the answers that the pack lacks, with the way of saying them by rule; ``None`` where no rule has one."""
    lacking = sorted(_words(knowledge) - shipped.lexicon.keys())
    found = {word: by_ending(word, shipped.lexicon) or by_parts(word, shipped.lexicon, {}) for word in lacking}
    rest = [word for word in lacking if found[word] is None]
    try:
        spoken = by_espeak(rest, shipped.phones.names) if rest else []
    except SpeechError:
        spoken = [None] * len(rest)
    return {**{word: way[1] for word, way in found.items() if way}, **dict(zip(rest, spoken, strict=True))}


def _words(knowledge: Knowledge) -> set[str]:
    """The words of the answers."""
    texts = " ".join(
        text
        for answer in knowledge.answers.values()
        for text in (answer.title, answer.say, answer.more, answer.simple, answer.offer)
    )
    return set(_WORD.findall(_FILLED_IN.sub(" ", texts).lower()))
