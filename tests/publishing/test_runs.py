"""When runs open, whom they reach, and what is looked at before anything is done (R4, R6, R11)."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from pressroom.models.people import Frequency
from pressroom.publishing.delivering import deliver
from pressroom.publishing.digests import open_due_run, open_run_by_hand
from pressroom.publishing.outlook import next_look
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press, text_of
from tests.journeys.shelves import a_site_with_topics, release, until_weekly

ADA, BO = "ada@example.org", "bo@example.org"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_topics(fresh)


def configure(run: CommandLine, text: str) -> None:
    (run.site / "publisher.toml").write_text(text)


def after(run: CommandLine, **time: float) -> None:
    run.wait(**time)
    run("publish")


@pytest.fixture
def mail_that_may_not_leave(press: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real SMTP host, which a set clock may not send to; from `press` on, which has neither release nor run."""
    press("subscriber", "add", ADA, "--confirmed")
    press("release", "add", "--title", "Floods")
    monkeypatch.setenv("PUBLISHER_SMTP__HOST", "smtp.example.org")


@pytest.mark.usefixtures("mail_that_may_not_leave")
def test_publish_looks_whether_mail_may_leave_before_anything_goes_live(press: CommandLine) -> None:
    assert press("publish", ok=False).code == 4
    assert press.ask("release", "show", "floods")["state"] == "scheduled"
    assert not (press.site / "feeds" / "all.json").exists()


@pytest.mark.usefixtures("mail_that_may_not_leave")
def test_a_digest_by_hand_looks_whether_mail_may_leave_before_it_opens_a_run(press: CommandLine, store: Store) -> None:
    assert press("digest", "send", "--yes", ok=False).code == 4
    assert store.value("SELECT count(*) FROM runs") == 0


@pytest.mark.R4
def test_a_withdrawn_release_is_never_let_go_again(press: CommandLine) -> None:
    slug = release(press, "Floods")
    press("release", "withdraw", slug, "--reason", "Wrong.")
    for verb in ("schedule", "publish"):
        answer = press("release", verb, slug, ok=False)
        assert answer.code == 1
        assert "it is out already" in answer.err
    assert press.ask("release", "show", slug)["state"] == "withdrawn"


def commits(store: Store) -> list[str]:
    """Return the list to which each COMMIT from now on adds the `synchronous` under which it was made."""
    seen, mode = [], "NORMAL"

    def trace(sql: str) -> None:
        nonlocal mode
        if sql.startswith("PRAGMA synchronous ="):
            mode = sql.split("=")[1].strip()
        if sql == "COMMIT":
            seen.append(mode)

    store.connection.set_trace_callback(trace)
    return seen


@pytest.mark.R10
def test_runs_are_on_the_disk_before_they_are_delivered(press: CommandLine, store: Store, tools: Tools) -> None:
    """The next step speaks to the world: a power cut must not take the record of who was enlisted."""
    press("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    release(press, "Floods")
    press.wait(days=1)
    seen = commits(store)
    assert open_due_run(store, tools, press.now)
    assert "FULL" in seen
    seen.clear()
    open_run_by_hand(store, tools, press.now, [Frequency.DAILY])
    assert "FULL" in seen


@pytest.mark.R4
def test_who_subscribes_at_the_very_due_time_waits_for_the_next_one(press: CommandLine, store: Store) -> None:
    press.now = datetime(2026, 1, 26, 8, tzinfo=UTC)
    press("subscriber", "add", ADA, "--frequency", "weekly", "--confirmed")
    release(press, "Floods")
    assert store.value("SELECT count(*) FROM runs") == 0
    until_weekly(press)
    assert press.titles(ADA) == [["Floods"]]


@pytest.mark.R5
def test_alike_bundles_still_name_the_topic_that_each_reader_follows(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers=daily", "--confirmed")
    press("subscriber", "add", BO, "--topic", "roads=daily", "--confirmed")
    release(press, "Floods", "rivers", "roads")
    after(press, days=1)
    assert "Because you follow Rivers" in text_of(press.mails(ADA)[0])
    assert "Because you follow Roads" in text_of(press.mails(BO)[0])


def test_a_mail_spans_the_days_of_the_rarest_frequency_that_is_due(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers=daily", "--topic", "roads=weekly", "--confirmed")
    release(press, "Floods", "roads")
    until_weekly(press)
    assert "26 January" in text_of(press.mails(ADA)[0])


@pytest.mark.R4
def test_a_withdrawal_is_told_only_to_who_was_told_of_the_release(press: CommandLine) -> None:
    """Also where the two have read up to the same announcement and wish the same."""
    for address in (ADA, BO):
        press("subscriber", "add", address, "--frequency", "daily", "--confirmed")
    press("subscriber", "set", BO, "--only-kind", "report")
    slug = release(press, "A post", kind="blog")
    after(press, days=1)
    press("subscriber", "set", BO, "--only-kind", "all")
    press("release", "withdraw", slug, "--reason", "Wrong.")
    after(press, days=1)
    assert (len(press.mails(ADA)), len(press.mails(BO))) == (2, 0)


@pytest.mark.R4
def test_an_urgent_release_owed_from_a_pause_goes_at_once_when_nobody_else_is_owed_it(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--frequency", "monthly", "--confirmed")
    press("subscriber", "pause", ADA)
    press("release", "add", "--title", "Flood warning", "--topic", "rivers", "--urgent")
    press("publish")
    press("subscriber", "resume", ADA)
    press("publish")
    assert press.titles(ADA) == [["Flood warning"]]


@pytest.mark.R4
def test_each_reader_gets_the_notes_of_just_the_revisions_they_are_owed(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    press("subscriber", "add", BO, "--confirmed")
    slug = release(press, "Floods")
    until_weekly(press)
    press("release", "revise", slug, "--note", "First note.")
    after(press, days=1)
    press("release", "revise", slug, "--note", "Second note.")
    after(press, days=6)
    of_ada, of_bo = text_of(press.mails(ADA)[-1]), text_of(press.mails(BO)[-1])
    assert "First note." not in of_ada
    assert "Second note." in of_ada
    assert "First note." in of_bo
    assert "Second note." in of_bo


@pytest.mark.R4
def test_a_further_choice_loses_nothing_of_the_slower_one_held_before(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers=weekly", "--topic", "roads=daily", "--confirmed")
    release(press, "Floods", "rivers")
    after(press, days=1)
    press("subscriber", "set", ADA, "--topic", "data=weekly")
    until_weekly(press)
    assert press.titles(ADA) == [["Floods"]]


def test_the_sites_own_publisher_is_no_partner_whatever_the_site_is_called(press: CommandLine) -> None:
    configure(press, '[site]\nname = "Example"\npublisher = "Socitm"\n')
    press("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    press("subscriber", "set", ADA, "--no-partners")
    release(press, "Our own", publisher="Socitm")
    release(press, "Another's", publisher="LOLA")
    after(press, days=1)
    assert press.titles(ADA) == [["Our own"]]


def test_a_pause_ends_in_the_morning_of_the_sites_own_zone(press: CommandLine) -> None:
    configure(press, '[site]\ntimezone = "Asia/Tokyo"\n')
    press("subscriber", "add", ADA, "--confirmed")
    press("subscriber", "pause", ADA, "--until", "2026-02-02")
    release(press, "Floods")
    press.now = datetime(2026, 2, 1, 23, 30, tzinfo=UTC)  # Monday 08:30 there
    press("publish")
    assert press.titles(ADA) == [["Floods"]]


def test_the_next_look_is_when_a_pause_ends(press: CommandLine, store: Store, tools: Tools) -> None:
    press("subscriber", "add", ADA, "--confirmed")
    press("subscriber", "pause", ADA, "--until", "2026-01-27")
    assert next_look(store, tools, press.now) == datetime(2026, 1, 27, tzinfo=UTC)


def test_the_next_look_is_when_immediate_mail_has_been_quiet_for_long_enough(
    press: CommandLine, store: Store, tools: Tools
) -> None:
    press("subscriber", "add", ADA, "--frequency", "immediate", "--confirmed")
    release(press, "Floods")
    assert next_look(store, tools, press.now) == press.now + timedelta(minutes=10)


def test_what_follows_is_told_in_the_sites_own_zone(press: CommandLine) -> None:
    configure(press, '[site]\ntimezone = "Asia/Tokyo"\n')
    press("subscriber", "add", BO, "--confirmed")
    press("release", "add", "--title", "Floods")
    assert "1 weekly on Monday 08:00" in press("publish").out


def test_letters_that_wait_for_their_turn_keep_no_digest_waiting(
    press: CommandLine, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(press, "[mail]\na_minute_to_a_domain = 1\n")
    press("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    release(press, "Floods")
    press.wait(days=1)
    tools = Tools.of(press.site)
    assert open_due_run(store, tools, press.now)
    for number in range(3):
        press("subscriber", "add", f"r{number}@slow.example.net")
    passed = [0.0]
    monkeypatch.setattr("pressroom.publishing.delivering.time", lambda: 0.0)
    monkeypatch.setattr("pressroom.publishing.delivering.monotonic", lambda: passed[0])
    monkeypatch.setattr("pressroom.publishing.delivering.sleep", lambda _: passed.append(passed.pop() + 1))
    assert deliver(store, tools, press.now).sent == 4
    (sent,) = store.deliveries.of_run(1)
    assert sent.finished_at == press.now
    assert passed[0] > 60, "the letters waited"


@pytest.mark.R6
def test_the_clock_goes_on_during_a_long_delivery(
    press: CommandLine, store: Store, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a retry would be reckoned from a moment that is hours ago, and so would a lease."""
    press("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    release(press, "Floods")
    press.wait(days=1)
    assert open_due_run(store, tools, press.now)
    hours = itertools.count(0, 3600)
    monkeypatch.setattr("pressroom.publishing.delivering.monotonic", lambda: next(hours))
    assert deliver(store, tools, press.now).sent == 1
    (sent,) = store.deliveries.of_run(1)
    assert sent.finished_at is not None
    assert sent.finished_at >= press.now + timedelta(hours=1)
