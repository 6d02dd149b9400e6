"""The HTML content of an entry."""

from __future__ import annotations

from typing import Any

import pytest

from pressroom.models.dates import PartialDate
from pressroom.models.release import Access, Author, File, Kind, Series
from pressroom.models.words import ENGLISH
from pressroom.syndication.content import LONGEST_BODY
from pressroom.syndication.words import file_in_words
from tests.builders import an_entry
from tests.syndication.reading import parse_json


def render(**facts: Any) -> str:
    [item] = parse_json(an_entry(**facts))["items"]
    return str(item["content_html"])


@pytest.mark.parametrize(
    ("facts", "byline"),
    [
        ({}, "Published by Rivers Institute"),
        ({"publisher": "techUK"}, "Published by techUK"),
        ({"authors": (Author("A"),)}, "By A"),
        ({"authors": (Author("A"), Author("B"), Author("C"))}, "By A, B and C"),
        ({"authors": (Author("A", role="editor"), Author("B", role="author"))}, "By A (editor) and B"),
        ({"authors": (Author("A"),), "publisher": "techUK"}, "By A, published by techUK"),
        ({"authors": (Author("techUK", True),), "publisher": "techUK"}, "By techUK"),
        ({"authors": (Author("A"),), "partners": ("LOLA", "ALGIM")}, "By A, with LOLA and ALGIM"),
        ({"publisher": "LOLA", "partners": ("LOLA",)}, "Published by LOLA"),
        ({"authors": (Author("Ferguson & Sons"),)}, "By Ferguson &amp; Sons"),
    ],
)
def test_a_byline_names_everyone_once(facts: dict[str, Any], byline: str) -> None:
    assert f"<p>{byline}<br>" in render(**facts)


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({}, "Report"),
        ({"kind": Kind.CASE_STUDY}, "Case study"),
        ({"series": Series.named("Smart places"), "edition": "2013/14"}, "Report · Smart places 2013/14"),
        ({"collection": "Rivers", "part": 2, "part_count": 5}, "Report · Part 2 of 5 of Rivers"),
        ({"collection": "Rivers"}, "Report · Part of Rivers"),
        ({"part": 2}, "Report · Part 2"),
        ({"own_date": PartialDate(2026, 1, 28)}, "Report · 28 January 2026"),
        ({"own_date": PartialDate(2026, 1)}, "Report · January 2026"),
        ({"own_date": PartialDate(2026)}, "Report · 2026"),
        ({"language": "nl-BE"}, "Report · in Dutch"),
        ({"language": "en-GB"}, "Report"),
        ({"language": "tlh"}, "Report · in Klingon"),
        ({"access": Access.MEMBERS}, "Report · Members only"),
        ({"access": Access.MIXED}, "Report · Some parts for members only"),
        ({"landing_access": Access.MEMBERS}, "Report · Some parts for members only"),
    ],
)
def test_a_line_of_facts_says_what_is_known_and_no_more(facts: dict[str, Any], line: str) -> None:
    assert f"<br>\n{line}</p>" in render(**facts)


def test_summary_and_body_are_paragraphs_of_plain_text() -> None:
    html = render(subtitle="Rivers & lakes", summary="One.\n\nTwo.", body="Three\nfour.\n \n\n\n<b>Five</b>.")
    paragraphs = [line for line in html.split("<p>")[1:] if not line.startswith("Published")]
    assert [paragraph.strip().removesuffix("</p>") for paragraph in paragraphs] == [
        "<strong>Rivers &amp; lakes</strong>",
        "One.",
        "Two.",
        "Three\nfour.",
        "&lt;b&gt;Five&lt;/b&gt;.",
    ]


def test_a_text_in_another_language_says_so_to_the_program_that_reads_it_aloud() -> None:
    html = render(language="ar", summary="الأنهار", subtitle="نهر")
    assert '<div lang="ar" dir="auto">\n<p>الأنهار</p>\n</div>' in html
    assert '<p lang="ar" dir="auto"><strong>نهر</strong></p>' in html
    assert "<div" not in render(summary="Rivers")


@pytest.mark.parametrize("body", ["word " * 30_000, "x" * 100_000, "A paragraph.\n\n" * 30_000])
def test_a_long_body_is_cut_and_says_where_it_goes_on(body: str) -> None:
    html = render(body=body, url="https://example.org/long")
    assert len(html) < 2 * LONGEST_BODY
    assert '<p><a href="https://example.org/long">Read the rest</a></p>' in html


def test_a_body_that_fits_is_whole() -> None:
    assert "Read the rest" not in render(body="x" * LONGEST_BODY)


@pytest.mark.R9
@pytest.mark.parametrize("facts", [{"access": Access.MEMBERS}, {"landing_access": Access.MEMBERS}])
def test_the_text_of_what_is_for_members_stays_out(facts: dict[str, Any]) -> None:
    assert "Whole text" not in render(body="Whole text", **facts)


def test_files_are_links_that_say_what_they_do() -> None:
    html = render(files=(File("pdf", 'https://example.org/a.pdf?x=1&y="2"', 1200), File("docx")))
    assert html.endswith(
        '<ul>\n<li><a href="https://example.org/a.pdf?x=1&amp;y=%222%22">Download (PDF, 1 KB)</a></li>\n</ul>'
    )


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (File("pdf"), "Download (PDF)"),
        (File("pdf", size=1), "Download (PDF, 1 KB)"),
        (File("pdf", size=999_499, pages=1), "Download (PDF, 999 KB, 1 page)"),
        (File("pdf", size=999_500, pages=48), "Download (PDF, 1.0 MB, 48 pages)"),
        (File("mp3", size=23_400_000, duration=1_920), "Listen (MP3, 23 MB, 32 min)"),
        (File("mp4", duration=3_700), "Watch (MP4, 1 h 2 min)"),
        (File("mp3", duration=3_600), "Listen (MP3, 1 h)"),
        (File("html"), "Read (HTML)"),
    ],
)
def test_a_link_to_a_file_says_format_size_and_length(file: File, words: str) -> None:
    assert file_in_words(file, ENGLISH) == words
