"""`publisher demo`: the whole main job on the sample catalogue, on a fixed clock, without a network."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from pressroom.commands.door import Door, progress, short, table
from pressroom.models.consent import How

if TYPE_CHECKING:
    from pressroom.models.release import Release
    from pressroom.publishing.importing import ImportReport
    from pressroom.storage import Store

BEGIN = "2026-01-26T09:00"  # a Monday: the site is made, the back catalogue comes in, people subscribe
LAUNCH = "2026-01-28T10:00"  # the Wednesday on which the Digital Trends 2026 rows are released
LOOKS = (
    "2026-01-27T08:00",  # a daily digest is due, and nothing is new: no mail
    "2026-01-28T08:00",
    LAUNCH,
    "2026-01-28T10:15",  # the quiet period is over: immediate
    "2026-01-29T08:00",  # daily
    "2026-02-01T08:00",  # monthly
    "2026-02-02T08:00",  # weekly
)
LAUNCHED = ("Public sector digital trends", "2026")
PEOPLE = (
    ("asha.chief@example.org", "Asha Okafor", "en", ("all=immediate",)),
    ("ben.architect@example.org", "Ben Ruiz", "en", ("artificial-intelligence=daily", "harnessing-data=weekly")),
    ("carys.security@example.org", "Carys Evans", "en", ("cyber-security=weekly",)),
    ("daan.beleid@example.org", "Daan de Vries", "nl", ("digital-trends=weekly", "inclusion-and-diversity=weekly")),
    ("elin.skills@example.org", "Elin Berg", "en", ("leadership-and-skills=monthly",)),
    ("farah.places@example.org", "Farah Khan", "en", ("connected-places=weekly",)),
)
SETTINGS = """\
# The reference site: what `./run demo` makes. docs/settings.md describes every key.

[site]
name = "Example Association"
description = "Reports, briefings and guides for people who run digital services in local government"
url = "http://localhost:8000"
timezone = "Europe/London"
publisher = "Socitm"              # whose releases are the catalogue's own; the others are partners'

[mail]
from_address = "digest@example.org"
postal_address = "1 Example Street, Exampleton EX1 1EX"
registered = "A demonstration: there is no such association"
"""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one example subscriber got: so many mails, with so many items, which may tell of more releases."""

    address: str
    follows: str
    mails: int
    items: int
    releases: int


@click.command("demo")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.pass_obj
def command(door: Door, folder: Path | None) -> None:
    """Run the main job on the sample catalogue, here or in FOLDER. No network, and nobody is mailed."""
    if folder is not None:
        door.site = folder.resolve()
    _make_demo_site(door)
    with door.store() as store:
        _refuse_a_real_one(store, door)
        imported = _import_sample(door, store)
        _schedule_launch(door, store)
        _add_people(door, store)
        new = imported.added + _publish(door, store)
        document = _summary(door, store, imported, new)
    door.answer(document, lambda: _tell(door, document))


def _make_demo_site(door: Door) -> None:
    from pressroom.commands.site import make_site
    from pressroom.errors import RefusedError
    from pressroom.storage import Store

    door.set_clock(BEGIN)
    is_site = (door.site / "publisher.toml").exists()
    if not is_site and any((door.site / name).exists() for name in ("feeds", "data")):
        raise RefusedError(f"{door.site} holds feeds/ or data/ of something else; name a new folder: demo DIR.")
    if is_site and door.tools.catalogue.is_file():
        with Store(door.tools.catalogue) as known:
            if known.pending_migrations():  # a real one stays as it is
                _refuse_a_real_one(known, door)
    make_site(door, settings=SETTINGS, demo=True)


def _refuse_a_real_one(store: Store, door: Door) -> None:
    from pressroom.errors import RefusedError

    if not store.is_demo:
        raise RefusedError(
            f"{door.site} holds a real catalogue, which a demo would fill; name another folder: demo DIR."
        )


def _import_sample(door: Door, store: Store) -> ImportReport:
    from pressroom.publishing.importing import ImportOrder, import_releases

    with progress(door, "Importing the sample") as bar:
        return import_releases(
            store,
            door.tools,
            sample_file(),
            ImportOrder(_is_launched),
            door.now,
            progress=lambda rows, done, size: bar(done, size),
        )


def _schedule_launch(door: Door, store: Store) -> None:
    """Let the rows that the import left to be announced go out together at the launch."""
    from pressroom.models.dates import parse_moment
    from pressroom.models.release import State
    from pressroom.publishing.entering import schedule_release

    launch = parse_moment("clock", LAUNCH, door.tools.settings.site.zone)
    for release in store.releases.all(State.SCHEDULED):
        if _is_launched(release, door.now) and release.publish_at is None:
            schedule_release(store, release, at=launch)


def _is_launched(release: Release, _: datetime) -> bool:
    return release.series is not None and (release.series.name, release.edition) == LAUNCHED


def sample_file() -> Path:
    """Return the sample catalogue: in the package when installed, else in the checkout."""
    import pressroom

    package = Path(pressroom.__file__).parent
    places = [folder / "data" / "sample" / "releases.jsonl" for folder in (package, package.parent)]
    return next((place for place in places if place.exists()), places[-1])


def _add_people(door: Door, store: Store) -> None:
    from pressroom.membership import Wish, subscribe
    from pressroom.models.people import Subscriber

    for address, name, language, topics in PEOPLE:
        if store.subscribers.find(address) is None:
            wishes = [Wish.parse(text) for text in topics]
            person = Subscriber(address, name=name, language=language)
            subscribe(store, door.tools, person, wishes, door.now, confirmed=True, how=How.DEMO)


def _publish(door: Door, store: Store) -> int:
    """Publish at each moment of the demo and return how much was new: releases, feed files, deliveries."""
    from pressroom.models.dates import parse_moment
    from pressroom.publishing.journey import publish_due

    new = 0
    for moment in LOOKS:
        now = parse_moment("clock", moment, door.tools.settings.site.zone)
        with progress(door, "Publishing") as bar:
            report = publish_due(store, door.tools, now, progress=bar)
        new += len(report.live) + report.feeds.written + sum(run.counts.enlisted for run in report.runs)
    return new


def _summary(door: Door, store: Store, imported: ImportReport, new: int) -> dict[str, Any]:
    counts = store.releases.counts()
    return {
        "site": str(door.site),
        "new": new,
        "releases": {
            "in": sum(counts.values()),
            "announced": store.announcements.count_loud(),
            "expected": counts.get("expected", 0),
        },
        "feeds": {"folder": str(door.tools.output.folder), "files": len(store.feed_files.all())},
        "digests": {
            "folder": str(door.tools.outbox),
            "delivered": [asdict(one) for one in _delivered(store)],
        },
    }


def _delivered(store: Store) -> list[Delivered]:
    from pressroom.digest.joining import joined

    delivered = []
    for address, *_ in PEOPLE:
        subscriber = store.subscribers.find(address)
        if subscriber is None:
            continue
        mails = [store.runs.bundle(bundle) for bundle in store.deliveries.sent_to(subscriber.pk)]
        items, releases = sum(len(joined(mail)) for mail in mails), sum(map(len, mails))
        delivered.append(Delivered(address, ", ".join(subscriber.choice_lines), len(mails), items, releases))
    return delivered


def _tell(door: Door, document: dict[str, Any]) -> None:
    releases, feeds, digests = document["releases"], document["feeds"], document["digests"]
    silent = releases["in"] - releases["announced"] - releases["expected"]
    mails = sum(one["mails"] for one in digests["delivered"])
    feeds_folder, outbox = short(feeds["folder"]), short(digests["folder"])
    if not document["new"]:
        door.say("Nothing is new since the last demo: no feed and no mailbox has changed.\n")
    for head, words in (
        ("Releases in", f"{releases['in']}: {silent} silently (the back catalogue), {releases['announced']} announced, "
                        f"{releases['expected']} expected later in the year"),
        ("Feeds out", f"{feeds['files']} files in {feeds_folder}/: Atom, RSS and JSON for everything, each topic, "
                      "kind, series, publisher and language"),
        ("Digests", f"{mails} delivered into {outbox}/ (a Maildir); nothing left this machine\n"),
    ):  # fmt: skip
        door.say(f"{head:<14}{words}")
    rows = [(one["address"], one["follows"], str(one["mails"]), str(one["items"]), str(one["releases"]))
            for one in digests["delivered"]]  # fmt: skip
    door.say("  " + table(rows, ("to", "follows", "mails", "items", "releases")).replace("\n", "\n  "))
    door.say(f"\n{'Open first':<14}{feeds_folder}/all.atom in a feed reader, {outbox}/ in a mail program")
    call = _call(door)
    door.say(f'{"Type next":<14}{call} release add --title "A report of ours" --topic digital-trends')
    door.say(f"{'':<14}{call} publish")


def _call(door: Door) -> str:
    """Return how the commands are called on this site from here."""
    program = "./run" if Path("run").is_file() else "publisher"
    return program if door.site == Path.cwd() else f"{program} -C {quote(short(str(door.site)))}"
