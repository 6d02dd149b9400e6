"""`publisher release`: what editors do to a release."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pressroom.commands.door import Door, table
from pressroom.errors import InvalidFieldError, WrongStateError
from pressroom.models.release_document import release_document
from pressroom.models.text import clean_address, clean_line

if TYPE_CHECKING:
    from pressroom.acts.releases import Editing
    from pressroom.models.release import Release
    from pressroom.storage import Store

Command = TypeVar("Command", bound=Callable[..., Any])

# Flag → the field of an import row, or of its `extra`, that it fills; the same parser reads both (models/intake).
_FIELDS = ("kind", "url", "summary", "body", "published", "language", "publisher", "download_url", "id")
_EXTRAS = (
    "subtitle",
    "series",
    "edition",
    "collection",
    "part",
    "access",
    "embargo",
    "reference",
    "doi",
    "isbn",
    "licence",
)
_LISTS = {"topic": "topics", "author": "authors", "partner": "partners"}
# An empty value of these, as of a shell variable that is not set, would let out what shall wait or is for members (R9).
_NEVER_BLANK = {"at": "a moment", "embargo": "a moment", "access": "a level"}


class _Command(click.Command):
    """A value that does not fit its option is a slip of usage, as a wrong choice is: exit 2."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except InvalidFieldError as error:
            raise click.UsageError(str(error), context) from error


class _Group(click.Group):
    command_class = _Command


def _id(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    return None if text is None else " ".join(clean_address(text).split())


def facts(command: Command) -> Command:
    """Add the flags for the facts of a release."""
    for option in reversed(
        (
            click.option("--kind", help="report, briefing, guide, survey, article, case-study, collection, podcast, …"),
            click.option("--topic", multiple=True, metavar="SLUG", help="A topic; may be given several times."),
            click.option("--url", help="The landing address."),
            click.option("--summary", help="Two or three sentences."),
            click.option("--body", help="The full text, if it shall stand in feeds and pages."),
            click.option("--published", metavar="DATE", help="Its own date: 2026-01-28, 2026-01 or 2026."),
            click.option("--access", help="public, members or mixed."),
            click.option("--embargo", metavar="WHEN", help="Nothing of it leaves before."),
            click.option("--language", help="Its language: en, nl, …"),
            click.option("--publisher", help="Who released it, if not the site's organisation."),
            click.option("--author", multiple=True, help="May be given several times."),
            click.option("--partner", multiple=True, help="May be given several times."),
            click.option("--subtitle"),
            click.option("--series", metavar="NAME"),
            click.option("--edition", metavar="TEXT"),
            click.option("--collection", metavar="TITLE", help="The title of the collection it is part of."),
            click.option("--part", metavar="N", help="Its place in the collection: 3, or 3 of 6."),
            click.option("--relation", multiple=True, metavar="KIND=ID", help="replaces=ID, version-of=ID, …"),
            click.option("--download-url", metavar="URL", help="The file, for instance the PDF."),
            click.option("--reference"),
            click.option("--doi"),
            click.option("--isbn"),
            click.option("--licence"),
        )
    ):
        command = option(command)
    return command


@click.group("release", cls=_Group)
def command() -> None:
    """Add, edit, revise, schedule, publish, withdraw, show and list releases. An ID is an id or a slug."""


@command.command("add")
@click.option("--title", required=True)
@facts
@click.option("--id", "id", help="The GUID it had in an older feed.")
@click.option("--urgent", is_flag=True, help="Goes out in the next digest of any frequency, opened at once.")
@click.option("--draft", is_flag=True, help="Keep it a draft; “release publish” or “release schedule” lets it go.")
@click.option("--at", metavar="WHEN", help="Publish it then and not before.")
@click.pass_obj
def add(door: Door, /, title: str, urgent: bool, draft: bool, at: str | None, **flags: Any) -> None:
    """Add a release; it goes out with the next publish."""
    from pressroom.models.release import State
    from pressroom.publishing.relations import relations_of

    _refuse_blank(flags | {"at": at}, _NEVER_BLANK | {"published": "a date"})
    state = State.DRAFT if draft else State.SCHEDULED
    with door.store() as store:
        release = replace(
            _parsed(door, _row(title, flags)),
            relations=relations_of(store, flags["relation"]),
            urgent=urgent,
            state=state,
            publish_at=_moment(door, "at", at),
        )
        added = _editing(door, store).add(release)
    due = added.due_at
    follows = "It is a draft." if draft else "Next: publisher publish."
    if due and not draft:
        follows = (
            f"It goes out on {door.local(due)}." if due > door.now else "Its time is past. Next: publisher publish."
        )
    _answer(door, added, f"Added “{added.title}” as {added.slug}. {follows}")


@command.command("edit")
@click.argument("known", metavar="ID", callback=_id)
@click.option("--title")
@facts
@click.option("--quietly", is_flag=True, help="Tell nobody of a further topic either.")
@click.pass_obj
def edit(door: Door, /, known: str, title: str | None, quietly: bool, **flags: Any) -> None:
    """Change a release silently; only a further topic is announced to those who follow it."""
    from pressroom.publishing.entering import complete_release

    if title is None and all(value in (None, ()) for value in flags.values()):
        raise click.UsageError("Say what to change: --title, --summary, --topic, …")
    with door.store() as store, store.atomic():
        release = complete_release(store, known)
        facts = _changed(door, store, release, title, flags)
        edited = _editing(door, store).edit(release, facts, quietly=quietly)
    _answer(door, edited, f"Edited {edited.slug}. Next: publisher publish.")


@command.command("revise")
@click.argument("known", metavar="ID", callback=_id)
@click.option("--note", required=True, help="What has changed, in a sentence that readers see.")
@click.option("--title")
@facts
@click.pass_obj
def revise(door: Door, /, known: str, note: str, title: str | None, **flags: Any) -> None:
    """Change a live release and tell its readers."""
    from pressroom.publishing.entering import complete_release

    with door.store() as store, store.atomic():
        release = complete_release(store, known)
        facts = _changed(door, store, release, title, flags)
        revised = _editing(door, store).revise(release, facts, note)
    _answer(door, revised, f"Revised {revised.slug}. Next: publisher publish.")


@command.command("schedule")
@click.argument("known", metavar="ID", callback=_id)
@click.option("--at", metavar="WHEN", help="When it goes out; left out: with the next publish.")
@click.option("--embargo", metavar="WHEN", help="Nothing of it leaves before.")
@click.pass_obj
def schedule(door: Door, known: str, at: str | None, embargo: str | None) -> None:
    """Let a draft, expected or scheduled release go out at a time."""
    from pressroom.publishing.entering import complete_release

    _refuse_blank({"at": at, "embargo": embargo}, _NEVER_BLANK)
    moments = {"at": _moment(door, "at", at), "embargo": _moment(door, "embargo", embargo)}
    with door.store() as store, store.atomic():
        release = _editing(door, store).schedule(complete_release(store, known), **moments)
    due = release.due_at
    _answer(door, release, f"{release.slug} goes out {'on ' + door.local(due) if due else 'with the next publish'}.")


@command.command("unschedule")
@click.argument("known", metavar="ID", callback=_id)
@click.pass_obj
def unschedule(door: Door, known: str) -> None:
    """Make a draft of a release that is not out yet: it goes out when it is scheduled again."""
    from pressroom.publishing.entering import complete_release

    with door.store() as store, store.atomic():
        release = _editing(door, store).unschedule(complete_release(store, known))
    _answer(door, release, f"{release.slug} is a draft.")


@command.command("publish")
@click.argument("known", metavar="ID", callback=_id)
@click.pass_obj
def publish(door: Door, known: str) -> None:
    """Let a release go out with the next publish, whatever was scheduled."""
    from pressroom.publishing.entering import complete_release

    with door.store() as store, store.atomic():
        release = _editing(door, store).publish(complete_release(store, known))
    _answer(door, release, f"{release.slug} goes out with the next publish. Next: publisher publish.")


@command.command("withdraw")
@click.argument("known", metavar="ID", callback=_id)
@click.option("--reason", required=True, help="Why, in a sentence that readers see.")
@click.option("--replacement", metavar="ID", callback=_id, help="What replaces it.")
@click.pass_obj
def withdraw(door: Door, known: str, reason: str, replacement: str | None) -> None:
    """Withdraw a live release and tell its readers; it stays in its feeds, marked."""
    from pressroom.publishing.entering import complete_release

    with door.store() as store, store.atomic():
        release = complete_release(store, known)
        instead = store.releases.get(replacement) if replacement else None
        gone = _editing(door, store).withdraw(release, reason, instead)
    _answer(door, gone, f"Withdrew {gone.slug}. Next: publisher publish.")


@command.command("undo")
@click.argument("known", metavar="ID", callback=_id)
@click.pass_obj
def undo(door: Door, known: str) -> None:
    """Take back a release of which no mail has told: feeds mark it as withdrawn, and its facts go into a new draft."""
    from pressroom.publishing.entering import complete_release

    with door.store() as store, store.atomic():
        draft = _editing(door, store).undo(complete_release(store, known))
    _answer(door, draft, f"Took it back; its facts are in the draft {draft.slug}. Next: publisher publish.")


@command.command("show")
@click.argument("known", metavar="ID", callback=_id)
@click.pass_obj
def show(door: Door, known: str) -> None:
    """Show all facts of a release, with its announcements."""
    with door.store() as store:
        release = store.releases.get(known)
        document = release_document(release) | {"announcements": _announcements(store, release)}
    door.answer(document, lambda: _tell(document))


@command.command("list")
@click.option("--state", type=click.Choice(["draft", "expected", "scheduled", "live", "withdrawn"]))
@click.pass_obj
def list_releases(door: Door, state: str | None) -> None:
    """List releases, those that wait first, then newest first."""
    from pressroom.models.release import State

    with door.store() as store:
        releases = list(store.releases.all(State(state) if state else None))
    rows = [
        (release.state.value, str(release.own_date or ""), release.slug or "(not seen yet)", clean_line(release.title))
        for release in releases
    ]
    door.answer(
        [release_document(release) for release in releases],
        lambda: click.echo(
            table(rows, ("state", "own date", "slug", "title")) if rows else "There are no releases yet."
        ),
    )


def _editing(door: Door, store: Store) -> Editing:
    from pressroom.acts.releases import Editing
    from pressroom.staff.log import BY_COMMAND

    return Editing(store, door.tools, door.now, BY_COMMAND)


def _refuse_blank(flags: Mapping[str, Any], wanted: Mapping[str, str]) -> None:
    for name, what in wanted.items():
        if flags.get(name) is not None and not clean_line(flags[name]):
            raise click.UsageError(f"--{name} is empty; give {what} or leave it out.")


def _row(title: str, flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the import row that the flags make up: those that were given."""
    given = {name: value for name, value in flags.items() if value not in (None, ())}
    row: dict[str, Any] = {name: given[name] for name in _FIELDS if name in given}
    row |= {field: list(given[name]) for name, field in _LISTS.items() if name in given}
    return row | {"title": title, "extra": {name: given[name] for name in _EXTRAS if name in given}}


def _parsed(door: Door, row: dict[str, Any]) -> Release:
    """Return the release of a row. What does not fit is kept as it came in an import; here somebody can mend it."""
    from pressroom.models.extra import unfit
    from pressroom.models.intake import parse_release

    site = door.tools.settings.site
    release = parse_release(row, door.now, site.zone, site.language)
    for name, value in release.extra.items():
        raise unfit(name, value)
    return release


def _changed(door: Door, store: Store, known: Release, title: str | None, flags: dict[str, Any]) -> Release:
    """Return the known release as the flags want it."""
    from pressroom.models.intake import with_unsaid_facts_of
    from pressroom.publishing.relations import relations_of

    _refuse_blank(flags, _NEVER_BLANK)
    if flags["embargo"] and known.is_public:
        raise WrongStateError(
            "release", known.slug or known.title, known.state, "it is out already; use “release withdraw”"
        )
    row = _row(known.title if title is None else title, flags)
    changed = with_unsaid_facts_of(known, _parsed(door, row), row)
    if not flags["relation"]:
        return changed
    return replace(changed, relations=relations_of(store, flags["relation"], known))


def _moment(door: Door, field: str, text: str | None) -> datetime | None:
    from pressroom.models.dates import parse_moment

    return parse_moment(field, text, door.tools.settings.site.zone) if text else None


def _answer(door: Door, release: Release, words: str) -> None:
    door.answer(release_document(release), lambda: door.say(words))


def _announcements(store: Store, release: Release) -> list[dict[str, Any]]:
    from pressroom.models.dates import stamp

    return [
        {"no": one.no, "change": one.change, "at": stamp(one.at) if one.at else None, "note": one.note}
        for one in store.announcements.of_release(release.pk)
    ]


def _tell(document: dict[str, Any]) -> None:
    """Say the facts of a release, cleaned: other programs may have put in what steers a terminal."""
    for name, value in document.items():
        label = {"announcements": "announced", "files": "file"}.get(name, name)
        for text in _in_words(name, value):
            click.echo(f"{label:<18}{clean_line(text)}")


def _in_words(name: str, value: Any) -> list[str]:
    if value in (None, "", [], {}, False):
        return []
    if name == "announcements":
        return [f"no. {one['no']}, {one['change']}, {one['at'] or 'silently'} {one['note']}" for one in value]
    if name == "files":
        return [" · ".join(str(fact) for fact in one.values()) for one in value]
    return [", ".join(value) if isinstance(value, list) else str(value)]
