"""`rostlots talk`: a conversation at the microphone, or typed."""

from __future__ import annotations

import sys

import click

from rostlots.assistant import Assistant, new_conversation
from rostlots.cli import WELL, options
from rostlots.cli.output import print_reply
from rostlots.settings import Settings
from skill import Reply, State

_GREETING = {"sv": "hej", "en": "hello"}


@click.command("talk")
@click.option("--text", "typed", is_flag=True, help="Type instead of speaking; an empty line or Ctrl-D ends.")
@options.lang
@options.hearing
def command(typed: bool, lang: str, hearing: options.Hearing) -> int:
    """Hold a conversation: speak and hear the answers, or type with --text.

    Say "hej då" to end it. Nothing that is said is kept, unless an operator has set ROSTLOTS_REVIEW.
    """
    settings = Settings.from_environ()
    # Nobody can be put through from here.
    assistant = Assistant.from_settings(settings).not_connecting()
    start = new_conversation(lang)
    reply, state = assistant.answer(_GREETING[lang], start)
    if typed:
        _typed(reply, state, assistant)
    else:
        _spoken(reply, state, assistant, settings, hearing)
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


def _spoken(reply: Reply, state: State, assistant: Assistant, settings: Settings, hearing: options.Hearing) -> None:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from intents.completeness import completeness
    from rostlots.speaking import open_speaker
    from rostlots.talking import Voice, converse
    from speech import Listener
    from speech.microphone import SoundDevice

    speaker = open_speaker(settings, state.lang)
    ear = hearing.open()

    async def talk() -> None:
        with SoundDevice() as line, ThreadPoolExecutor(1) as executor:
            listener = Listener(ear, executor, completeness(state.lang))
            await converse(line, reply, state, Voice(assistant, speaker, listener), _Room())

    asyncio.run(talk())


class _Room:
    """The channel of somebody at the computer."""

    def adapted(self, reply: Reply, state: State) -> tuple[Reply, State]:
        return reply, state

    def show(self, reply: Reply) -> None:
        print_reply(reply, as_json=False)
