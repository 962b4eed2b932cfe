"""`rostlots talk`: a conversation at the microphone, or typed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

import click

from rostlots.assistant import LANGUAGES, Assistant, new_conversation
from rostlots.cli import WELL
from rostlots.cli.output import print_reply
from rostlots.settings import Settings
from skill import Reply, State, by_hand

if TYPE_CHECKING:
    from speech.hearing import EarChoice

_GREETING = {"sv": "hej", "en": "hello"}


@click.command("talk")
@click.option("--text", "typed", is_flag=True, help="Type instead of speaking; an empty line or Ctrl-D ends.")
@click.option(
    "--lang", type=click.Choice(LANGUAGES), default="sv", show_default=True, help="Language of the conversation."
)
@click.option("--stt", type=click.Choice(["auto", "vosk", "whisper"]), help="Recogniser.  [default: ROSTLOTS_STT]")
def command(typed: bool, lang: str, stt: str | None) -> int:
    """Hold a conversation: speak and hear the answers, or type with --text.

    Say "hej då" to end it. Nothing that is said is kept, unless an operator has set ROSTLOTS_REVIEW.
    """
    settings = Settings.from_environ()
    assistant = Assistant.from_settings(settings)
    start = new_conversation(lang)
    reply, state = assistant.answer(_GREETING[lang], start)
    if typed:
        _typed(reply, state, assistant)
    else:
        _spoken(reply, state, assistant, settings, stt)
    return WELL


def _typed(reply: Reply, state: State, assistant: Assistant) -> None:
    print_reply(reply, as_json=False)
    while not reply.ends:
        try:
            line = (
                click.prompt("", prompt_suffix="> ", default="", show_default=False) if sys.stdin.isatty() else input()
            )
        except (EOFError, click.Abort):
            return
        if not line.strip():
            return
        reply, state = assistant.answer(line, state)
        print_reply(reply, as_json=False)


def _spoken(reply: Reply, state: State, assistant: Assistant, settings: Settings, stt: str | None) -> None:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from intents.completeness import completeness
    from rostlots.speaking import open_speaker
    from rostlots.talking import Voice, converse
    from speech import Listener, SpeechSettings, open_ear
    from speech.microphone import SoundDevice

    speaker = open_speaker(settings, state.lang)
    ear = open_ear(cast("EarChoice", stt or settings.stt), SpeechSettings.from_environ())

    async def talk() -> None:
        with SoundDevice() as line, ThreadPoolExecutor(1) as executor:
            listener = Listener(ear, executor, completeness(state.lang))
            await converse(line, reply, state, Voice(assistant, speaker, listener), _Room(assistant))

    asyncio.run(talk())


class _Room:
    """The channel of somebody at the computer, from which no call can be put through."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def adapted(self, reply: Reply, state: State) -> tuple[Reply, State]:
        return by_hand(reply, state, self._assistant.language(state.lang).knowledge)

    def show(self, reply: Reply) -> None:
        print_reply(reply, as_json=False)
