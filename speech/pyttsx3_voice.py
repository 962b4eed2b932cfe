"""Speaking with pyttsx3 and eSpeak NG."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from threading import Lock

import numpy as np

from speech import espeak_engine
from speech.errors import EngineMissing, VoiceUnavailable
from speech.espeak_engine import EngineFailure, EspeakEngine, LibraryAbsent
from speech.voice import Pace, Spoken

RATES: dict[Pace, int] = {"normal": 150, "slow": 110}
"""Words per minute. eSpeak NG's own 175 is hard to follow in a telephone; 110 is a dictation."""

CHILD_SECONDS = 60.0
"""Time after which a separate process counts as hung; it needs about 0.2 s."""

_starting = Lock()
_engine: EspeakEngine | None = None


class Pyttsx3Voice:
    """One voice of eSpeak NG, through pyttsx3.

    The first voice at normal pace speaks within this process. Slow pace and further voices each take a process of
    their own, as the engine can change neither rate nor voice.
    """

    def __init__(self, voice: str = "sv") -> None:
        """Take a voice by its name in eSpeak NG. Raises ``EngineMissing`` or ``VoiceUnavailable``."""
        self._voice = voice
        _start(voice, RATES["normal"])
        rates = ",".join(str(rate) for rate in RATES.values())
        self.name = f"pyttsx3 espeak-ng {espeak_engine.library_version()} {voice} {rates}"

    def render(self, text: str, *, pace: Pace = "normal") -> Spoken:
        """Speak ``text``. Raises ``VoiceUnavailable``."""
        rate = RATES[pace]
        with tempfile.TemporaryDirectory(prefix="rostlots-") as folder:
            path = Path(folder) / "spoken.wav"
            try:
                if not self._save_here(rate, text, path):
                    _save_apart(self._voice, rate, text, path)
            except EngineFailure as error:
                raise VoiceUnavailable(str(error)) from error
            with wave.open(str(path)) as file:
                samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
                return Spoken(samples, file.getframerate())

    def _save_here(self, rate: int, text: str, path: Path) -> bool:
        """Whether this process's engine has spoken; on a busy machine it sometimes gives no sound, without a reason."""
        if _engine is None or (_engine.voice, _engine.rate) != (self._voice, rate):
            return False
        try:
            _engine.save(text, path)
        except EngineFailure:
            return False
        return True


def _start(voice: str, rate: int) -> None:
    """Start this process's engine, or make sure that another one can be had in a separate process."""
    global _engine
    try:
        with _starting:
            if _engine is None:
                _engine = EspeakEngine(voice, rate)
        if (_engine.voice, _engine.rate) != (voice, rate):
            with tempfile.TemporaryDirectory(prefix="rostlots-") as folder:
                _save_apart(voice, rate, "a", Path(folder) / "trial.wav")
    except ImportError as error:
        raise EngineMissing("Speaking needs pyttsx3: pip install pyttsx3 espeakng-loader.") from error
    except LibraryAbsent as error:
        raise EngineMissing(str(error)) from error
    except EngineFailure as error:
        raise VoiceUnavailable(str(error)) from error


def _save_apart(voice: str, rate: int, text: str, path: Path) -> None:
    """Speak into a file in a process of its own. Raises ``EngineFailure``."""
    # -P keeps the folder of the program, with modules of common names, out of the child's path.
    command = [sys.executable, "-P", espeak_engine.__file__, voice, str(rate), str(path)]
    try:
        done = subprocess.run(  # noqa: S603 - the text is standard input, the voice an argument, no shell
            command, input=text.encode(), capture_output=True, timeout=CHILD_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineFailure("The voice did not answer.") from error
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise EngineFailure(lines[-1] if lines else "The voice failed.")
