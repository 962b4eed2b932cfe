"""Recordings in which nobody speaks Swedish, or nothing of it can be understood. 16 kHz, float32, shape ``(n,)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from speech.audio import RATE
from tools.whisper_pack.channel import Channel, band, coloured, echo, make_noise, mix, to_level
from tools.whisper_pack.voices import FOREIGN, MBROLA, Speaker, say

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

Silence = Literal["silence", "noise", "hum", "clicks", "tones", "music", "breath", "coughs", "far", "foreign"]
SILENCES: tuple[Silence, ...] = get_args(Silence)

FOREIGN_SENTENCES = (
    "Good morning, I would like to book a table for two people on Friday evening.",
    "Where is the nearest station? We have been walking for an hour.",
    "Ich habe gestern meinen Schlüssel im Zug vergessen und suche ihn noch.",
    "Können Sie mir bitte sagen, wie spät es ist?",
    "Je voudrais un café et deux croissants, s'il vous plaît.",
    "Il fait froid aujourd'hui, n'oubliez pas votre manteau.",
    "Mañana vamos a la playa con toda la familia.",
    "Non so dove ho messo gli occhiali, forse sono in cucina.",
    "Dzień dobry, czy może mi pan pomóc z tą walizką?",
    "Huomenna sataa koko päivän, joten jäämme kotiin.",
    "Yarın sabah erkenden yola çıkacağız.",
    "We zijn gisteren met de fiets naar de markt gegaan.",
    "The meeting has been moved to next week because of the strike.",
    "Holnap reggel találkozunk a pályaudvaron.",
)


def make(kind: Silence, rng: Generator) -> Samples:
    """One recording of 1 to 6 s."""
    samples = int(rng.uniform(1.0, 6.0) * RATE)
    level = float(np.exp(rng.uniform(np.log(0.01), np.log(0.7))))
    return to_level(_MAKERS[kind](samples, rng), 0.0 if kind == "silence" else level)


def _silence(samples: int, rng: Generator) -> Samples:
    return np.zeros(samples, np.float32)


def _noise(samples: int, rng: Generator) -> Samples:
    sound = coloured(float(rng.choice((0.0, 0.5, 0.5, 1.0))), samples, rng)
    if rng.random() < 0.5:  # wind, traffic: it comes and goes
        slow = np.interp(np.arange(samples), np.linspace(0, samples, 8), rng.uniform(0.1, 1, 8))
        sound = np.asarray(sound * slow, dtype=np.float32)
    return band(sound, 300, 3400) if rng.random() < 0.4 else sound


def _hum(samples: int, rng: Generator) -> Samples:
    return make_noise("hum", samples, rng)


def _clicks(samples: int, rng: Generator) -> Samples:
    sound = coloured(0.5, samples, rng) * 0.02
    for at in rng.integers(0, samples, int(rng.integers(2, 25))):
        width = min(int(rng.uniform(0.001, 0.06) * RATE), samples - int(at))
        burst = rng.standard_normal(width) * np.exp(-5 * np.arange(width) / max(width, 1))
        sound[at : at + width] += burst * rng.uniform(0.2, 1)
    return np.asarray(sound, dtype=np.float32)


def _tones(samples: int, rng: Generator) -> Samples:
    """Dialling and ringing: one or two steady tones, interrupted or not."""
    time = np.arange(samples) / RATE
    sound = sum(np.sin(2 * np.pi * hertz * time) for hertz in rng.uniform(200, 1800, int(rng.integers(1, 3))))
    if rng.random() < 0.6:
        sound = sound * (np.mod(time, rng.uniform(0.2, 2)) < rng.uniform(0.1, 0.9))
    return np.asarray(sound, dtype=np.float32)


def _music(samples: int, rng: Generator) -> Samples:
    """Plucked or blown notes of a scale, with a bass and a beat."""
    sound = np.zeros(samples)
    step = int(rng.uniform(0.15, 0.5) * RATE)
    root = rng.uniform(110, 330)
    sustained = rng.random() < 0.5
    for start in range(0, samples, step):
        length = min(step * (2 if sustained else 1), samples - start)
        time = np.arange(length) / RATE
        shape = np.sin(np.pi * np.arange(length) / length) if sustained else np.exp(-4 * time)
        for hertz in root * 2 ** (rng.choice((0, 2, 4, 5, 7, 9, 12), int(rng.integers(1, 4))) / 12):
            notes = sum(np.sin(2 * np.pi * hertz * (k + 1) * time) / (k + 1) ** 1.5 for k in range(5))
            sound[start : start + length] += notes * shape
        if rng.random() < 0.5:
            beat = min(2000, length)
            sound[start : start + beat] += rng.standard_normal(beat) * np.exp(-np.arange(beat) / 300)
    return np.asarray(sound, dtype=np.float32)


def _breath(samples: int, rng: Generator) -> Samples:
    time = np.arange(samples) / RATE
    swell = np.clip(np.sin(2 * np.pi * time / rng.uniform(1.2, 3.5) + rng.uniform(0, 6)), 0, 1) ** 2
    low = float(rng.uniform(200, 800))
    return np.asarray(band(coloured(0.3, samples, rng), low, low * rng.uniform(4, 8)) * swell, dtype=np.float32)


def _coughs(samples: int, rng: Generator) -> Samples:
    """Bursts of noise with resonances of a throat, the second part of each softer and partly voiced."""
    sound = coloured(0.5, samples, rng) * 0.01
    at = int(rng.uniform(0, 0.4) * RATE)
    while at < samples - RATE // 8:
        length = min(int(rng.uniform(0.18, 0.45) * RATE), samples - at)
        time = np.arange(length) / RATE
        burst = band(rng.standard_normal(length).astype(np.float32), 350, float(rng.uniform(2500, 5000)))
        voiced = np.sign(np.sin(2 * np.pi * rng.uniform(90, 260) * time)) * np.clip(time * 6 - 0.4, 0, 0.5)
        sound[at : at + length] += burst * np.exp(-time * rng.uniform(8, 16)) + 0.4 * voiced * np.exp(-time * 12)
        at += length + int(rng.exponential(0.5) * RATE)
    return np.asarray(sound, dtype=np.float32)


def _far(samples: int, rng: Generator) -> Samples:
    """Several people at once, far off, with a television's noise."""
    sentences = ("Ja det var väl inte så bra det där.", "Kom hit ett tag är du snäll.", "Vi ses i morgon då.")
    voices = [
        say(str(rng.choice(sentences)), Speaker(str(rng.choice(MBROLA)), int(rng.integers(120, 180)), 50))
        for _ in range(4)
    ]
    babble = band(echo(make_noise("babble", samples, rng, voices), 0.8, rng), 150, 1400)
    return mix(babble, coloured(0.5, samples, rng), float(rng.uniform(-8, 2)))


def _foreign(samples: int, rng: Generator) -> Samples:
    voice = str(rng.choice(FOREIGN)) + str(rng.choice(("", "+f2", "+m3", "+f4", "+klatt")))
    sentence = FOREIGN_SENTENCES[int(rng.integers(len(FOREIGN_SENTENCES)))]
    said = say(sentence, Speaker(voice, int(rng.integers(130, 180)), int(rng.integers(30, 70))))
    return Channel(narrow=bool(rng.random() < 0.4), lead=0.2).apply(said[: 6 * RATE], rng)


_MAKERS = {
    "silence": _silence,
    "noise": _noise,
    "hum": _hum,
    "clicks": _clicks,
    "tones": _tones,
    "music": _music,
    "breath": _breath,
    "coughs": _coughs,
    "far": _far,
    "foreign": _foreign,
}
