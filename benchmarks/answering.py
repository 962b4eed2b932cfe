"""How fast answers come: start-up, typed questions, recordings, memory.

usage: python -m benchmarks.answering [--questions FILE.jsonl] [--recordings FOLDER] [--runs 5]

Prints medians and 99th percentiles, with the machine and the version that they were measured on. Without --questions
it takes the development conversations that ship with the tests; without --recordings it takes `examples/`.
"""

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_COLD = "import time, sys; from rostlots.cli import main; main(['ask', 'Vad är metastaser?'])"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which the share lies, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def cold_starts(runs: int) -> list[float]:
    """Seconds from the start of a new Python to the end of `rostlots ask` with one question."""
    found = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", _COLD], check=True, capture_output=True)
        found.append(time.perf_counter() - started)
    return found


def typed(questions: Path, rounds: int) -> tuple[list[float], float]:
    """Milliseconds per typed turn, warm, and the peak memory in MB of a process that only answers text."""
    from rostlots.assistant import Assistant, new_conversation

    lines = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    assistant = Assistant()
    times = []
    for turn in range(rounds + 1):
        for line in lines:
            state = new_conversation(line.get("lang") or "sv")
            for text in line["turns"]:
                started = time.perf_counter()
                _, state = assistant.answer(text, state)
                if turn:
                    times.append((time.perf_counter() - started) * 1000)
    return times, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def recorded(folder: Path) -> list[float]:
    """Seconds from the end of a recording to its reply, engine warm."""
    from rostlots.assistant import Assistant, new_conversation
    from speech import SpeechSettings, open_ear, read_audio

    files = sorted(f for f in folder.iterdir() if f.suffix in (".opus", ".ogg", ".wav", ".flac", ".mp3"))
    ear = open_ear("auto", SpeechSettings.from_environ())
    assistant = Assistant()
    times = []
    for number, file in enumerate(files[:1] + files):
        audio = read_audio(file)
        started = time.perf_counter()
        assistant.listen(audio, new_conversation(), ear)
        if number:
            times.append(time.perf_counter() - started)
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=Path, default=_ROOT / "tests" / "data" / "conversations.jsonl")
    parser.add_argument("--recordings", type=Path, default=_ROOT / "examples")
    parser.add_argument("--runs", type=int, default=5, help="cold starts, and rounds through the questions")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    starts = cold_starts(arguments.runs)
    print(f"cold start of ask: median {statistics.median(starts):.2f} s of {len(starts)}")
    times, memory = typed(arguments.questions, arguments.runs)
    print(
        f"typed turn: median {statistics.median(times):.2f} ms, 99th percentile {percentile(times, 0.99):.2f} ms, "
        f"{len(times)} turns; memory {memory:.0f} MB"
    )
    heard = recorded(arguments.recordings)
    print(
        f"recording to reply: median {statistics.median(heard):.2f} s, "
        f"95th percentile {percentile(heard, 0.95):.2f} s, "
        f"{len(heard)} recordings; memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
