"""What the language model is made from: how people ask, what the service says, and everyday Swedish."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from intents.questions import parse_questions
from speech.vosk_graph.pack import Sentence
from tools.whisper_pack.texts import QUESTIONS, ROOT, answers, everyday, fits_test, lot, plain

WEIGHTS = {"question": 1.0, "answer": 1.0, "everyday": 3.0}
"""Of a sentence of each kind. There are six questions for each everyday sentence, and what people say around the
question is everyday Swedish."""

EVERYDAY_TEST = 100
"""Everyday sentences that are kept apart for judging."""

JUDGING = ROOT / "tests/speech/data/spoken/questions.jsonl"

MISHEARD = "heard.txt"
"""Questions as a recogniser miswrites them, which no recogniser should learn."""

_SAID = {"112": "ett ett två", "1177": "elva sjuttiosju", "90101": "nio noll ett noll ett", "010": "noll ett noll"}
_UNITS = "noll ett två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton nitton"
_TENS = "tjugo trettio fyrtio femtio sextio sjuttio åttio nittio"


def words_of(text: str) -> list[str]:
    """The words as they are said: lower case, numbers up to 99 and those of the helplines in words."""
    return [word for token in plain(text).split() for word in _said(token)]


def _said(token: str) -> list[str]:
    if token in _SAID:
        return _SAID[token].split()
    if re.fullmatch(r"[1-9]?\d", token):
        units, tens = _UNITS.split(), _TENS.split()
        number = int(token)
        if number < len(units):
            return [units[number]]
        return [tens[number // 10 - 2] + (units[number % 10] if number % 10 else "")]
    return [token]


def questions() -> Iterator[str]:
    """All ways of asking, and what people say after an answer."""
    for path in sorted((QUESTIONS / "questions").glob("*.txt")):
        if path.name != MISHEARD:
            yield from (one.text for one in parse_questions(path.name, path.read_text(encoding="utf-8")))
    for path in sorted(QUESTIONS.glob("followups*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and line[0] not in "#[":
                yield line.partition(" | ")[0]


def everyday_test() -> list[str]:
    """Everyday sentences that are kept out, to see whether they are bent into medicine."""
    apart = sorted((text for text in everyday() if fits_test(text)), key=lambda text: (lot(text, 1), text))
    return apart[:EVERYDAY_TEST]


def judging() -> list[str]:
    """What is said in the recordings that judge the result; none of it is learnt."""
    lines = JUDGING.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["turns"][0] for line in lines] + everyday_test()


def all_sentences() -> dict[str, list[Sentence]]:
    """By kind, each different sentence once with its weight, in a fixed order, without those that judge."""
    apart = {" ".join(words_of(text)) for text in judging()}
    kinds = {
        "question": questions(),
        "answer": answers(),
        "everyday": everyday(),
    }
    found = {}
    for kind, texts in kinds.items():
        different = {" ".join(words_of(text)) for text in texts} - {""} - apart
        found[kind] = [(WEIGHTS[kind], words.split()) for words in sorted(different)]
    return found
