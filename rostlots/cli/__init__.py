"""The command line. Each command is a module of its own, loaded when it is called, so that `ask` starts fast."""

import os
import sys
from importlib import import_module

import click

from rostlots import __version__
from rostlots.settings import VARIABLES

WELL, PART_FAILED, SETUP_WRONG = 0, 1, 2

_COMMANDS = {
    "ask": "answer a typed question, or a file of them",
    "listen": "answer recorded questions",
    "talk": "hold a conversation at the microphone, or typed",
    "serve": "the web service: a page to speak to, and an API",
    "phone": "answer telephone calls (SIP)",
    "webhooks": "check the webhooks of telephone providers",
    "models": "list, install and check speech models and voices",
    "alexa": "write the package of the Alexa skill",
    "knowledge": "check the knowledge",
    "evaluate": "measure the understanding on labelled questions",
    "review": "look at what was not understood, where an operator has switched that on",
}


class UsageFault(click.ClickException):
    """Wrong usage or set-up: one sentence on standard error, exit status 2."""

    exit_code = SETUP_WRONG


class _Lazy(click.Group):
    """Commands by name, imported when needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"rostlots.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Environment"):
            formatter.write_dl([(name, f"{meaning} [default: {default}]") for name, default, meaning in VARIABLES])
        with formatter.section("Exit status"):
            formatter.write_dl([("0", "well"), ("1", "the work failed in part"), ("2", "wrong usage or set-up")])


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="rostlots")
def rostlots() -> None:
    """Röstlots answers questions about cancer metastases in Swedish, aloud or in writing, with its source.

    It is an automatic voice: no substitute for care, no diagnosis. In danger of life, ring 112.

    \b
      rostlots ask "Vilka symtom ger metastaser i levern?"
      rostlots listen fråga.wav --answer-audio svar.wav
      rostlots talk --text
    """


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and give its exit status; no traceback ever reaches the user for a known fault."""
    # Every matrix here is small: more threads only wait for each other, on a busy machine for a quarter of a second.
    # It has to be said before numpy is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from intents.data_files import DataFileError
    from intents.questions import QuestionFileError
    from rostlots.settings import SettingsError
    from skill import KnowledgeError
    from speech.errors import SpeechError

    try:
        result = rostlots.main(arguments, standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Interrupted.", err=True)
        return PART_FAILED
    except click.ClickException as fault:
        fault.show()
        return fault.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return PART_FAILED
    except OSError as fault:
        place = f"{fault.filename}: " if fault.filename else ""
        click.echo(f"{place}{fault.strerror or fault}.", err=True)
        return SETUP_WRONG
    except (SettingsError, SpeechError, KnowledgeError, DataFileError, QuestionFileError) as fault:
        click.echo(str(fault), err=True)
        return SETUP_WRONG
    return result if isinstance(result, int) else WELL
