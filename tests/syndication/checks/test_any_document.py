"""What holds in every format: characters, sizes, and bytes of any kind."""

from __future__ import annotations

from unicodedata import category

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.models.feeds import Format
from pressroom.syndication.checks import DocumentKind, check
from tests.syndication.checks.samples import ATOM, GOOD, JSON, NOW, PLACE, RSS, broken, checked, rules
from tests.syndication.samples import build_sample

TITLES = {"atom": (ATOM, "<title>Floods"), "rss": (RSS, "<title>Dykes"), "json": (JSON, '"title": "Floods')}


@pytest.mark.parametrize("kind", GOOD)
def test_a_document_is_known_by_its_first_bytes(kind: str) -> None:
    assert checked(GOOD[kind]).kind == kind
    assert checked("\ufeff\n " + GOOD[kind].partition("?>\n")[2]).kind == kind if "?>" in GOOD[kind] else True


@pytest.mark.parametrize("text", ["", " \n", "\0", "just words", "<html/>", "<feed/>", "\x89PNG\r\n"])
def test_what_is_no_document_is_said_in_a_sentence(text: str) -> None:
    assert rules(text) <= {"no-document", "not-well-formed"} != set()


@pytest.mark.parametrize("kind", TITLES)
@pytest.mark.parametrize("bad", ["\ufffd", "\x85", "\x9f", "\x7f"])
def test_a_character_that_means_nothing_is_found(kind: str, bad: str) -> None:
    good, title = TITLES[kind]
    assert rules(broken(good, title, title + bad)) == {"bad-character"}


@pytest.mark.parametrize("kind", TITLES)
def test_letters_beyond_the_first_plane_are_let_pass(kind: str) -> None:
    good, title = TITLES[kind]
    assert not rules(broken(good, title, f"{title} 🌊 𝔸"))


@pytest.mark.parametrize(("kind", "filler"), [("atom", "<!--{}-->"), ("rss", "<!--{}-->"), ("json", "{}")])
def test_a_live_document_over_a_megabyte_and_an_archive_over_five_are_found(kind: str, filler: str) -> None:
    good = GOOD[kind]
    fill = filler.format(" " * 1_000_001)
    assert rules(good.rstrip() + fill) == {"too-large"}
    archive = good.replace("<entry", "<fh:archive/><entry", 1).replace("<item", "<fh:archive/><item", 1)
    place = "https://example.org/feeds/archive/rivers/0001.json"
    assert "too-large" not in rules(archive.rstrip() + fill, place)
    assert "too-large" in rules(archive.rstrip() + fill * 5, place)


@pytest.mark.parametrize("before", ["", "<!-- a --><!-- b -->", "<?xml-stylesheet href='a.css'?>\n"])
def test_a_document_type_is_refused_before_it_is_read(before: str) -> None:
    bomb = '<!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    document = broken(ATOM, "<feed", f"{before}{bomb}<feed").replace("Floods", "&b;&f;")
    assert rules(document) == {"document-type"}


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-be", "utf-32"])
def test_a_document_type_is_refused_in_every_coding(coding: str) -> None:
    document = '<!DOCTYPE feed [<!ENTITY f SYSTEM "file:///etc/passwd">]><feed>&f;</feed>'
    findings = check(PLACE, document.encode(coding), NOW).findings
    assert {finding.rule for finding in findings} <= {"document-type", "not-well-formed"} != set()


def test_a_doctype_within_content_is_no_document_type() -> None:
    assert not rules(broken(ATOM, "&lt;p&gt;Hoog", "<![CDATA[<!DOCTYPE html>]]>&lt;p&gt;Hoog"))


def test_a_script_is_not_hidden_by_depth_or_by_a_name_that_xml_has_not() -> None:
    deep = broken(JSON, "<p>Where", "<b>" * 300 + "<script>x()</script><p>Where")
    assert rules(deep) == {"odd-content"}
    odd = broken(JSON, "<p>Where", "<Mon, 1><x:y z:=1><script>x()</script><p>Where")
    assert rules(odd) == {"unsafe-content"}


def test_comments_in_a_row_cost_no_time_without_end() -> None:
    assert rules("<!-- -->" * 10_000 + "<") == {"not-well-formed"}


def test_a_finding_is_one_line_whatever_an_id_holds() -> None:
    document = broken(JSON, "tag:example.org,2026:release/floods", "tag:x:a\\n\\u202eb\\u001b[2J")
    document = broken(document, "<p>Where", "<math>Where")
    for finding in checked(document).findings:
        assert str(finding).isprintable()


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a real document with some pieces cut out, doubled, or replaced by other bytes."""
    content = draw(
        st.sampled_from([*(good.encode() for good in GOOD.values()), *(build_sample(f).content for f in Format)])
    )
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(len(content), start + 200)))
        piece = draw(st.one_of(st.binary(max_size=8), st.just(content[start:end] * 2), st.sampled_from(_SNIPPETS)))
        content = content[:start] + piece + content[end:]
    return content


_SNIPPETS = (b"<", b">", b"&", b"&#0;", b"&#x85;", b"]]>", b"<![CDATA[", b"\0", b'"', b"{}", b"[]", b"null", b"1e999",
             b"<item/>", b"<entry/>", b"<channel/>", b'"items": [', b"\\ud800", b"<!DOCTYPE x>", b"http://[",
             b"\r\n\r\n", b"9999-12-31T23:59:59+14:00", b"Mon, 01 Jan 0001 00:00:00 +1400",
             b"0001-01-01T00:00:00+14:00")  # fmt: skip


@given(st.one_of(mutated(), st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
def test_any_bytes_give_findings_in_sentences(content: bytes) -> None:
    checked_ = check("feeds/archive/any.json", content, NOW)
    assert checked_.kind in DocumentKind
    for finding in checked_.findings:
        assert str(finding).startswith("feeds/archive/any.json")
        assert finding.words.endswith(".")
        assert not {"Cc", "Cs", "Zl", "Zp"} & set(map(category, str(finding)))  # nothing that breaks a line


@pytest.mark.parametrize(
    "content", [ATOM.encode(), RSS.encode(), *(build_sample(form).content for form in list(Format)[:2])]
)
def test_another_reader_sees_the_same_entries(content: bytes) -> None:
    parsed = feedparser.parse(content)
    assert not parsed.bozo
    seen = check(PLACE, content, NOW).entries
    assert [(entry.id, entry.title, entry.link) for entry in seen] == [
        (entry.id, entry.title, entry.link) for entry in parsed.entries
    ]


@pytest.mark.parametrize("form", Format)
def test_what_pressroom_writes_has_no_finding(form: Format) -> None:
    document = build_sample(form)
    place = f"https://reports.example.org/feeds/{document.path}"
    assert [str(finding) for finding in check(place, document.content, NOW).findings if not finding.is_note] == []
