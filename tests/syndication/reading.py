"""Builds feeds for tests and reads them back as a reader's program does."""

from __future__ import annotations

import json
from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

import feedparser
from lxml import etree

from pressroom.links import Links
from pressroom.models.feeds import Entry, Feed, FeedDocument, Format
from pressroom.rendering import Templates
from pressroom.settings import Settings, Site
from pressroom.syndication import Builder

LINKS = Links("https://reports.example.org")
SETTINGS = Settings(site=Site(name="Rivers Institute", url=LINKS.site))
TEMPLATES = Templates()
RIVERS = Feed("topics/rivers", "Rivers", "What the Rivers Institute releases on rivers", "/topics/rivers")

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
DCTERMS = "{http://purl.org/dc/terms/}"


def a_builder() -> Builder:
    return Builder(LINKS, SETTINGS, TEMPLATES)


def build(form: Format, *entries: Entry, feed: Feed = RIVERS) -> FeedDocument:
    return a_builder().build(feed, entries, form)


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """An entry as a reader's program understands it. `files` are addresses, whatever element held them."""

    id: str
    title: str
    link: str
    summary: str
    html: str
    published: datetime | None
    updated: datetime
    authors: tuple[str, ...]
    topics: tuple[str, ...]
    files: tuple[str, ...]


def read(document: FeedDocument) -> list[ReadEntry]:
    """Return the entries of a feed in any format, in the order of the document."""
    if document.path.endswith(".json"):
        return [_from_json(item) for item in json.loads(document.content)["items"]]
    parsed = feedparser.parse(document.content)
    assert not parsed.bozo, parsed.bozo_exception
    return [_from_feedparser(entry) for entry in parsed.entries]


def read_one(form: Format, entry: Entry) -> ReadEntry:
    [only] = read(build(form, entry))
    return only


def parse_json(*entries: Entry) -> Any:
    return json.loads(build(Format.JSON, *entries).content)


def parse_xml(document: FeedDocument) -> etree._Element:
    return etree.fromstring(document.content)


def texts(parent: etree._Element, path: str) -> list[str]:
    return [element.text or "" for element in parent.iterfind(path)]


def attributes(element: etree._Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.attrib.items()}


def _from_json(item: dict[str, Any]) -> ReadEntry:
    published = item.get("date_published")
    return ReadEntry(
        id=item["id"],
        title=item["title"],
        link=item["url"],
        summary=item.get("summary", ""),
        html=item["content_html"],
        published=datetime.fromisoformat(published) if published else None,
        updated=datetime.fromisoformat(item["date_modified"]),
        authors=tuple(author["name"] for author in item["authors"]),
        topics=tuple(item.get("tags", ())),
        files=tuple(file["url"] for file in item.get("attachments", ())),
    )


def _from_feedparser(entry: Any) -> ReadEntry:
    # Without a summary, RSS has the content as the description.
    is_split = "summary_detail" in entry and "content" in entry
    html = entry.content[0].value if "content" in entry else entry.summary
    summary = entry.summary_detail if is_split else {"type": "text/plain", "value": ""}
    return ReadEntry(
        id=entry.id,
        title=entry.title,
        link=entry.link,
        summary=unescape(summary["value"]) if summary["type"] == "text/html" else summary["value"],
        html=html,
        published=_moment(entry.get("published_parsed")),
        updated=_moment(entry.updated_parsed) or datetime.min.replace(tzinfo=UTC),
        authors=tuple(name for author in entry.authors for name in author.name.split(", ")),
        topics=tuple(tag.label or tag.term for tag in entry.get("tags", ())),
        files=tuple(link.href for link in entry.links if link.rel == "enclosure"),
    )


def _moment(parts: Any) -> datetime | None:
    return datetime.fromtimestamp(timegm(parts), UTC) if parts else None
