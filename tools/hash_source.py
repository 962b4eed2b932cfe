"""Make `tests/data/source_runs.txt`: hashes of every run of 8 words of the source, so that tests can find copied words.

usage: python -m tools.hash_source SOURCE.txt > tests/data/source_runs.txt

The source itself stays out of the repository. Letters only count, case and punctuation don't; a run's hash is the first
16 hexadecimal digits of the SHA-256 of its words, joined by single spaces.
"""

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

RUN = 8
DIGITS = 16

_WORD = re.compile(r"[^\W_]+")

# Lists of names cannot be put in other words: who reviewed the page, organs, kinds of cancer, methods.
_NAMES = frozenset(
    _WORD.findall("""
    granskad av är jan zedenius professor i kirurgi karolinska universitetssjukhuset
    lymfkörtlar lymfkörtlarna lungor lungorna lungan skelett skelettet lever levern hjärna hjärnan
    bröstcancer lungcancer njurcancer prostatacancer tjocktarmscancer malignt melanom
    röntgen ultraljud datortomografi skiktröntgen magnetkamera magnetkameraundersökning pet positronemissionstomografi
    operation strålbehandling cytostatikabehandling cytostatika immunterapi läkemedel
    och eller samt till exempel
    """)
)


def runs(text: str) -> Iterator[str]:
    """Every run of 8 words, even in case and spacing."""
    words = [word.casefold() for word in _WORD.findall(text)]
    for start in range(len(words) - RUN + 1):
        yield " ".join(words[start : start + RUN])


def digest(run: str) -> str:
    """The hash of a run of words."""
    return hashlib.sha256(run.encode()).hexdigest()[:DIGITS]


def is_list_of_names(run: str) -> bool:
    """Whether a run holds nothing but names, which anybody has to repeat."""
    return set(run.split()) <= _NAMES


def source_hashes(text: str) -> list[str]:
    """The hashes of a source, sorted, lists of names left out."""
    return sorted({digest(run) for run in runs(text) if not is_list_of_names(run)})


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    print("\n".join(source_hashes(Path(sys.argv[1]).read_text(encoding="utf-8"))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
