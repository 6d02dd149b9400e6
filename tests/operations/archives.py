"""A feed with its archives in each format, as short as they can be."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from pressroom.models.dates import stamp
from pressroom.models.feeds import Format
from tests.operations.serving import Page

NEWEST = datetime(2026, 1, 20, tzinfo=UTC)
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0" xml:lang="en">'
RSS = (
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0">'
    "<channel><title>Rivers</title><link>https://example.org/</link><description>Rivers</description>"
    "<language>en</language>"
)


def a_chain(site: str, form: Format, archives: int = 2) -> dict[str, Page]:
    """Return the pages, by path, of a feed with three entries and as many in each archive, all of different ids."""
    pages = {}
    for number in range(archives + 1):  # 0 is the live document, then the oldest archive first
        place = address(site, form, number)
        links = {"self": place}
        older = archives if number == 0 else number - 1
        if older:
            links["prev-archive"] = address(site, form, older)
        if number:
            links["current"] = address(site, form, 0)
            if number < archives:
                links["next-archive"] = address(site, form, number + 1)
        content = _document(form, links, number)
        pages[place.removeprefix(site)] = Page(content.encode(), form.media_type)
    return pages


def address(site: str, form: Format, number: int) -> str:
    return f"{site}/feeds/archive/rivers/{number:04}.{form}" if number else f"{site}/feeds/rivers.{form}"


def _document(form: Format, links: dict[str, str], number: int) -> str:
    names = [f"{number}{letter}" for letter in "cba"]
    if form is Format.JSON:
        return _json(links, names)
    if form is Format.ATOM:
        written = "".join(f'<link rel="{name}" href="{href}"/>' for name, href in links.items())
        head = (
            f"{ATOM}<id>https://example.org/feeds/rivers</id><title>Rivers</title><updated>{stamp(NEWEST)}</updated>"
            f'<author><name>R</name></author><link rel="alternate" href="https://example.org/"/>{written}'
        )
        return f"{head}{'<fh:archive/>' if number else ''}{''.join(map(_entry, names))}</feed>"
    written = "".join(f'<atom:link rel="{name}" href="{href}"/>' for name, href in links.items())
    return f"{RSS}{written}{'<fh:archive/>' if number else ''}{''.join(map(_item, names))}</channel></rss>"


def _moment(name: str) -> str:
    number, letter = int(name[0]) or 9, ord(name[1])
    return stamp(NEWEST + timedelta(days=number - 9, seconds=letter))


def _entry(name: str) -> str:
    return (
        f'<entry xml:lang="en"><id>tag:example.org,2026:{name}</id><title>{name}</title>'
        f'<updated>{_moment(name)}</updated><content type="html">{name}</content></entry>'
    )


def _item(name: str) -> str:
    return (
        f'<item><title>{name}</title><description>{name}</description><guid isPermaLink="false">'
        f"tag:example.org,2026:{name}</guid><atom:updated>{_moment(name)}</atom:updated></item>"
    )


def _json(links: dict[str, str], names: list[str]) -> str:
    head = {"version": "https://jsonfeed.org/version/1.1", "title": "Rivers", "home_page_url": "https://example.org/"}
    more = {"next_url": links["prev-archive"]} if "prev-archive" in links else {}
    items = [
        {"id": f"tag:example.org,2026:{name}", "title": name, "content_text": name, "date_modified": _moment(name)}
        for name in names
    ]
    return json.dumps({**head, "feed_url": links["self"], **more, "items": items})
