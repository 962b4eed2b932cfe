"""How eSpeak NG would say words: one a line on standard input, IPA a line on standard output.

A program of its own, as the library keeps one state for a process, which the voice may be using.
"""

from __future__ import annotations

import ctypes
import sys

RETRIEVAL = 1
"""The library makes no sound."""
DONT_EXIT = 0x8000
UTF8 = 1
IPA = 2


def main() -> int:
    """Status 1 and one line on standard error where the library is missing."""
    try:
        import espeakng_loader

        library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path()
    except (ImportError, RuntimeError, OSError):
        sys.stderr.write("eSpeak NG is not installed: pip install espeakng-loader.\n")
        return 1
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    if library.espeak_Initialize(RETRIEVAL, 0, data.encode(), DONT_EXIT) < 0 or library.espeak_SetVoiceByName(b"sv"):
        sys.stderr.write("eSpeak NG has no Swedish voice.\n")
        return 1
    for line in sys.stdin.buffer.read().decode().splitlines():
        rest = ctypes.c_char_p(line.encode())
        said = []
        while rest.value:
            said.append((library.espeak_TextToPhonemes(ctypes.byref(rest), UTF8, IPA) or b"").decode())
        sys.stdout.buffer.write((" ".join(said) + "\n").encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
