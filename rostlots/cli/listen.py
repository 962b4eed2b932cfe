"""`rostlots listen`: recorded questions."""

from __future__ import annotations

from pathlib import Path

import click

from rostlots.assistant import Assistant, new_conversation
from rostlots.cli import PART_FAILED, SETUP_WRONG, WELL, UsageFault, options
from rostlots.cli.output import print_reply
from rostlots.settings import Settings


@click.command("listen")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print each whole reply as a line of JSON, with its file.")
@click.option(
    "--answer-audio",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.wav",
    help="Also write the spoken answer (one recording only).",
)
@options.hearing
@options.lang
def command(
    files: tuple[Path, ...], as_json: bool, answer_audio: Path | None, hearing: options.Hearing, lang: str
) -> int:
    """Answer recorded questions: WAV, FLAC, Ogg/Opus or MP3, any rate, one or two channels.

    Several files are separate conversations. A file that cannot be read is reported and the others go on.

    \b
      rostlots listen fråga.wav --answer-audio svar.wav
      rostlots listen *.opus --json
    """
    if answer_audio is not None and len(files) > 1:
        raise UsageFault("--answer-audio goes with one recording.")
    from speech import SpeechError, read_audio

    settings = Settings.from_environ()
    readable = []
    faults = 0
    for file in files:
        try:
            readable.append((file, read_audio(file)))
        except SpeechError as fault:
            click.echo(str(fault), err=True)
            faults += 1
    if not readable:
        return SETUP_WRONG if len(files) == 1 else PART_FAILED
    ear = hearing.open()
    assistant = Assistant.from_settings(settings)
    for file, audio in readable:
        reply, state = assistant.listen(audio, new_conversation(lang), ear)
        if answer_audio is not None:
            from rostlots.speaking import open_speaker, write_spoken

            write_spoken(open_speaker(settings, lang), reply.say, state, answer_audio)
        print_reply(reply, as_json=as_json, name=str(file))
    return PART_FAILED if faults else WELL
