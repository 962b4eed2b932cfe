"""A speaker that keeps what it has rendered at the rate of the telephone, ready to be played at once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from speech.line import at_rate
from speech.voice import Spoken

if TYPE_CHECKING:
    from rostlots.talking import Speaker
    from speech.voice import Pace

RATE = 8000
"""Of G.711, in samples per second."""

MOST_SECONDS = 1800
"""Speech that is kept: about 29 MB."""


class TelephoneSpeaker:
    """Shared by all calls."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._kept: OrderedDict[tuple[str, Pace], Spoken] = OrderedDict()
        self._seconds = 0.0
        self._lock = threading.Lock()

    def render(self, text: str, *, pace: Pace = "normal") -> Spoken:
        """Speak a text. Raises a `speech.SpeechError`."""
        key = (text, pace)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        spoken = at_rate(self._speaker.render(text, pace=pace), RATE)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = spoken
                self._seconds += spoken.seconds
            while self._seconds > MOST_SECONDS:
                self._seconds -= self._kept.popitem(last=False)[1].seconds
        return spoken
