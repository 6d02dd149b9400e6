"""The pages can be used by everyone: small screens, large text, no mouse, no colours, no styles, on paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.mail_program import MailProgram
from tests.browser.pages import PAGES
from tests.browser.test_axe import FOR_PAGES, findings
from tests.browser.test_reading import BEYOND, ENLARGE, HEADINGS, TEXT, WITHOUT_STYLES

pytestmark = pytest.mark.browser

WIDTHS = [320, 375, 1280]
each_page = pytest.mark.parametrize("name", PAGES)

# What can be pressed, typed into or chosen, and is shown; what is hidden but for the keyboard or from people is not.
TARGETS = """const targets = () => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter(one => one.checkVisibility() && getComputedStyle(one).clipPath === "none"
        && getComputedStyle(one.parentElement.closest(".trap") || one).clipPath === "none");"""
# WCAG 2.2, 2.5.8, with its exception for links within a line of text.
TOO_SMALL = f"""() => {{
    {TARGETS}
    const isInText = one => {{
        const line = one.closest("p, li, dd, dt, h1, h2, h3");
        return getComputedStyle(one).display === "inline" && line
            && line.textContent.trim().length > one.textContent.trim().length;
    }};
    return targets().filter(one => !isInText(one)).map(one => [one.outerHTML, one.getBoundingClientRect()])
        .filter(([_, box]) => box.width < 24 || box.height < 24)
        .map(([html, box]) => `${{box.width}} × ${{box.height}}: ${{html}}`);
}}"""
# What the Tab key should reach, in the order of the document; of radio buttons that belong together only one.
REACHABLE = f"""() => {{
    {TARGETS}
    const radios = name => [...document.querySelectorAll("input[type=radio]")].filter(one => one.name === name);
    const isChosen = one => one === (radios(one.name).find(other => other.checked) ?? radios(one.name)[0]);
    const reachable = [...document.querySelectorAll(".skip"), ...targets()]
        .filter(one => one.tabIndex >= 0 && (one.type !== "radio" || isChosen(one)));
    reachable.forEach((one, place) => one.dataset.place = place);
    return reachable.length;
}}"""
FOCUSED = """() => {
    const one = document.activeElement, look = getComputedStyle(one), box = one.getBoundingClientRect();
    const isSeen = box.width > 1 && box.bottom > 0 && box.top < innerHeight && parseFloat(look.outlineWidth) >= 2
        && look.outlineStyle === "solid" && look.clipPath === "none";
    return [Number(one.dataset.place ?? -1), isSeen, one.closest("main") !== null];
}"""
# Boxes that cut off what is in them.
CUT_OFF = """() => [...document.querySelectorAll("body *:not(input, select, option, textarea, .skip, .trap, .trap *)")]
    .filter(one => getComputedStyle(one).overflow !== "visible"
        && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1))
    .map(one => one.outerHTML)"""
# WCAG 2.2, 1.4.12.
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-bottom: 2em !important }"""
SMALL_TEXT = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), small = [];
    while (walker.nextNode()) {
        const size = parseFloat(getComputedStyle(walker.currentNode.parentElement).fontSize);
        if (walker.currentNode.data.trim() && size < 16) small.push(`${size} px: ${walker.currentNode.data}`);
    }
    return small;
}"""
# Paragraphs of three lines or more, with the characters of a line.
LONG_LINES = """() => [...document.querySelectorAll("main p")].map(one => {
    const lines = Math.round(one.getBoundingClientRect().height / parseFloat(getComputedStyle(one).lineHeight));
    return [lines, one.textContent.trim().length / lines, one.textContent];
}).filter(([lines, length]) => lines > 2 && length > 75)"""
# The same, where there is room for more: what stands beside the text is narrow by its nature.
SHORT_LINES = """() => [...document.querySelectorAll("main p")].filter(one => !one.closest(".beside, .columns, form"))
.map(one => {
    const lines = Math.round(one.getBoundingClientRect().height / parseFloat(getComputedStyle(one).lineHeight));
    return [lines, one.textContent.trim().length / lines, one.textContent];
}).filter(([lines, length]) => lines > 3 && length < 45)"""
MAIN_ACTIONS = """() => [...document.querySelectorAll("main button:not(.second, .danger), main .act")]
    .filter(one => one.checkVisibility()).map(one => one.textContent)"""
WITHOUT_BORDER = """() => [...document.querySelectorAll("button:not(.danger), .act, input:not([type=hidden]), select")]
    .filter(one => !["checkbox", "radio"].includes(one.type) && one.checkVisibility())
    .filter(one => parseFloat(getComputedStyle(one).borderTopWidth) < 1)
    .map(one => one.outerHTML)"""
PRINTED = """() => ({
    ink: getComputedStyle(document.body).color,
    hidden: [...document.querySelectorAll(".foot, nav, form, .skip")].filter(one => one.checkVisibility()).length,
    addresses: [...document.querySelectorAll("main a[href^=http]")].filter(one => one.checkVisibility())
        .filter(one => !getComputedStyle(one, "::after").content.includes(one.getAttribute("href"))).length,
    act: document.querySelector(".act")?.getBoundingClientRect().height,
})"""


@each_page
def test_axe_finds_nothing(mail_program: MailProgram, pages: dict[str, str], name: str) -> None:
    def look(page: Page) -> list[str]:
        return at_each(page, WIDTHS, lambda page: findings(page, FOR_PAGES))

    for dark in (False, True):
        assert mail_program.show(pages[name], look, dark=dark) == []


@each_page
def test_nothing_runs_sideways_or_is_cut_off_and_nothing_is_fetched(
    mail_program: MailProgram, pages: dict[str, str], name: str
) -> None:
    """WCAG 2.2, 1.4.10 and 1.4.4: a window of 640 pixels at 200 % has 320, and text may grow alone or all may."""

    def enlarged(page: Page) -> Any:
        page.evaluate(ENLARGE)
        return seen(page)

    def zoomed(page: Page) -> Any:
        page.evaluate("document.body.style.zoom = 2")
        return page.evaluate(BEYOND)

    html = pages[name]
    assert mail_program.show(html, lambda page: at_each(page, (*WIDTHS, 640, 992), seen)) == []
    assert mail_program.requested == []
    assert mail_program.show(html, enlarged, width=640) == []
    assert mail_program.show(html, zoomed, width=1280) == []


@each_page
def test_text_may_be_spaced_out(mail_program: MailProgram, pages: dict[str, str], name: str) -> None:
    html = pages[name].replace("</head>", f"<style>{SPACED}</style></head>")
    assert mail_program.show(html, lambda page: at_each(page, WIDTHS, seen)) == []


def seen(page: Page) -> list[str]:
    """Return what runs out of the window, or is cut off by its box."""
    found: list[str] = page.evaluate(BEYOND) + page.evaluate(CUT_OFF)
    return found


def at_each(page: Page, widths: Sequence[int], look: Callable[[Page], list[str]]) -> list[str]:
    """Return what `look` sees in windows as wide as these, with the width before it."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{width}: {one}" for one in look(page)]
    return found


@each_page
def test_whatever_can_be_pressed_is_large_enough(mail_program: MailProgram, pages: dict[str, str], name: str) -> None:
    def look(page: Page) -> list[str]:
        return at_each(page, WIDTHS, lambda page: page.evaluate(TOO_SMALL))

    assert mail_program.show(pages[name], look) == []


@each_page
def test_no_text_is_small_and_no_line_is_long(mail_program: MailProgram, pages: dict[str, str], name: str) -> None:
    def look(page: Page) -> list[str]:
        return at_each(page, WIDTHS, lambda page: page.evaluate(SMALL_TEXT) + page.evaluate(LONG_LINES))

    assert mail_program.show(pages[name], look) == []


@each_page
def test_no_line_is_short_where_there_is_room_and_there_is_one_main_action(
    mail_program: MailProgram, pages: dict[str, str], name: str
) -> None:
    def look(page: Page) -> tuple[list[Any], list[str]]:
        return page.evaluate(SHORT_LINES), page.evaluate(MAIN_ACTIONS)

    short, actions = mail_program.show(pages[name], look, width=1280)
    assert short == []
    assert len(actions) <= 1, actions


@each_page
def test_the_keyboard_alone_reaches_everything_in_order_and_shows_where_it_is(
    mail_program: MailProgram, pages: dict[str, str], name: str
) -> None:
    def walk(page: Page) -> tuple[list[int], list[int], list[int]]:
        number = page.evaluate(REACHABLE)
        stops: list[tuple[int, bool]] = []
        for _ in range(3 * number):  # a field for a date is several stops
            page.keyboard.press("Tab")
            place, is_seen, _ = page.evaluate(FOCUSED)
            if place < 0 or (stops and place < stops[-1][0]):
                break
            if not stops or stops[-1][0] != place:
                stops.append((place, is_seen))
        return list(range(number)), [place for place, _ in stops], [place for place, is_seen in stops if not is_seen]

    for width in (320, 1280):
        expected, reached, unseen = mail_program.show(from_the_top(pages[name]), walk, width=width)
        assert len(expected) > 4
        assert reached == expected
        assert unseen == []


@each_page
def test_the_skip_link_leads_past_the_masthead(mail_program: MailProgram, pages: dict[str, str], name: str) -> None:
    def look(page: Page) -> tuple[bool, bool]:
        page.evaluate(REACHABLE)
        page.keyboard.press("Tab")
        place, is_seen, _ = page.evaluate(FOCUSED)
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        has_targets = page.evaluate("document.querySelector('main :is(a, button, input, select)') !== null")
        return place == 0 and is_seen, page.evaluate(FOCUSED)[2] == has_targets

    assert mail_program.show(from_the_top(pages[name]), look) == (True, True)


def from_the_top(html: str) -> str:
    """Return a page on which nothing has the focus as it opens."""
    return html.replace(" autofocus", "")


@pytest.mark.parametrize("name", [name for name in PAGES if "fault" in name])
def test_what_is_wrong_has_the_focus_as_the_page_opens(
    mail_program: MailProgram, pages: dict[str, str], name: str
) -> None:
    def look(page: Page) -> str:
        page.wait_for_function("document.activeElement !== document.body")
        return str(page.evaluate("document.activeElement.className"))

    assert mail_program.show(pages[name], look) == "summary-of-errors"


@pytest.mark.parametrize("name", ["own feed", "paused"])
def test_what_has_been_done_has_the_focus_as_the_page_opens_and_stands_in_its_title(
    mail_program: MailProgram, pages: dict[str, str], name: str
) -> None:
    def look(page: Page) -> tuple[str, str]:
        page.wait_for_function("document.activeElement !== document.body")
        return str(page.evaluate("document.activeElement.className")), page.title()

    focused, title = mail_program.show(pages[name], look)
    assert focused == "done"
    assert title.startswith("Done: ")


@each_page
def test_without_styles_it_says_the_same_in_the_same_order(
    mail_program: MailProgram, pages: dict[str, str], name: str
) -> None:
    def look(page: Page) -> tuple[str, str, list[tuple[str, float]], int]:
        page.evaluate("document.querySelectorAll('select').forEach(one => one.remove())")  # some show once needed
        styled = page.evaluate(TEXT)
        page.evaluate(WITHOUT_STYLES)
        return styled, page.evaluate(TEXT), page.evaluate(HEADINGS), page.evaluate("document.images.length")

    styled, plain, headings, images = mail_program.show(pages[name], look)
    assert "".join(styled.split()).casefold() == "".join(plain.split()).casefold()
    assert [top for _, top in headings] == sorted(top for _, top in headings)
    assert images == 0


@each_page
def test_in_forced_colours_fields_and_buttons_keep_their_edges(
    mail_program: MailProgram, pages: dict[str, str], name: str
) -> None:
    def look(page: Page) -> Any:
        page.emulate_media(forced_colors="active")
        found = page.evaluate(WITHOUT_BORDER)
        page.emulate_media(forced_colors="none")
        return found

    assert mail_program.show(pages[name], look) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_release_is_printed_in_ink_with_addresses_and_without_what_only_a_screen_needs(
    mail_program: MailProgram, pages: dict[str, str], dark: bool
) -> None:
    def look(page: Page) -> Any:
        page.emulate_media(media="print")
        found = page.evaluate(PRINTED)
        page.emulate_media(media="screen")
        return found

    printed = mail_program.show(pages["release"], look, dark=dark)
    assert printed.pop("act") < 44
    assert printed == {"ink": "rgb(0, 0, 0)", "hidden": 0, "addresses": 0}


def test_how_often_is_asked_of_what_is_ticked(mail_program: MailProgram, pages: dict[str, str]) -> None:
    def look(page: Page) -> int:
        shown: int = page.evaluate(
            "[...document.querySelectorAll('.choice select')].filter(one => one.offsetHeight).length"
        )
        return shown

    assert mail_program.show(pages["form"], look) == 2


@pytest.mark.parametrize(
    ("fault", "script"),
    [
        ("<a href='/x' style='display: block; height: 20px'>Small</a>", TOO_SMALL),
        ("<p style='font-size: 14px'>Small</p>", SMALL_TEXT),
        ("<p style='max-width: none; width: 1600px'>" + "Long lines. " * 60 + "</p>", LONG_LINES),
        ("<p style='overflow: hidden; height: 9px'>Cut</p>", CUT_OFF),
        ("<p style='white-space: nowrap'>" + "Long lines. " * 60 + "</p>", BEYOND),
        ("<button style='border: 0'>Flat</button>", WITHOUT_BORDER),
    ],
    ids=["target", "text", "line", "cut", "beyond", "border"],
)
def test_a_fault_is_noticed(mail_program: MailProgram, pages: dict[str, str], fault: str, script: str) -> None:
    html = pages["home"].replace("</main>", f"{fault}</main>")
    assert len(mail_program.show(html, lambda page: page.evaluate(script), width=1280)) > 0
    assert mail_program.show(pages["home"], lambda page: page.evaluate(script), width=1280) == []
