"""One small feed with everything in it: for golden files, and to be built by other processes."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime

from pressroom.models.dates import PartialDate
from pressroom.models.feeds import Entry, FeedDocument, Format
from pressroom.models.release import Access, Author, File, Kind, Release, Series, State, Topic
from tests.syndication.reading import build

TRENDS = Topic("digital-trends", "Digital trends", 1)
CYBER = Topic("cyber-security", "Cyber security & resilience", 2)

COLLECTION = Release(
    title="Public sector digital trends 2026",
    pk=1,
    id="tag:example.org,2026:release/trends-2026",
    slug="public-sector-digital-trends-2026",
    kind=Kind.COLLECTION,
    subtitle="What to watch, and what to ignore",
    summary="Nine trends from a survey of 240 councils.\n\nFor those who set budgets & priorities.",
    body="“Less, but better” is this year's advice:\n1 < 2, as ever.\n\nThe rest is in the report.",
    url="https://example.org/trends?year=2026&from=feed",
    publisher="Rivers Institute",
    series=Series("public-sector-digital-trends", "Public sector digital trends", 1),
    edition="2026",
    access=Access.MIXED,
    state=State.LIVE,
    own_date=PartialDate(2026, 1, 28),
    doi="10.1234/trends.2026",
    licence="https://creativecommons.org/licenses/by/4.0/",
    files=(
        File("pdf", "https://files.example.org/trends.pdf", 1_234_567, pages=48),
        File("pdf", "https://files.example.org/annex-for-members.pdf", 99, access=Access.MEMBERS),
        File("mp3", "https://files.example.org/trends.mp3", 23_400_000, duration=1_920),
    ),
    authors=(Author("Martin Ferguson", orcid="0000-0002-1825-0097"), Author("Jos Creese")),
    partners=("LOLA", "Major Cities of Europe"),
    topics=(TRENDS, CYBER),
    published=datetime(2026, 1, 28, 10, tzinfo=UTC),
    updated=datetime(2026, 2, 3, 9, 30, 1, tzinfo=UTC),
    version=3,
)
TRANSLATION = Release(
    title="Digitale trends in één beeld",
    pk=2,
    id="tag:example.org,2026:release/trends-2026-nl",
    slug="digitale-trends",
    summary="De negen trends op één pagina.",
    language="nl",
    publisher="Major Cities of Europe",
    access=Access.MEMBERS,
    state=State.LIVE,
    own_date=PartialDate(2026, 1),
    files=(File("pdf", "https://files.example.org/trends-nl-for-members.pdf", 99),),
    partners=("LOLA",),
    topics=(TRENDS,),
    published=datetime(2026, 1, 28, 9, 59, 59, tzinfo=UTC),
    updated=datetime(2026, 1, 28, 9, 59, 59, tzinfo=UTC),
)
WITHDRAWN = Release(
    title="Flood tables of 1931",
    pk=3,
    id="https://old.example.org/?p=1931",
    slug="flood-tables-of-1931",
    kind=Kind.SURVEY,
    summary="Levels of forty rivers.",
    state=State.WITHDRAWN,
    withdrawn_reason="The levels of the Trent were in feet.",
    own_date=PartialDate(1931),
    files=(File("csv", "https://files.example.org/floods.csv", 340_000),),
    updated=datetime(2026, 1, 20, 8, tzinfo=UTC),
)
CORRECTED = replace(
    WITHDRAWN,
    id="tag:example.org,2026:release/floods-2",
    title="Flood tables of 1931, corrected",
    state=State.LIVE,
    slug="flood-tables-of-1931-2",
)

ENTRIES = (
    Entry(
        COLLECTION,
        note="Two figures in chapter 3 corrected.",
        no=7,
        replaces=("tag:example.org,2026:release/trends-2025",),
    ),
    Entry(TRANSLATION, no=4),
    Entry(WITHDRAWN, replacement=CORRECTED, no=3),
)


def build_sample(form: Format) -> FeedDocument:
    return build(form, *ENTRIES)


if __name__ == "__main__":
    for form in Format:
        sys.stdout.buffer.write(build_sample(form).content)
