"""Build the words that Vosk is to hear, or print where each comes from.

usage: python -m tools.vosk_graph build     writes lexicon and sentences into speech/data/vosk
       python -m tools.vosk_graph report    each word, its ways, their origin, and what was left out
"""

from __future__ import annotations

import sys

from tools.vosk_graph.build import FOLDER, built, report


def main() -> int:
    """Status 2 for wrong usage."""
    if sys.argv[1:] == ["build"]:
        for name, content in built().items():
            (FOLDER / name).write_bytes(content)
            print(f"{FOLDER / name}: {len(content)} bytes")
        return 0
    if sys.argv[1:] == ["report"]:
        print("\n".join(report()))
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
