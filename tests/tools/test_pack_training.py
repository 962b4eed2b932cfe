"""The training of the pack: its texts, sounds, plan and figures; nothing here needs a model or PyTorch."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rostlots.hearing_figures import DOMAIN_WORD, plain
from speech.audio import RATE
from tools.whisper_pack import silence
from tools.whisper_pack.averaging import mean
from tools.whisper_pack.channel import Channel, Codec, band, draw, lose_packets, mix, power
from tools.whisper_pack.corpus import by_telephone, plan, render, spoken
from tools.whisper_pack.packing import npz
from tools.whisper_pack.recipe import Recipe
from tools.whisper_pack.texts import (
    APART,
    Reserved,
    Text,
    collect,
    everyday,
    misspelt,
    questions,
    texts_sha256,
    written,
)
from tools.whisper_pack.voices import FORMANT, MBROLA, UNSEEN, Speaker, spoken_form

QUESTION = "Kan man bli frisk från metastaser i levern?"


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    pytest.importorskip("rapidfuzz")
    return collect(Reserved([QUESTION]), 0.05)


@pytest.fixture
def voice() -> NDArray[np.float32]:
    """Two seconds that wax and wane like syllables."""
    time = np.arange(2 * RATE) / RATE
    return (0.4 * np.sin(2 * np.pi * 300 * time) * np.sin(2 * np.pi * 3 * time)).astype(np.float32)


@pytest.mark.parametrize(
    ("typed", "style"),
    [
        ("hur känns det", "Hur känns det?"),
        ("levern då", "Levern då."),
        ("  Jag  är rädd! ", "Jag är rädd!"),
        ("vad betyder cup", "Vad betyder cup?"),
        ("", ""),
    ],
)
def test_texts_have_one_style(typed: str, style: str) -> None:
    assert written(typed) == style


def test_evaluation_texts_are_kept_out(texts: list[Text]) -> None:
    reserved = Reserved([QUESTION, "Vad är metastaser?"])
    assert reserved.holds("kan man bli frisk från metastaser i levern")
    assert reserved.holds("Kan man bli frisk från metastaser i lever?")
    assert not reserved.holds("Kan man få metastaser i levern?")
    assert not reserved.holds("Vad är metastaser?")  # anybody's question
    assert plain(QUESTION) not in {plain(text.words) for text in texts}


def test_texts_are_enough_and_each_once(texts: list[Text]) -> None:
    count = Counter((text.kind, text.part) for text in texts)
    assert count["domain", "train"] > 10_000
    assert count["everyday", "train"] > 2_000
    for kept, _, sentences in APART:
        assert count["everyday", kept] == sentences
    assert 0.03 < count["domain", "validation"] / count["domain", "train"] < 0.07
    keys = [plain(text.words) for text in texts]
    assert len(set(keys)) == len(keys)
    assert not any(DOMAIN_WORD.search(text.words.lower()) for text in texts if text.part in ("test", "alike"))


def test_texts_and_plan_are_the_same_each_time(texts: list[Text]) -> None:
    assert texts_sha256(texts) == texts_sha256(collect(Reserved([QUESTION]), 0.05))
    recipe = Recipe(domain=30, answers=5, everyday=30, everyday_by_telephone=0.0, silences=20, formant_spoiled=1.0)
    items = plan(texts, recipe)
    assert items == plan(texts, recipe)
    assert len({item.key for item in items}) == len(items) == 85
    assert Counter(item.text.kind for item in items) == {"domain": 30, "answer": 5, "everyday": 30, "silence": 20}
    assert not {item.text.part for item in items} - {"train", "validation"}
    assert set(plan(texts, replace(recipe, formant_spoiled=0.0))) < set(items)
    twice = plan(texts, replace(recipe, everyday_by_telephone=1.0))
    assert set(items) < set(twice)
    assert len(twice) == 115
    assert all(item.channel.narrow for item in set(twice) - set(items))


def test_another_rendering_is_another_recording() -> None:
    text = Text(QUESTION, "domain", "train")
    first, second = (spoken(text, Recipe(), turn) for turn in (0, 1))
    assert len({first.key, second.key, by_telephone(text, Recipe()).key}) == 3


def test_voices_kept_for_judging_are_not_trained_on() -> None:
    assert not set(UNSEEN) & {*MBROLA, *FORMANT}


def test_mistakes_of_spelling_are_found_and_forms_are_not() -> None:
    right = ["cellgifter"] * 20 + ["metastaser"] * 20
    assert misspelt([*right, "cellgiffter", "metastasen", "metastasering", "vardagsrum"]) == {"cellgiffter"}


def test_numbers_are_spoken_as_people_say_them() -> None:
    assert spoken_form("Ska jag ringa 112 eller 1177?") == "Ska jag ringa ett ett två eller elva sjuttiosju?"


def test_no_line_of_the_sources_is_a_heading_or_comment() -> None:
    for line in (*questions(), *everyday()):
        assert line[0] not in "#["


def test_noise_has_the_asked_level(voice: NDArray[np.float32]) -> None:
    noise = np.random.default_rng(1).standard_normal(len(voice)).astype(np.float32)
    added = mix(voice, noise, 10.0) - voice
    assert 10 * np.log10(power(voice) / np.mean(np.square(added))) == pytest.approx(10.0, abs=0.2)


def test_a_band_lets_through_what_lies_within(voice: NDArray[np.float32]) -> None:
    assert power(band(voice, 200, 3400)) == pytest.approx(power(voice), rel=0.1)
    assert np.abs(band(voice, 1000, 3400)).max() < 0.02


@pytest.mark.parametrize("codec", ["none", "mulaw", "alaw", "gsm", "g721", "opus-narrow", "opus"])
def test_a_channel_keeps_the_voice(codec: Codec, voice: NDArray[np.float32]) -> None:
    channel = Channel(room=0.3, noise="babble", noise_db=20, narrow=codec != "opus", codec=codec, loss=0.05, lead=0.2)
    heard = channel.apply(voice, np.random.default_rng(2), [voice])
    assert heard.dtype == np.float32
    assert abs(len(heard) - len(voice) - 0.2 * RATE) < 0.1 * RATE
    assert np.isfinite(heard).all()
    assert 0.1 < np.abs(heard).max() <= 1.1
    again = channel.apply(voice, np.random.default_rng(2), [voice])
    assert np.array_equal(heard, again)


def test_channels_have_the_recipe_s_shares() -> None:
    rng = np.random.default_rng(5)
    drawn = [draw(rng, 0.35, 0.35, (5, 25)) for _ in range(2000)]
    assert sum(channel.narrow for channel in drawn) / 2000 == pytest.approx(0.35, abs=0.04)
    clean = [channel for channel in drawn if not (channel.narrow or channel.noise or channel.room or channel.loss)]
    assert len(clean) / 2000 == pytest.approx(0.37, abs=0.06)


def test_lost_packets_leave_gaps_of_the_right_share(voice: NDArray[np.float32]) -> None:
    long = np.tile(voice, 30)
    changed = lose_packets(long, 0.1, np.random.default_rng(3)) != long
    assert 0.04 < changed.mean() < 0.2


@pytest.mark.parametrize("kind", [kind for kind in silence.SILENCES if kind not in ("far", "foreign")])
def test_sounds_without_speech_are_made(kind: silence.Silence) -> None:
    for seed in range(4):
        sound = silence.make(kind, np.random.default_rng(seed))
        assert sound.dtype == np.float32
        assert RATE <= len(sound) <= 6 * RATE
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() <= 0.71


@pytest.mark.model
def test_a_text_is_spoken_over_a_line() -> None:
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    item = spoken(Text(QUESTION, "domain", "train"), Recipe(mbrola=0.0))
    assert item.speaker
    assert item.speaker.voice in FORMANT
    assert np.array_equal(render(item), render(item))
    slow, fast = (Speaker("sv", rate, 50) for rate in (110, 190))
    from tools.whisper_pack.voices import say

    assert len(say(QUESTION, slow)) > 1.3 * len(say(QUESTION, fast))


def test_the_mean_of_packs_has_the_mean_of_their_products() -> None:
    random = np.random.default_rng(6)
    a, b = random.standard_normal((4, 9)), random.standard_normal((7, 4))
    one = {"a:x": a, "b:x": b}
    assert mean(one, one)["a:x"].shape == (4, 9)
    same = mean(one, one)
    assert np.allclose(same["b:x"] @ same["a:x"], b @ a, atol=1e-5)
    half = mean(one, {"a:x": a, "b:x": np.zeros_like(b)})
    assert np.allclose(half["b:x"] @ half["a:x"], 0.5 * b @ a, atol=1e-5)


def test_the_pack_s_file_is_the_same_bytes_each_time() -> None:
    arrays = {"b:x": np.ones((2, 2), np.float16), "a:x": np.zeros(3, np.float16)}
    assert npz(arrays) == npz(dict(reversed(arrays.items())))


def test_the_manifest_names_its_texts_and_recipe() -> None:
    import tomllib

    manifest = tomllib.loads((Path(__file__).parents[2] / "speech/data/whisper-pack.toml").read_text(encoding="utf-8"))
    assert len(manifest["trained"]["texts_sha256"]) == len(manifest["recipe"]["sha256"]) == 64
    assert manifest["base"]["model"] == "whisper-base"
