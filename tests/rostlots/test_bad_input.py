"""Whatever comes in: one clear sentence, the contract's exit status, no traceback, nothing half written."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from talking import Command, assert_proper, complaint

import speech
from rostlots.assistant import Assistant
from skill import State
from speech import Audio, Transcript

RATE = 16_000


def write_wav(path: Path, samples: NDArray[np.int16], channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path


ODD_TEXTS = {
    "empty": "",
    "blank": " \t\n ",
    "10,000 letters": "x" * 10_000,
    "10,000 characters of questions": "Vad är metastaser i levern? " * 360,
    "one word of 10,000 letters with sense": "levermetastaser" * 700,
    "Arabic": "ما هي أعراض السرطان؟",
    "Chinese": "什么是转移瘤？",
    "emoji": "😀🫀🩻👩‍⚕️",
    "control characters": "Vad är\x00 \x07metastaser\x1b[31m?\x7f",
    "combining marks": "Va\u0300d a\u0308r meta\u0301staser",
    "braces": "{phone} {0} %s ${HOME}",
    "markup": "<script>alert(1)</script>",
}


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_any_text_gets_a_proper_reply(text: str, assistant: Assistant, rostlots: Command) -> None:
    reply, state = assistant.answer(text, State())
    assert_proper(reply)
    assert state.turns == 1
    ran = rostlots("ask", text, "--json")
    assert ran.status == 0
    assert ran.err == ""
    assert json.loads(ran.out)["say"] == reply.say


@pytest.mark.parametrize("name", ["empty", "blank", "emoji"])
def test_no_words_are_not_understood(name: str, rostlots: Command) -> None:
    reply = json.loads(rostlots("ask", ODD_TEXTS[name], "--json").out)
    assert (reply["action"], reply["topic"]) == ("fallback", "fallback.unclear")


def test_signs_between_the_letters_do_not_hide_a_question(assistant: Assistant) -> None:
    for text in (ODD_TEXTS["combining marks"].replace("\u0300", ""), "Vad är metastaser\x00?"):
        assert assistant.answer(text.replace("\u0301", ""), State())[0].topic == "metastasis.definition"


WRONG_USE = {
    "nothing asked": ("ask",),
    "question and file": ("ask", "hej", "--batch", "x.jsonl"),
    "two questions": ("ask", "hej", "du"),
    "unknown option": ("ask", "hej", "--snabbt"),
    "unknown language": ("ask", "hej", "--lang", "de"),
    "unknown command": ("fråga", "hej"),
    "missing batch": ("ask", "--batch", "finns-inte.jsonl"),
    "folder as batch": ("ask", "--batch", "."),
    "spoken batch": ("ask", "--batch", "x.jsonl", "--speak", "y.wav"),
    "no recording": ("listen",),
    "missing recording": ("listen", "finns-inte.wav"),
    "folder as recording": ("listen", "."),
    "unknown recogniser": ("listen", "x.wav", "--stt", "kaldi"),
    "one answer for two recordings": ("listen", "x.wav", "y.wav", "--answer-audio", "z.wav"),
    "unknown model": ("models", "install", "finns-inte"),
    "unknown model command": ("models", "hämta"),
    "missing labelled file": ("evaluate", "finns-inte.jsonl"),
    "missing result to compare": ("evaluate", __file__, "--compare", "finns-inte.json"),
}


@pytest.mark.parametrize("arguments", WRONG_USE.values(), ids=WRONG_USE)
def test_wrong_use_is_said_in_one_sentence(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rostlots: Command
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = rostlots(*arguments)
    assert ran.status == 2
    assert ran.out == ""
    assert "Traceback" not in ran.err
    if arguments[1:2] != ("install",):  # its progress bar names the model before the fault is known
        assert complaint(ran)
    assert list(tmp_path.iterdir()) == []


def test_the_sentence_names_what_is_wrong(rostlots: Command) -> None:
    assert "finns-inte.jsonl" in complaint(rostlots("ask", "--batch", "finns-inte.jsonl"))
    assert "finns-inte.wav" in complaint(rostlots("listen", "finns-inte.wav"))
    assert "--snabbt" in complaint(rostlots("ask", "hej", "--snabbt"))
    unknown = rostlots("models", "install", "finns-inte").err
    assert "'finns-inte'" in unknown
    assert "whisper-base" in unknown


@pytest.mark.parametrize(("name", "value"), [("ROSTLOTS_STT", "kaldi"), ("ROSTLOTS_VOICE", "siri")])
def test_a_setting_that_cannot_be_used_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, rostlots: Command
) -> None:
    monkeypatch.setenv(name, value)
    ran = rostlots("ask", "hej")
    assert ran.status == 2
    assert name in complaint(ran)
    assert value in complaint(ran)


def test_a_fault_in_a_process_of_its_own_shows_no_traceback(tmp_path: Path) -> None:
    broken = tmp_path / "brev.wav"
    broken.write_text("Det här är inget ljud.", encoding="utf-8")
    for arguments, status in ((["listen", str(broken)], 2), (["ask"], 2), (["ask", "Vad är metastaser?"], 0)):
        ran = subprocess.run(
            [sys.executable, "-m", "rostlots", *arguments], capture_output=True, text=True, cwd=tmp_path, check=False
        )
        assert ran.returncode == status
        assert "Traceback" not in ran.stderr
        assert bool(ran.stderr) == bool(status)


# ------------------------------------------------------------------ files of conversations

LINES = [
    '{"id": "a", "turns": ["Vad är metastaser?", "berätta mer"], "note": "other fields are left alone"}',
    '{"id": "b", "turns": ["Vad är',
    "",
    '{"id": "c"}',
    '["d"]',
    '{"id": "e", "turns": "Vad är gulsot?"}',
    '{"id": 6, "turns": ["What is a metastasis?"], "lang": "en"}',
    '{"id": "g", "turns": ["hej"], "lang": "de"}',
    '{"id": "h", "turns": []}',
]


def test_a_broken_line_is_reported_and_the_rest_goes_on(tmp_path: Path, rostlots: Command) -> None:
    file = tmp_path / "frågor.jsonl"
    file.write_text("\n".join(LINES), encoding="utf-8")
    ran = rostlots("ask", "--batch", file)
    assert ran.status == 1
    answered = [json.loads(line) for line in ran.out.splitlines()]
    assert [(a["id"], len(a["replies"])) for a in answered] == [("a", 2), (6, 1), ("h", 0)]
    assert answered[0]["replies"][1]["topic"] == "control.more"
    assert answered[1]["replies"][0]["lang"] == "en"
    assert set(answered[0]) == {"id", "replies"}
    reported = ran.err.splitlines()
    assert [line.removeprefix(f"{file}: line ").partition(":")[0] for line in reported] == ["2", "4", "5", "6", "8"]


def test_bytes_that_are_no_text_are_a_broken_line(tmp_path: Path, rostlots: Command) -> None:
    file = tmp_path / "blandat.jsonl"
    file.write_bytes(b"\xff\xfe\x00\n" + b'{"id": "a", "turns": ["\xe5"]}\n' + b'{"id": "b", "turns": ["hej"]}\r\n')
    ran = rostlots("ask", "--batch", file)
    assert ran.status == 1
    assert [json.loads(line)["id"] for line in ran.out.splitlines()] == ["b"]
    assert "line 1" in ran.err
    assert "line 2" in ran.err


def test_a_whole_file_is_well(tmp_path: Path, rostlots: Command) -> None:
    file = tmp_path / "frågor.jsonl"
    file.write_text(LINES[0] + "\n" + LINES[0] + "\n", encoding="utf-8")
    ran = rostlots("ask", "--batch", file)
    assert (ran.status, ran.err) == (0, "")
    first, second = ran.out.splitlines()
    assert first == second, "a new conversation begins with each line"


def test_a_batch_may_come_from_standard_input(monkeypatch: pytest.MonkeyPatch, rostlots: Command) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LINES[0].encode()), encoding="utf-8"))
    ran = rostlots("ask", "--batch", "-")
    assert ran.status == 0
    assert json.loads(ran.out)["id"] == "a"


# ------------------------------------------------------------------ recordings


class DeafEar:
    """Hears silence in everything; a recogniser that needs no model."""

    name = "deaf"

    def hear(self, audio: Audio, prompt: str | None = None) -> Transcript:
        return Transcript("silence", (), self.name, {"decode": 1.0})


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "open_ear", lambda choice, settings: DeafEar(), raising=False)


def test_what_is_no_recording_is_named(tmp_path: Path, rostlots: Command) -> None:
    (tmp_path / "tom.wav").write_bytes(b"")
    (tmp_path / "brev.wav").write_text("Hej", encoding="utf-8")
    (tmp_path / "avklippt.flac").write_bytes(b"fLaC\x00\x00\x00\x22")
    write_wav(tmp_path / "utan ljud.wav", np.zeros(0, np.int16))
    write_wav(tmp_path / "sex kanaler.wav", np.zeros(6 * RATE, np.int16), channels=6)
    for file in sorted(tmp_path.iterdir()):
        ran = rostlots("listen", file, "--answer-audio", tmp_path / "svar.wav")
        assert ran.status == 2, file
        assert file.name in complaint(ran)
    assert not (tmp_path / "svar.wav").exists()


@pytest.mark.usefixtures("deaf")
def test_a_recording_that_is_too_long_is_refused(tmp_path: Path, rostlots: Command) -> None:
    ran = rostlots("listen", write_wav(tmp_path / "lång.wav", np.zeros(70 * RATE, np.int16)))
    assert ran.status == 2
    assert "lång.wav" in complaint(ran)
    assert "60 seconds" in complaint(ran)


@pytest.mark.usefixtures("deaf")
def test_silence_is_answered_with_a_question(tmp_path: Path, rostlots: Command) -> None:
    ran = rostlots("listen", write_wav(tmp_path / "tyst.wav", np.zeros(RATE, np.int16)), "--json")
    assert (ran.status, ran.err) == (0, "")
    reply = json.loads(ran.out)
    assert reply["file"].endswith("tyst.wav")
    assert (reply["heard"], reply["action"], reply["topic"]) == ("", "fallback", "fallback.unclear")
    assert "hör dig inte" in reply["say"]
    assert reply["timings"]["total"] >= 0


@pytest.mark.usefixtures("deaf")
def test_one_bad_recording_does_not_stop_the_others(tmp_path: Path, rostlots: Command) -> None:
    good, fine = (write_wav(tmp_path / name, np.zeros(RATE, np.int16)) for name in ("bra.wav", "fin.wav"))
    bad = tmp_path / "dålig.wav"
    bad.write_bytes(b"RIFF")
    ran = rostlots("listen", good, bad, fine, "--json")
    assert ran.status == 1
    assert [json.loads(line)["file"] for line in ran.out.splitlines()] == [str(good), str(fine)]
    assert "dålig.wav" in complaint(ran)


@pytest.mark.parametrize("variable", ["ROSTLOTS_VOSK_MODEL", "ROSTLOTS_WHISPER_MODEL"])
@pytest.mark.parametrize("filled", [False, True], ids=["missing", "damaged"])
def test_a_model_that_is_not_there_or_broken_is_named(
    variable: str, filled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rostlots: Command
) -> None:
    folder = tmp_path / "modell"
    if filled:
        (folder / "am").mkdir(parents=True)
        (folder / "am" / "final.mdl").write_bytes(b"cut off")
        (folder / "model.bin").write_bytes(b"cut off")
    monkeypatch.setenv(variable, str(folder))
    recording = write_wav(tmp_path / "tyst.wav", np.zeros(RATE, np.int16))
    engine = "vosk" if "VOSK" in variable else "whisper"
    ran = rostlots("listen", recording, "--stt", engine, "--answer-audio", tmp_path / "svar.wav")
    assert ran.status == 2
    assert str(folder) in complaint(ran)
    assert not (tmp_path / "svar.wav").exists()


@pytest.mark.model
def test_a_silent_recording_with_a_real_recogniser(tmp_path: Path, rostlots: Command) -> None:
    ran = rostlots(
        "listen", write_wav(tmp_path / "tyst.wav", np.zeros(2 * RATE, np.int16)), "--stt", "whisper", "--json"
    )
    assert ran.status == 0
    assert json.loads(ran.out)["topic"] == "fallback.unclear"
