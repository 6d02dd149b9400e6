"""`publisher topic`: the shelves."""

from __future__ import annotations

from typing import Any

import click

from pressroom.commands.door import Door, table


@click.group("topic")
def command() -> None:
    """List, add, rename and merge topics. A SLUG may also be a name or an alias."""


@command.command("list")
@click.pass_obj
def list_topics(door: Door) -> None:
    """List topics with their aliases and how many public releases they hold."""
    with door.store() as store:
        listed = store.topics.listed()
    rows = [
        (one.topic.slug, one.topic.name, f"{one.releases:,}", ", ".join(one.aliases), one.merged_into or "")
        for one in listed
    ]
    document = [
        {
            "slug": one.topic.slug,
            "name": one.topic.name,
            "releases": one.releases,
            "aliases": list(one.aliases),
            "merged_into": one.merged_into,
        }
        for one in listed
    ]
    heads = ("slug", "name", "releases", "aliases", "now part of")
    door.answer(document, lambda: click.echo(table(rows, heads) if rows else "There are no topics yet."))


@command.command("add")
@click.argument("name")
@click.option("--slug", default="", help="Its place in addresses; follows from the name if not given.")
@click.option("--alias", multiple=True, help="Another name that leads to it; may be given several times.")
@click.pass_obj
def add(door: Door, name: str, slug: str, alias: tuple[str, ...]) -> None:
    """Add a topic."""
    from pressroom.models.text import clean_line

    with door.store() as store, store.atomic():
        topic = store.topics.add(clean_line(name), slug, [clean_line(one) for one in alias])
    _answer(door, {"slug": topic.slug, "name": topic.name}, f"Added the topic “{topic.name}” as {topic.slug}.")


@command.command("rename")
@click.argument("slug")
@click.argument("name")
@click.pass_obj
def rename(door: Door, slug: str, name: str) -> None:
    """Give a topic another name; its slug and the addresses of its feeds stay."""
    from pressroom.models.text import clean_line

    with door.store() as store, store.atomic():
        topic = store.topics.rename(store.topics.get(slug), clean_line(name))
    _answer(door, {"slug": topic.slug, "name": topic.name}, f"{topic.slug} is now called “{topic.name}”.")


@command.command("merge")
@click.argument("old")
@click.argument("new")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def merge(door: Door, old: str, new: str, yes: bool) -> None:
    """Move releases and subscriptions of OLD to NEW. The feeds of OLD go on, with what NEW holds."""
    from pressroom.commands.door import confirm
    from pressroom.membership.merging import merge_topics

    with door.store() as store:
        topics = store.topics.get(old), store.topics.get(new)
        confirm(f"Merge “{topics[0].name}” into “{topics[1].name}”? This cannot be undone.", yes)
        moved = merge_topics(store, *topics, door.now)
    _answer(
        door,
        {"old": old, "new": new, "releases": moved.releases, "subscribers": moved.subscribers},
        f"Moved {moved.releases:,} release(s) and {moved.subscribers:,} subscriber(s). Next: publisher publish.",
    )


def _answer(door: Door, document: dict[str, Any], words: str) -> None:
    door.answer(document, lambda: door.say(words))
