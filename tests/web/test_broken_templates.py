"""While a template or the words of a language are broken: what a button did is said truly, and no link is dead."""

from __future__ import annotations

import re

import pytest

from tests.conftest import CommandLine
from tests.web.conftest import Reader

pytestmark = pytest.mark.R12


def break_the_pages(press: CommandLine) -> None:
    folder = press.site / "templates" / "web"
    folder.mkdir(parents=True)
    (folder / "base.html").write_text("{{ no_such_fact }}")


def break_the_words(press: CommandLine) -> None:
    folder = press.site / "templates" / "words"
    folder.mkdir(parents=True)
    (folder / "nl.po").write_text('msgid "Report"\nmsgstr "Rapport\n')


def form_of(reader: Reader) -> str:
    reader.press("subscriber", "letter", reader.address, "preferences")
    return reader.link("/preferences/")


def test_what_has_been_done_is_said_in_plain_words(active: Reader) -> None:
    form = form_of(active)
    break_the_pages(active.press)
    own = active.token
    for path, data, said in (
        (f"/preferences/{own}/pause", {}, "No digests come for four weeks."),
        (
            form,
            {"follow": ["all", "rivers"], "often all": "weekly", "often rivers": "daily", "language": "en"},
            "Your choices are saved.",
        ),
        (f"/preferences/{own}", {}, "If digests come to your address, a link to change them is on its way to it."),
        (f"/unsubscribe/{own}/daily", {}, "The daily digest has ended."),
        (f"/unsubscribe/{own}", {}, "You have unsubscribed, and get no further digests."),
    ):
        answer = active.browser.post(path, data=data)
        assert (answer.status_code, answer.text.strip()) == (200, said)
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
    assert active.shown()["state"] == "ended"


def test_a_confirmation_counts_all_the_same(pending: Reader) -> None:
    link = pending.link("/confirm/")
    break_the_pages(pending.press)
    answer = pending.browser.post(link)
    assert (answer.status_code, answer.text) == (200, "Your address is confirmed.")
    assert pending.shown()["state"] == "active"


def test_a_page_that_does_nothing_asks_for_another_try(active: Reader) -> None:
    break_the_pages(active.press)
    answer = active.browser.get(f"/preferences/{active.token}/pause")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


def test_the_way_out_is_always_there(active: Reader) -> None:
    break_the_pages(active.press)
    for path in (f"/unsubscribe/{active.token}/daily", f"/unsubscribe/{active.token}"):
        answer = active.browser.get(path)
        assert answer.status_code == 200
        assert '<form method="post"><button>Unsubscribe</button></form>' in answer.text
        assert answer.headers["cache-control"] == "no-store"
    assert active.shown()["state"] == "active"


def test_broken_words_of_a_language_leave_the_pages_in_english(active: Reader) -> None:
    form = form_of(active)
    active.press("subscriber", "set", active.address, "--language", "nl")
    break_the_words(active.press)
    for path in (f"/unsubscribe/{active.token}", f"/preferences/{active.token}/pause", form):
        answer = active.browser.get(path)
        assert answer.status_code == 200
        assert re.search(r'<html lang="en"', answer.text)
    answer = active.browser.post(f"/unsubscribe/{active.token}")
    assert (answer.status_code, "You are unsubscribed." in answer.text) == (200, True)
    assert active.shown()["state"] == "ended"


def test_a_reader_whose_language_is_broken_can_change_what_comes(active: Reader) -> None:
    active.press("subscriber", "set", active.address, "--language", "nl")
    form = form_of(active)
    break_the_words(active.press)
    for language in ("nl", "en"):
        answer = active.browser.post(form, data={"follow": "all", "often all": "weekly", "language": language})
        assert (answer.status_code, "Your preferences are saved" in answer.text) == (200, True)
        assert active.shown()["language"] == language


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nowhere", 404, "There is no such page."),
        ("/unsubscribe/abc", 404, "This link is not complete, and nothing has changed."),
        (f"/confirm/{'a' * 58}", 410, "This link is no longer valid, and nothing has changed."),
    ],
)
def test_a_link_that_leads_nowhere_says_so(active: Reader, path: str, status: int, said: str) -> None:
    break_the_pages(active.press)
    answer = active.browser.get(path)
    assert (answer.status_code, answer.text) == (status, said)
