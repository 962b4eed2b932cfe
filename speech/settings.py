"""The settings of this package, read once from the environment into a value."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_dir, user_data_dir


@dataclass(frozen=True)
class SpeechSettings:
    """Where models and rendered answers lie, and which of them to use."""

    models_dir: Path
    """Folder of the installed models, one folder each (``ROSTLOTS_MODELS``)."""
    cache_dir: Path
    """Folder for what can be made anew (``ROSTLOTS_CACHE``)."""
    vosk_model: Path | None = None
    """Folder of a Vosk model to use in place of the installed one (``ROSTLOTS_VOSK_MODEL``)."""
    whisper_model: Path | None = None
    """Folder of a CTranslate2 Whisper model to use in place of the installed one (``ROSTLOTS_WHISPER_MODEL``)."""
    whisper_pack: bool = True
    """Whether Whisper base hears with the words of the subject merged into it (``ROSTLOTS_WHISPER_PACK``, 0 for no)."""
    piper_voice: Path | None = None
    """A Piper voice, ``.onnx`` with its ``.onnx.json`` beside it, to use in place of the installed one
    (``ROSTLOTS_PIPER_VOICE``)."""
    vosk_cache: Path | None = None
    """Folder in which Vosk itself keeps downloaded models."""
    threads: int = 2
    """Processor threads for one recognition (``ROSTLOTS_SPEECH_THREADS``)."""
    at_once: int = 1
    """Recognitions that Whisper computes at the same time; further ones wait."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "SpeechSettings":
        """Read the ``ROSTLOTS_`` variables; an empty one counts as not set."""
        env = os.environ if environ is None else environ

        def path(name: str) -> Path | None:
            value = env.get(name, "").strip()
            return Path(value).expanduser() if value else None

        threads = env.get("ROSTLOTS_SPEECH_THREADS", "").strip()
        return cls(
            models_dir=path("ROSTLOTS_MODELS") or Path(user_data_dir("rostlots")) / "models",
            cache_dir=path("ROSTLOTS_CACHE") or Path(user_cache_dir("rostlots")),
            vosk_model=path("ROSTLOTS_VOSK_MODEL"),
            whisper_model=path("ROSTLOTS_WHISPER_MODEL"),
            whisper_pack=env.get("ROSTLOTS_WHISPER_PACK", "").strip().lower() not in ("0", "no", "off", "false"),
            piper_voice=path("ROSTLOTS_PIPER_VOICE"),
            vosk_cache=_vosk_cache(),
            threads=int(threads) if threads.isdecimal() and int(threads) > 0 else cls.threads,
        )


def _vosk_cache() -> Path | None:
    """None for a user without a home, as services may have."""
    try:
        return Path("~/.cache/vosk").expanduser()
    except RuntimeError:
        return None
