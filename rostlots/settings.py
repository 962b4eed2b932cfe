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
    ("ROSTLOTS_ALEXA_SKILL_ID", "not set", "id of the Alexa skill; without it /alexa answers no request"),
    ("ROSTLOTS_ALEXA_AUDIO_URL", "not set", "https address of the service: Alexa then speaks Swedish recordings"),
    ("ROSTLOTS_ALEXA_VERIFY", "1", "0 takes unsigned requests at /alexa: on a developer's own machine only"),
    ("ROSTLOTS_SECRET_KEY", "not set", "encrypts the conversations of the web service; needed beyond this machine"),
    ("ROSTLOTS_REDIS_URL", "not set", "keeps the conversations of the web service in Redis, not with the client"),
    ("ROSTLOTS_TURNS_PER_MINUTE", "60", "turns that one client address may take, 0 for no limit"),
    ("ROSTLOTS_PROXIES", "0", "trusted proxies before the web service, which say who the client is"),
    ("ROSTLOTS_SIP_LISTEN", "127.0.0.1:5060", "address and port of the telephone line"),
    ("ROSTLOTS_SIP_RTP_PORTS", "20000-20500", "first and last UDP port of telephone sound"),
    ("ROSTLOTS_SIP_DOMAIN", "not set: calls come directly", "provider or exchange to register with"),
    ("ROSTLOTS_SIP_USER", "rostlots", "our part of the SIP address"),
    ("ROSTLOTS_SIP_PASSWORD, ROSTLOTS_SIP_AUTH_USER", "not set", "for the registration"),
    ("ROSTLOTS_SIP_PROXY", "not set", "host to register through, where it is not the domain"),
    ("ROSTLOTS_SIP_TRANSPORT", "udp", "udp, tcp or tls"),
    ("ROSTLOTS_SIP_SRTP", "off", "encryption of telephone sound: off, sdes or dtls"),
    ("ROSTLOTS_SIP_CERTIFICATE, ROSTLOTS_SIP_CA", "not set", "PEM files for TLS: ours with its key; whom to trust"),
    (
        "ROSTLOTS_SIP_PEERS",
        "not set: the domain, or anybody",
        "addresses from which calls are taken, separated by commas",
    ),
    ("ROSTLOTS_SIP_CALLS", "12", "telephone conversations at the same time"),
    ("ROSTLOTS_SIP_WHEN_FULL", "busy", "what further callers get: busy, or announce (the helpline's number)"),
    ("ROSTLOTS_SIP_HAND_OVER", "not set: the number is read out", "SIP address that callers are put through to"),
    ("ROSTLOTS_SIP_HAND_OVER_SECONDS", "30", "wait for an answer there"),
    ("ROSTLOTS_SIP_HAND_OVER_HOURS", "not set: always", 'when somebody answers, as "Mo-Fr 08:00-16:00; PH off"'),
    ("ROSTLOTS_SIP_CLOSED", "the number and 1177", "what is said instead outside those hours"),
    ("ROSTLOTS_SIP_CALL_SECONDS", "1800", "longest telephone call"),
    ("ROSTLOTS_SIP_JITTER_MS", "0", "delay that puts late sound packets in order"),
    ("ROSTLOTS_PUBLIC_URL", "not set", "exact address under which telephone providers reach the web service"),
    ("ROSTLOTS_TWILIO_AUTH_TOKEN", "not set: no Twilio", "checks the signatures of Twilio"),
    ("ROSTLOTS_46ELKS_SECRET", "not set: no 46elks", "last part of the address that 46elks calls"),
    ("ROSTLOTS_46ELKS_NETWORKS", "not set: any", "addresses from which 46elks calls, separated by commas"),
    ("ROSTLOTS_46ELKS_USER, ROSTLOTS_46ELKS_PASSWORD", "not set", "to fetch recorded questions from 46elks"),
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
            stt=one_of(env, "ROSTLOTS_STT", ("auto", "vosk", "whisper")),
            voice=one_of(env, "ROSTLOTS_VOICE", ("auto", "pyttsx3", "piper")),
            review=Path(review).expanduser() if review else None,
        )


def one_of(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """A setting that is one of a few words, the first of them where it is not set.

    Raises:
        SettingsError: it is none of them.
    """
    value = env.get(name, "").strip().lower() or choices[0]
    if value not in choices:
        raise SettingsError(f"{name} is {value!r}; it takes {', '.join(choices)}.")
    return value


def whole_number(env: Mapping[str, str], name: str, default: int) -> int:
    """A setting that counts something.

    Raises:
        SettingsError: it isn't a whole number.
    """
    value = env.get(name, "").strip()
    if not value:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) < 8):
        raise SettingsError(f"{name} takes a whole number.")
    return int(value)
