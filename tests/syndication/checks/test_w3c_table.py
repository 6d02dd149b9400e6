"""What the W3C validator says to each choice of a publisher, row by row: who warns there finds it here."""

from __future__ import annotations

import pytest

from tests.syndication.checks.samples import ATOM, JSON, RSS, broken, checked, rules

FILE = '<enclosure url="https://example.org/floods.pdf" length="1234" type="application/pdf"/>'
FURTHER = '<atom:link rel="enclosure" type="audio/mpeg" length="99" href="https://example.org/floods.mp3"/>'
CURRENT = '<link rel="current" href="https://example.org/feeds/rivers.atom"/>'
OLDER = '<link rel="prev-archive" href="https://example.org/feeds/archive/rivers/0001.atom"/>'
ENTRY_LINK = '<link rel="alternate" href="https://example.org/releases/floods"/>'
MATHS = "&lt;math&gt;&lt;mi&gt;x&lt;/mi&gt;&lt;/math&gt;"
TOMBSTONE = (
    '<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0" ref="tag:a" when="2026-01-01T00:00:00Z"/>'
)
POLYFILL = '<script xmlns="http://www.w3.org/1999/xhtml" src="https://example.org/xslt.js"></script>'


def with_prism(version: str) -> str:
    space = f"http://prismstandard.org/namespaces/{version}/"
    return broken(ATOM, "<summary>", f'<p:doi xmlns:p="{space}">10.1234/floods</p:doi><summary>')


def with_link(relation: str) -> str:
    return broken(ATOM, ENTRY_LINK, f'{ENTRY_LINK}<link rel="{relation}" href="https://example.org/x"/>')


WARNED = {
    "two Atom entries with equal updated": (
        "duplicate-updated",
        broken(ATOM, "2026-01-28T09:59:59+00:00", "2026-02-03T09:30:01+00:00"),
    ),
    "a future date in Atom": ("implausible-date", broken(ATOM, "2026-01-28T10:00:00Z", "2026-02-10T09:00:01Z")),
    "a future date in RSS": (
        "implausible-date",
        broken(RSS, "Wed, 28 Jan 2026 10:00:00 GMT", "Tue, 10 Feb 2026 09:00:01 GMT"),
    ),
    "a future date in JSON": ("implausible-date", broken(JSON, "2026-01-28T10:00:00Z", "2026-02-10T09:00:01Z")),
    "a 1931 report dated 1931 in Atom": (
        "implausible-date",
        broken(ATOM, "2026-01-28T10:00:00Z", "1931-01-28T10:00:00Z"),
    ),
    "a 1931 report dated 1931 in RSS": (
        "implausible-date",
        broken(RSS, "Wed, 28 Jan 2026 10:00:00 GMT", "Wed, 28 Jan 1931 10:00:00 GMT"),
    ),
    "a 1931 report issued 1931": (
        "implausible-date",
        broken(ATOM, "<dcterms:issued>2026-01<", "<dcterms:issued>1931<"),
    ),
    "what is issued next year": ("implausible-date", broken(ATOM, "<dcterms:issued>2026-01<", "<dcterms:issued>2027<")),
    "two enclosures in one RSS item": ("duplicate-enclosure", broken(RSS, FILE, FILE * 2)),
    "author and dc:creator together": (
        "duplicate-semantics",
        broken(RSS, "<dc:creator>", "<author>ada@example.org (Ada)</author><dc:creator>"),
    ),
    "pubDate and dc:date together": (
        "duplicate-semantics",
        broken(RSS, "<dc:creator>", "<dc:date>2026-01-28</dc:date><dc:creator>"),
    ),
    "an RSS author without an e-mail": (
        "email-form",
        broken(RSS, "<dc:creator>A. Writer, B. Writer</dc:creator>", "<author>A. Writer</author>"),
    ),
    "HTML in an RSS title": ("html-in-text", broken(RSS, "<title>Dykes<", "<title>&lt;b&gt;Dykes&lt;/b&gt;<")),
    "the end of a tag in an Atom title": ("html-in-text", broken(ATOM, "<title>Dijken<", "<title>Dijken&#x3C;/b&gt;<")),
    "a reference in the name of a topic": (
        "html-in-text",
        broken(RSS, "<dc:creator>", "<category>Q1&amp;Q2</category><dc:creator>"),
    ),
    "a reference in a licence": (
        "html-in-text",
        broken(ATOM, "<summary>", "<dc:rights>&amp;copy;</dc:rights><summary>"),
    ),
    "a reference in the title of a link": (
        "html-in-text",
        with_link("related").replace('rel="related"', 'rel="related" title="A &amp;amp; B"'),
    ),
    "a reference in an RSS title": ("html-in-text", broken(RSS, "<title>Dykes<", "<title>Dykes &amp;amp; dams<")),
    "fh:archive without current": ("missing-current", broken(ATOM, "<entry", f"<fh:archive/>{OLDER}<entry")),
    "the namespace of tombstones": ("unknown-namespace", broken(ATOM, "<entry", f"{TOMBSTONE}<entry")),
    "PRISM 1.2": ("unknown-namespace", with_prism("1.2/basic")),
    "PRISM 2.0": ("unknown-namespace", with_prism("basic/2.0")),
    "rel=cite-as in an entry": ("unregistered-relation", with_link("cite-as")),
    "rel=canonical in an entry": ("unregistered-relation", with_link("canonical")),
    "an XHTML script for the XSLT polyfill": ("misplaced-xhtml", broken(ATOM, "<entry", f"{POLYFILL}<entry")),
    "a script in content": (
        "unsafe-content",
        broken(ATOM, "&lt;p&gt;Hoog", "&lt;script&gt;x()&lt;/script&gt;&lt;p&gt;Hoog"),
    ),
    "MathML in content": ("odd-content", broken(ATOM, "&lt;p&gt;Hoog", f"{MATHS}&lt;p&gt;Hoog")),
    "details in content": (
        "odd-content",
        broken(ATOM, "&lt;p&gt;Hoog", "&lt;details&gt;x&lt;/details&gt;&lt;p&gt;Hoog"),
    ),
    "U+FFFD": ("bad-character", broken(ATOM, "<title>Floods", "<title>Flo\ufffdods")),
    "a C1 control": ("bad-character", broken(ATOM, "<title>Floods", "<title>Flo&#x92;ods")),
}

CLEAN = {
    "signs of HTML that are written by number in RSS": broken(RSS, "<title>Dykes<", "<title>&#x3C;b>Dykes Q1&#x26;Q2<"),
    "signs of HTML that are written by number in Atom": broken(
        ATOM, "<title>Dijken<", "<title>&#x26;copy; Q1&#x26;Q2<"
    ),
    "a sign that begins no tag": broken(ATOM, "<title>Dijken<", "<title>AT&amp; T a &lt;b<"),
    "equal pubDate in RSS": broken(RSS, "28 Jan 2026 09:59:59", "28 Jan 2026 10:00:00"),
    "a moment less than a day ahead": broken(ATOM, "2026-01-28T10:00:00Z", "2026-02-10T08:59:59Z"),
    "extra formats in RSS as atom:link": broken(RSS, FILE, FILE + FURTHER),
    "several dc:creator": broken(RSS, "<dc:creator>", "<dc:creator>C. Writer</dc:creator><dc:creator>"),
    "several dc:identifier, dc:publisher, dc:type, dc:language": broken(
        RSS,
        "<dc:creator>",
        "".join(
            f"<dc:{name}>{value}</dc:{name}>" * 2
            for name, value in (
                ("identifier", "doi:10.1/a"),
                ("publisher", "A"),
                ("type", "report"),
                ("language", "en"),
            )
        )
        + "<dc:creator>",
    ),
    "dcterms:modified, license and isReplacedBy": broken(
        RSS,
        "<dc:creator>",
        "<dcterms:modified>2026-02-03T09:30:01Z</dcterms:modified><dcterms:license>https://example.org/l</dcterms:license>"
        "<dcterms:isReplacedBy>tag:example.org,2026:b</dcterms:isReplacedBy><dc:creator>",
    ),
    "atom:author in an RSS item": broken(
        RSS, "<dc:creator>", "<atom:author><atom:name>A. Writer</atom:name></atom:author><dc:creator>"
    ),
    "fh:complete": broken(ATOM, "<entry", "<fh:complete/><entry"),
    "an archive with current and prev-archive": broken(ATOM, "<entry", f"<fh:archive/>{CURRENT}{OLDER}<entry"),
    "a subscription document with prev-archive": broken(ATOM, "<entry", f"{OLDER}<entry"),
    "an xsl stylesheet": broken(ATOM, "<feed", '<?xml-stylesheet type="text/xsl" href="/feed.xsl"?><feed'),
    "a css stylesheet": broken(RSS, "<rss", '<?xml-stylesheet type="text/css" href="/feed.css"?><rss'),
    "an emoji": broken(ATOM, "<title>Floods", "<title>Floods 🌊"),
    "a link to the JSON Feed as alternate": broken(
        ATOM,
        "<entry",
        '<link rel="alternate" type="application/feed+json" href="https://example.org/feeds/rivers.json"/><entry',
    ),
} | {
    f"rel={relation}": with_link(relation)
    for relation in ("license", "describedby", "related", "via", "replies", "hub", "up")
}


@pytest.mark.parametrize("choice", WARNED)
def test_what_the_w3c_warns_of_is_found(choice: str) -> None:
    rule, document = WARNED[choice]
    assert rules(document) == {rule}


@pytest.mark.parametrize("choice", CLEAN)
def test_what_the_w3c_lets_pass_is_let_pass(choice: str) -> None:
    assert [str(finding) for finding in checked(CLEAN[choice]).findings if not finding.is_note] == []


def test_an_incomplete_archive_is_noted() -> None:
    findings = checked(broken(ATOM, "<entry", f"<fh:archive/>{CURRENT}<entry")).findings
    assert [(finding.rule, finding.is_note) for finding in findings] == [("lone-archive", True)]
