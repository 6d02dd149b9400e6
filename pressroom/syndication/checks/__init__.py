"""Whether a feed, a list of feeds or a mail is as validators, readers and harvesters want it. Pure.

`check` is the way in: `xml` and `json_feed` read bytes from anywhere, `atom`, `rss`, `json_feed`, `opml` and `mail`
hold the rules of a format, `html`, `plain` and `values` those that all share. `chain` looks at a feed with its
archives, `ids` at a document beside an earlier one or the catalogue. `docs/commands.md` lists the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from lxml import etree

from pressroom.syndication.checks.atom import atom_entries, check_atom
from pressroom.syndication.checks.findings import Checked, DocumentKind, Finding, SeenEntry
from pressroom.syndication.checks.json_feed import check_json, json_entries, json_links, parse_json
from pressroom.syndication.checks.mail import check_mail
from pressroom.syndication.checks.opml import check_opml
from pressroom.syndication.checks.plain import check_plain_texts, coded_lines
from pressroom.syndication.checks.rss import channel_links, check_rss, rss_entries
from pressroom.syndication.checks.xml import ATOM, HISTORY, Node, check_xml, links_of, parse_xml

__all__ = ["Checked", "DocumentKind", "Finding", "SeenEntry", "check"]

MOST_LIVE = 1_000_000
MOST_ARCHIVED = 5_000_000
"""Bytes that hubs and readers take of a live document, and the W3C validator of any."""

_HEADER = re.compile(rb"[!-9;-~]+:\s|From ")
_NO_DOCUMENT = "it is neither a feed, a list of feeds nor a mail that can be known; name such a file."
_ARCHIVED = re.compile(r"/archive/")


def check(place: str, content: bytes, now: datetime) -> Checked:
    """Return what is wrong with the document of these bytes, whatever they are; `place` is a file or an address."""
    begins = content[:1_000].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if begins.startswith(b"<"):
        checked = _check_xml(place, content, now)
    elif begins.startswith((b"{", b"[")):
        checked = _check_json(place, content, now)
    elif _HEADER.match(begins):
        checked = Checked(place, DocumentKind.MAIL, tuple(check_mail(content)))
    else:
        checked = Checked(place, DocumentKind.UNKNOWN, (Finding("no-document", _NO_DOCUMENT, 1),))
    return _placed(checked, [*_too_large(checked, len(content)), *checked.findings])


def _placed(checked: Checked, findings: Iterable[Finding]) -> Checked:
    found = sorted(findings, key=lambda finding: finding.line)
    return replace(
        checked,
        findings=tuple(replace(finding, place=checked.place) for finding in found),
        entries=tuple(replace(entry, place=checked.place) for entry in checked.entries),
    )


def _too_large(checked: Checked, size: int) -> list[Finding]:
    most = MOST_ARCHIVED if checked.is_archive else MOST_LIVE
    if size <= most or not checked.kind.is_feed:
        return []
    words = f"it has {size:,} bytes, and hubs and readers refuse more than {most:,}; put less into one document."
    return [Finding("too-large", words, 1)]


def _check_xml(place: str, content: bytes, now: datetime) -> Checked:
    root = parse_xml(content)
    if isinstance(root, Finding):
        return Checked(place, DocumentKind.UNKNOWN, (root,))
    of_all = [*check_xml(root), *check_plain_texts(root, coded_lines(content))]
    if root.tag == f"{ATOM}feed":
        found, entries = [*of_all, *check_atom(root, now)], atom_entries(root)
        return Checked(place, DocumentKind.ATOM, tuple(found), tuple(entries), links_of(Node(root)), _is_archive(root))
    if root.tag == "rss":
        found, entries = [*of_all, *check_rss(root, now)], rss_entries(root)
        return Checked(place, DocumentKind.RSS, tuple(found), tuple(entries), channel_links(root), _is_archive(root))
    if root.tag == "opml":
        return Checked(place, DocumentKind.OPML, tuple(check_opml(root, now)))
    return Checked(place, DocumentKind.UNKNOWN, (Finding("no-document", _NO_DOCUMENT, 1),))


def _is_archive(root: etree._Element) -> bool:
    return next(root.iter(f"{HISTORY}archive"), None) is not None


def _check_json(place: str, content: bytes, now: datetime) -> Checked:
    parsed = parse_json(content)
    if isinstance(parsed, Finding):
        return Checked(place, DocumentKind.JSON, (parsed,))
    feed, lines = parsed
    return Checked(
        place,
        DocumentKind.JSON,
        tuple(check_json(feed, lines, now)),
        tuple(json_entries(feed, lines)),
        json_links(feed),
        bool(_ARCHIVED.search(place)),
    )
