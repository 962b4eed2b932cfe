"""`rostlots ask`: typed questions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

import click
import msgspec

from rostlots.assistant import Assistant, UnknownLanguage, new_conversation
from rostlots.cli import PART_FAILED, WELL, UsageFault, options
from rostlots.cli.output import print_reply
from rostlots.settings import Settings
from skill import Reply


class BatchLine(msgspec.Struct, frozen=True):
    """One conversation of a batch file; other fields are allowed and left alone."""

    id: str | int
    turns: list[str]
    lang: str | None = None


class BatchResult(msgspec.Struct, frozen=True):
    """The replies to one conversation, in order."""

    id: str | int
    replies: list[Reply]


@click.command("ask")
@click.argument("question", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the whole reply as one JSON object.")
@options.lang
@click.option(
    "--batch",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE.jsonl",
    help='Answer a file of conversations, a line each: {"id", "turns": [...], "lang"?}; - for standard input.',
)
@click.option(
    "--speak", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.wav", help="Also write the spoken answer."
)
def command(question: str | None, as_json: bool, lang: str, batch: str | None, speak: Path | None) -> int:
    """Answer one typed QUESTION, or a file of conversations.

    \b
      rostlots ask "Vad är metastaser?"
      rostlots ask "Vart sprider sig bröstcancer?" --json
      rostlots ask "Vad är gulsot?" --speak svar.wav
      rostlots ask --batch frågor.jsonl > svar.jsonl
    """
    if (question is None) == (batch is None):
        raise UsageFault("Give one question, or --batch with a file of them.")
    assistant = Assistant.from_settings(Settings.from_environ())
    if batch is not None:
        if speak is not None:
            raise UsageFault("--speak goes with one question, not with --batch.")
        return _batch(batch, lang, assistant)
    reply, state = assistant.answer(question or "", new_conversation(lang))
    if speak is not None:
        from rostlots.speaking import open_speaker, write_spoken

        write_spoken(open_speaker(Settings.from_environ(), lang), reply.say, state, speak)
    print_reply(reply, as_json=as_json)
    return WELL


def _batch(name: str, lang: str, assistant: Assistant) -> int:
    try:
        lines: IO[bytes] = sys.stdin.buffer if name == "-" else Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as fault:
        raise UsageFault(f"{name}: cannot be read ({fault.strerror}).") from None
    status = WELL
    decoder = msgspec.json.Decoder(BatchLine)
    with lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                item = decoder.decode(line)
                replies = converse(item.turns, item.lang or lang, assistant)
            except (msgspec.DecodeError, UnicodeDecodeError, UnknownLanguage) as fault:
                click.echo(f"{name}: line {number}: {fault}", err=True)
                status = PART_FAILED
                continue
            sys.stdout.buffer.write(msgspec.json.encode(BatchResult(item.id, replies)) + b"\n")
            sys.stdout.buffer.flush()
    return status


def converse(turns: list[str], lang: str, assistant: Assistant) -> list[Reply]:
    """A whole conversation, turn by turn.

    Raises:
        UnknownLanguage: there is no such language.
    """
    state = new_conversation(lang)
    replies = []
    for turn in turns:
        reply, state = assistant.answer(turn, state)
        replies.append(reply)
    return replies
