"""What the W3C validator was seen to mind in feeds of hard texts, addresses, names and languages: it is not there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pressroom.models.feeds import Format
from pressroom.models.release import Author, File, Topic
from pressroom.settings import Settings, Site
from pressroom.syndication import Builder
from pressroom.syndication.checks import check
from tests.builders import a_release, an_entry
from tests.syndication.reading import LINKS, RIVERS, TEMPLATES, attributes, build, parse_xml, read_one, texts

XML = (Format.ATOM, Format.RSS)
NOW = datetime(2027, 1, 1, tzinfo=UTC)
TEXTS = (
    "Research & development",
    "Q1&Q2",
    "B&1",
    "&copy; 2020",
    "AT&amp;T",
    "a<b",
    "1 < 2 &lt; 3",
    "<b>bold",
    "S&P500",
)


@pytest.mark.parametrize("form", XML)
@pytest.mark.parametrize("text", TEXTS)
def test_a_plain_text_is_not_taken_for_html_and_stays_what_it_is(form: Format, text: str) -> None:
    release = a_release(
        title=text,
        summary=f"First line\n\n{text}",
        authors=(Author(text),),
        topics=(Topic("t", text),),
        licence=text,
        publisher=text,
        files=(File("pdf", "https://example.org/a.pdf"), File("epub", "https://example.org/a.epub")),
    )
    settings = Settings(site=Site(name=text, description=text, url=LINKS.site))
    document = Builder(LINKS, settings, TEMPLATES).build(RIVERS, [an_entry(release=release)], form)
    found = check("x", document.content, NOW).findings
    assert [finding.rule for finding in found if finding.rule != "unknown-length"] == []
    entry = read_one(form, an_entry(release=release))
    assert entry.title == text
    assert entry.authors == (text,)
    assert entry.topics == (text,)
    assert text in entry.summary


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("https://bücher.example/ü.html?q=ä#ö", "https://xn--bcher-kva.example/%C3%BC.html?q=%C3%A4#%C3%B6"),
        ("https://example.org/?a[]=1", "https://example.org/?a%5B%5D=1"),
        ("https://example.org/a b|c", "https://example.org/a%20b%7Cc"),
        ("https://example.org/100%25?x=%2F", "https://example.org/100%25?x=%2F"),
        ("https://example.org:8443/a;b,c(d)!*'~?x=1&y=@:/", "https://example.org:8443/a;b,c(d)!*'~?x=1&y=@:/"),
        ("https://日本.example:81/emoji/😀", "https://xn--wgv71a.example:81/emoji/%F0%9F%98%80"),
        ("http://[2001:db8::1]:8000/ä", "http://[2001:db8::1]:8000/%C3%A4"),
    ],
)
def test_an_address_is_told_as_a_uri_and_leads_where_it_led(form: Format, written: str, told: str) -> None:
    entry = read_one(form, an_entry(url=written, files=(File("pdf", written),)))
    assert (entry.link, entry.files) == (told, (told,))


@pytest.mark.parametrize("host", ["intranet", "localhost:8000", "[2001:db8::1]", "a_b.example"])
def test_a_file_that_no_enclosure_may_lead_to_is_a_link(host: str) -> None:
    files = File("pdf", f"https://{host}/a.pdf"), File("epub", "https://example.org/a.epub")
    (item,) = parse_xml(build(Format.RSS, an_entry(files=files))).iterfind(".//item")
    assert [attributes(one)["url"] for one in item.iterfind("enclosure")] == ["https://example.org/a.epub"]
    links = [attributes(one)["href"] for one in item.iterfind("{http://www.w3.org/2005/Atom}link")]
    assert links == [f"https://{host}/a.pdf"]
    (alone,) = parse_xml(build(Format.RSS, an_entry(files=files[:1]))).iterfind(".//item")
    assert alone.find("enclosure") is None


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "en"), ("iw", "he"), ("in", "id"), ("cmn-Hans", "zh-Hans"), ("ckb", "ku"), ("arb", "ar"), ("gsw", "gsw")],
)
def test_a_language_is_told_as_validators_know_it(language: str, told: str) -> None:
    entry = an_entry(language=language)
    (found,) = parse_xml(build(Format.ATOM, entry)).iterfind("{http://www.w3.org/2005/Atom}entry")
    assert found.get("{http://www.w3.org/XML/1998/namespace}lang") == told
    assert texts(parse_xml(build(Format.RSS, entry)), ".//{http://purl.org/dc/elements/1.1/}language") == [told]


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Ann <ann@example.org>", "Ann"),
        ("Ann Lee (mailto:ann.lee@press.example.org)", "Ann Lee"),
        ("Ann, ann@example.org", "Ann"),
        ("Ann @ GDS", "Ann @ GDS"),
        ("@ann", "@ann"),
    ],
)
def test_nobody_s_mail_address_stands_in_a_feed(form: Format, name: str, told: str) -> None:
    document = build(form, an_entry(authors=(Author(name),)))
    assert b"example.org>" not in document.content
    assert b"ann@" not in document.content
    assert b"ann.lee@" not in document.content
    assert read_one(form, an_entry(authors=(Author(name),))).authors == (told,)


def test_an_author_of_whom_only_the_mail_address_is_known_is_left_out() -> None:
    entry = an_entry(authors=(Author("ann@example.org"), Author("Bo")))
    assert read_one(Format.JSON, entry).authors == ("Bo",)
    assert "By Bo" in read_one(Format.JSON, entry).html


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("letter", ["a", "ü", "語"])
def test_an_archive_of_the_longest_texts_is_as_small_as_validators_want_it(form: Format, letter: str) -> None:
    body = "\n\n".join([letter * 99] * 300)
    entry = an_entry(body=body, summary="")
    size = len(build(form, entry, entry).content) - len(build(form, entry).content)
    assert 500 * size < 5_000_000
