"""Options that several commands share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

import click

from rostlots.assistant import LANGUAGES
from rostlots.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from speech.hearing import Ear, EarChoice

lang = click.option(
    "--lang", type=click.Choice(LANGUAGES), default="sv", show_default=True, help="Language of the conversation."
)


@dataclass(frozen=True)
class Hearing:
    """How a command shall hear."""

    stt: str | None
    """Recogniser; ``None`` for the one of the settings."""
    pack: bool
    """Whether Whisper base may hear with its pack; the settings can forbid it all the same."""

    def open(self) -> Ear:
        """Load the recogniser. Raises errors of `speech`."""
        from rostlots.own_words import warn_of_newer_words
        from speech import SpeechSettings, open_ear

        speech = SpeechSettings.from_environ()
        choice = cast("EarChoice", self.stt or Settings.from_environ().stt)
        warn_of_newer_words(choice, speech)
        return open_ear(choice, replace(speech, whisper_pack=speech.whisper_pack and self.pack))


def hearing(command: Callable[..., int]) -> Callable[..., int]:
    """Add ``--stt`` and ``--no-pack``, which the command gets together as ``hearing``, a ``Hearing``."""

    @click.option(
        "--stt",
        type=click.Choice(["auto", "vosk", "whisper"]),
        help="Recogniser; auto is Vosk where a Swedish model of it is present, else Whisper.  [default: ROSTLOTS_STT]",
    )
    @click.option("--no-pack", is_flag=True, help="Hear with Whisper base as it is, without the words of the subject.")
    @wraps(command)
    def with_hearing(*positional: Any, stt: str | None, no_pack: bool, **named: Any) -> int:
        return command(*positional, hearing=Hearing(stt, not no_pack), **named)

    return with_hearing
