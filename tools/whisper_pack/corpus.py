"""The plan of what is spoken by whom over which line, and the encoder's states of it, computed once and kept."""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from speech.audio import RATE
from speech.files import write_whole
from tools.whisper_pack import silence
from tools.whisper_pack.channel import Channel, draw
from tools.whisper_pack.texts import Part, Text, lot
from tools.whisper_pack.voices import FORMANT, MBROLA, Speaker, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.random import Generator
    from numpy.typing import NDArray

    from speech.whisper_model import WhisperModel
    from tools.whisper_pack.recipe import Recipe

    Samples = NDArray[np.float32]

CHUNK = 40
"""Recordings that one process makes before it reports."""

BABBLERS = 8

BY_TELEPHONE = 1
"""Number of the rendering over the telephone."""


@dataclass(frozen=True)
class Item:
    """One recording of the training."""

    text: Text
    speaker: Speaker | None
    """``None`` for a recording in which nobody speaks Swedish."""
    channel: Channel
    seed: int
    """Of noise, rooms and lost packets."""
    silence: silence.Silence | None = None

    @property
    def key(self) -> str:
        """Name of its states in the cache."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:24]


def plan(texts: Iterable[Text], recipe: Recipe) -> list[Item]:
    """What is recorded, in an order that mixes all kinds; a further text changes nothing about the others."""
    texts = [text for text in texts if text.part in ("train", "validation")]
    items: list[Item] = []
    for kind, most in (("domain", recipe.domain), ("answer", recipe.answers), ("everyday", recipe.everyday)):
        of_kind = sorted((text for text in texts if text.kind == kind), key=lambda text: lot(text.words, 2))[:most]
        items += [spoken(text, recipe) for text in of_kind]
        if kind == "everyday":
            items += [
                by_telephone(text, recipe) for text in of_kind if lot(text.words, 3) < recipe.everyday_by_telephone
            ]
    items = [item for item in items if _worthwhile(item, recipe)]
    items += [_silent(number, recipe) for number in range(recipe.silences)]
    return sorted(items, key=lambda item: item.key)


def _worthwhile(item: Item, recipe: Recipe) -> bool:
    spoiled = item.channel.narrow or item.channel.noise is not None or item.channel.room > 0
    formant = item.speaker is not None and item.speaker.voice not in MBROLA
    return not (spoiled and formant) or lot(item.text.words, 4) < recipe.formant_spoiled


def spoken(text: Text, recipe: Recipe, turn: int = 0) -> Item:
    """A text with a speaker and a channel at random; every ``turn`` is another rendering."""
    return _drawn(text, recipe, turn, recipe.clean, recipe.telephone)


def by_telephone(text: Text, recipe: Recipe) -> Item:
    """A text with a speaker and a telephone line at random."""
    return _drawn(text, recipe, BY_TELEPHONE, clean=0.0, telephone=1.0)


def _drawn(text: Text, recipe: Recipe, turn: int, clean: float, telephone: float) -> Item:
    rng = np.random.default_rng([recipe.seed, turn, int(lot(text.words) * 2**48)])
    voices = MBROLA if rng.random() < recipe.mbrola else FORMANT
    speaker = Speaker(
        str(rng.choice(voices)),
        int(rng.integers(recipe.rates[0], recipe.rates[1] + 1)),
        int(rng.integers(recipe.pitches[0], recipe.pitches[1] + 1)),
    )
    return Item(text, speaker, draw(rng, clean, telephone, recipe.noise_db), int(rng.integers(2**31)))


def _silent(number: int, recipe: Recipe) -> Item:
    kind = silence.SILENCES[number % len(silence.SILENCES)]
    part: Part = "validation" if number < recipe.silences * recipe.validation else "train"
    return Item(Text("", "silence", part), None, Channel(), recipe.seed * 100_000 + number, kind)


def render(item: Item) -> Samples:
    """The recording: 16 kHz, within -1 to 1, shape ``(n,)``."""
    rng = np.random.default_rng(item.seed)
    if item.speaker is None:
        return silence.make(item.silence or "silence", rng)
    others = _babblers() if item.channel.noise == "babble" else ()
    return item.channel.apply(say(item.text.words, item.speaker), rng, choose(others, rng))


def choose(voices: Sequence[Samples], rng: Generator) -> list[Samples]:
    """Three or four of the voices."""
    return [voices[int(at)] for at in rng.permutation(len(voices))[: int(rng.integers(3, 5))]]


@cache
def _babblers() -> tuple[Samples, ...]:
    sentence = "Sedan gick vi hem och lagade mat, och på kvällen kom grannarna över en stund för att titta på bilder."
    voices = (*MBROLA, *FORMANT[:: len(FORMANT) // (BABBLERS - 2)])[:BABBLERS]
    return tuple(say(sentence, Speaker(voice, 140 + 5 * at, 35 + 4 * at)) for at, voice in enumerate(voices))


# Encoding


def states_path(folder: Path, item: Item) -> Path:
    """Where the states of a recording are kept: float16, shape ``(frames of 20 ms, 512)``."""
    return folder / item.key[:2] / f"{item.key}.npy"


def encode_all(items: Sequence[Item], base: Path, folder: Path, workers: int, longest: float) -> None:
    """Record and encode whatever is not there yet, with progress. Recordings that are too long become empty states."""
    missing = [item for item in items if not states_path(folder, item).exists()]
    print(f"{len(items)} recordings, {len(missing)} to make", flush=True)
    chunks = [missing[at : at + CHUNK] for at in range(0, len(missing), CHUNK)]
    done = 0
    with ProcessPoolExecutor(workers, initializer=_open, initargs=(base, folder, longest)) as pool:
        for count in pool.map(_encode_chunk, chunks):
            done += count
            if done % (CHUNK * 5) == 0 or done == len(missing):
                print(f"{done} of {len(missing)} recordings", flush=True)


_worker: tuple[WhisperModel, Path, float] | None = None


def _open(base: Path, folder: Path, longest: float) -> None:
    global _worker
    from speech.whisper_model import WhisperModel

    os.nice(5)
    _worker = (WhisperModel(base, threads=1), folder, longest)


def _encode_chunk(items: Sequence[Item]) -> int:
    if _worker is None:
        raise RuntimeError("The process has no model.")
    model, folder, longest = _worker
    for item in items:
        samples = render(item)
        path = states_path(folder, item)
        path.parent.mkdir(parents=True, exist_ok=True)
        states = np.zeros((0, 512), np.float16)
        if len(samples) <= longest * RATE:
            states = np.asarray(model.encode(samples).states)[0].astype(np.float16)
        write_whole(path, _npy(states))
    return len(items)


def _npy(array: NDArray[np.float16]) -> bytes:
    import io

    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
