"""Good documents, written by hand, and ways to break them."""

from __future__ import annotations

from datetime import UTC, datetime

from pressroom.syndication.checks import Checked, check

NOW = datetime(2026, 2, 9, 9, tzinfo=UTC)
PLACE = "feeds/rivers"

ATOM = """\
<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:dcterms="http://purl.org/dc/terms/" xmlns:fh="http://purl.org/syndication/history/1.0" xml:lang="en">
<id>https://example.org/feeds/rivers</id>
<title>Rivers</title>
<updated>2026-02-03T09:30:01Z</updated>
<author><name>Rivers Institute</name></author>
<link rel="alternate" type="text/html" href="https://example.org/topics/rivers"/>
<link rel="self" type="application/atom+xml" href="https://example.org/feeds/rivers.atom"/>
<entry xml:lang="en">
<id>tag:example.org,2026:release/floods</id>
<title>Floods</title>
<updated>2026-02-03T09:30:01Z</updated>
<published>2026-01-28T10:00:00Z</published>
<summary>Where water will stand.</summary>
<content type="html">&lt;p&gt;Where &lt;a href="https://example.org/"&gt;water&lt;/a&gt; will stand.&lt;/p&gt;</content>
<link rel="alternate" href="https://example.org/releases/floods"/>
<link rel="enclosure" type="application/pdf" length="1234" href="https://example.org/floods.pdf"/>
<dc:identifier>doi:10.1234/floods</dc:identifier>
<dcterms:issued>2026-01</dcterms:issued>
</entry>
<entry xml:lang="nl">
<id>https://old.example.org/?p=1931</id>
<title>Dijken</title>
<updated>2026-01-28T09:59:59+00:00</updated>
<content type="html">&lt;p&gt;Hoog genoeg?&lt;/p&gt;</content>
<link rel="alternate" href="https://example.org/releases/dijken"/>
</entry>
</feed>
"""

RSS = """\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:dcterms="http://purl.org/dc/terms/" xmlns:content="http://purl.org/rss/1.0/modules/content/" \
xmlns:fh="http://purl.org/syndication/history/1.0"><channel>
<title>Rivers</title>
<link>https://example.org/topics/rivers</link>
<description>What is released on rivers</description>
<language>en</language>
<lastBuildDate>Tue, 03 Feb 2026 09:30:01 +0000</lastBuildDate>
<atom:link rel="self" type="application/rss+xml" href="https://example.org/feeds/rivers.rss"/>
<item>
<title>Floods &amp; dams</title>
<link>https://example.org/releases/floods</link>
<description>Where water will stand.</description>
<content:encoded>&lt;p&gt;Where water will stand.&lt;/p&gt;</content:encoded>
<guid isPermaLink="false">tag:example.org,2026:release/floods</guid>
<pubDate>Wed, 28 Jan 2026 10:00:00 GMT</pubDate>
<atom:updated>2026-02-03T09:30:01Z</atom:updated>
<enclosure url="https://example.org/floods.pdf" length="1234" type="application/pdf"/>
<dc:creator>A. Writer, B. Writer</dc:creator>
</item>
<item>
<title>Dykes</title>
<link>https://example.org/releases/dykes</link>
<description>High enough?</description>
<guid>https://old.example.org/?p=1931</guid>
<pubDate>Wed, 28 Jan 2026 09:59:59 GMT</pubDate>
</item>
</channel></rss>
"""

JSON = """\
{"version": "https://jsonfeed.org/version/1.1", "title": "Rivers",
"home_page_url": "https://example.org/topics/rivers",
"feed_url": "https://example.org/feeds/rivers.json",
"next_url": "https://example.org/feeds/archive/rivers/0001.json",
"hubs": [{"type": "WebSub", "url": "https://hub.example.org/"}],
"authors": [{"name": "Rivers Institute"}], "language": "en", "items": [
{"id": "tag:example.org,2026:release/floods", "url": "https://example.org/releases/floods", "title": "Floods",
 "content_html": "<p>Where water will stand.</p>", "summary": "Where water will stand.",
 "date_published": "2026-01-28T10:00:00Z", "date_modified": "2026-02-03T09:30:01Z",
 "attachments": [{"url": "https://example.org/floods.pdf", "mime_type": "application/pdf", "size_in_bytes": 1234}],
 "tags": ["Rivers"], "_pressroom": {"about": "https://example.org/feeds/", "doi": "10.1234/floods"}},
{"id": "https://old.example.org/?p=1931", "title": "Dykes", "content_text": "High enough?"}
]}
"""

OPML = """\
<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Feeds of the Rivers Institute</title>
<dateCreated>Wed, 28 Jan 2026 10:00:00 GMT</dateCreated></head>
<body><outline text="Topics">
<outline text="Rivers" type="rss" xmlUrl="https://example.org/feeds/rivers.atom" htmlUrl="https://example.org/rivers"/>
</outline></body></opml>
"""

MAIL = """\
From: Rivers Institute <digest@example.org>
To: ada@example.org
Subject: Floods
Date: Wed, 28 Jan 2026 10:00:00 +0000
Message-ID: <1@example.org>
List-Unsubscribe: <mailto:stop@example.org>, <https://example.org/unsubscribe/abc>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="="

--=
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Where water will stand: https://example.org/preferences/abc
--=
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>Where water will stand.</p>
--=--
"""

GOOD = {"atom": ATOM, "rss": RSS, "json": JSON, "opml": OPML, "mail": MAIL}


def broken(good: str, old: str, new: str) -> str:
    """Return a document in which the first `old` is `new`; it has to be there."""
    assert old in good
    return good.replace(old, new, 1)


def checked(document: str, place: str = PLACE) -> Checked:
    return check(place, document.encode(), NOW)


def rules(document: str, place: str = PLACE) -> set[str]:
    """Return the rules that a document breaks; each finding says in a sentence what to do."""
    findings = [finding for finding in checked(document, place).findings if not finding.is_note]
    for finding in findings:
        assert finding.words.endswith("."), finding.words
        assert finding.line > 0, finding.words
    return {finding.rule for finding in findings}


def notes(document: str) -> set[str]:
    return {finding.rule for finding in checked(document).findings if finding.is_note}
