"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), by hand; empty members are left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pressroom.models.dates import stamp
from pressroom.syndication.facts import Attachment, EntryFacts, FeedFacts, Person

VERSION = "https://jsonfeed.org/version/1.1"


def compose_json(feed: FeedFacts, items: Sequence[bytes]) -> bytes:
    """Return a JSON Feed, an item a line; what came before follows at its `next_url`."""
    head = _filled({
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": feed.address,
        "description": feed.description,
        "authors": [{"name": feed.publisher}],
        "language": feed.language,
        "next_url": feed.earlier,
        "_pressroom": _filled({"about": feed.about, "total": feed.total, "live": feed.live if feed.is_archive else ""}),
    })  # fmt: skip
    start = _json(head).removesuffix("}").encode()
    return b"".join((start, b', "items": [\n', b",\n".join(items), b"\n]}\n"))


def compose_json_item(facts: EntryFacts) -> bytes:
    """Return an item; what JSON Feed has no member for stands in its `_pressroom`."""
    return _json(_filled({
        "id": facts.id,
        "url": facts.url,
        "title": facts.title,
        "content_html": facts.html,
        "summary": facts.summary,
        "date_published": stamp(facts.published) if facts.published else "",
        "date_modified": stamp(facts.updated),
        "authors": [_author(person) for person in facts.authors],
        "tags": [topic.name for topic in facts.topics],
        "language": facts.language,
        "attachments": [_attachment(file, facts.title) for file in facts.attachments],
        "_pressroom": _filled({"about": facts.about, **facts.record, "replaces": list(facts.replaces)}),
    })).encode()  # fmt: skip


def _author(person: Person) -> dict[str, Any]:
    return _filled({"name": person.name, "url": person.url})


def _attachment(file: Attachment, title: str) -> dict[str, Any]:
    """One title for all files: they are the same thing in other formats."""
    return _filled({
        "url": file.url,
        "mime_type": file.media_type,
        "title": title,
        "size_in_bytes": file.size,
        "duration_in_seconds": file.duration,
    })  # fmt: skip


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [])}


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
