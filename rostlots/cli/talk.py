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
    assistant = Assistant.from_settings(settings)
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
    from rostlots.speaking import open_speaker, pace_of
    from skill import respond_to_silence
    from speech import play, record_utterance

    speaker = open_speaker(settings, state.lang)
    ear = hearing.open()
    while True:
        print_reply(reply, as_json=False)
        play(speaker.render(reply.say, pace=pace_of(state)))
        if reply.ends:
            return
        audio = record_utterance(started=lambda: click.secho("(lyssnar)", dim=True))
        if audio is None:
            reply, state = respond_to_silence(state, assistant.language(state.lang).knowledge)
        else:
            reply, state = assistant.listen(audio, state, ear)
