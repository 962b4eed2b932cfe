"""Spoken answers that are rendered once and kept."""

from __future__ import annotations

import hashlib
import io
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from speech.files import write_whole
from speech.loudness import LOUDNESS, at_usual_loudness
from speech.pronounce import for_speech
from speech.voice import Language, Pace, Spoken, Voice

if TYPE_CHECKING:
    from speech.settings import SpeechSettings

MOST_BYTES = 200_000_000
"""Size of all kept answers together: about three hours of speech. Beyond it the longest unused go."""


@dataclass
class PreparedSpeech:
    """A voice that remembers what it has said.

    Answers are kept as FLAC, whose frames carry checksums, under the SHA-256 of voice, pace and prepared text.
    """

    voice: Voice
    folder: Path
    """Created when the first answer is kept."""
    lang: Language = "sv"
    most_bytes: int = MOST_BYTES

    @classmethod
    def of(cls, voice: Voice, settings: SpeechSettings, lang: Language = "sv") -> PreparedSpeech:
        """Keep the answers in the cache folder of the settings."""
        return cls(voice, settings.cache_dir / "speech", lang)

    def render(self, text: str, *, pace: Pace = "normal") -> Spoken:
        """Speak an answer as it is written. It is kept, so it may hold nothing that a caller said; replies never do.

        A folder that cannot be read or written is no fault, the answer is then rendered each time.
        Raises ``VoiceUnavailable``.
        """
        prepared = for_speech(text, self.lang)
        path = self.folder / f"{self._key(prepared, pace)}.flac"
        kept = _read(path)
        if kept is not None:
            return kept
        spoken = at_usual_loudness(self.voice.render(prepared, pace=pace))
        # A voice never says the same twice alike; whoever was first has said it for all processes.
        meanwhile = _read(path)
        if meanwhile is not None:
            return meanwhile
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, _flac(spoken))
            self._drop_oldest()
        return spoken

    def warm_up(self) -> None:
        """Load what the first new text would otherwise wait a second or two for. Raises ``VoiceUnavailable``."""
        at_usual_loudness(self.voice.render("Hej."))

    def _key(self, prepared: str, pace: Pace) -> str:
        return hashlib.sha256("\0".join((self.voice.name, f"{LOUDNESS} LUFS", pace, prepared)).encode()).hexdigest()

    def _drop_oldest(self) -> None:
        """Delete what has not been used for longest until the rest fits."""
        found = []
        for path in self.folder.glob("*.flac"):
            with suppress(FileNotFoundError):
                state = path.stat()
                found.append((state.st_mtime_ns, state.st_size, path))
        excess = sum(size for _, size, _ in found) - self.most_bytes
        for _, size, path in sorted(found):
            if excess <= 0:
                return
            with suppress(FileNotFoundError):
                path.unlink()
            excess -= size


def _flac(spoken: Spoken) -> bytes:
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, spoken.samples, spoken.rate, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def _read(path: Path) -> Spoken | None:
    """A kept answer, marked as used now; ``None`` where there is none or it is damaged."""
    import soundfile

    try:
        content = path.read_bytes()
        samples, rate = soundfile.read(io.BytesIO(content), dtype="int16")
    except (OSError, soundfile.SoundFileError, RuntimeError):
        return None
    if samples.ndim != 1 or not len(samples):
        return None
    with suppress(OSError):
        os.utime(path)
    return Spoken(samples, int(rate))
