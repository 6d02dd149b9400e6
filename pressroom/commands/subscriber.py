"""`publisher subscriber`: the people who get digests."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pressroom.commands.door import Door, confirm, table
from pressroom.models.consent import How

if TYPE_CHECKING:
    from pressroom.membership import Wish
    from pressroom.models.people import Frequency, Subscriber

_frequency = click.option(
    "--frequency", type=click.Choice(["immediate", "daily", "weekly", "monthly"]), help="How often."
)
_topic = click.option(
    "--topic", multiple=True, metavar="SLUG[=F]", help="A topic, “series:SLUG” or “all”; may be given several times."
)


@click.group("subscriber")
def command() -> None:
    """Add, change, pause and list subscribers."""


@command.command("add")
@click.argument("address")
@click.option("--name", default="")
@click.option("--language", help="The language of the mail around the items.")
@_frequency
@_topic
@click.option("--confirmed", is_flag=True, help="The person has agreed already; else they stay pending.")
@click.option("--basis", default="", metavar="TEXT", help="The lawful basis, if it is another than their consent.")
@click.pass_obj
def add(
    door: Door,
    address: str,
    name: str,
    language: str | None,
    frequency: str | None,
    topic: tuple[str, ...],
    confirmed: bool,
    basis: str,
) -> None:
    """Add a subscriber: weekly and everything, unless said otherwise."""
    from pressroom.membership import DEFAULT_FREQUENCY, subscribe
    from pressroom.models.letters import LetterKind
    from pressroom.models.people import Subscriber
    from pressroom.models.text import clean_line

    person = Subscriber(address, name=clean_line(name)[:200], language=language or door.tools.settings.site.language)
    with door.store() as store:
        subscriber = subscribe(
            store,
            door.tools,
            person,
            _wishes(topic),
            door.now,
            frequency=_parsed(frequency) or DEFAULT_FREQUENCY,
            confirmed=confirmed,
            how=How.COMMAND,
            basis=clean_line(basis),
        )
        is_asked = store.letters.is_waiting(subscriber.pk, LetterKind.CONFIRMATION)
    follows = "They are pending: the letter that asks to confirm leaves with the next publish or deliver."
    if not is_asked:
        follows = (
            "They are pending, and were asked to confirm within the last day; “subscriber confirm” does it by hand."
        )
    added = f"Added {subscriber.address}: {', '.join(subscriber.choice_lines)}."
    _answer(door, subscriber, added if confirmed else f"{added} {follows}")


@command.command("set")
@click.argument("address")
@_frequency
@_topic
@click.option("--drop", multiple=True, metavar="SLUG", help="A choice to end; may be given several times.")
@click.option("--language", metavar="CODE", help="The language of the mail around the items.")
@click.option("--only-kind", multiple=True, metavar="KIND", help="Only these kinds; “all” lifts the limit.")
@click.option("--only-language", multiple=True, metavar="CODE", help="Only these languages; “all” lifts the limit.")
@click.option("--partners/--no-partners", default=None, help="Whether partners' items are wanted.")
@click.pass_obj
def change(
    door: Door,
    address: str,
    frequency: str | None,
    topic: tuple[str, ...],
    drop: tuple[str, ...],
    language: str | None,
    only_kind: tuple[str, ...],
    only_language: tuple[str, ...],
    partners: bool | None,
) -> None:
    """Change choices in one go: --topic adds or changes, --drop ends, --frequency changes all."""
    from pressroom.membership import change_filter, change_language, change_preferences
    from pressroom.models.people import Filter

    has_limits = bool(only_kind or only_language or partners is not None)
    if not (has_limits or frequency or topic or drop or language is not None):
        raise click.UsageError("Say what to change: --topic, --drop, --frequency, --language, --only-kind, …")
    with door.store() as store, store.atomic():
        if language is not None:
            change_language(store, address, language, door.now, How.COMMAND)
        if has_limits:
            limits = {"kinds": only_kind, "languages": only_language}
            change_filter(store, address, door.now, **limits, partners=partners, how=How.COMMAND)
        if frequency or topic or drop:
            change_preferences(
                store,
                address,
                door.now,
                frequency=_parsed(frequency),
                wishes=_wishes(topic),
                drop=drop,
                how=How.COMMAND,
            )
        subscriber = store.subscribers.get(address)
    only = "" if subscriber.filter == Filter() else f" Only {subscriber.filter.in_words}."
    _answer(door, subscriber, f"{subscriber.address} now has: {', '.join(subscriber.choice_lines)}.{only}")


@command.command("confirm")
@click.argument("address")
@click.pass_obj
def confirm_subscriber(door: Door, address: str) -> None:
    """Make a pending subscriber active."""
    from pressroom.membership import confirm as confirm_one

    with door.store() as store:
        subscriber = confirm_one(store, door.tools, address, door.now, How.COMMAND)
    _answer(door, subscriber, f"{subscriber.address} is active: {', '.join(subscriber.choice_lines)}.")


@command.command("letter")
@click.argument("address")
@click.argument("kind", type=click.Choice(["confirmation", "preferences"]))
@click.pass_obj
def letter(door: Door, address: str, kind: str) -> None:
    """Write a letter again: the one that asks to confirm, or a link to the preferences."""
    from pressroom.membership.letters import write_again
    from pressroom.models.letters import LetterKind

    with door.store() as store:
        subscriber = store.subscribers.get(address)
        write_again(store, subscriber, LetterKind(kind), door.now)
    _answer(door, subscriber, f"The letter to {subscriber.address} leaves with the next publish or deliver.")


@command.command("feed")
@click.argument("address")
@click.option("--renew", is_flag=True, help="Give it new addresses; the old ones stop.")
@click.option("--end", is_flag=True, help="End it.")
@click.pass_obj
def feed(door: Door, address: str, renew: bool, end: bool) -> None:
    """Say where a subscriber's own feed is, and make it if there is none: what their digests have told."""
    from pressroom.membership.private_feed import end_private_feed, make_private_feed, renew_private_feed
    from pressroom.models.feeds import Format

    if renew and end:
        raise click.UsageError("Give either --renew or --end.")
    with door.store() as store:
        subscriber, feeds = store.subscribers.get(address), dict[str, str]()
        if end:
            end_private_feed(store, subscriber, door.now, How.COMMAND)
        else:
            make = renew_private_feed if renew else make_private_feed
            token = make(store, subscriber, door.now, How.COMMAND)
            feeds = {form.value: door.tools.links.my_feed(token, form) for form in Format}
    words = "\n".join(feeds.values()) or f"The feed of {subscriber.address} has ended."
    door.answer({"address": subscriber.address, "feeds": feeds}, lambda: click.echo(words))


@command.command("pause")
@click.argument("address")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The day on which it goes on.")
@click.pass_obj
def pause(door: Door, address: str, until: Any) -> None:
    """Mail nothing for a while; what is announced meanwhile comes afterwards."""
    from pressroom.membership import pause as pause_one

    day: date | None = until.date() if until else None
    with door.store() as store:
        subscriber = pause_one(store, door.tools, address, day, door.now, How.COMMAND)
    _answer(
        door, subscriber, f"{subscriber.address} is paused {f'until {day}' if day else 'until “subscriber resume”'}."
    )


@command.command("resume")
@click.argument("address")
@click.pass_obj
def resume(door: Door, address: str) -> None:
    """End a pause."""
    from pressroom.membership import resume as resume_one

    with door.store() as store:
        subscriber = resume_one(store, address, door.now, How.COMMAND)
    _answer(door, subscriber, f"{subscriber.address} gets digests again.")


@command.command("unsubscribe")
@click.argument("address")
@click.pass_obj
def unsubscribe(door: Door, address: str) -> None:
    """End everything for an address, at once."""
    from pressroom.membership import unsubscribe as unsubscribe_one

    with door.store() as store:
        subscriber = unsubscribe_one(store, door.tools, address, door.now, How.COMMAND)
    _answer(door, subscriber, f"{subscriber.address} gets nothing any more.")


@command.command("forget")
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def forget(door: Door, address: str, yes: bool) -> None:
    """Erase a person. The numbers in the accounts stay, and the address is never mailed again."""
    from pressroom.membership import forget as forget_one

    with door.store() as store:
        store.subscribers.get(address)
        confirm(f"Erase {address} for good?", yes)
        is_gone = forget_one(store, door.tools, address, door.now)
    if not is_gone:
        door.warn(
            "Its bytes still stand in the catalogue's files: something that is not the subscriber's own names the "
            "address, or another program is using them at this moment."
        )
    door.answer({"forgotten": address}, lambda: door.say(f"{address} is forgotten."))


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--basis", help="Why these people may be mailed: the lawful basis, in words.")
@click.option("--suppressed", is_flag=True, help="The file lists addresses that must never be mailed.")
@click.pass_obj
def import_subscribers(door: Door, file: Path, basis: str | None, suppressed: bool) -> int:
    """Import subscribers from a CSV: address, name, language, frequency, topics (SLUG or SLUG=F, split by ;)."""
    from pressroom.commands.importing import tell_refused
    from pressroom.membership.importing import import_people, import_suppressed
    from pressroom.tables import name_of

    if bool(basis) == suppressed:
        raise click.UsageError("Give either --basis TEXT, or --suppressed.")
    with door.store() as store:
        if suppressed:
            report = import_suppressed(store, door.tools, file, door.now)
        else:
            report = import_people(store, door.tools, file, basis or "", door.now)
    words = f"{report.suppressed:,} suppressed" if suppressed else f"{report.added:,} added"
    door.answer(asdict(report), lambda: door.say(f"{words}, {report.known:,} known already; nobody was mailed."))
    return tell_refused(door, report, name_of(file))


@command.command("show")
@click.argument("address")
@click.pass_obj
def show(door: Door, address: str) -> None:
    """Show what is held about a subscriber."""
    from pressroom.commands.bounce import bounce_document
    from pressroom.models.dates import stamp

    with door.store() as store:
        subscriber = store.subscribers.get(address)
        why = store.suppressions.reason(door.tools.signer.address_hash(subscriber.address))
        bounces = [bounce_document(one) for one in store.bounces.of(subscriber.pk)]
        letters = [
            {"at": stamp(one.made_at), "kind": one.kind, "state": one.state, "reply": one.reply}
            for one in store.letters.to(subscriber.pk)
        ]
        consents = store.consents.of(subscriber.pk)
    document = _document(subscriber) | {"suppressed": why}
    document |= {"consents": consents, "letters": letters, "bounces": bounces}

    def tell() -> None:
        for name, value in document.items():
            if name == "consents":
                for one in value:
                    click.echo(f"{'consent':<14}{one['at']}  {one['what']} ({one['how']}) {one['basis']}".rstrip())
            elif name == "letters":
                for one in letters:
                    click.echo(f"{'letter':<14}{one['at']}  {one['kind']}: {one['state']}  {one['reply']}".rstrip())
            elif name == "bounces":
                for one in bounces:
                    click.echo(f"{'came back':<14}{one['at']}  {one['class']} {one['status']}  {one['text']}".rstrip())
            elif name == "filter":
                click.echo(f"{name:<14}{subscriber.filter.in_words}")
            elif value not in (None, "", [], False):
                click.echo(f"{name:<14}{', '.join(value) if isinstance(value, list) else value}")

    door.answer(document, tell)


@command.command("export")
@click.argument("address")
@click.option("--format", "form", type=click.Choice(["json", "html"]), default="json", help="For programs or people.")
@click.pass_obj
def export(door: Door, address: str, form: str) -> None:
    """Print all that is held about a person, as they may ask for it (UK GDPR art. 15)."""
    import json

    from pressroom.membership.holdings import holdings_of, names_of
    from pressroom.membership.holdings_page import page_of

    with door.store() as store:
        subscriber = store.subscribers.get(address)
        held, names = holdings_of(store, door.tools, subscriber, door.now), names_of(store)
    if form == "html":
        page = page_of(held, door.tools, subscriber.language, names)
        door.answer({"address": subscriber.address, "page": page}, lambda: click.echo(page))
    else:
        click.echo(json.dumps(held, ensure_ascii=False, indent=2))


@command.command("reasons")
@click.pass_obj
def reasons(door: Door) -> None:
    """Count why people left, as they said on the page of the unsubscribe."""
    from pressroom.membership.leaving import REASONS

    with door.store() as store:
        counts = store.farewells.counts()
    rows = [(REASONS[reason], f"{number:,}") for reason, number in counts.items()]
    door.answer(counts, lambda: click.echo(table(rows, ("why", "how many")) if rows else "Nobody has said why yet."))


@command.command("explain")
@click.argument("address")
@click.argument("release", metavar="RELEASE")
@click.pass_obj
def explain(door: Door, address: str, release: str) -> None:
    """Say why a release (by id or slug) came to a subscriber, or did not."""
    from pressroom.digest.explanation import explain as explain_one
    from pressroom.digest.explanation import standing, untold
    from pressroom.publishing.explaining import case_of

    with door.store() as store:
        case = case_of(store, door.tools, address, release, door.now)
    answers = explain_one(case)
    document = {
        "address": case.subscriber.address,
        "state": case.subscriber.state,
        "release": {"id": case.release.id, "slug": case.release.slug, "state": case.release.state},
        "announcements": [asdict(one) for one in answers],
    }

    def tell() -> None:
        click.echo(standing(case))
        if not answers:
            click.echo(untold(case))
        for one in answers:
            click.echo(" ".join(one.sentences))

    door.answer(document, tell)


@command.command("list")
@click.pass_obj
def list_subscribers(door: Door) -> None:
    """List subscribers by address."""
    with door.store() as store:
        subscribers = list(store.subscribers.all())
    rows = [
        (one.address, f"{one.state}{', paused' if one.paused else ''}", ", ".join(one.choice_lines))
        for one in subscribers
    ]
    heads = ("address", "state", "choices")
    door.answer(
        [_document(one) for one in subscribers],
        lambda: click.echo(table(rows, heads) if rows else "There are no subscribers yet."),
    )


def _wishes(topics: tuple[str, ...]) -> list[Wish]:
    from pressroom.membership import Wish

    return [Wish.parse(text) for text in topics]


def _parsed(frequency: str | None) -> Frequency | None:
    from pressroom.models.people import Frequency

    return Frequency(frequency) if frequency else None


def _document(subscriber: Subscriber) -> dict[str, Any]:
    return {
        "address": subscriber.address,
        "state": subscriber.state,
        "name": subscriber.name,
        "language": subscriber.language,
        "paused": subscriber.paused,
        "paused_until": subscriber.paused_until.isoformat() if subscriber.paused_until else None,
        "choices": subscriber.choice_lines,
        "filter": {
            "kinds": sorted(subscriber.filter.kinds),
            "languages": sorted(subscriber.filter.languages),
            "partners": subscriber.filter.partners,
        },
    }


def _answer(door: Door, subscriber: Subscriber, words: str) -> None:
    door.answer(_document(subscriber), lambda: door.say(words))
