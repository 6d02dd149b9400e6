"""The unsubscribe page of who holds several frequencies: one button for each, and one for all (R7, R8)."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from pressroom.storage import Store
from tests.conftest import CommandLine
from tests.web.conftest import ADA, Reader


@pytest.mark.R8
def test_each_frequency_has_its_button(active: Reader) -> None:
    shown = active.browser.get(f"/unsubscribe/{active.token}").text
    for button in ("Stop everything", "Stop the daily digest", "Stop the weekly digest"):
        assert f">{button}</button>" in shown
    assert "Rivers" not in shown  # the mail may have been passed on
    assert active.browser.get(f"/unsubscribe/{active.token}/daily").text == shown
    assert active.shown()["choices"] == ["rivers=daily", "roads=weekly"]


@pytest.mark.R7
def test_one_is_stopped_and_the_page_names_nothing_that_stays(active: Reader) -> None:
    answer = active.browser.post(f"/unsubscribe/{active.token}/daily")
    assert answer.status_code == 200
    assert "<h1>The daily digest has ended.</h1>" in answer.text
    assert "Everything else that you chose goes on." in answer.text
    assert "Roads" not in answer.text
    assert active.shown()["choices"] == ["roads=weekly"]
    consents = active.shown()["consents"]
    assert isinstance(consents, list)
    assert (consents[-1]["what"], consents[-1]["how"]) == ("ended: everything daily", "unsubscribe link")
    again = active.browser.post(f"/unsubscribe/{active.token}/daily").text
    assert ("The daily digest has ended." in again, "Roads" in again) == (True, False)
    assert active.shown()["consents"] == consents


def test_with_the_last_one_everything_ends(active: Reader) -> None:
    active.browser.post(f"/unsubscribe/{active.token}/daily")
    assert "You are unsubscribed." in active.browser.post(f"/unsubscribe/{active.token}/weekly").text
    assert active.shown()["state"] == "ended"


def test_who_is_unknown_or_gone_is_told_the_same_as_ever(active: Reader) -> None:
    active.press("subscriber", "unsubscribe", ADA)
    active.press.wait(minutes=2)
    answers = [active.browser.post(f"/unsubscribe/{token}/daily") for token in (active.token, "a" * 26)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert "You are unsubscribed." in answers[0].text


@pytest.mark.parametrize("path", ["hourly", "daily/weekly", "%22%3E%3Cb%3E"])
def test_another_address_stops_nothing(active: Reader, path: str) -> None:
    answer = active.browser.post(f"/unsubscribe/{active.token}/{path}")
    assert "This link is incomplete" in answer.text
    assert "<b>" not in answer.text
    assert active.shown()["choices"] == ["rivers=daily", "roads=weekly"]


@pytest.mark.R8
def test_one_click_ends_everything_whatever_its_body_says(active: Reader) -> None:
    body = {"List-Unsubscribe": "One-Click", "frequency": "daily"}
    assert active.browser.post(f"/unsubscribe/{active.token}", data=body).status_code == 200
    assert active.shown()["state"] == "ended"


@pytest.mark.R7
def test_a_digest_of_that_frequency_that_waits_does_not_leave(press: CommandLine, active: Reader, store: Store) -> None:
    press("release", "add", "--title", "More floods", "--topic", "rivers")
    press("publish", "--feeds-only")
    press.wait(days=1)
    store.close()
    from pressroom.publishing.digests import open_due_run
    from pressroom.tools import Tools

    tools = Tools.of(press.site)
    with tools.open_store() as opened:
        assert open_due_run(opened, tools, press.now) is not None
        assert [str(one.state) for one in opened.deliveries.of_run(1)] == ["queued"]
    active.browser.post(f"/unsubscribe/{active.token}/daily")
    press("deliver")
    assert press.mails(ADA) == []
    assert press.ask("digest", "list")[0]["counts"]["cancelled"] == 1


@pytest.mark.R7
def test_a_digest_of_two_frequencies_leaves_while_one_of_them_is_kept(press: CommandLine, active: Reader) -> None:
    for title, topic in (("More floods", "rivers"), ("More bridges", "roads")):
        press("release", "add", "--title", title, "--topic", topic)
    press("publish", "--feeds-only")
    (press.site / "data" / "outbox").write_text("in the way")
    press("digest", "send", "--yes", ok=False)
    (press.site / "data" / "outbox").unlink()
    press.wait(minutes=2)
    active.browser.post(f"/unsubscribe/{active.token}/daily")
    press("deliver")
    assert sorted(press.titles(ADA)[0]) == ["More bridges", "More floods"]


@pytest.mark.R7
@pytest.mark.R4
def test_a_digest_whose_frequencies_have_ended_does_not_leave_and_what_is_still_followed_comes_once(
    press: CommandLine, active: Reader
) -> None:
    press("subscriber", "set", ADA, "--topic", "all=monthly")
    press("release", "add", "--title", "More floods", "--topic", "rivers")
    press("publish", "--feeds-only")
    (press.site / "data" / "outbox").write_text("in the way")
    press("digest", "send", "--frequency", "daily", "--frequency", "weekly", "--yes", ok=False)
    (press.site / "data" / "outbox").unlink()
    press.wait(minutes=2)
    for frequency in ("daily", "weekly"):
        active.browser.post(f"/unsubscribe/{active.token}/{frequency}")
    press("deliver")
    assert (active.shown()["choices"], press.mails(ADA)) == (["all=monthly"], [])
    for _ in range(2):
        press.wait(days=30)
        press("publish")
    assert [title for titles in press.titles(ADA) for title in titles].count("More floods") == 1


def test_the_page_is_there_while_the_catalogue_is_not(press: CommandLine, active: Reader, visitor: TestClient) -> None:
    token = active.token
    (press.site / "data" / "catalogue.db").rename(press.site / "data" / "away")
    answer = visitor.get(f"/unsubscribe/{token}")
    assert (answer.status_code, "<button>Unsubscribe</button>" in answer.text) == (200, True)


def test_a_dutch_reader_reads_dutch_and_a_stranger_the_language_of_the_site(press: CommandLine, active: Reader) -> None:
    press("subscriber", "add", "jan@example.org", "--language", "nl", "--confirmed")
    jan = Reader(press, active.browser, "jan@example.org")
    assert "<button>Afmelden</button>" in jan.browser.get(f"/unsubscribe/{jan.token}").text
    assert "U bent afgemeld." in jan.browser.post(f"/unsubscribe/{jan.token}").text
    assert '<html lang="en"' in jan.browser.get(f"/unsubscribe/{'a' * 26}").text
