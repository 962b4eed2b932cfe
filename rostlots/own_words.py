"""Words of the answers that the lexicon for Vosk lacks: an editor's new word gets a pronunciation by rule."""

from __future__ import annotations

import re
from dataclasses import replace

from skill import Knowledge, load_knowledge
from speech import SpeechError
from speech.vosk_graph import pack
from speech.vosk_graph.lexicon import Pronunciation
from speech.vosk_graph.pack import Pack
from speech.vosk_graph.pronounce import by_ending, by_espeak, by_parts

_WORD = re.compile(r"[a-zåäöéü]{2,}")
_FILLED_IN = re.compile(r"\{[^}]*\}")


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


def unpronounced(knowledge: Knowledge, shipped: Pack) -> dict[str, Pronunciation | None]:
    """Words of the answers that the pack lacks, with the way of saying them by rule; ``None`` where no rule has one."""
    texts = " ".join(
        text
        for answer in knowledge.answers.values()
        for text in (answer.title, answer.say, answer.more, answer.simple, answer.offer)
    )
    words = set(_WORD.findall(_FILLED_IN.sub(" ", texts).lower()))
    lacking = sorted(words - shipped.lexicon.keys())
    found = {word: by_ending(word, shipped.lexicon) or by_parts(word, shipped.lexicon, {}) for word in lacking}
    rest = [word for word in lacking if found[word] is None]
    try:
        spoken = by_espeak(rest, shipped.phones.names) if rest else []
    except SpeechError:
        spoken = [None] * len(rest)
    return {**{word: way[1] for word, way in found.items() if way}, **dict(zip(rest, spoken, strict=True))}
