"""A digest can be read on any screen: narrow, enlarged, dark, without images, without style sheets, offline."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.mail_program import MailProgram
from tests.browser.samples import SIZES, WIDTHS, digest_of, digest_with_a_long_word, offered

pytestmark = pytest.mark.browser

# With what the addresses begin that lead to a sample's releases, and to where its reader unsubscribes.
RELEASES, LEAVING = "https://example.org/", "https://news.example.org/unsubscribe/"

# Texts that leave the window at a side, also where an element cuts them off, and the window if it can be scrolled.
BEYOND = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
    const width = document.documentElement.clientWidth, beyond = [];
    while (walker.nextNode()) {
        range.selectNodeContents(walker.currentNode);
        const boxes = [...range.getClientRects()].filter(box => box.width > 0);
        if (boxes.some(box => box.left < 0 || box.right > width + 0.5)) beyond.push(walker.currentNode.data.trim());
    }
    const scrolled = document.documentElement.scrollWidth;
    return scrolled > width ? [...beyond, `the window: ${scrolled} px`] : beyond;
}"""
# What "larger text" does in mail programs on phones: letters and lines grow, the window does not.
ENLARGE = """() => {
    const elements = [document.body, ...document.body.querySelectorAll("*")];
    const sizes = elements.map(element => [element.style, getComputedStyle(element)])
        .map(([style, { fontSize, lineHeight }]) => [style, parseFloat(fontSize), parseFloat(lineHeight)]);
    for (const [style, size, line] of sizes) {
        style.setProperty("font-size", `${2 * size}px`, "important");
        if (line) style.setProperty("line-height", `${2 * line}px`, "important");
    }
}"""
LETTERS = """() => parseFloat(getComputedStyle(document.querySelector("h1")).fontSize)"""
WITHOUT_STYLES = """() => {
    document.querySelectorAll("style, link").forEach(element => element.remove());
    document.querySelectorAll("[style]").forEach(element => element.removeAttribute("style"));
}"""
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4")]
    .map(heading => [heading.textContent.trim(), heading.getBoundingClientRect().top])"""
# What is shown, and what is said in place of images.
TEXT = """() => document.body.innerText + [...document.images].map(image => image.alt).join(" ")"""
LINKS = """() => [...document.querySelectorAll("a")].map(link => {
    const { left, right, top, bottom } = link.getBoundingClientRect();
    return { href: link.href, left, right, top, bottom };
})"""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", SIZES)
def test_needs_no_sideways_scroll(mail_program: MailProgram, number: int, width: int) -> None:
    """WCAG 2.2, 1.4.10."""
    for mail in (digest_of(number), digest_with_a_long_word(number)):
        assert mail_program.show(mail.html, lambda page: page.evaluate(BEYOND), width=width) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", SIZES)
def test_needs_none_with_text_of_twice_the_size(mail_program: MailProgram, number: int, width: int) -> None:
    """WCAG 2.2, 1.4.4."""

    def look(page: Page) -> Any:
        before = page.evaluate(LETTERS)
        page.evaluate(ENLARGE)
        assert page.evaluate(LETTERS) == 2 * before
        return page.evaluate(BEYOND)

    for mail in (digest_of(number), digest_with_a_long_word(number)):
        assert mail_program.show(mail.html, look, width=width) == []


def test_a_text_that_leaves_the_window_is_noticed(mail_program: MailProgram) -> None:
    for wide in ("<p style='white-space:nowrap'>", "<div style='overflow:hidden'><p style='white-space:nowrap'>"):
        html = f"<!doctype html><body>{wide}{'All of the rivers ' * 9}"
        assert mail_program.show(html, lambda page: page.evaluate(BEYOND), width=320)


@pytest.mark.parametrize("number", SIZES)
def test_the_links_of_the_foot_are_large_enough_for_a_thumb(mail_program: MailProgram, number: int) -> None:
    links = mail_program.show(digest_of(number).html, lambda page: page.evaluate(LINKS), width=360)
    last = max(n for n, link in enumerate(links) if link["href"].startswith(RELEASES))
    foot = links[last + 1 :]
    assert any(link["href"].startswith(LEAVING) for link in foot)
    for link in foot:
        assert link["bottom"] - link["top"] >= 44, link
    for one, other in combinations(foot, 2):
        assert not (overlap(one, other, "left", "right") and overlap(one, other, "top", "bottom")), (one, other)


def overlap(one: dict[str, Any], other: dict[str, Any], begin: str, end: str) -> bool:
    """Say whether two boxes share more than half a pixel in one direction."""
    return bool(min(one[end], other[end]) - max(one[begin], other[begin]) > 0.5)


@pytest.mark.parametrize("styles", [True, False], ids=["styles", "no-styles"])
@pytest.mark.parametrize("number", SIZES)
def test_is_read_in_the_order_of_its_text_twin(mail_program: MailProgram, number: int, styles: bool) -> None:
    mail = digest_of(number)

    def look(page: Page) -> Any:
        if not styles:
            page.evaluate(WITHOUT_STYLES)
        return page.evaluate(HEADINGS)

    for width in (320, 1280):
        headings = mail_program.show(mail.html, look, width=width)
        assert [top for _, top in headings] == sorted(top for _, top in headings)
        titles = titles_in([words for words, _ in headings], number)
        assert len(set(titles)) == number
        twin, place = " ".join(mail.text.split()), 0
        for title in titles:
            place = twin.find(title, place) + len(title)
            assert place >= len(title), title


def titles_in(headings: list[str], number: int) -> list[str]:
    """Return the titles with which headings begin."""
    longest_first = sorted((one.item.title for one in offered(number)), key=len, reverse=True)
    begun = [[title for title in longest_first if heading.startswith(title)] for heading in headings]
    return [titles[0] for titles in begun if titles]


@pytest.mark.parametrize("number", SIZES)
def test_says_the_same_without_images_and_style_sheets(mail_program: MailProgram, number: int) -> None:
    def look(page: Page) -> tuple[str, str]:
        styled = page.evaluate(TEXT)
        page.evaluate(WITHOUT_STYLES)
        return styled, page.evaluate(TEXT)

    styled, plain = ("".join(text.split()).casefold() for text in mail_program.show(digest_of(number).html, look))
    assert styled == plain
    assert "socitminstitute" in plain


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("number", SIZES)
def test_asks_the_network_for_nothing(mail_program: MailProgram, number: int, dark: bool) -> None:
    for width in WIDTHS:
        mail_program.show(digest_of(number).html, lambda page: page.title(), width=width, dark=dark)
        assert mail_program.requested == []


def test_a_request_is_noticed(mail_program: MailProgram) -> None:
    html = "<!doctype html><style>p { background: url(//a.invalid/b) }</style><p>Rivers<img src='c.png'>"
    mail_program.show(html, lambda page: page.title())
    assert sorted(mail_program.requested) == ["http://a.invalid/b", "http://mail.invalid/c.png"]
