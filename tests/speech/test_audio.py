"""Reading recordings of all kinds, good and hostile, and writing WAV files."""

from __future__ import annotations

import io
import os
import struct
import wave
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from speech.audio import RATE, read_audio, wav_bytes, write_wav
from speech.errors import AudioTooLong, AudioUnreadable


def encoded(samples: NDArray[np.generic], rate: int, kind: str, subtype: str | None = None) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=kind, subtype=subtype)
    return buffer.getvalue()


def pitch(samples: NDArray[np.float32]) -> float:
    """The strongest frequency in Hz."""
    return float(np.argmax(np.abs(np.fft.rfft(samples * np.hanning(len(samples))))) * RATE / len(samples))


@pytest.mark.parametrize(
    ("kind", "subtype", "rate"),
    [
        ("WAV", "PCM_16", 16_000),
        ("WAV", "PCM_U8", 11_025),
        ("WAV", "PCM_24", 48_000),
        ("WAV", "FLOAT", 44_100),
        ("WAV", "ULAW", 8_000),
        ("WAV", "ALAW", 8_000),
        ("FLAC", "PCM_16", 96_000),
        ("OGG", "VORBIS", 22_050),
        ("OGG", "OPUS", 48_000),
        ("OGG", "OPUS", 16_000),
        ("MP3", None, 44_100),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_becomes_16_khz_mono(kind: str, subtype: str | None, rate: int, channels: int) -> None:
    sound = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    audio = read_audio(encoded(np.repeat(sound[:, None], channels, axis=1), rate, kind, subtype))
    assert audio.samples.dtype == np.float32
    assert audio.samples.ndim == 1
    assert audio.seconds == pytest.approx(1.0, abs=0.08)
    assert pitch(audio.samples) == pytest.approx(440, abs=2)
    assert np.sqrt(np.mean(audio.samples[4000:12000] ** 2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


def test_reads_from_path_file_and_bytes(tmp_path: Path, tone: NDArray[np.float32]) -> None:
    content = encoded(tone, RATE, "WAV")
    path = tmp_path / "fråga utan ändelse"
    path.write_bytes(content)
    for source in (path, str(path), content, io.BytesIO(content)):
        assert len(read_audio(source).samples) == RATE


def test_the_extension_does_not_matter(tmp_path: Path, tone: NDArray[np.float32]) -> None:
    path = tmp_path / "fråga.raw"
    path.write_bytes(encoded(tone, RATE, "FLAC"))
    assert len(read_audio(path).samples) == RATE


def test_opposite_channels_do_not_cancel(tone: NDArray[np.float32]) -> None:
    audio = read_audio(encoded(np.stack([tone, -tone], axis=1), RATE, "WAV", "FLOAT"))
    assert np.sqrt(np.mean(audio.samples**2)) > 0.3


def test_one_silent_channel_leaves_the_other(tone: NDArray[np.float32]) -> None:
    audio = read_audio(encoded(np.stack([tone, 0 * tone], axis=1), RATE, "WAV", "FLOAT"))
    assert np.sqrt(np.mean(audio.samples**2)) > 0.15


def test_overdriven_samples_are_clipped() -> None:
    audio = read_audio(encoded(np.full(8000, 1e30, dtype=np.float32), RATE, "WAV", "FLOAT"))
    assert np.abs(audio.samples).max() <= 1.0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"RIFF",
        b"Det h\xc3\xa4r \xc3\xa4r inget ljud." * 100,
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
        bytes(100_000),
        b"OggS" + bytes(500),
        b"fLaC" + b"\xff" * 500,
        b"ID3" + b"\xff" * 500,
        encoded(np.zeros(0), RATE, "WAV"),
        encoded(np.zeros(0), RATE, "FLAC"),
        encoded(np.array([0.1, np.nan, 0.1], dtype=np.float32), RATE, "WAV", "FLOAT"),
        encoded(np.array([0.1, np.inf, 0.1], dtype=np.float32), RATE, "WAV", "FLOAT"),
        encoded(np.zeros((100, 3)), RATE, "WAV"),
    ],
)
def test_what_is_no_recording_is_refused(content: bytes) -> None:
    with pytest.raises(AudioUnreadable) as caught:
        read_audio(content)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rate", [0, 1, 999, 2_000_000_000])
def test_an_impossible_rate_is_refused(rate: int) -> None:
    content = bytearray(encoded(np.zeros(100, dtype=np.int16), RATE, "WAV"))
    content[24:28] = struct.pack("<I", rate)
    with pytest.raises(AudioUnreadable):
        read_audio(bytes(content))


def test_a_cut_off_file_gives_what_is_there_or_is_refused(tone: NDArray[np.float32]) -> None:
    for kind in ("WAV", "FLAC", "OGG", "MP3"):
        content = encoded(tone, RATE, kind)
        for share in (0.02, 0.3, 0.6, 0.95):
            try:
                audio = read_audio(content[: int(len(content) * share)])
            except AudioUnreadable:
                continue
            assert 0 < audio.seconds <= 1.1
            assert np.isfinite(audio.samples).all()


def test_flipped_bytes_never_escape_as_another_error(tone: NDArray[np.float32]) -> None:
    random = np.random.default_rng(3)
    for kind in ("WAV", "FLAC", "OGG", "MP3"):
        content = encoded(tone, RATE, kind)
        for _ in range(40):
            damaged = bytearray(content)
            for position in random.integers(0, len(damaged), 5):
                damaged[position] ^= int(random.integers(1, 256))
            with suppress(AudioUnreadable, AudioTooLong):
                read_audio(bytes(damaged), max_seconds=5)


def test_missing_file_folder_and_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path / "saknas.wav", tmp_path, pipe):
        with pytest.raises(AudioUnreadable):
            read_audio(path)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_too_long_is_refused(kind: str) -> None:
    content = encoded(np.zeros(8000 * 12), 8000, kind)
    with pytest.raises(AudioTooLong):
        read_audio(content, max_seconds=10)
    assert read_audio(content, max_seconds=13).seconds == pytest.approx(12, abs=0.2)


class Counted(io.BytesIO):
    """A file that knows how much of it was read."""

    bytes_read = 0

    def read(self, size: int | None = -1) -> bytes:
        content = super().read(size)
        self.bytes_read += len(content)
        return content

    def readinto(self, buffer: object) -> int:
        count = super().readinto(buffer)  # type: ignore[arg-type]
        self.bytes_read += count
        return count


def test_an_hour_is_refused_without_reading_it() -> None:
    hour = Counted(encoded(np.zeros(8000 * 3600, dtype=np.int16), 8000, "WAV"))
    with pytest.raises(AudioTooLong):
        read_audio(hour)
    assert hour.bytes_read < 2 * 8000 * 70


@pytest.mark.parametrize("stated", [0xFFFFFFFF, 0x7FFFFFF0])
def test_a_header_that_promises_too_much_is_not_believed(stated: int, tone: NDArray[np.float32]) -> None:
    content = bytearray(wav_bytes(tone, RATE))
    content[4:8] = struct.pack("<I", stated)
    content[40:44] = struct.pack("<I", stated)
    assert read_audio(bytes(content)).seconds == pytest.approx(1.0)


def test_written_wav_is_16_bit_mono(tmp_path: Path, tone: NDArray[np.float32]) -> None:
    path = tmp_path / "svar.wav"
    write_wav(path, tone, RATE)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        written = np.frombuffer(file.readframes(RATE), dtype="<i2")
    assert np.abs(written / 32767 - tone).max() < 1e-4
    write_wav(path, np.array([1, -2, 3], dtype=np.int16), 8000)
    assert read_audio(path, max_seconds=1).seconds == pytest.approx(3 / 8000, abs=1e-3)


def test_a_wav_that_cannot_be_written_leaves_nothing(tmp_path: Path, tone: NDArray[np.float32]) -> None:
    (tmp_path / "svar.wav").mkdir()
    with pytest.raises(IsADirectoryError):
        write_wav(tmp_path / "svar.wav", tone, RATE)
    assert [path.name for path in tmp_path.iterdir()] == ["svar.wav"]
    with pytest.raises(FileNotFoundError):
        write_wav(tmp_path / "saknas" / "svar.wav", tone, RATE)
