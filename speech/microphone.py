"""The microphone and the loudspeaker of this computer as one line."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from speech.audio import RATE
from speech.errors import EngineMissing, SoundDeviceFailed
from speech.frames import Frames

if TYPE_CHECKING:
    from types import TracebackType

BLOCK = 320
"""Samples that the device exchanges at a time, 20 ms."""


class SoundDevice:
    """A ``Line`` to the person at the computer; make and enter it inside the event loop."""

    rate = RATE

    def __init__(self) -> None:
        self.frames = Frames()
        self._lock = threading.Lock()
        self._out = bytearray()
        self._stream: Any = None

    def play(self, pcm: bytes) -> None:
        """Play this after what was given before."""
        with self._lock:
            self._out += pcm

    def stop(self) -> None:
        """Throw away what has not been played yet."""
        with self._lock:
            self._out.clear()

    def exchange(self, heard: bytes) -> bytes:
        """One block in and one out, of the same length; the device's own thread calls it."""
        self.frames.put_from_thread(heard)
        with self._lock:
            out = bytes(self._out[: len(heard)])
            del self._out[: len(heard)]
        return out.ljust(len(heard), b"\0")

    def __enter__(self) -> SoundDevice:
        """Open the device. Raises ``EngineMissing`` or ``SoundDeviceFailed``."""
        device = _sounddevice()

        def callback(heard: Any, played: Any, frames: int, when: object, status: object) -> None:
            played[:] = self.exchange(bytes(heard))

        try:
            self._stream = device.RawStream(
                samplerate=RATE, channels=1, dtype="int16", blocksize=BLOCK, latency="low", callback=callback
            )
            self._stream.start()
        except device.PortAudioError as error:
            if self._stream is not None:
                self._stream.close()
            raise SoundDeviceFailed("The microphone and the loudspeaker could not be opened.") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self.frames.close()


def _sounddevice() -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise EngineMissing("The microphone needs sounddevice: pip install sounddevice.") from error
    except OSError as error:
        raise EngineMissing("The microphone needs PortAudio: apt install libportaudio2.") from error
    return sounddevice
