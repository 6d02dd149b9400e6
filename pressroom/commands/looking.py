"""Looking at what comes: a rehearsal in words, and pages written to a file or opened in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pressroom.commands.door import Door, table
from pressroom.errors import RefusedError

if TYPE_CHECKING:
    from pressroom.models.rehearsal import Rehearsal, Size


def write_page(door: Door, path: Path, html: str) -> None:
    """Write a page where somebody wants it; over nothing but another page, and never among the site's own data."""
    place = path.resolve()
    if place.is_relative_to(door.site / "data"):
        raise RefusedError(f"{path} lies in the data of the site; name another place for the page.")
    if place.is_file() and place.stat().st_size and not _is_page(place):
        raise RefusedError(f"{path} is there already and is no page; name another file, or remove it first.")
    path.write_text(html, encoding="utf-8")


def _is_page(file: Path) -> bool:
    return file.read_bytes()[:200].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def open_page(html: str) -> None:
    """Open a page in the browser that this machine has."""
    import tempfile
    import webbrowser

    with tempfile.NamedTemporaryFile("w", suffix=".html", delete=False, encoding="utf-8") as page:
        page.write(html)
    if not webbrowser.open(Path(page.name).as_uri()):
        raise click.ClickException(f"No browser could be opened; the page is in {page.name}.")


def tell_rehearsal(door: Door, rehearsal: Rehearsal) -> None:
    """Say what the next run would do: when, how many, to whom, who is left out, how large, and the rarest mail."""
    names = ", ".join(rehearsal.frequencies) or "urgent"
    when = "now" if rehearsal.at <= door.now else door.local(rehearsal.at)
    if rehearsal.live:
        door.say(f"Goes live before: {'; '.join(rehearsal.live)}.")
    if not rehearsal.mails:
        further = "" if rehearsal.unpublished else ", and nothing that is scheduled would change it"
        door.say(f"Nobody is owed anything{further}: no mail would leave.")
    else:
        door.say(f"The next run ({names}, {when}) would send {rehearsal.mails:,} mail(s), {_size(rehearsal.octets)}.")
        door.say(f"Making them takes about {_time(rehearsal.seconds)} here; what the mail server takes comes on top.")
        _tell_whom(door, rehearsal)
    if rehearsal.unpublished:
        door.say(f"{rehearsal.unpublished:,} release(s) wait for “publish”; this run would not tell of them.")
    if rehearsal.waiting:
        door.say(f"Besides, {rehearsal.waiting:,} letter(s) and mail(s) of earlier runs wait and would leave too.")
    for why, number in rehearsal.left_out.items():
        door.say(f"Left out: {number:,} ({why}).")
    for what, size in (("Largest", rehearsal.largest), ("Smallest", rehearsal.smallest)):
        if size:
            door.say(f"{what}: {_weight(size)}.")
    if rehearsal.rarest:
        door.say(f"\nThe list of items that the fewest get goes to {rehearsal.sharing:,} of them:\n")
        head = f"To: {rehearsal.rarest.recipient}\nSubject: {dict(rehearsal.rarest.headers)['Subject']}"
        click.echo(f"{head}\n\n{rehearsal.rarest.text}\n", err=door.as_json)
    for name, words, is_warning in rehearsal.findings:
        remedy = f" Send despite it with --despite {name}." if is_warning else ""
        door.warn(f"{'Lint warns, and it does not leave' if is_warning else 'This stops it'} ({name}): {words}{remedy}")
    if rehearsal.refusal:
        door.warn(f"It would not leave: {rehearsal.refusal}")


def _tell_whom(door: Door, rehearsal: Rehearsal) -> None:
    paces = list(dict.fromkeys(frequency for _, frequency in rehearsal.by_choice))
    followed = dict.fromkeys(what for what, _ in rehearsal.by_choice)
    rows = [
        (what, *(f"{rehearsal.by_choice.get((what, pace), 0) or '':>{len(pace)}}" for pace in paces))
        for what in followed
    ]
    door.say("\n" + table(rows, ("who follow", *paces)) + "\n")


def _weight(size: Size) -> str:
    cut = f", of which {size.items - size.shown} only on the web" if size.shown < size.items else ""
    return f"{_size(size.octets)}, {size.items} item(s){cut}, to {size.address}"


def _size(octets: int) -> str:
    from pressroom.models.words import ENGLISH

    return ENGLISH.size(octets)


def _time(seconds: float) -> str:
    if seconds < 1.5:
        return "a second"
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes"
