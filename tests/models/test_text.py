"""Text and addresses as they come in: cleaned once, so that nothing behind meets what XML cannot hold."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pressroom.errors import InvalidFieldError
from pressroom.models.text import (
    clean_address,
    clean_language,
    clean_line,
    clean_text,
    clean_url,
    folded,
    is_visible,
    limited,
    named_once,
    numbered,
    shown,
    slugify,
    without_mail_addresses,
)

pytestmark = pytest.mark.R12

ANYTHING = st.text(st.characters(exclude_categories=()))  # lone surrogates too
FORBIDDEN = "".join(
    map(chr, [0, 1, 8, 0xE, 0x1F, 0x7F, 0x9F, 0xD800, 0xDFFF, 0xFDD0, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF])
)


@given(ANYTHING)
def test_any_text_comes_out_fit_for_xml_and_utf8(text: str) -> None:
    for cleaned in (clean_text(text), clean_line(text), clean_address(text), shown(text)):
        element = etree.Element("title")
        element.text = cleaned  # lxml refuses what XML 1.0 does not allow
        assert etree.fromstring(etree.tostring(element)).text == (cleaned or None)
        assert cleaned.encode().decode() == cleaned


@given(ANYTHING)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)
    assert clean_line(clean_line(text)) == clean_line(text)
    assert clean_line(clean_text(text)) == clean_line(text)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"))))
def test_nothing_else_is_lost(text: str) -> None:
    visible = [character for character in unicodedata.normalize("NFC", text) if not character.isspace()]
    assert [character for character in clean_text(text) if not character.isspace()] == visible


def test_forbidden_code_points_are_dropped_and_not_replaced() -> None:
    assert clean_text(f"a{FORBIDDEN}b") == "ab"
    assert clean_address(f"https://example.org/a{FORBIDDEN}b") == "https://example.org/ab"


def test_every_kind_of_line_end_is_one() -> None:
    assert clean_text("a\r\nb\rc\u2028d\u2029e\x0bf\x85g\n\nh") == "a\nb\nc\nd\ne\nf\ng\n\nh"
    assert clean_line("  a \t\n b\u00a0 c ") == "a b c"


def test_letters_are_composed_in_text_and_left_alone_in_addresses() -> None:
    assert clean_line("re\u0301sume\u0301") == "résumé"
    assert clean_address(" https://example.org/re\u0301 ") == "https://example.org/re\u0301"


ENDLESS = 1_000_000
"""Letters of a text that nobody would see the end of, were it looked at from each of them."""


@pytest.mark.parametrize("atom", ["a", "a.", " ", "(", "a@", "mailto:", "\t"])
def test_the_longest_name_is_soon_free_of_mail_addresses(atom: str) -> None:
    name = atom * (ENDLESS // len(atom))
    assert without_mail_addresses(f"Ann Dee <ann@example.org> {name}").startswith("Ann Dee")


@pytest.mark.parametrize("name", ["Ann Dee", "Ann, Dee", "Dr. Ann Dee (Delft)"])
@pytest.mark.parametrize(
    "address", ["<ann@example.org>", "( mailto:ann.dee+x@sub.example.org )", "[ann@example.org]", "ann@example.org"]
)
def test_a_name_is_free_of_the_mail_address_beside_it(name: str, address: str) -> None:
    assert without_mail_addresses(f"{name}  {address}") == name
    assert without_mail_addresses(f"{address}\n{name}") == name


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "HTTP://Example.ORG:8080/A?b=c&d=%20#e",
        "https://münchen.example/straße",
        "http://[2001:db8::1]/x",
        "http://localhost/",
        "https://medium.example/@reader/an-article",
        "https://example.org/100%",
        "https://xn--bcher-kva.example/_'(),;:!$*+",
        "https://example.org./",
        "https://web.example/2026/https://example.org/",
        f"https://{'x' * 63}.example/",
    ],
)
def test_web_addresses_are_kept_as_they_are(url: str) -> None:
    assert clean_url("url", f" {url}\n") == url


def test_no_address_is_none() -> None:
    assert clean_url("url", " \x00 ") is None


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "java\x00script:alert(1)",
        "data:text/html,x",
        "mailto:reader@example.org",
        "file:///etc/passwd",
        "ftp://example.org/",
        "//example.org/",
        "example.org",
        "/reports/1",
        "https:/example.org",
        "https:example.org",
        "https://",
        "https:///path",
        "https://?x",
        "https://...",
        "https://exa mple.org/",
        "https://example.org/a\u00a0b",
        "https://example.org/a\nb",
        'https://example.org/"><script>',
        "https://example.org\\@evil.example/",
        "http://[::1",
        "http://example.org:99999/",
        "http://example.org:port/",
        "https://ex℀mple.org/",
        "https://example..org/",
        "https://.example.org/",
        f"https://{'x' * 64}.example/",
        "https://example.org/\u202egpj.exe",
        "https://example.org/\u2066x",
    ],
)
def test_what_is_no_web_address_is_refused_with_its_field(url: str) -> None:
    with pytest.raises(InvalidFieldError, match=r"^download_url: “.*” is no web address; give one .*\.$"):
        clean_url("download_url", url)


@pytest.mark.parametrize("between", [",", ";", ", ", " ", "\n"])
def test_two_addresses_in_one_place_are_refused(between: str) -> None:
    with pytest.raises(InvalidFieldError, match=r"^url: “.*” holds two addresses; give one.$"):
        clean_url("url", f"https://example.org/a{between}HTTPS://example.org/b")


def test_names_are_compared_in_small_letters_and_each_comes_once() -> None:
    assert folded(" Published\nDATE\x00 ") == "published date"
    assert named_once([("a", 1), ("b", 2)]) == {"a": 1, "b": 2}
    with pytest.raises(InvalidFieldError, match=r"^“b”: is there twice; keep one of the two.$"):
        named_once([("b", 1), ("a", 2), ("b", 1)])


def test_a_user_name_in_an_address_is_refused() -> None:
    with pytest.raises(InvalidFieldError, match="names a user before the host; leave out what stands before @"):
        clean_url("url", "https://example.org@evil.example/")


def test_a_text_that_is_too_long_is_refused_with_both_lengths() -> None:
    assert limited("summary", "x" * 20, 20) == "x" * 20
    with pytest.raises(InvalidFieldError, match="summary: is 2,000,000 characters long; keep it under 20,000"):
        limited("summary", "x" * 2_000_000, 20_000)


def test_what_is_quoted_in_a_sentence_is_short_and_harmless() -> None:
    assert shown("2023-13-01") == "“2023-13-01”"
    assert shown("\x1b[2Jred\nalert\ud800") == "“[2Jred alert”"
    assert len(shown("x" * 2_000_000)) == 62


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("", False),
        (" ", False),
        ("\u200b\u200d\ufeff", False),
        ("\u0301", False),
        ("?", True),
        ("日", True),
        ("🌊", True),
    ],
)
def test_a_text_is_visible_when_a_reader_sees_anything_of_it(text: str, visible: bool) -> None:
    assert is_visible(text) is visible


@pytest.mark.parametrize(("text", "code"), [("", ""), (" NL ", "nl"), ("pt-BR", "pt-BR"), ("zh-Hant-TW", "zh-Hant-TW")])
def test_a_language_is_a_code(text: str, code: str) -> None:
    assert clean_language("language", text) == code


@pytest.mark.parametrize("text", ["Dutch", "n", "nl_NL", "en-", "en" + "-abcdefgh" * 4, "x" * 5_000, "nl\nen"])
def test_what_is_no_language_code_is_refused(text: str) -> None:
    with pytest.raises(
        InvalidFieldError, match=r"^language: “.*” is no language code; write it like en, nl or pt-BR\.$"
    ):
        clean_language("language", text)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Cyber security", "cyber-security"),
        ("  R&D – “what’s next”? ", "r-d-whats-next"),
        ("Straße, Łódź, Ærø", "strasse-lodz-aero"),
        ("日本", ""),
        ("???", ""),
        ("one " * 40, "one-" * 19 + "one"),
        ("x" * 100, "x" * 80),
    ],
)
def test_a_slug_is_lower_case_words_of_ascii(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_a_taken_name_gets_the_next_number_found_in_few_steps() -> None:
    taken = {"news", *(f"news-{number}" for number in range(2, 20_000))}
    asked = []

    def is_taken(name: str) -> bool:
        asked.append(name)
        return name in taken

    assert numbered("news", is_taken) == "news-20000"
    assert len(asked) < 40
    assert numbered("views", is_taken) == "views"
