"""pyttsx3 with eSpeak NG, tamed: one engine, one voice, one rate, and a file that is known to be written.

Rate and voice cannot be changed reliably on a running engine, and a second engine in the same process hangs; another
rate or voice therefore needs another process. For that, this file is also a program that depends on no other module of
its package: ``python espeak_engine.py VOICE RATE FILE.wav``, text on standard input.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
import wave
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Any

VOLUME = 0.9


class EngineFailure(Exception):
    """Something that pyttsx3 or eSpeak NG could not do; the message is one sentence."""


class LibraryAbsent(EngineFailure):
    """There is no usable eSpeak NG on this machine."""


class EspeakEngine:
    """The one engine of this process."""

    def __init__(self, voice: str, rate: int) -> None:
        """Start with a voice of eSpeak NG (``sv``) and a rate in words per minute.

        Raises ``ImportError`` without pyttsx3, ``LibraryAbsent`` without eSpeak NG, ``EngineFailure`` without such a
        voice.
        """
        self.voice, self.rate = voice, rate
        self._lock = Lock()
        self._errors: list[Exception] = []
        preload()
        import pyttsx3

        try:
            driver = importlib.import_module("pyttsx3.drivers.espeak")
            # The driver reports each file on standard output, which belongs to the caller's results.
            driver.print = lambda *args, **options: None  # type: ignore[attr-defined]
            self._engine: Any = pyttsx3.init("espeak")
            self._engine.connect("error", self._note)
            for key, value in (("voice", voice), ("rate", rate), ("volume", VOLUME)):
                self._engine.setProperty(key, value)
            # The first run returns before the speech is there.
            self._engine.runAndWait()
        except Exception as error:  # the driver raises whatever ctypes and the library raise
            raise LibraryAbsent(
                "eSpeak NG is not usable: pip install espeakng-loader, or apt install libespeak-ng1."
            ) from error
        if self._errors:
            raise EngineFailure(f"eSpeak NG has no voice {voice!r}.")

    def save(self, text: str, path: Path) -> None:
        """Speak into a WAV file. Raises ``EngineFailure``."""
        text = text.replace("\0", " ").strip()
        if not text:
            raise EngineFailure("There is nothing to say.")
        with self._lock:
            self._errors.clear()
            self._engine.save_to_file(text, str(path))
            self._engine.runAndWait()
            errors = list(self._errors)
        # The engine reports neither a file that it could not write nor one without sound.
        try:
            with wave.open(str(path)) as file:
                frames = file.getnframes()
        except (OSError, EOFError, wave.Error):
            frames = 0
        if errors or not frames:
            raise EngineFailure("eSpeak NG spoke nothing.")

    def _note(self, name: str | None, exception: Exception) -> None:
        self._errors.append(exception)


def preload() -> None:
    """Load the eSpeak NG of the ``espeakng-loader`` package, if there is one, so that pyttsx3 finds it by its name."""
    try:
        import espeakng_loader
    except ImportError:
        return
    try:
        library, data = Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path())
    except RuntimeError:
        return
    # Without its data the library ends the process.
    if not library.is_file() or not (data / "phontab").is_file():
        return
    os.environ["ESPEAK_DATA_PATH"] = str(data)
    # Found again by its name though local; if its symbols were global, Piper's own eSpeak NG would call them and crash.
    ctypes.CDLL(str(library), mode=ctypes.RTLD_LOCAL)


def library_version() -> str:
    """Which eSpeak NG speaks: the package's version, or ``system``."""
    try:
        return version("espeakng-loader")
    except PackageNotFoundError:
        return "system"


def main() -> int:
    """Speak standard input into a file; a failure is one line on standard error and status 1."""
    voice, rate, path = sys.argv[1:]
    try:
        EspeakEngine(voice, int(rate)).save(sys.stdin.buffer.read().decode(), Path(path))
    except (EngineFailure, ImportError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
