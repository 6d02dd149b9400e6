"""Runs paused, resumed and cancelled by hand, with the accounting of R6 in words."""

from __future__ import annotations

import sqlite3

import pytest

from pressroom.delivery.owner import an_owner
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press, text_of

ADA = "ada@example.org"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site with one daily reader and a run that could not leave, on Tuesday 27 January 2026, 09:00."""
    fresh("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    fresh("release", "add", "--title", "Floods")
    (fresh.site / "data" / "outbox").write_text("in the way")
    fresh.wait(days=1)
    assert fresh("publish", ok=False).code == 3
    (fresh.site / "data" / "outbox").unlink()
    fresh.wait(hours=1)
    return fresh


@pytest.mark.R6
def test_a_paused_run_waits_and_a_resumed_one_goes_on(press: CommandLine) -> None:
    assert "Nothing more of run 1 leaves" in press("digest", "pause", "1").out
    press("deliver")
    press("publish")
    assert press.mails() == []
    assert (
        "Run 1 (daily, due Tuesday 27 January 08:00) is paused: 1 enlisted = 1 waiting."
        in press("digest", "status").out
    )
    assert press("digest", "pause", "1", ok=False).code == 1
    press("digest", "resume", "1")
    press("deliver")
    assert press.titles(ADA) == [["Floods"]]
    assert "is closed: 1 enlisted = 1 sent." in press("digest", "status", "1").out
    assert press("digest", "resume", "1", ok=False).code == 1


@pytest.mark.R4
@pytest.mark.R6
def test_what_is_cancelled_is_owed_again_and_comes_once(press: CommandLine) -> None:
    assert press("digest", "cancel", "1", ok=False).code == 4
    counts = press.ask("digest", "cancel", "1", "--yes")["counts"]
    assert counts | {"enlisted": 1, "cancelled": 1, "waiting": 0} == counts
    press("deliver")
    assert press.mails() == []
    assert "It was cancelled in digest run 1" in press("subscriber", "explain", ADA, "floods").out
    assert press("digest", "cancel", "1", "--yes", ok=False).code == 1
    press("release", "add", "--title", "Bridges")
    press.wait(days=1)
    press("publish")
    press.wait(days=1)
    press("publish")
    assert press.titles(ADA) == [["Bridges", "Floods"]]


def test_a_run_that_is_not_there_and_a_site_without_runs(press: CommandLine, run: CommandLine) -> None:
    assert press("digest", "status", "9", ok=False).code == 1
    assert press("digest", "cancel", "9", "--yes", ok=False).code == 1


@pytest.mark.R7
def test_cancelling_stops_what_a_process_that_is_gone_had_claimed(run: CommandLine) -> None:
    a_run_of_three(run)
    with sqlite3.connect(run.site / "data" / "catalogue.db") as connection:
        connection.executemany(
            """UPDATE deliveries SET state = ?, claimed_by = 'gone:1:1', claimed_at = '2026-01-26T09:00:00Z',
            next_attempt_at = NULL WHERE pk = ?""",
            [("claimed", 1), ("handed-over", 2)],
        )
    connection.close()
    cancelled = run.ask("digest", "cancel", "1", "--yes")
    assert (cancelled["state"], cancelled["counts"]["cancelled"], cancelled["counts"]["waiting"]) == ("closed", 3, 0)
    run("deliver")
    assert not run.mails()


@pytest.mark.R7
def test_cancelling_takes_what_a_living_process_has_claimed_and_not_handed_over(run: CommandLine) -> None:
    a_run_of_three(run)
    run.wait(minutes=2)
    with Tools.of(run.site).open_store() as store, an_owner(store.senders) as another:
        claimed = store.deliveries.claim(another, run.now, 1)
        run("digest", "cancel", "1", "--yes")
        assert not store.deliveries.mark_handed_over([claimed[0]], run.now)
        assert store.deliveries.of_run(1)[0].state == "cancelled"


@pytest.mark.R6
def test_what_was_in_the_air_when_its_run_was_cancelled_is_not_tried_again(run: CommandLine) -> None:
    a_run_of_three(run)
    run.wait(minutes=2)
    with Tools.of(run.site).open_store() as store, an_owner(store.senders) as another:
        (held,) = store.deliveries.claim(another, run.now, 1)
        assert store.deliveries.mark_handed_over([held], run.now)
        assert run.ask("digest", "cancel", "1", "--yes")["state"] == "paused"
        assert store.deliveries.mark_retry(held, "450 later", run.now)
    run.wait(minutes=10)
    run("deliver")
    run("publish")
    assert not run.mails()
    cancelled = run.ask("digest", "cancel", "1", "--yes")
    assert (cancelled["state"], cancelled["counts"]["cancelled"]) == ("closed", 3)


@pytest.mark.R4
@pytest.mark.parametrize("settled", [False, True])
def test_what_was_filed_under_a_topic_of_the_reader_is_told_when_the_first_word_of_it_was_cancelled(
    run: CommandLine, settled: bool
) -> None:
    a_run_of_three(run)
    run("topic", "add", "Roads")
    run("topic", "add", "Rivers")
    run("subscriber", "set", ADA, "--drop", "all", "--topic", "roads=weekly")
    run("release", "edit", "floods", "--topic", "roads")
    run("publish", "--feeds-only")
    if settled:
        run("subscriber", "set", ADA, "--topic", "rivers=weekly")
    run("digest", "cancel", "1", "--yes")
    for _ in range(2):
        run.wait(days=7)
        run("publish")
    assert [titles for titles in run.titles(ADA) if titles] == [["Floods"]]


@pytest.mark.R6
def test_a_message_that_is_made_while_its_run_is_paused_does_not_leave(run: CommandLine) -> None:
    a_run_of_three(run)
    run.wait(minutes=2)
    with Tools.of(run.site).open_store() as store, an_owner(store.senders) as another:
        (held,) = store.deliveries.claim(another, run.now, 1)
        run("digest", "pause", "1")
        assert not store.deliveries.mark_handed_over([held], run.now)
        run("digest", "resume", "1")
        assert store.deliveries.mark_handed_over([held], run.now)


def test_a_run_whose_template_is_broken_can_be_cancelled(run: CommandLine) -> None:
    a_run_of_three(run)
    with sqlite3.connect(run.site / "data" / "catalogue.db") as connection:
        connection.execute(
            "UPDATE deliveries SET state = 'claimed', claimed_by = 'gone:1:1', claimed_at = '2026-01-26T09:00:00Z'"
        )
    connection.close()
    broken = run.site / "templates" / "email" / "digest.mjml"
    broken.parent.mkdir(parents=True, exist_ok=True)
    broken.write_text("{% if %}")
    assert run.ask("digest", "cancel", "1", "--yes")["counts"]["cancelled"] == 3
    broken.unlink()
    run("deliver")
    assert not run.mails()


@pytest.mark.R7
@pytest.mark.parametrize("claimed", [0, 3])
def test_who_leaves_and_comes_back_gets_nothing_that_waited_before(run: CommandLine, claimed: int) -> None:
    a_run_of_three(run)
    run.wait(minutes=2)
    with Tools.of(run.site).open_store() as store, an_owner(store.senders) as another:
        held = store.deliveries.claim(another, run.now, claimed) if claimed else []
        run("subscriber", "unsubscribe", ADA)
        run("subscriber", "add", ADA, "--confirmed")
        assert len(store.deliveries.mark_handed_over(held, run.now)) == len(held[1:])
        run("deliver")
        assert not run.mails(ADA)
    assert run.ask("digest", "status", "1")["counts"]["suppressed"] == 1


def test_cancelling_puts_the_editors_note_back_and_takes_the_public_page_down(run: CommandLine) -> None:
    a_run_of_three(run, note="A word before.")
    assert run.ask("digest", "note") == []
    with Tools.of(run.site).open_store() as store:
        assert store.issues.find(1) is not None
    run("digest", "cancel", "1", "--yes")
    assert [note["text"] for note in run.ask("digest", "note")] == ["A word before."]
    with Tools.of(run.site).open_store() as store:
        assert store.issues.find(1) is None
    run.wait(minutes=2)
    run("digest", "send", "--yes")
    assert all("A word before." in text_of(mail) for mail in run.mails())


def test_what_waits_for_a_server_that_was_away_is_told_by_every_command(run: CommandLine) -> None:
    a_run_of_three(run)
    sent = run("--json", "deliver", ok=False)
    assert (sent.code, sent.document["waiting"], sent.document["next_try"]) == (3, 3, "2026-01-26T09:00:30Z")
    assert "3 to be tried again from Monday 26 January 09:00" in run("deliver", ok=False).out
    run.wait(minutes=2)
    assert run.ask("deliver")["sent"] == 3


def a_run_of_three(run: CommandLine, note: str = "") -> None:
    """Leave a run of three messages of which none could leave, and then nothing in the way of the mail."""
    run("init")
    for name in ("ada", "bo", "cy"):
        run("subscriber", "add", f"{name}@example.org", "--confirmed", "--topic", "all=weekly")
    run("release", "add", "--title", "Floods")
    run("publish")
    if note:
        run("digest", "note", note)
    (run.site / "data" / "outbox").write_text("in the way")
    assert run("digest", "send", "--yes", ok=False).code == 3
    (run.site / "data" / "outbox").unlink()
