"""Twilio: a turn as TwiML, and its requests told from forged ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Gather, VoiceResponse

from intents.data_files import data_folder
from rostlots.telephony.talk import Place, Turn
from skill.calling import Failure

HINTS = 400
"""Words to be expected that are sent along; Twilio takes at most 500."""

DIAL_SECONDS = 40

_FAILURES: dict[str, Failure] = {"busy": "busy", "no-answer": "no_answer"}

Address = Callable[[Place], str]
Sound = Callable[[str, bool], str | None]


def genuine(token: str, url: str, parameters: Mapping[str, str], signature: str) -> bool:
    """Whether Twilio has signed a request to this exact address."""
    return bool(RequestValidator(token).validate(url, parameters, signature))


def failure_of(status: str) -> Failure | None:
    """What the end of a dialled call tells; None where the helpline had answered."""
    return None if status in ("completed", "answered") else _FAILURES.get(status, "refused")


def twiml(turn: Turn, address: Address, sound: Sound) -> str:
    """The answer to a request: what is played, and what comes next."""
    response = VoiceResponse()
    spoken = sound(turn.text, turn.slow)
    if turn.ends:
        _speak(response, turn.text, spoken)
        response.hangup()
    elif turn.connect is not None:
        _speak(response, turn.text, spoken)
        response.dial(turn.connect, action=address(Place("dialled", turn.session)), method="POST", timeout=DIAL_SECONDS)
    else:
        gather = Gather(
            input="dtmf speech",
            language="sv-SE",
            hints=hints(),
            num_digits=1,
            finish_on_key="",
            timeout=8,
            speech_timeout="auto",
            barge_in=turn.interruptible,
            # An oath made into asterisks may be part of a call for help.
            profanity_filter=False,
            action=address(Place("heard", turn.session, turn.silences)),
            action_on_empty_result=True,
            method="POST",
        )
        # What is played before the gathering cannot be interrupted.
        _speak(gather if turn.interruptible else response, turn.text, spoken)
        response.append(gather)
    return str(response)


def _speak(verb: Gather | VoiceResponse, text: str, spoken: str | None) -> None:
    """Our voice, or Twilio's where ours is broken: better than silence."""
    if spoken is None:
        verb.say(text, language="sv-SE")
    else:
        verb.play(spoken)


def over() -> str:
    """The end of a call in which there is nothing more to say."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


@cache
def hints() -> str:
    """Words of the subject."""
    words = (data_folder("sv") / "subject_words.txt").read_text(encoding="utf-8").split()
    likely = [word for word in words if len(word) > 5]
    return ",".join(likely[:: max(1, -(-len(likely) // HINTS))])
