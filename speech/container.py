"""Recordings as browsers make them: Opus in WebM, AAC or Opus in MP4."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, Literal

import numpy as np

from speech.errors import AudioTooLong, AudioUnreadable, EngineMissing

if TYPE_CHECKING:
    from av import AudioResampler, AudioStream
    from av.container import InputContainer
    from numpy.typing import NDArray

Container = Literal["webm", "mp4"]

_DEMUXERS: dict[Container, str] = {"webm": "matroska", "mp4": "mp4"}

CODECS = frozenset({"opus", "vorbis", "aac"})
"""What browsers write. Others are refused, as each decoder is one more that hostile input reaches."""

MOST_BOXES = 10_000
"""Of an MP4; a minute in fragments of a second has 120."""


def read_container(file: BinaryIO, kind: Container, name: str, rate: int, max_seconds: float) -> NDArray[np.float32]:
    """The first audio track resampled to ``rate``, shape ``(n, channels)`` with one or two channels.

    Raises ``AudioTooLong`` beyond ``max_seconds``, ``AudioUnreadable`` for what is damaged or has no such track, and
    ``EngineMissing`` without PyAV.
    """
    try:
        import av
    except ImportError as error:
        raise EngineMissing("Reading WebM and MP4 needs PyAV: pip install av.") from error
    blocks: list[NDArray[np.float32]] = []
    samples = 0
    try:
        whole = _without_idle_heads(file) if kind == "mp4" else file
        with av.open(whole, "r", format=_DEMUXERS[kind]) as container:
            stream = next((s for s in container.streams.audio if s.codec_context.name in CODECS), None)
            if stream is None:
                raise AudioUnreadable(f"{name} holds no sound that is read.")
            if stream.codec_context.channels > 2:
                raise AudioUnreadable(f"{name} has {stream.codec_context.channels} channels; one or two are read.")
            # Not mixed here: FFmpeg's mix is 3 dB louder where both channels are alike.
            resampler = av.AudioResampler(format="fltp", rate=rate)
            for block in _decoded(container, stream, resampler):
                samples += len(block)
                if samples > max_seconds * rate:
                    raise AudioTooLong(f"{name} is longer than {max_seconds:g} seconds.")
                blocks.append(block)
    except (av.FFmpegError, ValueError, TypeError, RuntimeError, OverflowError) as error:
        raise AudioUnreadable(f"{name} is damaged or no audio.") from error
    if not samples:
        raise AudioUnreadable(f"{name} holds no sound.")
    return np.concatenate(blocks)


def _without_idle_heads(file: BinaryIO) -> BinaryIO:
    """An MP4 without heads of fragments that are followed by themselves and not by sound.

    WebKitGTK writes the head of its last fragment twice; the first would be read as if the second were its sound.
    """
    start = file.tell()
    boxes: list[tuple[bytes, int, int]] = []
    at = start
    while len(head := file.read(8)) == 8:
        size = int.from_bytes(head[:4], "big")
        if size < 8 or len(boxes) == MOST_BOXES:  # up to the end, longer than any recording, or meant to tire us
            file.seek(start)
            return file
        boxes.append((head[4:], at, size))
        at = file.seek(at + size)
    idle = {one for one, after in pairwise(boxes) if one[0] == after[0] == b"moof" and one[2] == after[2]}
    file.seek(start)
    if not idle:
        return file
    kept = io.BytesIO()
    for box in boxes:
        file.seek(box[1])
        kept.write(b"" if box in idle else file.read(box[2]))
    kept.seek(0)
    return kept


def _decoded(
    container: InputContainer, stream: AudioStream, resampler: AudioResampler
) -> Iterator[NDArray[np.float32]]:
    """Blocks of samples, the last ones out of the resampler."""
    for frame in container.decode(stream):
        for part in resampler.resample(frame):
            yield part.to_ndarray().T.astype(np.float32, copy=False)
    for part in resampler.resample(None):
        yield part.to_ndarray().T.astype(np.float32, copy=False)
