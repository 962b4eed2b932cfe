"""`rostlots evaluate`: how well questions are understood."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from intents.data_files import topic_register
from rostlots import evaluation
from rostlots.assistant import LANGUAGES, Assistant, new_conversation
from rostlots.cli import PART_FAILED, WELL, UsageFault, options
from rostlots.evaluation import Judged, LabelledConversation
from rostlots.recordings import recording_of
from rostlots.settings import Settings
from skill import Reply


@click.command("evaluate")
@click.argument(
    "file", required=False, type=click.Path(dir_okay=False, exists=True, path_type=Path), metavar="[FILE.jsonl]"
)
@click.option(
    "--audio",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    metavar="DIR",
    help="Take the questions from recordings named by id in this folder; others are left out.",
)
@options.hearing
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.png",
    help="Also draw shares and reliability.",
)
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.json",
    help="Keep the result, for --compare.",
)
@click.option(
    "--compare",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    metavar="FILE.json",
    help="Show what changed since a result that --save kept.",
)
@click.option("--errors", is_flag=True, help="List every turn that went wrong.")
@click.option(
    "--record",
    is_flag=True,
    help="In place of a file: speak twenty questions at the microphone and see how well your voice is heard.",
)
@click.option(
    "--recordings",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where --record keeps the recordings, which are else kept nowhere; alone: the table of those in there.",
)
def command(
    file: Path | None,
    audio: Path | None,
    hearing: options.Hearing,
    plot: Path | None,
    save: Path | None,
    compare: Path | None,
    errors: bool,
    record: bool,
    recordings: Path | None,
) -> int:
    """Accuracy on labelled questions, per area and kind of speech act, with confusions and reliability.

    FILE.jsonl has a conversation a line: {"id", "turns": [...], "expect": [[accepted topics], ...], "lang"?}.

    \b
      rostlots evaluate frågor.jsonl --plot bild.png
      rostlots evaluate frågor.jsonl --save före.json      before a change, and
      rostlots evaluate frågor.jsonl --compare före.json   after it
      rostlots evaluate frågor.jsonl --audio inspelningar/
      rostlots evaluate --record                           how well your own voice is heard
    """
    if record or recordings is not None:
        if file or audio or plot or save or compare:
            raise UsageFault("--record and --recordings have questions of their own: no FILE, only --stt and --errors.")
        from rostlots.cli.own_voice import run

        return run(record, recordings, hearing, errors)
    if file is None:
        raise UsageFault("Give a file of labelled questions, or --record.")
    conversations, faults = read_labelled(file)
    assistant = Assistant(hours=Settings.from_environ().hours)
    runs = _heard(conversations, audio, hearing, assistant, faults) if audio else _typed(conversations, assistant)
    judged: list[Judged] = []
    milliseconds: list[float] = []
    for conversation, replies in runs:
        for turn, (reply, expected) in enumerate(zip(replies, conversation.expect, strict=True)):
            judged.append(
                Judged(
                    conversation.id,
                    turn,
                    conversation.turns[turn],
                    expected,
                    reply.topic,
                    reply.confidence,
                    reply.action,
                )
            )
            if reply.timings:
                milliseconds.append(reply.timings["total"])
    for fault in faults:
        click.echo(fault, err=True)
    if not judged:
        raise UsageFault(f"{file}: no labelled turn" + (f" with a recording in {audio}." if audio else "."))
    _print(judged, errors)
    if milliseconds:
        milliseconds.sort()
        click.echo(f"\nend of audio to reply, median: {milliseconds[len(milliseconds) // 2] / 1000:.2f} s")
    if plot is not None:
        from rostlots.plotting import draw

        draw(judged, plot)
        click.echo(f"drawn: {plot}")
    if compare is not None:
        try:
            before = msgspec.json.decode(compare.read_bytes(), type=list[Judged])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise UsageFault(f"{compare} is no result that --save has written.") from None
        _print_changes(before, judged)
    if save is not None:
        save.write_bytes(msgspec.json.encode(judged))
    return PART_FAILED if faults else WELL


def read_labelled(file: Path) -> tuple[list[LabelledConversation], list[str]]:
    """The conversations of a file, and a sentence for each line that is none or expects a topic that there isn't."""
    found, faults = [], []
    known = topic_register()
    for number, line in enumerate(file.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            one = msgspec.json.decode(line, type=LabelledConversation)
        except (msgspec.DecodeError, UnicodeDecodeError) as fault:
            faults.append(f"{file}: line {number}: {fault}")
            continue
        if len(one.turns) != len(one.expect) or not all(one.expect) or (one.lang or "sv") not in LANGUAGES:
            faults.append(f"{file}: line {number}: turns and expect don't match, or the language is unknown")
            continue
        unknown = sorted({topic for accepted in one.expect for topic in accepted} - known.keys())
        if unknown:
            faults.append(f"{file}: line {number}: there is no topic {', '.join(unknown)}")
            continue
        found.append(one)
    return found, faults


def _typed(
    conversations: list[LabelledConversation], assistant: Assistant
) -> Iterator[tuple[LabelledConversation, list[Reply]]]:
    for one in conversations:
        state = new_conversation(one.lang or "sv")
        replies = []
        for text in one.turns:
            reply, state = assistant.answer(text, state)
            replies.append(reply)
        yield one, replies


def _heard(
    conversations: list[LabelledConversation],
    folder: Path,
    hearing: options.Hearing,
    assistant: Assistant,
    faults: list[str],
) -> Iterator[tuple[LabelledConversation, list[Reply]]]:
    from speech import SpeechError, read_audio

    ear = hearing.open()
    spoken = [one for one in conversations if len(one.turns) == 1 and recording_of(folder, one.id) is not None]
    with click.progressbar(spoken, label="listening", file=sys.stderr) as bar:
        for one in bar:
            path = recording_of(folder, one.id)
            if path is None:
                continue
            try:
                audio = read_audio(path)
            except SpeechError as fault:
                faults.append(str(fault))
                continue
            reply, _ = assistant.listen(audio, new_conversation(one.lang or "sv"), ear)
            yield one, [reply]


def _print(judged: list[Judged], errors: bool) -> None:
    right = evaluation.Share(sum(j.right for j in judged), len(judged))
    click.echo(f"right topic            {right}")
    click.echo(f"false answers          {evaluation.false_answers(judged)}")
    click.echo(f"dangers missed         {evaluation.missed_dangers(judged)}")
    click.echo(f"false alarms           {evaluation.false_alarms(judged)}")
    click.echo(f"calibration error      {evaluation.calibration_error(judged):6.3f}")
    for title, key in (("By area", "area"), ("By kind of speech act", "act"), ("By place in the talk", "turn")):
        click.echo(f"\n{title}")
        for group, share in evaluation.shares(judged, key).items():
            click.echo(f"  {group:<44} {share}")
    click.echo("\nConfidence against truth")
    for one in evaluation.reliability(judged):
        click.echo(f"  says {one.confidence:5.1%}  right {one.right:6.1%}  {one.count:5d} replies")
    pairs = evaluation.confusions(judged)
    if pairs:
        click.echo("\nMixed up (expected, given)")
        for expected, given, count in pairs:
            click.echo(f"  {count:3d}  {expected:<34} {given}")
    if errors:
        click.echo("\nWrong")
        for j in judged:
            if not j.right:
                click.echo(
                    f"  {j.id}.{j.turn} {j.text}\n"
                    f"      expected {', '.join(j.expected)}; got {j.topic} ({j.confidence:.2f})"
                )


def _print_changes(before: list[Judged], after: list[Judged]) -> None:
    changes = evaluation.changed(before, after)
    click.echo(f"\n{len(changes)} turns are answered differently")
    for old, new in changes:
        verdict = "better" if new.right and not old.right else "worse " if old.right and not new.right else "other "
        click.echo(f"  {verdict} {new.id}.{new.turn} {new.text}\n      {old.topic} -> {new.topic}")
