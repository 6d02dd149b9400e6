"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NoReturn

from pressroom.models.text import shown
from pressroom.syndication.checks.findings import Finding, SeenEntry
from pressroom.syndication.checks.html import wrong_in_html
from pressroom.syndication.checks.values import (
    BAD_CHARACTERS,
    Wrong,
    is_address,
    is_iri,
    is_language,
    parse_rfc3339,
    wrong_rfc3339,
)

VERSION = "https://jsonfeed.org/version/1.1"

_OF_FEED = frozenset(
    {"version", "title", "home_page_url", "feed_url", "description", "user_comment", "next_url", "icon", "favicon",
     "authors", "language", "expired", "hubs", "items"}
)  # fmt: skip
_OF_ITEM = frozenset(
    {"id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image",
     "date_published", "date_modified", "authors", "tags", "language", "attachments"}
)  # fmt: skip
_URLS = ("home_page_url", "feed_url", "next_url", "icon", "favicon", "url", "external_url", "image", "banner_image")
_TEXTS = ("title", "description", "user_comment", "content_html", "content_text", "summary")

Item = tuple[int, Any]


def parse_json(content: bytes) -> tuple[Any, list[int]] | Finding:
    """Return the document and the line on which each of its `items` begins, or why it cannot be read."""
    try:
        text = content.decode("utf-8-sig")
        document = json.loads(text, parse_constant=_refuse)
        return document, _lines(text) if isinstance(document, dict) else []
    except json.JSONDecodeError as error:
        return Finding("not-well-formed", f"it is no JSON: {error.msg.lower()}; mend it there.", error.lineno)
    except RecursionError:
        return Finding("not-well-formed", "it is nested too deep to be read; write it flat.", 1)
    except ValueError as error:
        return Finding("not-well-formed", f"it is no JSON that can be read: {shown(str(error))}; mend that.", 1)


def check_json(feed: Any, lines: list[int], now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with a JSON Feed; `lines` are those of its items."""
    if not isinstance(feed, dict):
        yield Finding("required-member", "a JSON Feed is an object; this is none.", 1)
        return
    for wrong in (*_wrong_head(feed), *_wrong_in_both(feed, _OF_FEED, now), *_bad_values(_without_items(feed))):
        yield Finding(wrong.rule, wrong.words, 1)
    first: dict[str, int] = {}
    for line, item in _items(feed, lines):
        entry = json_id(item)
        for wrong in _wrong_item(item, now):
            yield Finding(wrong.rule, wrong.words, line, entry)
        if entry and entry in first:
            words = f"the item on line {first[entry]} has the same id; give each its own, for ever."
            yield Finding("duplicate-id", words, line, entry)
        first.setdefault(entry, line)


def json_entries(feed: Any, lines: list[int]) -> list[SeenEntry]:
    if not isinstance(feed, dict):
        return []
    return [
        SeenEntry(
            json_id(item),
            _text(item, "title"),
            _text(item, "url"),
            parse_rfc3339(_text(item, "date_modified")) or parse_rfc3339(_text(item, "date_published")),
            line,
        )
        for line, item in _items(feed, lines)
        if isinstance(item, dict)
    ]


def json_links(feed: Any) -> dict[str, str]:
    """Return the addresses of the document and of the one that goes on, named as Atom names them."""
    if not isinstance(feed, dict):
        return {}
    links = {"self": _text(feed, "feed_url"), "prev-archive": _text(feed, "next_url")}
    return {name: url for name, url in links.items() if url}


def json_id(item: Any) -> str:
    return _text(item, "id") if isinstance(item, dict) else ""


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _lines(text: str) -> list[int]:
    """Return the line on which each item begins; the text is good JSON, and an object."""
    decoder = json.JSONDecoder()
    lines: list[int] = []
    at = _behind(text, text.index("{"))
    while text[at] == '"':
        name, at = decoder.raw_decode(text, at)
        at = _behind(text, _blank(text, at))
        if name == "items" and text[at] == "[":
            at, lines = _items_from(text, _behind(text, at), decoder)
        else:
            _, at = decoder.raw_decode(text, at)
        at = _blank(text, at)
        at = _behind(text, at) if text[at] == "," else at
    return lines


def _items_from(text: str, at: int, decoder: json.JSONDecoder) -> tuple[int, list[int]]:
    lines: list[int] = []
    line, counted = 1, 0
    while text[at] != "]":
        line, counted = line + text.count("\n", counted, at), at
        lines.append(line)
        _, at = decoder.raw_decode(text, at)
        at = _blank(text, at)
        at = _behind(text, at) if text[at] == "," else at
    return at + 1, lines


def _behind(text: str, at: int) -> int:
    """Return where something stands behind the sign at `at`."""
    return _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t", "\n", "\r"):
        at += 1
    return at


def _items(feed: Mapping[str, Any], lines: list[int]) -> list[Item]:
    items = feed.get("items")
    return list(zip(lines, items, strict=False)) if isinstance(items, list) else []


def _without_items(feed: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in feed.items() if name != "items"}


def _text(thing: Mapping[str, Any], name: str) -> str:
    value = thing.get(name)
    return value if isinstance(value, str) else ""


def _wrong_head(feed: Mapping[str, Any]) -> Iterator[Wrong]:
    if next(iter(feed), "") != "version" or feed["version"] != VERSION:
        yield Wrong("version", f"the first member must be the version, “{VERSION}”; programs know the format by it.")
    for name in ("title", "home_page_url", "feed_url"):
        if not _text(feed, name):
            yield Wrong("required-member", f"“{name}” is missing; a public feed has it.")
    if not isinstance(feed.get("items"), list):
        yield Wrong("required-member", "“items” must be a list, also where it is empty.")
    own = _text(feed, "feed_url")
    if own and own == _text(feed, "home_page_url"):
        yield Wrong("channel-link", "“home_page_url” is the feed itself; give the site's page.")
    if own and own == _text(feed, "next_url"):
        yield Wrong("next-url", "“next_url” is the feed itself, and readers would go round for ever; leave it out.")
    hubs = feed.get("hubs", [])
    for hub in hubs if isinstance(hubs, list) else [None]:
        if not (isinstance(hub, dict) and _text(hub, "type") and is_address(_text(hub, "url"))):
            yield Wrong("hub", "a hub must have a “type” and a whole address as “url”.")


def _wrong_item(item: Any, now: datetime) -> Iterator[Wrong]:
    if not isinstance(item, dict):
        yield Wrong("item", "an item must be an object; leave this one out.")
        return
    if not isinstance(item.get("id"), str):
        yield Wrong("required-member", "“id” must be a text; readers leave an item without one out.")
    elif item["id"] and not is_iri(item["id"]):
        yield Wrong("id-form", f"the id {shown(item['id'])} is no IRI; use a tag: address or a DOI's.")
    if not (_text(item, "content_html") or _text(item, "content_text")):
        yield Wrong("missing-content", "an item must have “content_html” or “content_text”.")
    yield from _wrong_in_both(item, _OF_ITEM, now)
    yield from _bad_values(item)
    yield from wrong_in_html(_text(item, "content_html"))
    tags = item.get("tags", [])
    if not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        yield Wrong("member-type", "“tags” must be a list of texts.")
    files = item.get("attachments", [])
    for file in files if isinstance(files, list) else [None]:
        yield from _wrong_attachment(file)


def _wrong_attachment(file: Any) -> Iterator[Wrong]:
    if not (isinstance(file, dict) and is_address(_text(file, "url")) and _text(file, "mime_type")):
        yield Wrong("enclosure", "an attachment must have a whole address as “url”, and a “mime_type”.")
    elif not all(_is_number(file.get(name, 0)) for name in ("size_in_bytes", "duration_in_seconds")):
        yield Wrong("enclosure", "the size and the duration of an attachment are numbers, from 0 on.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _wrong_in_both(thing: Mapping[str, Any], known: frozenset[str], now: datetime) -> Iterator[Wrong]:
    """Yield what is wrong with members that feeds and items have both."""
    for name in thing:
        if name == "author":
            yield Wrong("author", "“author” is of JSON Feed 1.0; write the list “authors”.")
        elif name not in known and not (name.startswith("_") and "." not in name):
            yield Wrong("unknown-member", f"the member {shown(name)} is unknown; a name of one's own begins with _.")
    for name in (name for name in _URLS if name in thing and name in known):
        if not is_address(_text(thing, name)):
            yield Wrong("relative-address", f"“{name}” must be a whole web address.")
    for name in (name for name in _TEXTS if name in thing and name in known):
        if not isinstance(thing[name], str):
            yield Wrong("member-type", f"“{name}” must be a text.")
    for name in ("date_published", "date_modified"):
        if name in thing and (wrong := wrong_rfc3339(_text(thing, name), now)):
            yield wrong._replace(words=f"“{name}”: {wrong.words}")
    if "language" in thing and not is_language(_text(thing, "language")):
        yield Wrong("language", "“language” must be a code, like en or pt-BR.")
    authors = thing.get("authors", [])
    for author in authors if isinstance(authors, list) else [None]:
        if not (isinstance(author, dict) and {"name", "url", "avatar"} & set(author)):
            yield Wrong("author", "each of the “authors” must have a “name”, a “url” or an “avatar”.")


def _bad_values(thing: Mapping[str, Any]) -> Iterator[Wrong]:
    """Yield members that say nothing and characters that mean nothing, at any depth."""
    waiting: list[tuple[str, Any]] = list(thing.items())
    while waiting:
        name, value = waiting.pop()
        if value is None or value == "" or value == [] or value == {}:
            yield Wrong("empty-member", f"the member {shown(name)} says nothing; leave it out.")
        elif isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list):
            waiting += [(name, one) for one in value]
        if found := next((one for one in (name, value) if isinstance(one, str) and BAD_CHARACTERS.search(one)), ""):
            match = BAD_CHARACTERS.search(found)
            assert match
            yield Wrong(
                "bad-character", f"{shown(name)} holds U+{ord(match[0]):04X}, which means nothing; leave it out."
            )
