"""A Whisper model in CTranslate2's format: encoding a short recording, writing it down, and judging a text for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from speech.audio import RATE
from speech.errors import EngineMissing, ModelDamaged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

NEEDED = ("config.json", "model.bin", "tokenizer.json")
VOCABULARIES = ("vocabulary.txt", "vocabulary.json")

LANGUAGE = "sv"

FRAMES_PER_SECOND = 100
WHOLE_WINDOW = 30 * FRAMES_PER_SECOND
"""Frames for which Whisper was trained, 30 s; a longer recording does not fit."""
ROOM = FRAMES_PER_SECOND
"""Frames of silence after the recording in place of the padding to 30 s. The text is the same and encoding takes a
fifth of the time."""

BATCH = 4
"""Texts that are judged at once; 16 take no less time and 300 MB more."""

BEAM = 5
NO_REPEAT = 5
"""Tokens that may not come twice in a row of this length: the decoder's loops."""

TOKENS_PER_SECOND = 10
SPARE_TOKENS = 10
"""Bounds of the text for a recording, which keep loops short; fast Swedish speech has about 8 tokens in a second."""

MOST_TOKENS = 448
MOST_PROMPT_TOKENS = 200

UNLIKELIEST = 1e-9
"""Floor of a token's probability before its logarithm is taken."""


@dataclass(frozen=True, eq=False)
class Encoded:
    """A recording as the encoder has understood it."""

    states: Any
    """CTranslate2's array, shape ``(1, frames / 2, width)``."""
    frames: int
    """Frames of 10 ms, the room after the recording included."""
    seconds: float
    """Length of the recording."""


@dataclass(frozen=True)
class Written:
    """One text that the decoder has written."""

    tokens: tuple[int, ...]
    text: str
    score: float
    """Mean natural logarithm of the probability per token."""


@dataclass(frozen=True)
class Decoded:
    """What the decoder makes of a recording."""

    written: tuple[Written, ...]
    """Most probable first; texts may be empty."""
    no_speech: float
    """Probability that nobody speaks, 0 to 1."""


class WhisperModel:
    """The loaded model; may be used by several threads at once."""

    def __init__(self, folder: Path, threads: int, at_once: int = 1) -> None:
        """Load from ``folder``; ``at_once`` recognitions are computed at the same time, each with so many threads.

        Raises ``EngineMissing`` or ``ModelDamaged``.
        """
        missing = [name for name in NEEDED if not (folder / name).is_file()]
        if missing or not any((folder / name).is_file() for name in VOCABULARIES):
            raise ModelDamaged(f"{folder} is no Whisper model: it has no {(missing or VOCABULARIES)[0]}.")
        try:
            import faster_whisper
            from ctranslate2 import StorageView
            from faster_whisper.tokenizer import Tokenizer
        except (ImportError, OSError) as error:
            raise EngineMissing("Hearing with Whisper needs its library: pip install faster-whisper.") from error
        try:
            loaded = faster_whisper.WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=threads, num_workers=at_once
            )
            self._tokenizer = Tokenizer(loaded.hf_tokenizer, True, task="transcribe", language=LANGUAGE)
        except Exception as error:  # CTranslate2 and tokenizers raise many kinds
            raise ModelDamaged(f"The Whisper model in {folder} could not be loaded.") from error
        self._features = loaded.feature_extractor
        self._model: Any = loaded.model
        self._array: Any = StorageView
        self._start = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]

    def encode(self, samples: NDArray[np.float32]) -> Encoded:
        """Encode 16 kHz samples, at most 30 s of them."""
        mel = self._features(samples[: 30 * RATE])
        whole_seconds = -(-mel.shape[1] // FRAMES_PER_SECOND) * FRAMES_PER_SECOND
        frames = min(WHOLE_WINDOW, whole_seconds + ROOM)
        window = np.full((mel.shape[0], frames), mel.min(), dtype=np.float32)
        window[:, : mel.shape[1]] = mel[:, :frames]
        return Encoded(
            self._model.encode(self._array.from_array(window[None]), to_cpu=True), frames, len(samples) / RATE
        )

    def voiceless(self, encoded: Encoded) -> tuple[bool, float]:
        """Whether the decoder would rather write nothing, and the probability of no speech; costs one step of it.

        Only a model that has learned to write nothing where nobody speaks ever would. ``decode`` cannot tell, because
        no mean can be taken of an empty text's tokens.
        """
        result = self._model.generate(
            encoded.states,
            [self._start],
            beam_size=1,
            max_length=len(self._start) + 1,
            suppress_blank=False,
            return_no_speech_prob=True,
        )[0]
        return not any(token < self._tokenizer.eot for token in result.sequences_ids[0]), float(result.no_speech_prob)

    def decode(self, encoded: Encoded, prompt: str | None, texts: int) -> Decoded:
        """Write down a recording, up to ``texts`` readings; ``prompt`` holds words to be expected."""
        before = []
        if prompt and (words := self._tokenizer.encode(" " + prompt.strip())[:MOST_PROMPT_TOKENS]):
            before = [self._tokenizer.sot_prev, *words]
        start = before + self._start
        room = int(encoded.seconds * TOKENS_PER_SECOND) + SPARE_TOKENS
        result = self._model.generate(
            encoded.states,
            [start],
            beam_size=max(BEAM, texts),
            num_hypotheses=texts,
            max_length=min(MOST_TOKENS, len(start) + room),
            no_repeat_ngram_size=NO_REPEAT,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        written = []
        for tokens, score in zip(result.sequences_ids, result.scores, strict=True):
            spoken = tuple(token for token in tokens if token < self._tokenizer.eot)
            # A sequence that ends within a character leaves a replacement mark.
            text = self._tokenizer.decode(list(spoken)).replace("\N{REPLACEMENT CHARACTER}", "").strip()
            written.append(Written(spoken, text, float(score)))
        return Decoded(tuple(written), float(result.no_speech_prob))

    def fit(self, encoded: Encoded, texts: Sequence[str], known: Mapping[str, float] | None = None) -> list[float]:
        """How well texts fit the recording, see ``judge``; in batches, so that memory stays small.

        ``known`` are texts of which it is known already.
        """
        known = known or {}
        unknown = [text for text in texts if text not in known]
        tokens = [tuple(self._tokenizer.encode(" " + text)) for text in unknown]
        batches = (tokens[at : at + BATCH] for at in range(0, len(tokens), BATCH))
        judged = (score for batch in batches for score in self.judge(encoded, batch))
        return [known[text] if text in known else next(judged) for text in texts]

    def judge(self, encoded: Encoded, texts: Sequence[tuple[int, ...]]) -> list[float]:
        """How well texts, as tokens, fit the recording if nothing is expected: mean log probability per token."""
        states = np.repeat(np.asarray(encoded.states), len(texts), axis=0)
        aligned = self._model.align(
            self._array.from_array(states),
            self._tokenizer.sot_sequence,
            [list(text) for text in texts],
            [encoded.frames // 2] * len(texts),
        )
        return [float(np.mean(np.log(np.asarray(one.text_token_probs) + UNLIKELIEST))) for one in aligned]
