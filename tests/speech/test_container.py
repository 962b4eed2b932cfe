"""Recordings as browsers make them, and the kinds that are told apart."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.audio import RATE, read_audio
from speech.errors import AudioTooLong, AudioUnreadable
from speech.kind import kind_of


def contained(
    seconds: float,
    form: str,
    codec: str,
    *,
    rate: int = 48_000,
    channels: int = 1,
    options: dict[str, str] | None = None,
) -> bytes:
    """A tone of 440 Hz at half of full scale."""
    time = np.arange(int(seconds * rate)) / rate
    tone = (16_384 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)
    layout = "mono" if channels == 1 else "stereo"
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form, options=options or {}) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        for start in range(0, len(tone), 960):
            frame = av.AudioFrame.from_ndarray(
                np.repeat(tone[start : start + 960], channels)[None, :], format="s16", layout=layout
            )
            frame.sample_rate = rate
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("form", "codec"), [("webm", "libopus"), ("mp4", "aac"), ("mp4", "libopus")])
def test_the_tone_comes_out(form: str, codec: str, channels: int) -> None:
    audio = read_audio(contained(2.0, form, codec, channels=channels))
    assert audio.seconds == pytest.approx(2.0, abs=0.1)
    middle = audio.samples[RATE // 2 : RATE // 2 + RATE]
    assert np.abs(np.fft.rfft(middle)).argmax() == pytest.approx(440, abs=2)
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.1)


def test_a_head_of_a_fragment_that_is_written_twice_is_read_once() -> None:
    """As WebKitGTK ends its recordings."""
    whole = contained(
        2.0, "mp4", "aac", options={"movflags": "empty_moov+default_base_moof", "frag_duration": "400000"}
    )
    last = whole.rindex(b"moof") - 4
    head = whole[last : last + int.from_bytes(whole[last : last + 4], "big")]
    assert whole.count(b"moof") > 2
    twice = read_audio(whole[:last] + head + whole[last:])
    assert np.array_equal(twice.samples, read_audio(whole).samples)


def test_the_longest_time_holds_whatever_the_header_says() -> None:
    recording = contained(3.0, "webm", "libopus")
    assert read_audio(recording, 3.5).seconds > 2.9
    with pytest.raises(AudioTooLong):
        read_audio(recording, 2.5)


def test_a_film_or_another_codec_is_no_recording() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        container.mux(stream.encode(None))
    for recording in (buffer.getvalue(), contained(1.0, "matroska", "flac")):
        with pytest.raises(AudioUnreadable):
            read_audio(recording)


@given(st.binary(max_size=300), st.sampled_from([b"\x1a\x45\xdf\xa3", b"\x00\x00\x00\x18ftypM4A "]))
def test_nonsense_is_unreadable_and_nothing_worse(nonsense: bytes, head: bytes) -> None:
    with pytest.raises(AudioUnreadable):
        read_audio(head + nonsense)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "wav"),
        (b"RIFF\x24\x00\x00\x00AVI ", None),
        (b"fLaC\x00\x00\x00\x22", "flac"),
        (b"OggS\x00\x02", "ogg"),
        (b"ID3\x04\x00", "mp3"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"\xff\xf3\x44\xc4", "mp3"),
        (b"\xff\xe1\x00\x00", None),
        (b"\x1a\x45\xdf\xa3", "webm"),
        (b"\x00\x00\x00\x1cftypisom", "mp4"),
        (b"<html>", None),
        (b'{"text": ""}', None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_the_kind_is_told_by_what_is_inside(head: bytes, kind: str | None) -> None:
    assert kind_of(head) == kind
