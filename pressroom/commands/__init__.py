"""The command line, a file per noun. Commands are imported when they are called: `--help` needs none of them."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from errno import ENOSPC
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path

import click

import pressroom
from pressroom.commands.door import Door
from pressroom.errors import PublisherError

COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("demo", "The whole main job on the sample catalogue, without a network."),
    "init": ("site", "Make a site: a folder with settings and an empty catalogue."),
    "import": ("importing", "Import releases from a .jsonl or .csv file, also gzipped."),
    "release": ("release", "Add, edit, revise, schedule, publish, withdraw, show and list releases."),
    "topic": ("topic", "List, add, rename and merge topics."),
    "subscriber": ("subscriber", "Add, change, pause and list subscribers."),
    "bounce": ("bounce", "Take in mail that came back, list what came back, and clear an address."),
    "complaint": ("complaint", "List complaints, and record that they were acknowledged and how they ended."),
    "publish": ("publish", "Do everything that is due now: the manual publish."),
    "digest": ("digest", "Rehearse, preview, test and send digests; list, pause, resume and cancel their runs."),
    "deliver": ("deliver", "Send the mail that waits, then stop."),
    "dkim": ("dkim", "Make keys that mail is signed with, and show their records for the DNS."),
    "user": ("user", "Add users of the desk, change their roles, reset and disable them."),
    "audit": ("audit", "Show what was done at the desk, and check that nothing of it was changed."),
    "serve": ("serve", "Publish and send on schedule, and answer feeds and the links in mails."),
    "validate": ("validate", "Check feeds and mails against the rules, and feeds beside the catalogue."),
    "doctor": ("doctor", "Look at everything around the site: machine, mail server, DNS and web."),
    "health": ("health", "Say whether the site is well, and if not, what is wrong."),
    "db": ("db", "Check and migrate the catalogue."),
}


class LazyGroup(click.Group):
    """A group that imports a command's file only when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command: click.Command = import_module(f"pressroom.commands.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.command(
    cls=LazyGroup,
    epilog="Exit: 0 done · 1 failed · 2 usage or settings · 3 done, some items failed or wait · 4 refused for safety.",
)
@click.option(
    "-C",
    "--site",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    default=".",
    help="The site's folder. [default: here]",
)
@click.option("--clock", metavar="ISO8601", help="The moment to take for now.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output, words on standard error.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors and what was asked for.")
@click.option("-v", "--verbose", is_flag=True, help="Show where an error happened.")
@click.version_option(pressroom.__version__, prog_name="publisher", message="%(prog)s %(version)s")
@click.pass_obj
def publisher(door: Door, site: Path, clock: str | None, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Pressroom: publish releases as feeds and as digests by mail."""
    door.as_json, door.quiet, door.verbose = as_json, quiet, verbose
    door.set_clock(clock)
    try:
        door.site = site.resolve()
    except FileNotFoundError as error:
        raise click.UsageError("The folder you are in is gone; go to another one.") from error


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code. Every error becomes one sentence here."""
    _let_no_letter_fail()
    door = Door(as_json="--json" in arguments)
    try:
        _refuse_bytes(arguments)
        code = publisher.main(list(arguments), prog_name="publisher", standalone_mode=False, obj=door)
        return code if isinstance(code, int) else 0
    except (click.Abort, KeyboardInterrupt):
        return _fail(door, "Stopped.", 130)
    except click.ClickException as error:
        error = _mind_the_order(error)
        return _fail(door, error.format_message(), error.exit_code, error.show)
    except PublisherError as error:
        return _fail(door, str(error), error.exit_code)
    except Exception as error:  # noqa: BLE001 – the last door: a person gets a sentence and not a traceback
        return _fail(door, _unexpected(error, door), 1)


def _let_no_letter_fail() -> None:
    """Show what a terminal has no letter for as an escape: nobody loses an answer for one title."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _refuse_bytes(arguments: Sequence[str]) -> None:
    """Refuse what is no text: it could be stored nowhere."""
    for argument in arguments:
        if argument.encode(errors="ignore").decode() != argument:
            shown = os.fsencode(argument).decode(errors="replace")
            coding = sys.getfilesystemencoding().upper()
            raise click.UsageError(f"The argument “{shown}” is not {coding}; write it in UTF-8, in a UTF-8 locale.")


def _mind_the_order(error: click.ClickException) -> click.ClickException:
    """Return the error; of a global option behind the command it says where that belongs."""
    if isinstance(error, click.NoSuchOption) and error.ctx:
        for option in publisher.params:
            if error.option_name in option.opts:
                whole = f"{error.option_name} {option.metavar or ''}".strip()
                command = error.ctx.command_path.removeprefix("publisher ")
                words = f"{error.option_name} comes before the command: publisher {whole} {command} …"
                return click.UsageError(words, error.ctx)
    return error


def _unexpected(error: Exception, door: Door) -> str:
    if isinstance(error, OSError) and error.errno == ENOSPC:
        return f"The disk of {error.filename or door.site} is full; free some space and try again."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {(error.strerror or 'cannot be used').lower()}; check its name, rights and space."
    return f"Something unexpected went wrong ({type(error).__name__}: {error}); -v shows where."


def _fail(door: Door, sentence: str, code: int, show: Callable[[], None] | None = None) -> int:
    """Say why nothing came of it, in words and, where one was asked for and none was given, in a document."""
    with suppress(OSError, PublisherError):  # where words cannot be written, the code tells
        if door.verbose and not isinstance(sys.exc_info()[1], click.ClickException | click.Abort):
            traceback.print_exc()
        (show or partial(click.echo, sentence, err=True))()
        if door.as_json and not door.has_answered:
            door.answer({"error": sentence, "exit": code}, lambda: None)
    return code
