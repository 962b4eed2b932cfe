"""Speaking with Piper."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from speech.errors import EngineMissing, ModelDamaged, ModelMissing, VoiceUnavailable
from speech.files import sha256_of
from speech.voice import Pace, Spoken

if TYPE_CHECKING:
    from pathlib import Path

LENGTH: dict[Pace, float] = {"normal": 1.0, "slow": 1.35}
"""Factor on the length of every sound."""


class PiperVoice:
    """One Piper voice, kept in memory."""

    def __init__(self, model: Path) -> None:
        """Load a voice, ``.onnx`` with its ``.onnx.json`` beside it.

        Raises ``EngineMissing``, ``ModelMissing`` or ``ModelDamaged``.
        """
        config = model.with_name(model.name + ".json")
        for path in (model, config):
            if not path.is_file():
                raise ModelMissing(f"There is no Piper voice at {path}: rostlots models install piper-sv")
        try:
            from piper import PiperVoice as Engine
            from piper import SynthesisConfig
        except ImportError as error:
            raise EngineMissing("Speaking with Piper needs its library: pip install piper-tts.") from error
        try:
            self._engine = Engine.load(model, config_path=config)
        except Exception as error:  # onnxruntime and the reader of the configuration raise many kinds
            raise ModelDamaged(
                f"The Piper voice {model} could not be loaded: rostlots models install piper-sv"
            ) from error
        self._config = SynthesisConfig
        self._lock = Lock()
        self.name = f"piper {model.stem} {sha256_of(model)[:16]} {','.join(map(str, LENGTH.values()))}"

    def render(self, text: str, *, pace: Pace = "normal") -> Spoken:
        """Speak ``text``. Raises ``VoiceUnavailable``."""
        try:
            with self._lock:
                chunks = list(self._engine.synthesize(text, syn_config=self._config(length_scale=LENGTH[pace])))
        except Exception as error:  # as above
            raise VoiceUnavailable("Piper could not speak.") from error
        samples = [np.frombuffer(chunk.audio_int16_bytes, dtype="<i2").astype(np.int16) for chunk in chunks]
        if not sum(map(len, samples)):
            raise VoiceUnavailable("There is nothing to say.")
        return Spoken(np.concatenate(samples), chunks[0].sample_rate)
