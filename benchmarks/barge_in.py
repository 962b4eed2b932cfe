"""How soon our voice stops for a person, and for what else it stops.

usage: python -m benchmarks.barge_in [--count 30] [--rate 8000]

Everything is synthetic: our voice and the persons are espeak-ng's and MBROLA's, coughs, hums and noise are those of
`tools.whisper_pack`. Our voice comes back as an echo of the given strength after 30 to 250 ms, plainly (telephone) or
with the reverberation of a room. The delay is from the first sound of the person, 30 dB below their loudest.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from functools import cache

import numpy as np
import soxr
from numpy.typing import NDArray

from benchmarks.answering import percentile
from speech.audio import RATE
from speech.barge_in import BargeIn
from tools.whisper_pack.silence import Silence, make
from tools.whisper_pack.voices import Speaker, say

Samples = NDArray[np.float32]

OURS = (
    "Metastaser i levern ger ofta inga besvär i början. Senare blir man trött, mår illa och tappar aptiten.",
    "Dottersvulster är det svenska ordet. Det betyder att cancern har spridit sig från det ställe där den började.",
)
PERSONS = (
    "Vänta lite, vad betyder det?",
    "Men hur vet man att det är metastaser?",
    "Nej, jag menade lungorna.",
    "Stopp.",
    "Förlåt, kan du ta det igen?",
    "Jag vill prata med en människa.",
    "Ursäkta, hur behandlas det?",
    "Hallå, hör du mig?",
)
HUMS = ("[[mm]]", "[[mmmm]]", "[[m:m:]]", "[[hmmm]]")
VOICES = ("mb-sw1", "mb-sw2", "sv", "sv+f3")
OTHER: tuple[Silence, ...] = ("noise", "hum", "clicks", "tones", "breath", "coughs")


@cache
def ours(number: int) -> Samples:
    """Our voice for some seconds."""
    return say(OURS[number % len(OURS)], Speaker("sv", 150, 50))


def echo_of(played: Samples, decibel: float, room: bool, random: np.random.Generator) -> Samples:
    """What comes back of our voice."""
    delay = int(random.uniform(0.03, 0.25) * RATE)
    path = np.zeros(delay + RATE // 4)
    path[delay] = 1.0
    if room:
        tail = random.standard_normal(RATE // 4) * np.exp(-np.arange(RATE // 4) / (0.05 * RATE)) * 0.03
        path[delay:] += tail
    back = np.convolve(played, path)[: len(played)]
    return np.asarray(back * 10 ** (decibel / 20), dtype=np.float32)


def stops_at(heard: Samples, played: Samples, rate: int) -> float | None:
    """Second at which our voice is stopped, in frames of 20 ms."""

    def as_bytes(samples: Samples) -> bytes:
        return np.rint(np.clip(soxr.resample(samples, RATE, rate), -1, 1) * 32767).astype("<i2").tobytes()

    mine, theirs, step = as_bytes(played), as_bytes(heard), rate // 50 * 2
    barge = BargeIn(rate)
    for number, at in enumerate(range(0, len(theirs), step), 1):
        if barge.take(theirs[at : at + step], mine[at : at + step]):
            return number * 0.02
    return None


def at_level(samples: Samples, rms: float) -> Samples:
    """The same sound with its louder parts at a level."""
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    loud = float(np.percentile(np.sqrt(np.mean(np.square(frames), axis=1)), 90))
    return np.asarray(samples * (rms / max(loud, 1e-6)), dtype=np.float32)


def over(sound: Samples, number: int, decibel: float | None, room: bool) -> tuple[Samples, Samples, float]:
    """A sound over our voice: what is heard, what is played, and when the sound begins."""
    random = np.random.default_rng(number)
    played = at_level(ours(number), 0.1)
    at = int(random.uniform(1.0, 2.5) * RATE)
    back = echo_of(played, decibel, room, random) if decibel is not None else np.zeros_like(played)
    heard = back + 0.0003 * random.standard_normal(len(played)).astype(np.float32)
    sound = sound[: len(heard) - at]
    heard[at : at + len(sound)] += sound
    first = int(np.flatnonzero(np.abs(sound) > 0.03 * np.abs(sound).max())[0]) if np.abs(sound).max() > 0 else 0
    return heard, played, (at + first) / RATE


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=32, help="of each")
    parser.add_argument("--rate", type=int, default=8000)
    arguments = parser.parse_args()
    echoes = {
        "no echo": (None, False),
        "telephone echo -25 dB": (-25.0, False),
        "loudspeaker -12 dB, room": (-12.0, True),
        "loudspeaker -6 dB, room": (-6.0, True),
    }
    for name, (decibel, room) in echoes.items():
        delays, early, missed, alone = [], 0, 0, 0
        for number in range(arguments.count):
            person = say(PERSONS[number % len(PERSONS)], Speaker(VOICES[number % len(VOICES)], 150, 50))
            heard, played, begins = over(at_level(person, 0.1), number, decibel, room)
            stopped = stops_at(heard, played, arguments.rate)
            if stopped is None:
                missed += 1
            elif stopped < begins:
                early += 1
            else:
                delays.append(stopped - begins)
            heard, played, _ = over(np.zeros(RATE, dtype=np.float32), number, decibel, room)
            alone += stops_at(heard, played, arguments.rate) is not None
        within = sum(delay <= 0.2 for delay in delays)
        print(
            f"{name:26} delay median {statistics.median(delays) * 1000:.0f} ms, "
            f"95th percentile {percentile(delays, 0.95) * 1000:.0f} ms, within 200 ms {within} of {arguments.count}; "
            f"missed {missed}, too early {early}; stopped by our own voice {alone} of {arguments.count}",
            flush=True,
        )
    kinds = {kind: [make(kind, np.random.default_rng(n)) for n in range(arguments.count)] for kind in OTHER}
    kinds["mm"] = [
        at_level(say(HUMS[n % len(HUMS)], Speaker(VOICES[n // 4 % len(VOICES)], 150, 30 + n)), 0.1)
        for n in range(arguments.count)
    ]
    for kind, sounds in kinds.items():
        stops = 0
        for number, sound in enumerate(sounds):
            heard, played, _ = over(sound, number, -25.0, False)
            stops += stops_at(heard, played, arguments.rate) is not None
        print(f"{kind:26} stopped it {stops} of {len(sounds)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
