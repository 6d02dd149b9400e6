"""What people read before they press a button is what is kept with their consent, by its hash (UK GDPR art. 7(1))."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from lxml import html as lxml_html

from pressroom.storage import Store
from tests.web.conftest import ADA, Reader
from tests.web.test_preferences import FORM, fresh

Act = Callable[[Reader], str]


def read(reader: Reader, path: str) -> str:
    """Return all that a page says."""
    page = lxml_html.fromstring(reader.browser.get(path).text)
    return " ".join(page.text_content().split())


def save(reader: Reader) -> str:
    link = fresh(reader)
    said = read(reader, link)
    reader.browser.post(link, data=FORM)
    return said


def pause_until(reader: Reader) -> str:
    link = fresh(reader)
    said = read(reader, link)
    reader.browser.post(f"{link}/pause", data={"until": "2026-03-01"})
    return said


def go_on(reader: Reader) -> str:
    reader.press("subscriber", "pause", reader.address)
    link = fresh(reader)
    said = read(reader, link)
    reader.browser.post(f"{link}/resume")
    return said


def pause_by_link(reader: Reader) -> str:
    link = f"/preferences/{reader.token}/pause"
    said = read(reader, link)
    reader.browser.post(link)
    return said


def leave(reader: Reader) -> str:
    link = f"/unsubscribe/{reader.token}"
    said = read(reader, link)
    reader.browser.post(f"{link}?button")
    return said


def stop_the_weekly(reader: Reader) -> str:
    link = f"/unsubscribe/{reader.token}"
    said = read(reader, link)
    reader.browser.post(f"{link}/weekly?button")
    return said


def undo(reader: Reader) -> str:
    answer = reader.browser.post(f"/unsubscribe/{reader.token}?button")
    found = re.search(r'action="(/unsubscribe/\w+/undo)"', answer.text)
    assert found
    reader.browser.post(found[1])
    return " ".join(lxml_html.fromstring(answer.text).text_content().split())


def move(reader: Reader) -> str:
    reader.browser.post(f"{fresh(reader)}/address", data={"address": "new@example.org"})
    moved = Reader(reader.press, reader.browser, "new@example.org")
    link = moved.link("/confirm/")
    said = read(reader, link)
    reader.browser.post(link)
    return said


def feed(*acts: str) -> Act:
    def act(reader: Reader) -> str:
        link, said = fresh(reader), ""
        for one in acts:
            said = read(reader, link)
            reader.browser.post(f"{link}/feed", data={"act": one})
        return said

    return act


ACTS: dict[str, Act] = {
    "preferences": save,
    "pause": pause_until,
    "resume": go_on,
    "pause for four weeks": pause_by_link,
    "unsubscribe": leave,
    "stop weekly": stop_the_weekly,
    "undo": undo,
    "confirm": move,
    "own feed": feed("make"),
    "own feed, new address": feed("make", "renew"),
    "own feed, end": feed("make", "end"),
}


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("version", ACTS)
def test_each_change_is_kept_with_what_was_read(active: Reader, store: Store, version: str, language: str) -> None:
    active.press("subscriber", "set", ADA, "--language", language)
    said = ACTS[version](active)
    subscriber = store.subscribers.find("new@example.org" if version == "confirm" else ADA)
    assert subscriber is not None
    *_, last = store.consents.of(subscriber.pk)
    assert re.fullmatch(rf"{version} \d+, {language}", last["wording"])
    assert last["basis"] == "consent"
    [kept] = [one for one in store.consents.wordings(subscriber.pk) if one.hash == last["wording_hash"]]
    # Of what names a day, the wording keeps the place of it.
    parts = [" ".join(part.split()) for part in re.split(r"%\(\w+\)s", kept.text)]
    assert all(part in said for part in parts), (kept.text, said)


def test_confirming_is_kept_with_what_was_read(pending: Reader, store: Store) -> None:
    link = pending.link("/confirm/")
    said = read(pending, link)
    pending.browser.post(link)
    subscriber = store.subscribers.get(ADA)
    *_, last = store.consents.of(subscriber.pk)
    [kept] = [one for one in store.consents.wordings(subscriber.pk) if one.hash == last["wording_hash"]]
    assert kept.text in said


def test_a_mail_program_has_read_nothing_of_ours(active: Reader, store: Store) -> None:
    active.browser.post(f"/unsubscribe/{active.token}", data={"List-Unsubscribe": "One-Click"})
    *_, last = store.consents.of(store.subscribers.get(ADA).pk)
    assert (last["what"], last["wording"]) == ("unsubscribed from everything", "")
