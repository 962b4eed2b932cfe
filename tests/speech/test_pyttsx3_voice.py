"""Speaking with the real pyttsx3 and eSpeak NG, from packages alone."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import speech
from speech import PreparedSpeech, SpeechSettings, Voice, open_voice
from speech.errors import VoiceUnavailable

pytestmark = pytest.mark.model


@pytest.fixture
def swedish(settings: SpeechSettings) -> Voice:
    pytest.importorskip("pyttsx3")
    return open_voice("auto", settings)


def test_it_speaks(swedish: Voice) -> None:
    spoken = swedish.render("Metastaser är dottertumörer.")
    assert spoken.samples.dtype == np.int16
    assert 1.5 < spoken.seconds < 3.5
    assert np.abs(spoken.samples).max() > 3000
    assert "espeak-ng" in swedish.name


def test_slow_is_slower_also_in_turns(swedish: Voice) -> None:
    for _ in range(2):
        normal, slow = (swedish.render("Ring Cancerlinjen.", pace=pace).seconds for pace in ("normal", "slow"))
        assert 1.2 < slow / normal < 1.8


def test_a_long_first_text_is_whole() -> None:
    code = (
        "from speech.pyttsx3_voice import Pyttsx3Voice; "
        "print(Pyttsx3Voice().render('Metastaser är dottertumörer. ' * 20).seconds)"
    )
    root = Path(speech.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    (line,) = done.stdout.splitlines()
    assert float(line) > 25


def test_many_threads_share_one_voice(swedish: Voice) -> None:
    def render(number: int) -> float:
        return swedish.render("Ett två tre. " * (1 + number % 3)).seconds

    with ThreadPoolExecutor(4) as pool:
        lengths = list(pool.map(render, range(60)))
    for size in range(3):
        same = lengths[size::3]
        assert max(same) - min(same) < 0.1
    assert lengths[0] < lengths[1] < lengths[2]


def test_a_second_voice_in_the_same_process(swedish: Voice, settings: SpeechSettings) -> None:
    english = open_voice("pyttsx3", settings, "en")
    assert english.name != swedish.name
    assert english.render("Metastases are secondary tumours.").seconds > 1
    assert swedish.render("Hej.").seconds > 0.2


@pytest.mark.parametrize("text", ["", "  \n ", "\0"])
def test_nothing_to_say(swedish: Voice, text: str) -> None:
    with pytest.raises(VoiceUnavailable):
        swedish.render(text)


@pytest.mark.parametrize("text", ["<speak>&amp;</speak>", "[[h@l'oU]]", "日本語 😀", "-" * 300, "a" * 3000])
def test_strange_texts_do_no_harm(swedish: Voice, text: str) -> None:
    with suppress(VoiceUnavailable):
        swedish.render(text)
    assert swedish.render("Hej.").seconds > 0.2


def test_an_unknown_voice(swedish: Voice) -> None:
    from speech.pyttsx3_voice import Pyttsx3Voice

    with pytest.raises(VoiceUnavailable, match="rikssvenska"):
        Pyttsx3Voice("rikssvenska")


def test_without_the_package_it_takes_the_system_s_library_or_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['espeakng_loader'] = None\n"
        "from speech.pyttsx3_voice import Pyttsx3Voice; from speech import EngineMissing\n"
        "try: print(Pyttsx3Voice().render('Hej.').seconds > 0.2)\n"
        "except EngineMissing as error: print('pip install espeakng-loader' in str(error))"
    )
    root = Path(speech.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "True\n"


def test_nothing_is_printed(swedish: Voice, capfd: pytest.CaptureFixture[str]) -> None:
    swedish.render("Hej.")
    assert capfd.readouterr() == ("", "")


def test_prepared_answers_sound_the_same(swedish: Voice, settings: SpeechSettings) -> None:
    prepared = PreparedSpeech.of(swedish, settings)
    first, second = prepared.render("Ring 010-199 10 10."), prepared.render("Ring 010-199 10 10.")
    assert np.array_equal(first.samples, second.samples)
    assert len(list((settings.cache_dir / "speech").iterdir())) == 1
