"""Recordings in and out: any common file to 16 kHz mono, and WAV files that are never half written."""

from __future__ import annotations

import io
import os
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from speech.errors import AudioTooLong, AudioUnreadable, EngineMissing
from speech.files import write_whole
from speech.kind import kind_of

try:
    import numpy as np

    from speech.container import read_container
except ImportError as error:
    raise EngineMissing("Sound needs more libraries: pip install 'rostlots[all]'.") from error

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 16_000
"""Samples per second that every engine is given."""

BLOCK_SECONDS = 1.0
"""Audio decoded at a time, so that a long or lying file never fills the memory."""

RATES = range(4_000, 384_001)
"""Sample rates taken for real; anything else is a broken header, and would cost memory in resampling."""

CANCELLED = 0.05
"""Share of the channels' power that the mix of both must keep; below it they are in opposite phase."""


@dataclass(frozen=True, eq=False)
class Audio:
    """One recording: 16 kHz, one channel."""

    samples: NDArray[np.float32]
    """Shape ``(n,)``, n > 0, within -1 to 1."""

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE


def read_audio(source: str | os.PathLike[str] | bytes | BinaryIO, max_seconds: float = 60.0) -> Audio:
    """Read WAV, FLAC, Ogg (Opus, Vorbis), MP3, and browsers' WebM and MP4, any sample rate, one or two channels.

    ``source`` is a path, the bytes of a file, or a seekable binary file. At most ``max_seconds`` are decoded, whatever
    the header says.

    Raises ``AudioTooLong`` beyond ``max_seconds``, ``AudioUnreadable`` for a file that is missing, empty, damaged,
    without sound, or no audio, and ``EngineMissing`` without the decoding libraries.
    """
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), "The recording", max_seconds)
    if not isinstance(source, (str, os.PathLike)):
        return _decode(source, "The recording", max_seconds)
    path = Path(source)
    if not path.exists():
        raise AudioUnreadable(f"There is no file {path}.")
    # A named pipe or a device would be waited for, or never end.
    if not path.is_file():
        raise AudioUnreadable(f"{path} is not a file.")
    try:
        with path.open("rb") as file:
            return _decode(file, str(path), max_seconds)
    except OSError as error:
        raise AudioUnreadable(f"{path} could not be read: {error.strerror or error}.") from error


def _decode(file: BinaryIO, name: str, max_seconds: float) -> Audio:
    head = file.read(12)
    if not head:
        raise AudioUnreadable(f"{name} is empty.")
    file.seek(0)
    kind = kind_of(head)
    if kind == "webm" or kind == "mp4":
        return _finished(_mix(read_container(file, kind, name, RATE, max_seconds)), RATE, name)
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise EngineMissing("Reading recordings needs soundfile: pip install soundfile soxr.") from error
    try:
        with soundfile.SoundFile(_Unnamed(file)) as sound:
            rate, channels = int(sound.samplerate), int(sound.channels)
            if rate not in RATES:
                raise AudioUnreadable(f"{name} has a sample rate of {rate} Hz, which is no speech.")
            if channels > 2:
                raise AudioUnreadable(f"{name} has {channels} channels; one or two are read.")
            limit = int(max_seconds * rate)
            blocks: list[NDArray[np.float32]] = []
            frames = 0
            while len(block := sound.read(int(BLOCK_SECONDS * rate), dtype="float32", always_2d=True)):
                frames += len(block)
                if frames > limit:
                    raise AudioTooLong(f"{name} is longer than {max_seconds:g} seconds.")
                blocks.append(block)
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError) as error:
        raise AudioUnreadable(f"{name} is damaged or no audio (WAV, FLAC, Ogg, MP3, WebM and MP4 are read).") from error
    if not frames:
        raise AudioUnreadable(f"{name} holds no sound.")
    return _finished(_mix(np.concatenate(blocks)), rate, name)


def _finished(samples: NDArray[np.float32], rate: int, name: str) -> Audio:
    """One channel at any rate as the engines take it."""
    if not np.isfinite(samples).all():
        raise AudioUnreadable(f"{name} holds samples that are no numbers.")
    return Audio(_to_engine_rate(samples, rate))


class _Unnamed:
    """An open file without its name, whose extension soundfile would go by."""

    def __init__(self, file: BinaryIO) -> None:
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


def _mix(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """One channel of one or two, shape ``(n, channels)`` to ``(n,)``."""
    if frames.shape[1] == 1:
        return frames[:, 0]
    mixed: NDArray[np.float32] = frames.mean(axis=1, dtype=np.float32)
    power = np.square(frames, dtype=np.float64).mean(axis=0)
    if np.square(mixed, dtype=np.float64).mean() < CANCELLED * power.max():
        return np.ascontiguousarray(frames[:, int(power.argmax())])
    return mixed


def _to_engine_rate(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    if rate != RATE:
        try:
            import soxr
        except ImportError as error:
            raise EngineMissing("Reading recordings needs soxr: pip install soundfile soxr.") from error
        samples = soxr.resample(samples, rate, RATE)
    return np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False)


def write_wav(path: str | os.PathLike[str], samples: NDArray[np.int16] | NDArray[np.float32], rate: int) -> None:
    """Write 16 bit mono WAV; the file appears whole or not at all.

    ``samples`` has shape ``(n,)``: int16, or floating point within -1 to 1. Raises ``OSError`` where the place cannot
    be written.
    """
    write_whole(Path(path), wav_bytes(samples, rate))


def wav_bytes(samples: NDArray[np.int16] | NDArray[np.float32], rate: int) -> bytes:
    """The same WAV file in memory."""
    if samples.dtype != np.int16:
        samples = np.rint(np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2", copy=False).tobytes())
    return buffer.getvalue()
