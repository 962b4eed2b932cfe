"""The settings that the ways in share, from the environment. Speech has its own in `speech.settings`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Every variable with its default and meaning; `rostlots --help` prints this table.
VARIABLES = (
    ("ROSTLOTS_HELPLINE_HOURS", "not set", "when Cancerlinjen is open, in words that are read out"),
    ("ROSTLOTS_STT", "auto", "recogniser: vosk, whisper or auto (Vosk where a Swedish model of it is present)"),
    ("ROSTLOTS_VOICE", "auto", "voice: pyttsx3, piper or auto (Piper where its Swedish voice is present)"),
    ("ROSTLOTS_MODELS", "user data folder", "folder of the installed speech models"),
    ("ROSTLOTS_CACHE", "user cache folder", "folder of rendered answers"),
    ("ROSTLOTS_VOSK_MODEL", "not set", "folder of a Vosk model to use in place of the installed one"),
    ("ROSTLOTS_WHISPER_MODEL", "not set", "folder of a CTranslate2 Whisper model to use in place of the installed one"),
    ("ROSTLOTS_WHISPER_PACK", "1", "0 hears with Whisper base as it is, without the words of the subject"),
    ("ROSTLOTS_PIPER_VOICE", "not set", "a Piper voice (.onnx) to use in place of the installed one"),
    ("ROSTLOTS_SPEECH_THREADS", "2", "processor threads for one recognition"),
    ("ROSTLOTS_SECRET_KEY", "not set", "signs the conversations of the web service; needed beyond this machine"),
    ("ROSTLOTS_REDIS_URL", "not set", "keeps the conversations of the web service in Redis, not with the client"),
    ("ROSTLOTS_TURNS_PER_MINUTE", "60", "turns that one client address may take, 0 for no limit"),
    ("ROSTLOTS_PROXIES", "0", "trusted proxies before the web service, which say who the client is"),
    ("ROSTLOTS_REVIEW", "not set: nothing is kept", "file that counts redacted questions that were not understood"),
)


class SettingsError(Exception):
    """A variable has a value that cannot be used; the message names it and says what it takes."""


@dataclass(frozen=True)
class Settings:
    """What an operator has set.

    hours: opening hours in words. stt, voice: which engine hears and which speaks.
    review: the file that counts questions that were not understood; None where the operator has not asked for that.
    """

    hours: str | None = None
    stt: str = "auto"
    voice: str = "auto"
    review: Path | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the variables; an empty one counts as not set.

        Raises:
            SettingsError: a value is not one of those that the variable takes.
        """
        env = os.environ if environ is None else environ
        review = env.get("ROSTLOTS_REVIEW", "").strip()
        return cls(
            hours=env.get("ROSTLOTS_HELPLINE_HOURS", "").strip() or None,
            stt=_one_of(env, "ROSTLOTS_STT", ("auto", "vosk", "whisper")),
            voice=_one_of(env, "ROSTLOTS_VOICE", ("auto", "pyttsx3", "piper")),
            review=Path(review).expanduser() if review else None,
        )


def _one_of(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = env.get(name, "").strip().lower() or choices[0]
    if value not in choices:
        raise SettingsError(f"{name} is {value!r}; it takes {', '.join(choices)}.")
    return value
