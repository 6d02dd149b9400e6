"""The command line, a file per noun. Commands are imported when they are called: `--help` needs none of them."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
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
    "publish": ("publish", "Do everything that is due now: the manual publish."),
    "digest": ("digest", "Send digests and list their runs."),
    "deliver": ("deliver", "Send the mail that waits, then stop."),
    "serve": ("serve", "Publish and send on schedule, and answer feeds and unsubscribe links."),
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
    "-C", "--site", type=click.Path(path_type=Path, file_okay=False), help="The site's folder. [default: here]"
)
@click.option("--clock", metavar="ISO8601", help="The moment to take for now.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output, words on standard error.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors and what was asked for.")
@click.option("-v", "--verbose", is_flag=True, help="Show where an error happened.")
@click.version_option(pressroom.__version__, prog_name="publisher", message="%(prog)s %(version)s")
@click.pass_context
def publisher(
    context: click.Context, site: Path | None, clock: str | None, as_json: bool, quiet: bool, verbose: bool
) -> None:
    """Pressroom: publish releases as feeds and as digests by mail."""
    context.obj = Door(site or Path.cwd(), clock, as_json=as_json, quiet=quiet)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code. Every error becomes one sentence here."""
    verbose = "-v" in arguments or "--verbose" in arguments
    try:
        code = publisher.main(list(arguments), prog_name="publisher", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Abort:
        return _fail("Stopped.", 130)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except PublisherError as error:
        return _fail(str(error), error.exit_code, verbose)
    except KeyboardInterrupt:
        return _fail("Stopped.", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone: say nothing more
        return 0
    except Exception as error:  # noqa: BLE001 – the last door: a person gets a sentence and not a traceback
        return _fail(_unexpected(error), 1, verbose)


def _unexpected(error: Exception) -> str:
    import sqlite3

    from pressroom.storage import in_words

    if isinstance(error, sqlite3.Error):
        return str(in_words(error, "of this site"))
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {(error.strerror or 'cannot be used').lower()}; check its name, rights and space."
    return f"Something unexpected went wrong ({type(error).__name__}: {error}); -v shows where."


def _fail(sentence: str, code: int, verbose: bool = False) -> int:
    if verbose:
        traceback.print_exc()
    click.echo(sentence, err=True)
    return code
