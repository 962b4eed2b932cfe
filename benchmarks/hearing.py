"""How well and how fast recorded questions are heard, by every recogniser that is present, side by side.

usage: python -m benchmarks.hearing FILE.jsonl CONDITION=FOLDER... [--engine NAME]... [--plot FILE.png]

FILE.jsonl is labelled as for `rostlots evaluate`. The recordings of a folder are named by the ids of its lines; those
without a line, with their text in NAME.txt, are talk of other things, of which nothing may be answered. Each
recogniser runs in a process of its own, so that its memory can be told. `plain` is faster-whisper as it comes: Whisper
base, beam 5, a window of 30 s, no pack, the same understanding.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.answering import percentile
from rostlots.assistant import Assistant, new_conversation
from rostlots.evaluation import Share
from rostlots.hearing_figures import Tally
from speech import SpeechError, SpeechSettings, open_ear, read_audio
from speech.hearing import Hypothesis, Transcript

if TYPE_CHECKING:
    from skill import Reply
    from speech import Audio, Ear

SURE = 0.7
"""Confidence above which a wrong fact is told as if it were certain."""
OFF_SUBJECT = ["fallback.off_topic", "fallback.unclear"]
STAGES = ("voice", "encode", "decode", "doubt", "understand")


class PlainWhisper:
    """faster-whisper as it comes."""

    name = "plain faster-whisper"

    def __init__(self, folder: Path, threads: int) -> None:
        from faster_whisper import WhisperModel

        self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)

    def hear(self, audio: Audio, prompt: str | None = None) -> Transcript:
        """The most probable text alone; no prompt."""
        segments = list(self._model.transcribe(audio.samples, language="sv", beam_size=5)[0])
        text = " ".join(segment.text.strip() for segment in segments).strip()
        if not text:
            return Transcript("silence", (), self.name)
        score = statistics.fmean(segment.avg_logprob for segment in segments)
        return Transcript("speech", (Hypothesis(text, min(score, 0.0)),), self.name)


def _base(settings: SpeechSettings) -> Path:
    from speech.models import folder_of

    return folder_of("whisper-base", settings)


ENGINES: dict[str, Callable[[SpeechSettings], Ear]] = {
    "pack": lambda settings: open_ear("whisper", settings),
    "base": lambda settings: open_ear("whisper", replace(settings, whisper_pack=False)),
    "plain": lambda settings: PlainWhisper(_base(settings), settings.threads),
    "vosk": lambda settings: open_ear("vosk", settings),
}


@dataclass(frozen=True)
class Clip:
    """One recording with what is said in it and the topics that a reasonable listener accepts."""

    path: Path
    said: str
    expected: list[str]


def clips(questions: Path, folder: Path) -> Iterator[Clip]:
    """The recordings of a folder."""
    lines = (json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines() if line.strip())
    labelled = {line["id"]: line for line in lines if len(line["turns"]) == 1}
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".opus", ".ogg", ".wav", ".flac", ".mp3")):
        line = labelled.get(path.stem)
        if line is not None:
            yield Clip(path, line["turns"][0], line["expect"][0])
        elif (beside := path.with_suffix(".txt")).is_file():
            yield Clip(path, beside.read_text(encoding="utf-8").strip(), OFF_SUBJECT)


@dataclass(frozen=True)
class Figures:
    """One recogniser under one condition."""

    right: Share
    sure_and_wrong: Share
    emergencies: Share
    off_subject_answered: Share
    words: Tally
    seconds: list[float]
    stages: dict[str, float]
    """Median milliseconds."""


def measure(ear: Ear, assistant: Assistant, recordings: list[Clip]) -> Figures:
    """Hear every recording once, after one that is not counted."""
    words, seconds, replies = Tally(), [], []
    stages: dict[str, list[float]] = {}
    for number, clip in enumerate(recordings[:1] + recordings):
        audio = read_audio(clip.path)
        started = time.perf_counter()
        reply, _ = assistant.listen(audio, new_conversation("sv"), ear)
        taken = time.perf_counter() - started
        if number:
            seconds.append(taken)
            replies.append(reply)
            words.add(clip.said, reply.heard, taken * 1000)
            for stage, ms in dict(reply.timings or {}).items():
                stages.setdefault(stage, []).append(ms)
    pairs = list(zip(recordings, replies, strict=True))
    wrong = [_tells_a_fact(reply) and reply.topic not in clip.expected for clip, reply in pairs]
    dangers = [reply.topic in clip.expected for clip, reply in pairs if clip.expected[0].startswith("safety.")]
    others = [_tells_a_fact(reply) for clip, reply in pairs if set(clip.expected) <= set(OFF_SUBJECT)]
    return Figures(
        right=_share([reply.topic in clip.expected for clip, reply in pairs]),
        sure_and_wrong=_share([bad and reply.confidence > SURE for bad, (_, reply) in zip(wrong, pairs, strict=True)]),
        emergencies=_share(dangers),
        off_subject_answered=_share(others),
        words=words,
        seconds=seconds,
        stages={stage: statistics.median(stages[stage]) for stage in STAGES if stage in stages},
    )


def _tells_a_fact(reply: Reply) -> bool:
    return reply.action == "answer" and not reply.topic.startswith("helpline.")


def _share(hits: list[bool]) -> Share:
    return Share(sum(hits), len(hits))


def run(engine: str, questions: Path, folders: dict[str, Path], threads: int) -> tuple[dict[str, Figures], float] | str:
    """One recogniser in this process: figures by condition and the peak memory in MB, or why it isn't there."""
    settings = replace(SpeechSettings.from_environ(), threads=threads)
    try:
        ear = ENGINES[engine](settings)
    except SpeechError as fault:
        return str(fault)
    assistant = Assistant()
    found = {name: measure(ear, assistant, list(clips(questions, folder))) for name, folder in folders.items()}
    return found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show(engine: str, figures: dict[str, Figures], memory: float) -> None:
    """Print one recogniser's figures."""
    print(f"\n{engine}: peak memory {memory:.0f} MB")
    for name, one in figures.items():
        print(f"  {name}: {len(one.seconds)} recordings")
        print(f"    right topic                    {one.right}")
        print(f"    wrong fact, confidence > {SURE}   {one.sure_and_wrong}")
        if one.emergencies.of:
            print(f"    dangers recognised             {one.emergencies}")
        if one.off_subject_answered.of:
            print(f"    other talk answered            {one.off_subject_answered}")
        print(f"    words wrong, %                 {one.words.word_errors}")
        print(f"    words of the subject found, %  {one.words.words_found or '-'}")
        middle, late = statistics.median(one.seconds), percentile(one.seconds, 0.95)
        print(f"    end of sound to reply          median {middle:.2f} s, 95th percentile {late:.2f} s")
        print("    median ms by stage             " + ", ".join(f"{s} {ms:.0f}" for s, ms in one.stages.items()))


def draw(results: dict[str, dict[str, Figures]], path: Path) -> None:
    """A picture: right topics and seconds, by recogniser and condition."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    conditions = list(dict.fromkeys(name for figures in results.values() for name in figures))
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
    width = 0.8 / max(1, len(results))
    for number, (engine, figures) in enumerate(results.items()):
        at = [place + number * width for place in range(len(conditions))]
        shares = [figures[name].right for name in conditions]
        spans = [share.interval() for share in shares]
        errors = [
            [100 * (share.value - low) for share, (low, _) in zip(shares, spans, strict=True)],
            [100 * (high - share.value) for share, (_, high) in zip(shares, spans, strict=True)],
        ]
        left.bar(at, [100 * share.value for share in shares], width, yerr=errors, label=engine, capsize=3)
        right.bar(at, [statistics.median(figures[name].seconds) for name in conditions], width, label=engine)
    for axes, title in ((left, "right topic, % (lines: 95 % interval)"), (right, "end of sound to reply, median s")):
        axes.set_xticks([place + 0.4 - width / 2 for place in range(len(conditions))], conditions)
        axes.set_title(title)
        axes.spines[["top", "right"]].set_visible(False)
    left.set_ylim(0, 100)
    left.legend(frameon=False)
    figure.savefig(path, dpi=110)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("folders", nargs="+", metavar="CONDITION=FOLDER")
    parser.add_argument("--engine", action="append", choices=ENGINES, help="this one only; may be given again")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    folders = {name: Path(folder) for name, _, folder in (pair.partition("=") for pair in given.folders)}
    print(f"{platform.machine()}, {given.threads} threads, Python {platform.python_version()}")
    results: dict[str, dict[str, Figures]] = {}
    spawn: Any = multiprocessing.get_context("spawn")
    for engine in given.engine or ENGINES:
        with spawn.Pool(1) as pool:
            found = pool.apply(run, (engine, given.questions, folders, given.threads))
        if isinstance(found, str):
            print(f"\n{engine}: not here. {found}")
            continue
        results[engine], memory = found
        show(engine, results[engine], memory)
    if given.plot is not None and results:
        draw(results, given.plot)
    return 0 if results else 1


if __name__ == "__main__":
    sys.exit(main())
