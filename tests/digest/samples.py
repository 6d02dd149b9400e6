"""Digests for tests: composed from real templates, items with every fact, and ways to read what came of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from lxml import html as lxml_html

from pressroom.digest.compose import compose
from pressroom.links import Links
from pressroom.models.people import Subscriber
from pressroom.models.runs import Message, OfferedItem
from pressroom.rendering import Templates, Translations
from pressroom.settings import Mail, Settings, Site
from tests.builders import a_reader, a_run, an_offered_item

SETTINGS = Settings(
    site=Site(name="Socitm Institute", url="https://news.example.org", publisher="Socitm"),
    mail=Mail(
        from_address="digest@news.example.org",
        reply_to="editor@example.org",
        postal_address="1 Example Street, Exampleton EX1 1EX",
        registered="Registered in England 00000000",
    ),
)
TEMPLATES = Templates()
WORDS = Translations()
MONDAY_BEFORE = date(2026, 1, 19)
HOSTILE = "R&D < 5% {{x}} {% raw %} <script>alert('1')</script> \"quoted\" <mj-text>"


def composed(
    *offered: OfferedItem,
    reader: Subscriber | None = None,
    settings: Settings = SETTINGS,
    since: date | None = MONDAY_BEFORE,
    **run: Any,
) -> Message:
    reader = reader or a_reader("Cyber security", "Harnessing data")
    return compose(
        reader,
        offered,
        a_run(**run),
        links=Links(settings.site.url),
        settings=settings,
        templates=TEMPLATES,
        words=WORDS.words(reader.language),
        since=since,
    )


def header(message: Message, name: str) -> str:
    return dict(message.headers)[name]


def page(message: Message) -> lxml_html.HtmlElement:
    return lxml_html.fromstring(message.html)


def words(element: lxml_html.HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())


def headings(message: Message) -> list[tuple[str, str]]:
    return [(str(one.tag), words(one)) for one in page(message).iter("h1", "h2", "h3")]


def html_links(message: Message) -> list[str]:
    """The addresses in the HTML in the order they are met; a title and its act are one."""
    return list(dict.fromkeys(str(link.get("href")) for link in page(message).iter("a")))


def text_links(message: Message) -> list[str]:
    return re.findall(r"^\[\d+\] (\S+)$", message.text, re.MULTILINE)


def text_words(message: Message) -> str:
    return " ".join(message.text.split())


def first_line(message: Message) -> str:
    body = page(message).find("body")
    assert body is not None
    return next(" ".join(text.split()) for text in body.itertext() if text.strip())


def the_reader() -> Subscriber:
    return a_reader("Digital trends", "Cyber security", "Harnessing data", name="Zoë Ångström")


def nine() -> list[OfferedItem]:
    """Return what makes nine items, with every fact that a digest can show."""
    facts: Sequence[tuple[tuple[str, ...], dict[str, Any]]] = [
        (
            ("Digital trends", "Cyber security", "Harnessing data"),
            {
                "title": "Public Sector Digital Trends 2026", "kind": "collection", "access": "mixed",
                "series": "Public sector digital trends", "edition": "2026", "publisher": "Socitm",
                "partners": ("LOLA", "Major Cities of Europe"),
                "summary": "The 2026 edition is released through the year around AI, cyber security, data, ways of "
                "working and digital inclusion. Some parts are open and others are for members and partners only.",
            },
        ),
        (
            ("Digital trends",),
            {
                "title": "Ways of working", "kind": "briefing", "own_date": "2026-01-27", "publisher": "Socitm",
                "collection": "Smart places", "part": 3, "part_count": 7,
                "authors": ("Jos Creese", "Ann Lee", "Bo Berg", "Cy Day", "Di Fox", "Ed Gray", "Flo Hill"),
                "formats": (("pdf", 2_134_000), ("html", None)), "summary": "How councils’ R&D < 5% became > 5%.",
            },
        ),
        (
            ("Digital trends",),
            {
                "title": "A longer look at what forty years of public-sector computing leave to those who come after",
                "kind": "article", "own_date": "2025", "series": "In Our View", "edition": "43",
                "subtitle": "How to prepare for local government reorganisation", "authors": ("Martin Ferguson",),
            },
        ),
        (
            ("Cyber security",),
            {
                "title": "Cyber guide for directors", "kind": "guide", "access": "members", "own_date": "2026-01",
                "formats": (("pdf", 840_000),), "summary": "Kept up to date with what is new in each version.",
            },
        ),
        (
            ("Cyber security", "Harnessing data"),
            {
                "title": "Open “brief” omtrent foutief rondgestrooide informatie.", "kind": "news", "language": "nl",
                "own_date": "2026-01-20", "summary": "Open brief aan steden en gemeenten.",
            },
        ),
        (("Harnessing data",), {"title": "Data in an hour", "kind": "podcast", "formats": (("mp3", 41_000_000),)}),
        (
            ("Digital trends", "Harnessing data"),
            {
                "title": "‘Local authorities can become the orchestrators of change’", "publisher": "Localis",
                "own_date": "2025-12-03", "partners": ("TechnologyOne",), "authors": ("Callin McLinden",),
                "summary": "Think-tank study that finds capacity to be the binding limit.",
            },
        ),
        (
            ("Digital trends", "Cyber security", "Harnessing data"),
            {
                "title": "Digital trends in local public services 2021", "kind": "briefing", "change": "revised",
                "own_date": "2021-02", "notes": ("Two figures in table 3 corrected.", "An author was missing."),
            },
        ),
        (
            ("Digital trends", "Cyber security", "Harnessing data"),
            {
                "title": "Getting ready for devolution", "change": "withdrawn", "own_date": "2019-04",
                "notes": ("Superseded by the 2026 edition.",),
                "replacement_title": "Public Sector Digital Trends 2026",
                "replacement_url": "https://example.org/rivers-901",
            },
        ),
    ]  # fmt: skip
    items = [an_offered_item(*reasons, release=901 + n, **one) for n, (reasons, one) in enumerate(facts)]
    return [*items, *companions()]


def companions() -> list[OfferedItem]:
    """Return two releases that belong to the first of the nine."""
    return [
        an_offered_item("Digital trends", release=990, title="Public Sector Digital Trends 2026: Executive summary",
                        collection="Public Sector Digital Trends 2026", own_date=""),
        an_offered_item("Digital trends", release=991, title="Our focus for 2026: Five trends summary", kind="briefing",
                        access="members", series="Public sector digital trends", edition="2026", own_date=""),
    ]  # fmt: skip


def another(number: int) -> OfferedItem:
    """Return one of many ordinary items."""
    topics = ("Digital trends", "Cyber security", "Harnessing data")
    return an_offered_item(
        topics[number % 3],
        release=1000 + number,
        title=f"What the {number + 2} rivers of the county say about the data that we hold",
        kind=("report", "briefing", "article")[number % 3],
        own_date=f"2026-01-{number % 28 + 1:02}",
        authors=("Ann Lee", "Bo Berg"),
        formats=(("pdf", 1_000_000 + 1_000 * number),),
        summary="Readings from every weir, set against what the models said, and what that means for "
        "planning, maintenance and the cost of both. " * (1 + number % 2),
    )
