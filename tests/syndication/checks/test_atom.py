"""Atom that somebody could fault, each sample by one thing (RFC 4287, RFC 5005)."""

from __future__ import annotations

import pytest

from tests.syndication.checks.samples import ATOM, broken, checked, notes, rules

LINK = '<link rel="alternate" href="https://example.org/releases/floods"/>'
HEAD_AUTHOR = "<author><name>Rivers Institute</name></author>"
SELF = '<link rel="self" type="application/atom+xml" href="https://example.org/feeds/rivers.atom"/>'
PAGE = '<link rel="alternate" type="text/html" href="https://example.org/topics/rivers"/>'
CONTENT = '<content type="html">&lt;p&gt;Hoog genoeg?&lt;/p&gt;</content>'
UPDATED = "<updated>2026-02-03T09:30:01Z</updated>\n<published>"

BROKEN = {
    "without an author anywhere": ("author", HEAD_AUTHOR, ""),
    "with an author who has no name": ("author", "<author><name>Rivers Institute</name></author>", "<author/>"),
    "without a link to itself": ("missing-self", SELF, ""),
    "without a page": ("missing-alternate", PAGE, ""),
    "without an id": ("required-element", "<id>https://example.org/feeds/rivers</id>", ""),
    "with an empty title": ("required-element", "<title>Floods</title>", "<title> </title>"),
    "with two titles": ("required-element", "<title>Floods</title>", "<title>A</title><title>B</title>"),
    "without the time of an entry": ("required-element", "<updated>2026-01-28T09:59:59+00:00</updated>", ""),
    "with an id that is no IRI": ("id-form", "tag:example.org,2026:release/floods", "release 17"),
    "without a language": ("language", ' xml:lang="en">\n<id>https', ">\n<id>https"),
    "with an entry without a language": ("language", '<entry xml:lang="nl">', "<entry>"),
    "with two alternates of one kind": ("duplicate-alternate", LINK, LINK * 2),
    "with a relative link": ("relative-address", "https://example.org/releases/floods", "/releases/floods"),
    "with a link that leads nowhere": ("relative-address", 'href="https://example.org/releases/floods"', ""),
    "with an unregistered relation": ("unregistered-relation", LINK, LINK + LINK.replace("alternate", "shortlink")),
    "with a file without a type": ("enclosure", 'rel="enclosure" type="application/pdf"', 'rel="enclosure"'),
    "with a length that is none": ("enclosure", 'length="1234"', 'length="None"'),
    "with a date without a zone": ("date-form", "2026-01-28T10:00:00Z", "2026-01-28T10:00:00"),
    "with a date without seconds": ("date-form", "2026-01-28T10:00:00Z", "2026-01-28T10:00Z"),
    "with a day that there is not": ("date-form", "2026-01-28T10:00:00Z", "2026-02-30T10:00:00Z"),
    "with no content": ("missing-content", CONTENT, ""),
    "with plain content": ("text-type", '<content type="html">&lt;p&gt;Hoog', "<content>&lt;p&gt;Hoog"),
    "with content of no type that there is": ("text-type", '<content type="html">', '<content type="CDATA">'),
    "with content elsewhere and no summary": (
        "missing-summary", CONTENT, '<content type="application/pdf" src="https://example.org/dijken.pdf"/>',
    ),
    "with a title of another type": ("text-type", "<title>Floods", '<title type="markdown">Floods'),
    "with two entries of one id": (
        "duplicate-id", "https://old.example.org/?p=1931", "tag:example.org,2026:release/floods",
    ),
    "with a blank element": ("empty-element", "<dc:identifier>doi:10.1234/floods<", "<dc:identifier> <"),
    "with a date of Dublin Core that is none": ("date-form", "<dcterms:issued>2026-01<", "<dcterms:issued>January<"),
    "with a language of Dublin Core that is none": (
        "language", "<dc:identifier>", "<dc:language>British English</dc:language><dc:identifier>",
    ),
    "with a script that is an attribute": ("unsafe-content", "&lt;p&gt;Hoog", "&lt;p onclick=\"x()\"&gt;Hoog"),
    "with a frame": ("unsafe-content", "&lt;p&gt;Hoog", "&lt;iframe src=\"https://example.org/\"&gt;Hoog"),
    "with a link that runs a script": ("unsafe-content", 'https://example.org/"&gt;', 'javascript:x()"&gt;'),
    "with a relative link in the content": ("relative-address", 'https://example.org/"&gt;', '/floods"&gt;'),
    "with a script in XHTML": (
        "unsafe-content", CONTENT,
        '<content type="xhtml"><x:div xmlns:x="http://www.w3.org/1999/xhtml"><x:script/></x:div></content>',
    ),
    "with an archive that leads nowhere": ("missing-current", "<entry", "<fh:archive/><entry"),
}  # fmt: skip


def test_good_atom_has_no_finding() -> None:
    assert not checked(ATOM).findings


@pytest.mark.parametrize("sample", BROKEN)
def test_atom_is_not_let_pass(sample: str) -> None:
    rule, old, new = BROKEN[sample]
    assert rules(broken(ATOM, old, new)) == {rule}


def test_a_finding_names_file_line_and_entry_and_says_what_to_do() -> None:
    [finding] = checked(broken(ATOM, "2026-01-28T09:59:59+00:00", "2026-02-03T09:30:01Z")).findings
    assert str(finding) == (
        "feeds/rivers:21: entry https://old.example.org/?p=1931: the entry on line 9 has the updated "
        "“2026-02-03T09:30:01Z” too; give each its own second."
    )


def test_an_author_of_the_entry_or_of_its_source_will_do() -> None:
    without = broken(ATOM, HEAD_AUTHOR, "")
    named = without.replace("<title>Floods</title>", f"<title>Floods</title>{HEAD_AUTHOR}")
    assert rules(named) == {"author"}
    from_elsewhere = f"<title>Dijken</title><source>{HEAD_AUTHOR}</source>"
    assert not rules(named.replace("<title>Dijken</title>", from_elsewhere))


def test_a_file_whose_length_nobody_knows_is_noted_and_no_fault() -> None:
    document = broken(ATOM, ' length="1234"', "")
    assert not rules(document)
    assert notes(document) == {"unknown-length"}


def test_an_archive_without_neighbours_is_noted_and_no_fault() -> None:
    current = '<link rel="current" href="https://example.org/feeds/rivers.atom"/>'
    lone = broken(ATOM, "<entry", f"<fh:archive/>{current}<entry")
    assert not rules(lone)
    assert notes(lone) == {"lone-archive"}
    assert not notes(broken(lone, current, current + current.replace("current", "prev-archive")))


def test_content_as_xhtml_is_let_pass() -> None:
    xhtml = '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Hoog <b>genoeg</b>?</p></div></content>'
    assert not rules(broken(ATOM, CONTENT, xhtml))


def test_entries_are_seen_with_what_two_documents_are_compared_by() -> None:
    first, second = checked(ATOM).entries
    assert (first.id, first.title, first.link) == (
        "tag:example.org,2026:release/floods",
        "Floods",
        "https://example.org/releases/floods",
    )
    assert first.updated
    assert second.updated
    assert (first.updated.isoformat(), second.updated.isoformat()) == (
        "2026-02-03T09:30:01+00:00",
        "2026-01-28T09:59:59+00:00",
    )
