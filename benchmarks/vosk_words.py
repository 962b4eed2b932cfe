"""What the words of the subject are worth to Vosk, measured with a stand-in for the official acoustic model.

usage: python -m benchmarks.vosk_words [--questions FILE.jsonl] [--recordings FOLDER] [--everyday]

The stand-in (tests/speech/data/standin) hears the two Swedish MBROLA voices only. "official words" is a graph from the
same sentences and ways of saying words, without those words that the official model doesn't have; what the official
graph makes of the same sound is not known. Without arguments it takes the recordings that ship with the tests:
questions of other writers that the language model has never seen. With --everyday it also speaks a hundred everyday
sentences, never seen either, with the MBROLA voices (apt-get install espeak-ng mbrola mbrola-sw1 mbrola-sw2).
"""

from __future__ import annotations

import argparse
import lzma
import platform
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from rostlots.assistant import Assistant
from rostlots.cli.evaluate import read_labelled
from rostlots.hearing_comparison import spoken, table
from rostlots.hearing_figures import Tally
from rostlots.recordings import read_recordings
from speech import Audio, Ear
from speech.vosk_ear import VoskEar
from speech.vosk_graph import pack
from speech.vosk_graph.compiler import compile_graph
from speech.vosk_graph.ngram import estimate
from speech.vosk_graph.pack import Pack
from tools.vosk_graph.texts import everyday_test
from tools.whisper_pack.voices import MBROLA, Speaker, say

_ROOT = Path(__file__).parent.parent
_DATA = _ROOT / "tests" / "speech" / "data"
_OFFICIAL_WORDS = _ROOT / "intents" / "data" / "sv" / "common_words.txt"


def official_words(full: Pack) -> Pack:
    """The pack without the words that the official model lacks."""
    known = set(_OFFICIAL_WORDS.read_text(encoding="utf-8").split())
    return replace(full, lexicon={word: ways for word, ways in full.lexicon.items() if word in known})


def build(words: Pack, into: Path) -> None:
    """A model that Vosk can load: the stand-in's net and a graph with the given words."""
    shutil.copytree(_DATA / "standin" / "conf", into / "conf")
    (into / "am").mkdir()
    (into / "am" / "final.mdl").write_bytes(lzma.decompress((_DATA / "standin" / "am" / "final.mdl.xz").read_bytes()))
    model = estimate(words.sentences, words.lexicon)
    for name, content in compile_graph(words.lexicon, model, words.transitions, words.phones).items():
        (into / "graph" / name).parent.mkdir(parents=True, exist_ok=True)
        (into / "graph" / name).write_bytes(content)


def small_talk() -> Iterator[tuple[str, Audio]]:
    """Everyday sentences in both voices by turns."""
    for number, text in enumerate(everyday_test()):
        yield text, Audio(say(text, Speaker(MBROLA[number % 2], 150, 50)))


def processor_time(ear: Ear, recordings: Iterable[Audio]) -> float:
    """Seconds of processor time for a second of sound."""
    started, sounding = time.process_time(), 0.0
    for audio in recordings:
        ear.hear(audio)
        sounding += audio.seconds
    return (time.process_time() - started) / sounding


def peak_memory() -> int:
    """The most that this process has taken so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--questions", type=Path, default=_DATA / "spoken" / "questions.jsonl")
    parser.add_argument("--recordings", type=Path, default=_DATA / "spoken")
    parser.add_argument("--everyday", action="store_true")
    options = parser.parse_args()
    started = time.process_time()
    full = pack.load(pack.folder())
    with tempfile.TemporaryDirectory() as name:
        places = {"all words": Path(name) / "all", "official words": Path(name) / "official"}
        build(full, places["all words"])
        seconds = time.process_time() - started
        print(f"{platform.machine()}, Python {platform.python_version()}: {len(full.lexicon)} words, graph built in")
        print(f"{seconds:.1f} s of processor time, {peak_memory()} MB at most")
        build(official_words(full), places["official words"])
        for place in sorted((places["all words"] / "graph").glob("*r.fst")):
            print(f"{place.name}: {place.stat().st_size / 1e6:.1f} MB")
        started = time.process_time()
        ears = {"all words": VoskEar(places["all words"])}
        print(f"loading: {time.process_time() - started:.2f} s of processor time, with the library")
        ears["official words"] = VoskEar(places["official words"])
        conversations, _ = read_labelled(options.questions)
        recordings, faults = read_recordings(options.recordings, (one.id for one in conversations))
        print("\n".join(faults))
        results = spoken(conversations, recordings, ears, Assistant())
        print("\n".join(table(results)))
        for one in results:
            found, right = f"{sum(one.tally.found)} of {sum(one.tally.wanted)}", f"{sum(one.right)} of {len(one.right)}"
            print(f"{one.name}: {found} words of the subject found, {right} topics right")
        for title, ear in ears.items():
            print(f"{title}: {processor_time(ear, recordings.values()):.3f} s of processor time for a second of sound")
        if options.everyday:
            talk = list(small_talk())
            for title, ear in ears.items():
                tally = Tally()
                for text, audio in talk:
                    tally.add(text, ear.hear(audio).text, 0.0)
                print(
                    f"everyday, {title}: {tally.word_errors} % of the words wrong, words of the subject never said in"
                    f" {sum(tally.false)} of {len(talk)}"
                )
        print(f"memory at most, with building and both models: {peak_memory()} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
