"""One way to hear: the result of listening, what an engine must offer, and the choice between engines."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from speech.errors import EngineMissing, ModelDamaged, ModelMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from speech.audio import Audio
    from speech.settings import SpeechSettings

Outcome = Literal["speech", "silence", "unclear"]
EarChoice = Literal["auto", "vosk", "whisper"]

VOSK = "vosk-sv"
WHISPERS = ("kb-whisper-base", "whisper-base")
"""Names of the catalogue, the better one first; the last one comes with the packages."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hypothesis:
    """One reading of what was said."""

    text: str
    """The words as the engine writes them, never empty."""
    score: float
    """At most 0, which is certain; comparable within one engine only. Whisper: mean natural logarithm of the
    probability per token under the decoder that wrote the text, below about -1.2 a guess. Vosk: logarithm of the text's
    share among the alternatives, per word."""
    confidences: tuple[float, ...] = ()
    """For each word the probability, 0 to 1, that it was said; empty where the engine gives none (Whisper)."""


@dataclass(frozen=True)
class Transcript:
    """What came of listening to one utterance."""

    outcome: Outcome
    """``speech``: there are hypotheses. ``silence``: nobody spoke. ``unclear``: there was sound, perhaps a voice, but
    no words that could be relied upon."""
    hypotheses: tuple[Hypothesis, ...]
    """Best first, which need not be by score; empty unless the outcome is ``speech``. Up to 5, or 10 where the engine
    doubted what it had written."""
    engine: str
    """Name of the engine and its model."""
    timings: dict[str, float] = field(default_factory=dict)
    """Milliseconds by stage."""
    fit: Callable[[Sequence[str]], list[float]] | None = field(default=None, compare=False, repr=False)
    """How well other texts fit the same sound: for each the mean natural logarithm of the probability per token, if
    nothing is expected. ``None`` where the engine cannot tell."""

    @property
    def text(self) -> str:
        """The best reading, or an empty string."""
        return self.hypotheses[0].text if self.hypotheses else ""


def always() -> bool:
    """Somebody waits for the result whatever happens."""
    return True


class Ear(Protocol):
    """Turns a recording of one utterance into text."""

    @property
    def name(self) -> str:
        """Engine and model, as ``Transcript.engine`` names them."""

    def hear(self, audio: Audio, prompt: str | None = None, wanted: Callable[[], bool] = always) -> Transcript:
        """Listen to one utterance.

        ``prompt`` is text in the language of the speaker that holds words to be expected, for instance
        ``"Metastaser, modertumör, strålbehandling."``. Engines that cannot use it ignore it. ``wanted`` may be asked
        between the stages of the work: where nobody waits for the result any more, the rest is left out, and the
        result is ``unclear``.
        """


class EarStream(Protocol):
    """One utterance as an engine reads along with it. Not to be used by two threads at once."""

    def accept(self, samples: NDArray[np.float32]) -> str:
        """The next sound, 16 kHz, shape ``(n,)``; returns the words so far, which may still change."""

    def finish(self) -> Transcript:
        """What was said in all the sound. Nothing may be accepted after it."""


@runtime_checkable
class StreamingEar(Ear, Protocol):
    """An engine that reads along while somebody speaks."""

    def stream(self, prompt: str | None = None) -> EarStream:
        """Begin an utterance; ``prompt`` is as in ``hear``."""


def open_ear(choice: EarChoice, settings: SpeechSettings, phrases: Sequence[str] = ()) -> Ear:
    """Load an engine; ``auto`` is Vosk where a Swedish model of it is present and usable, else Whisper.

    ``phrases`` are sentences to be expected, for a Vosk model that can be held to them; see ``VoskEar``.
    Raises ``EngineMissing``, ``ModelMissing`` or ``ModelDamaged``.
    """
    if choice == "vosk" or (choice == "auto" and _has_vosk(settings)):
        try:
            return _open_vosk(settings, phrases)
        except (EngineMissing, ModelMissing, ModelDamaged) as error:
            # A folder that somebody has set is meant, so a fault in it is not passed over.
            if choice == "vosk" or settings.vosk_model is not None:
                raise
            log.warning("%s Hearing with Whisper instead.", error)
    return _open_whisper(settings)


def _has_vosk(settings: SpeechSettings) -> bool:
    """Whether there is a folder that may be a Swedish Vosk model."""
    if settings.vosk_model is not None or adapted_vosk(settings).is_dir():
        return True
    return official_vosk(settings) is not None


def _vosk_folder(settings: SpeechSettings) -> Path | None:
    """The Swedish Vosk model: the one that is set, the adapted one, or the official one."""
    if settings.vosk_model is not None:
        return settings.vosk_model
    return _adapted_vosk(settings) or official_vosk(settings)


def _adapted_vosk(settings: SpeechSettings) -> Path | None:
    """The folder of the adapted model if it is whole; a fault or newer words are told as a warning."""
    adapted = adapted_vosk(settings)
    if not adapted.is_dir():
        return None
    from speech.vosk_graph.adapt import OTHER_WORDS, fault_of_adapted, is_stale

    fault = fault_of_adapted(adapted)
    if fault is not None:
        log.warning("%s Hearing with the model's own words instead; rostlots models adapt vosk-sv repairs it.", fault)
        return None
    if is_stale(adapted):
        log.warning("%s", OTHER_WORDS)
    return adapted


def adapted_vosk(settings: SpeechSettings) -> Path:
    """Where the adapted model is, or would be."""
    return settings.models_dir / f"{VOSK}-adapted"


def official_vosk(settings: SpeechSettings) -> Path | None:
    """The model as it was published: the installed one, or the one that Vosk has downloaded."""
    from speech.catalogue import Archive, catalogue

    places = [settings.models_dir / VOSK]
    source = catalogue()[VOSK].source
    if settings.vosk_cache is not None and isinstance(source, Archive):
        places.append(settings.vosk_cache / source.folder)
    return next((place for place in places if place.is_dir()), None)


def _open_vosk(settings: SpeechSettings, phrases: Sequence[str]) -> Ear:
    from speech.models import folder_of
    from speech.vosk_ear import VoskEar

    folder = _vosk_folder(settings)
    if folder is None or folder == settings.models_dir / VOSK:
        folder = folder_of(VOSK, settings)
    return VoskEar(folder, phrases)


def _open_whisper(settings: SpeechSettings) -> Ear:
    from speech.models import folder_of, is_installed
    from speech.whisper_ear import WhisperEar

    if settings.whisper_model is not None:
        return WhisperEar(settings.whisper_model, settings.threads, settings.at_once)
    name = next((name for name in WHISPERS if is_installed(name, settings)), WHISPERS[-1])
    folder = folder_of(name, settings)
    if name == WHISPERS[-1] and settings.whisper_pack and (packed := _open_packed(folder, settings)) is not None:
        return packed
    return WhisperEar(folder, settings.threads, settings.at_once)


def _open_packed(base: Path, settings: SpeechSettings) -> Ear | None:
    """Whisper base with the pack, merged at the first call; ``None``, with a warning, if the pack cannot be used."""
    from speech.packed_ear import PackedEar
    from speech.packed_model import merged_folder
    from speech.whisper_pack import PackUnfit, shipped

    try:
        pack = shipped()
        return PackedEar(merged_folder(base, pack), settings.threads, settings.at_once) if pack is not None else None
    except (PackUnfit, ModelDamaged) as error:
        log.warning("%s Hearing with Whisper base as it is.", error)
        return None
