"""The numbers of the training in one place, each with its reason."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

TRAINED = "trained.json"
"""File beside a checkpoint: what it was trained on, and how it did on the texts kept apart."""


@dataclass(frozen=True)
class Recipe:
    """What is spoken, how it is spoiled, and how it is learned. The same recipe and texts give the same plan."""

    seed: int = 11

    # Texts
    domain: int = 9000
    """Questions and answers on the subject that are spoken, drawn from all of them."""
    answers: int = 400
    everyday: int = 6000
    """Sentences at most."""
    everyday_by_telephone: float = 1.0
    """Share of the everyday sentences that are spoken a second time, over the telephone. Everyday speech keeps the
    subject's words in their place, and most of the false ones came over the telephone."""
    silences: int = 500
    """Recordings without Swedish speech, learned with an empty text."""
    validation: float = 0.05
    """Share of the texts that is never trained on, to watch the training."""

    # Sound
    mbrola: float = 0.6
    """Share of the two diphone voices; Whisper hears them much like people. The rest are formant voices."""
    rates: tuple[int, int] = (110, 190)
    """Words per minute."""
    pitches: tuple[int, int] = (25, 75)
    """Of espeak-ng's scale from 0 to 99."""
    clean: float = 0.35
    telephone: float = 0.35
    """Shares of recordings without any harm, and over a narrow line; the rest are rooms and internet calls."""
    formant_spoiled: float = 0.35
    """Share that is kept of the formant voices in rooms and over lines: hard to understand even for people."""
    noise_db: tuple[float, float] = (5.0, 25.0)
    """Signal-to-noise ratio."""
    longest: float = 12.0
    """Seconds; longer recordings cost more than they teach."""

    # Learning
    rank: int = 16
    alpha: float = 32.0
    dropout: float = 0.1
    rate: float = 7e-4
    """Learning rate. It overfitted on the trial's 1,400 texts; with five times as many it learns faster."""
    warm_up: int = 40
    epochs: float = 2.4
    batch: int = 16
    label_smoothing: float = 0.02
    brake: float = 1.0
    """Weight of the divergence from the base model on everyday speech."""
    brake_share: float = 0.4
    """Share of the batches in which that is computed."""
    speech_weight: float = 0.3
    """Weight of telling speech from its absence at the first position, beside the text's tokens."""
    state_noise: float = 0.15
    """Most noise added to the encoder's states, whose root mean square is 1.4."""
    blank_share: float = 0.4
    blank_frames: tuple[int, int] = (3, 12)
    """How often, and for how many frames of 20 ms, a stretch of states is blanked."""

    @property
    def sha256(self) -> str:
        """Of all numbers above."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
