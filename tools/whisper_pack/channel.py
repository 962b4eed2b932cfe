"""What happens to a voice on its way: rooms, noises, lines and lost packets. All at 16 kHz, float32, shape ``(n,)``."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import soundfile
import soxr

from speech.audio import RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

Noise = Literal["white", "pink", "brown", "hum", "babble"]
NOISES: tuple[Noise, ...] = ("white", "pink", "brown", "hum", "babble")
Codec = Literal["none", "mulaw", "alaw", "gsm", "opus-narrow", "opus", "g721"]
TELEPHONE: tuple[Codec, ...] = ("mulaw", "mulaw", "alaw", "alaw", "gsm", "g721", "opus-narrow")

LINE = (300.0, 3400.0)
"""Hz that an analogue telephone line lets through."""
LINE_RATE = 8000
PACKET = 0.02
"""Seconds of one packet."""

CONTAINERS: dict[str, tuple[int, dict[str, Any]]] = {
    "gsm": (LINE_RATE, {"format": "WAV", "subtype": "GSM610"}),
    "g721": (LINE_RATE, {"format": "AU", "subtype": "G721_32"}),
    "opus-narrow": (LINE_RATE, {"format": "OGG", "subtype": "OPUS", "compression_level": 1.0}),
    "opus": (RATE, {"format": "OGG", "subtype": "OPUS", "compression_level": 0.98}),
}
"""Rate, and how libsndfile is told to write; Opus then has about 6 to 12 kbit/s."""


@dataclass(frozen=True)
class Channel:
    """One way of spoiling a voice."""

    room: float = 0.0
    """Seconds until an echo has fallen by 60 dB, 0 for none."""
    noise: Noise | None = None
    noise_db: float = 20.0
    """Signal-to-noise ratio."""
    narrow: bool = False
    """Over the telephone line: 300 to 3400 Hz."""
    codec: Codec = "none"
    loss: float = 0.0
    """Share of the packets that are lost."""
    level: float = 0.5
    """Largest sample in the end, 0 to 1."""
    lead: float = 0.0
    """Seconds before the voice."""
    tail: float = 0.0

    def apply(self, voice: Samples, rng: Generator, others: Sequence[Samples] = ()) -> Samples:
        """The voice as it arrives. ``others`` are voices for babble; without them pink noise takes its place."""
        sound = np.concatenate((_nothing(self.lead), voice, _nothing(self.tail)))
        if self.room:
            sound = echo(sound, self.room, rng)
        if self.narrow:
            sound = soxr.resample(soxr.resample(sound, RATE, LINE_RATE), LINE_RATE, RATE)[: len(sound)]
        if self.noise:
            noise = make_noise(self.noise, len(sound), rng, others)
            sound = mix(sound, band(noise, *LINE) if self.narrow else noise, self.noise_db)
        if self.narrow:
            sound = band(sound, *LINE)
        sound = to_level(sound, self.level)
        if self.codec != "none":
            sound = through_codec(sound, self.codec)
        if self.loss:
            sound = lose_packets(sound, self.loss, rng)
        return sound


def draw(rng: Generator, clean: float, telephone: float, noise_db: tuple[float, float]) -> Channel:
    """A channel at random; ``clean`` and ``telephone`` are shares, the rest are rooms and internet calls."""
    kind = rng.random()
    level, lead, tail = (float(rng.uniform(*span)) for span in ((0.15, 0.9), (0.0, 0.5), (0.0, 0.4)))
    if kind < clean:
        return Channel(level=level, lead=lead, tail=tail)
    noise = NOISES[int(rng.integers(len(NOISES)))]
    ratio = float(rng.uniform(*noise_db))
    loss = float(rng.uniform(0.01, 0.08)) if rng.random() < 0.25 else 0.0
    if kind < clean + telephone:
        codec = TELEPHONE[int(rng.integers(len(TELEPHONE)))]
        room = float(rng.uniform(0.1, 0.3)) if rng.random() < 0.2 else 0.0
        return Channel(room, noise, max(ratio, 8.0), True, codec, loss, level, lead, tail)
    room = float(rng.uniform(0.15, 0.7)) if rng.random() < 0.7 else 0.0
    codec = "opus" if loss or rng.random() < 0.3 else "none"
    return Channel(room, noise if rng.random() < 0.8 else None, ratio, False, codec, loss, level, lead, tail)


def _nothing(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.float32)


def to_level(sound: Samples, level: float) -> Samples:
    """Scaled so that the largest sample is ``level``."""
    return np.asarray(sound * (level / max(float(np.abs(sound).max()), 1e-6)), dtype=np.float32)


def power(sound: Samples) -> float:
    """Mean square of the parts that are not pauses."""
    loud = np.abs(sound) > 0.02 * np.abs(sound).max()
    return float(np.mean(np.square(sound[loud], dtype=np.float64))) if loud.any() else 1e-12


def mix(sound: Samples, noise: Samples, ratio_db: float) -> Samples:
    """Add noise at a signal-to-noise ratio."""
    gain = np.sqrt(power(sound) / 10 ** (ratio_db / 10) / (float(np.mean(np.square(noise, dtype=np.float64))) + 1e-12))
    return np.asarray(sound + noise * gain, dtype=np.float32)


def band(sound: Samples, low: float, high: float) -> Samples:
    """Only the frequencies between, with soft edges of 15 %."""
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    up = np.clip((hertz - low * 0.85) / (low * 0.15 + 1e-9), 0, 1)
    down = np.clip((high * 1.08 - hertz) / (high * 0.08), 0, 1)
    return np.asarray(np.fft.irfft(spectrum * up * down, len(sound)), dtype=np.float32)


def coloured(exponent: float, samples: int, rng: Generator) -> Samples:
    """Noise whose amplitude falls with the frequency: 0 white, 0.5 pink, 1 brown."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    index = np.maximum(np.arange(len(spectrum)), samples * 30 / RATE + 1)
    return np.asarray(np.fft.irfft(spectrum / index**exponent, samples), dtype=np.float32)


def make_noise(kind: Noise, samples: int, rng: Generator, others: Sequence[Samples] = ()) -> Samples:
    """Noise of any loudness."""
    if kind == "hum":
        time = np.arange(samples) / RATE
        tones = sum(np.sin(2 * np.pi * 50 * (k + 1) * time + rng.uniform(0, 6)) / (k + 1) for k in range(8))
        return np.asarray(tones + 0.3 * coloured(0.0, samples, rng), dtype=np.float32)
    if kind == "babble" and others:
        total = np.zeros(samples, np.float32)
        for voice in others:
            total += np.roll(np.resize(to_level(voice, 1.0), samples), int(rng.integers(samples)))
        return total
    return coloured({"white": 0.0, "brown": 1.0}.get(kind, 0.5), samples, rng)


def echo(sound: Samples, seconds: float, rng: Generator) -> Samples:
    """In a room: the direct sound, some reflections, and a tail that falls by 60 dB in ``seconds``."""
    length = int(seconds * RATE)
    decay = 10 ** (-3 * np.arange(length) / length)
    response = rng.standard_normal(length) * decay * 0.05
    response[0] = 1.0
    for _ in range(5):
        at = int(rng.uniform(0.002, 0.03) * RATE)
        response[min(at, length - 1)] += rng.uniform(-0.5, 0.5)
    size = 1 << (len(sound) + length).bit_length()
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[: len(sound)]
    return np.asarray(wet, dtype=np.float32)


def companded(sound: Samples, codec: Literal["mulaw", "alaw"]) -> Samples:
    """Through the telephone's 8 bit: mu-law or A-law at 8 kHz."""
    narrow = np.clip(soxr.resample(sound, RATE, LINE_RATE), -1, 1)
    size, sign = np.abs(narrow), np.sign(narrow)
    if codec == "mulaw":
        step = np.round(np.log1p(255 * size) / np.log(256) * 127) / 127
        back = (256**step - 1) / 255
    else:
        a, scale = 87.6, 1 + np.log(87.6)
        curve = np.where(size < 1 / a, a * size, 1 + np.log(np.maximum(a * size, 1e-9))) / scale
        step = np.round(curve * 127) / 127 * scale
        back = np.where(step < 1, step, np.exp(step - 1)) / a
    return np.asarray(soxr.resample((sign * back).astype(np.float32), LINE_RATE, RATE), dtype=np.float32)


def through_codec(sound: Samples, codec: Codec) -> Samples:
    """Encoded and decoded again."""
    if codec in ("mulaw", "alaw"):
        return companded(sound, codec)
    rate, options = CONTAINERS[codec]
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(soxr.resample(sound, RATE, rate), -1, 1), rate, **options)
    buffer.seek(0)
    decoded, found = soundfile.read(buffer, dtype="float32")
    return np.asarray(soxr.resample(decoded, found, RATE), dtype=np.float32)


def lose_packets(sound: Samples, share: float, rng: Generator) -> Samples:
    """Packets are lost in bursts; the last one is repeated ever more softly, as telephones do."""
    step = int(PACKET * RATE)
    sound = sound.copy()
    gap = 0
    for start in range(step, len(sound) - step, step):
        if rng.random() < (0.5 if gap else share / 2):
            gap += 1
            sound[start : start + step] = sound[start - step : start] * (0.7 if gap < 4 else 0.0)
        else:
            gap = 0
    return sound
