"""One loudness for every voice, so that nobody has to turn the sound up when the voice changes."""

from __future__ import annotations

import numpy as np

from speech.errors import EngineMissing
from speech.voice import Spoken

LOUDNESS = -20.0
"""LUFS (ITU-R BS.1770-4): as loud as speech on a telephone line, with room for its peaks."""

PEAK = 0.89
"""Largest sample afterwards, 1 dB below the most: a telephone's codec clips what is beyond."""

BLOCK_SECONDS = 0.4
"""Of the measurement, by the standard; a shorter text is measured as one block."""

FULL_SCALE = 32768.0


def at_usual_loudness(spoken: Spoken) -> Spoken:
    """The same speech at ``LOUDNESS``, or as near to it as ``PEAK`` lets it be. Raises ``EngineMissing``."""
    try:
        import pyloudnorm
    except ImportError as error:
        raise EngineMissing("Speaking needs pyloudnorm: pip install 'rostlots[voice]'.") from error
    samples = spoken.samples / FULL_SCALE
    loudest = float(np.abs(samples).max())
    meter = pyloudnorm.Meter(spoken.rate, block_size=min(BLOCK_SECONDS, 0.99 * spoken.seconds))
    measured = float(meter.integrated_loudness(samples))
    if not np.isfinite(measured) or not loudest:
        return spoken
    gain = min(10 ** ((LOUDNESS - measured) / 20), PEAK / loudest)
    return Spoken(np.rint(samples * gain * FULL_SCALE).astype(np.int16), spoken.rate)
