"""What it would be worth to hold Vosk to the replies that a question invites, and what it would cost.

usage: python -m benchmarks.vosk_grammar

Speaks short replies and other things with the MBROLA voices, and prints how many replies are heard right freely and
with a grammar of these replies and `[unk]`, and what the grammar makes of the other things. The net is the stand-in.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.vosk_words import build
from speech.vosk_graph import pack
from tools.whisper_pack.voices import MBROLA, Speaker, say

REPLIES = (
    "ja, nej, ja tack, nej tack, ja gärna, nej det räcker, levern, i levern, lungorna, skelettet, hjärnan, "
    "lymfkörtlarna, lungan, symtomen, behandlingen, behandling, symtom, undersökning, hur det behandlas, vilka "
    "symtom det ger, ja berätta, mer, en gång till, det räcker, jo tack, jag vill veta mer, prata med någon, "
    "cancerlinjen, strålning, cellgifter, operation, båda, det första, det andra, i skelettet, i hjärnan, "
    "lungor, lymfkörtlar, i lungorna, i lymfkörtlarna"
)
OTHER = "jag orkar inte leva längre, han andas inte, jag har så ont i magen, vad är klockan, kan du spela musik"


def main() -> int:
    """Print the figures and what became of the other things."""
    import vosk

    vosk.SetLogLevel(-1)
    replies, other = REPLIES.split(", "), OTHER.split(", ")
    grammar = json.dumps([*replies, "[unk]"], ensure_ascii=False)
    with tempfile.TemporaryDirectory() as name:
        build(pack.load(pack.folder()), Path(name) / "model")
        model = vosk.Model(model_path=str(Path(name) / "model"))

        def heard(text: str, voice: str, *options: str) -> str:
            recognizer = vosk.KaldiRecognizer(model, 16000, *options)
            samples = np.pad(say(text, Speaker(voice, 150, 50)), (3200, 6400))
            recognizer.AcceptWaveform(np.rint(samples * 32767).astype("<i2").tobytes())
            return str(json.loads(recognizer.FinalResult())["text"])

        said = [(text, voice) for text in replies for voice in MBROLA]
        print(f"replies heard right, freely: {sum(heard(*one) == one[0] for one in said)} of {len(said)}")
        print(f"with the grammar: {sum(heard(*one, grammar) == one[0] for one in said)} of {len(said)}")
        for text in other:
            print(f"{text} -> {heard(text, MBROLA[0])} -> {heard(text, MBROLA[0], grammar)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
