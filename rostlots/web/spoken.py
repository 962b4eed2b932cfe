"""Spoken answers by content address: any process can serve what another one has said."""

from __future__ import annotations

import hashlib
import io
import re
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from rostlots.settings import Settings
from rostlots.speaking import Pace, open_speaker
from rostlots.web.redis_store import redis_errors
from skill import Lang
from speech.files import write_whole

if TYPE_CHECKING:
    from redis import Redis

    from speech import PreparedSpeech, Spoken

SECONDS = 24 * 60 * 60
"""How long Redis keeps the words behind an address after they were last said."""

KEEP_AGAIN_AFTER = 10 * 60.0
"""Seconds for which a process trusts that words are still there; somebody may have emptied the folder."""

REMEMBERED = 4096
"""Texts that a process knows to be kept already."""

QUALITY = 0.73
"""Of MP3, 0 the best and 1 the smallest: 48 kbit/s at 16 to 24 kHz, the only rate that Alexa takes."""

_ADDRESS = re.compile(r"[0-9a-f]{64}")
_KEY = "rostlots:said:"


class _Words(msgspec.Struct, frozen=True):
    """What an address stands for. Only replies get here, and those never hold a caller's words."""

    text: str
    lang: Literal["sv", "en"]
    pace: Pace


def address_of(text: str, lang: Lang, *, slow: bool = False) -> str:
    """The address that every service of this version gives to a text's sound, relative to the service."""
    return _path(_encoded(text, lang, slow))


def _encoded(text: str, lang: Lang, slow: bool) -> bytes:
    return msgspec.json.encode(_Words(text, lang, "slow" if slow else "normal"))


def _path(words: bytes) -> str:
    return f"/api/speech/{hashlib.sha256(words).hexdigest()}.mp3"


class SpokenAnswers:
    """The sound of replies as MP3, which browsers, telephone services and Alexa all play."""

    def __init__(self, settings: Settings, folder: Path, redis: Redis | None = None) -> None:
        """Folder: where the words lie that belong to an address, if not in Redis; shared by the processes."""
        self._settings = settings
        self._folder = folder
        self._redis = redis
        self._known: OrderedDict[str, float] = OrderedDict()
        self._speakers: dict[Lang, PreparedSpeech] = {}
        self._lock = threading.Lock()
        self._opening = threading.Lock()

    def open_in_background(self, lang: Lang) -> None:
        """Open the voice before the first answer is fetched. Where that fails, whoever fetches one is told."""

        def load() -> None:
            with suppress(Exception):
                self._speaker(lang).warm_up()

        threading.Thread(target=load, name="rostlots-voice", daemon=True).start()

    def address(self, text: str, lang: Lang, *, slow: bool = False) -> str:
        """The address of a text's sound, relative to the service; nothing is rendered before it is fetched."""
        words = _encoded(text, lang, slow)
        name = hashlib.sha256(words).hexdigest()
        if not self._kept_lately(name):
            self._keep(name, words)
        return _path(words)

    def rendered(self, text: str, lang: Lang, *, slow: bool = False) -> str:
        """The address of a text's sound that is sure to be there, for a player that tells nobody what it misses.

        Raises:
            speech.SpeechError: the voice cannot be used.
        """
        self._speaker(lang).render(text, pace="slow" if slow else "normal")
        return self.address(text, lang, slow=slow)

    def sound(self, name: str) -> bytes | None:
        """An MP3 file by the hexadecimal part of an address, None for one that was never given out.

        Raises:
            speech.SpeechError: the voice cannot be used.
        """
        if not _ADDRESS.fullmatch(name):
            return None
        kept = self._find(name)
        if kept is None or hashlib.sha256(kept).hexdigest() != name:
            return None
        words = msgspec.json.decode(kept, type=_Words)
        return _mp3(self._speaker(words.lang).render(words.text, pace=words.pace))

    def _kept_lately(self, name: str) -> bool:
        """Whether this process has kept the words a short time ago; if not, it is taken to do so now."""
        now = time.monotonic()
        with self._lock:
            kept = self._known.pop(name, None)
            if kept is not None and now - kept < KEEP_AGAIN_AFTER:
                self._known[name] = kept
                return True
            self._known[name] = now
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return False

    def _speaker(self, lang: Lang) -> PreparedSpeech:
        with self._opening:
            if lang not in self._speakers:
                self._speakers[lang] = open_speaker(self._settings, lang)
            return self._speakers[lang]

    def _keep(self, name: str, words: bytes) -> None:
        if self._redis is not None:
            with suppress(*redis_errors()):
                self._redis.set(_KEY + name, words, ex=SECONDS)
                return
        path = self._folder / f"{name}.json"
        # Without a place to write, the answer is there to be read, only not to be heard.
        with suppress(OSError):
            if not path.exists():
                self._folder.mkdir(parents=True, exist_ok=True)
                write_whole(path, words)

    def _find(self, name: str) -> bytes | None:
        if self._redis is not None:
            with suppress(*redis_errors()):
                kept = self._redis.get(_KEY + name)
                if isinstance(kept, bytes):
                    return kept
        try:
            return (self._folder / f"{name}.json").read_bytes()
        except OSError:
            return None


def _mp3(spoken: Spoken) -> bytes:
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(
        buffer, spoken.samples, spoken.rate, format="MP3", bitrate_mode="CONSTANT", compression_level=QUALITY
    )
    return buffer.getvalue()
