"""What every command shares: the site, the moment taken for now, and how answers are given."""

from __future__ import annotations

import codecs
import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

import click

from pressroom.errors import CatalogueTroubleError, InvalidFieldError, LostAnswerError, RefusedError, StopTroubleError
from pressroom.models.dates import in_zone

if TYPE_CHECKING:
    from pressroom.storage import Store
    from pressroom.tools import Tools


class Door:
    """One call of the command line. Commands get it with `@click.pass_obj`, once its options are known."""

    def __init__(self, *, as_json: bool) -> None:
        self.site = Path()
        self.as_json = as_json
        self.quiet = self.verbose = self.has_answered = self.is_told_to_stop = False
        self._clock: str | None = None

    @property
    def has_fixed_clock(self) -> bool:
        return self._clock is not None

    @cached_property
    def now(self) -> datetime:
        """The moment of this call: time enters here, and nowhere further in."""
        if self._clock is None:
            return datetime.now(UTC).replace(microsecond=0)
        from pressroom.models.dates import parse_moment

        try:
            return parse_moment("--clock", self._clock, self.tools.settings.site.zone)
        except InvalidFieldError as error:
            raise click.UsageError(str(error)) from error

    def moment(self) -> datetime:
        """The moment that it is while a command goes on; a clock that was given stands still."""
        return self.now if self.has_fixed_clock else datetime.now(UTC).replace(microsecond=0)

    def set_clock(self, clock: str | None) -> None:
        """Take another moment for now, whatever was given (the demo runs on a clock of its own)."""
        self._clock = clock
        self.__dict__.pop("now", None)

    @cached_property
    def tools(self) -> Tools:
        from pressroom.tools import Tools

        return Tools.of(self.site, fixed_clock=self.has_fixed_clock, should_stop=lambda: self.is_told_to_stop)

    @contextmanager
    def store(self, *, heeds_stops: bool = True) -> Iterator[Store]:
        """Open the site's catalogue.

        What readers asked to stop while it could not be used is done first; where that cannot be, nothing is changed.
        Who sends mail sees to it, and passes False.
        """
        if self.has_fixed_clock:
            _ = self.now  # a clock that cannot be taken is said by every command, also by those that ask for no time
        with self.tools.open_store() as store:
            if heeds_stops:
                self._heed_stops(store)
            yield store

    def _heed_stops(self, store: Store) -> None:
        try:
            if self.tools.stops.waiting():
                from pressroom.membership.stopping import heed_stops

                heed_stops(store, self.tools)
        except (CatalogueTroubleError, StopTroubleError) as error:
            store.refuse_writes(error)

    def say(self, words: str = "") -> None:
        """Say something to a person: on standard error when standard output holds a document."""
        if not self.quiet:
            with _told():
                click.echo(words, err=self.as_json)

    def answer(self, document: Any, words: Callable[[], None]) -> None:
        """Give the answer of a command: the document with `--json`, else in words."""
        self.has_answered = True
        with _told():
            if self.as_json:
                click.echo(json.dumps(document, ensure_ascii=not _holds_any_letter(sys.stdout), indent=2))
            else:
                words()

    def warn(self, words: str) -> None:
        """Say what went wrong with a part of the work; also when quiet."""
        click.echo(words, err=True)

    def local(self, moment: datetime) -> str:
        """Return a moment as people of the site say it: “Monday 2 February 08:00”, with the year if it is another."""
        local = in_zone(moment, self.tools.settings.site.zone)
        year = "" if local.year == self.now.year else f" {local.year}"
        return f"{local:%A} {local.day} {local:%B}{year} {local:%H:%M}"

    def day(self, moment: datetime) -> str:
        """Return the day of a moment in the site's zone: “2026-02-02”."""
        return in_zone(moment, self.tools.settings.site.zone).date().isoformat()


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end the work as Ctrl-C does: with a word on what is done."""
    with on_signals({signal.SIGTERM: signal.default_int_handler}):
        yield


@contextmanager
def in_good_order(door: Door) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the sending of mail once what is on its way is answered; the second one, at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        if door.is_told_to_stop:
            raise KeyboardInterrupt
        door.is_told_to_stop = True

    with on_signals({signal.SIGTERM: stop, signal.SIGINT: stop}):
        yield


@contextmanager
def on_signals(acts: Mapping[signal.Signals, Callable[[int, FrameType | None], object]]) -> Iterator[None]:
    """Act so on signals within, and as before afterwards; what was ignored last stays so."""
    before = {number: signal.signal(number, act) for number, act in acts.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, handler)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # the reader has gone and wants to hear no more
    except OSError as error:
        raise LostAnswerError((error.strerror or str(error)).lower()) from error


def _holds_any_letter(stream: TextIO | None) -> bool:
    return codecs.lookup(getattr(stream, "encoding", None) or "utf-8").name == "utf-8"


def table(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> str:
    """Return rows as aligned columns under their heads; the last column is not padded."""
    widths = [max(len(row[place]) for row in [heads, *rows]) for place in range(len(heads))]
    lines = []
    for row in [heads, *rows]:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def confirm(question: str, yes: bool) -> None:
    """Ask on a terminal; elsewhere `--yes` must have been given."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise RefusedError(f"{question} Nothing was done: give --yes to say so where nobody can be asked.")
    click.confirm(question, abort=True, err=True)


@contextmanager
def progress(door: Door, words: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal while (done, total) are reported; nothing elsewhere."""
    if door.quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def short(path: str | Path) -> str:
    """Return a path as it is written from here, where that is shorter."""
    place = Path(path)
    return str(place.relative_to(Path.cwd())) if place.is_relative_to(Path.cwd()) else str(place)
