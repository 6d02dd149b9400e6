"""What a restore takes over of what people have said after the backup."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from pressroom.delivery.reports import parse_report
from pressroom.membership.bounces import envelope_token, record
from pressroom.membership.complaints import complain
from pressroom.membership.moving import ask_to_move, move_by_token
from pressroom.models.consent import Wording
from pressroom.models.letters import LetterKind
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine, Press
from tests.delivery.returned import an_abuse_report
from tests.journeys.restores import (
    READERS,
    a_site_with_daily_readers,
    add,
    back_up,
    restore,
    sent_by_next_publish,
)

ADA, BEN, CEM, DOT, EVA, FAY = READERS


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_daily_readers(fresh)


def move(press: CommandLine, address: str, to: str) -> None:
    """Let a subscriber ask for digests at another address, and confirm it there."""
    tools = Tools.of(press.site)
    with tools.open_store() as store:
        person = store.subscribers.get(address)
        ask_to_move(store, tools, person, to, press.now)
        letter = store.letters.of(person.pk, LetterKind.ADDRESS)[0]
        token = tools.signer.signed_token(LetterKind.ADDRESS, letter.key, letter.expires)
        assert move_by_token(store, tools, token, press.now, "test", Wording("test", "test"))


def new_feed(press: CommandLine, address: str, *words: str) -> str:
    """Make or change a subscriber's own feed, and return its path."""
    return "/my/" + str(press.ask("subscriber", "feed", address, *words)["feeds"]["atom"]).rpartition("/")[2]


def shown(press: CommandLine, address: str, *names: str) -> list[Any]:
    """Return what the catalogue says of a subscriber."""
    known = press.ask("subscriber", "show", address)
    return [known[name] for name in names]


def lose_the_catalogue(press: CommandLine) -> None:
    for path in (press.site / "data").glob("catalogue.db*"):
        path.unlink()


@pytest.mark.R7
def test_who_has_stopped_since_the_backup_is_not_mailed_after_a_restore(press: CommandLine, tmp_path: Path) -> None:
    file = back_up(press)
    press("subscriber", "unsubscribe", ADA)
    press("subscriber", "forget", BEN, "--yes")
    (tmp_path / "never.csv").write_text(f"address\n{CEM}\n")
    press("subscriber", "import", str(tmp_path / "never.csv"), "--suppressed")
    press("subscriber", "set", DOT, "--drop", "rivers")
    press("subscriber", "pause", EVA)
    assert "5 subscriber(s) who have left or changed" in restore(press, file)
    assert sent_by_next_publish(press) == {FAY: ["Bridges"]}
    add(press, "Lanes", "roads")
    press.wait(days=1)
    before = len(press.mails())
    press("publish")
    assert {str(mail["To"]) for mail in press.mails()[before:]} == {DOT, FAY}
    assert press("subscriber", "add", BEN, ok=False).code == 4
    people = {one["address"]: one["state"] for one in press.ask("subscriber", "list")}
    assert people == {ADA: "ended", CEM: "suppressed", DOT: "active", EVA: "active", FAY: "active"}
    press("db", "check")


@pytest.mark.R7
def test_who_has_moved_or_left_and_not_come_back_is_not_mailed_at_the_old_address(press: CommandLine) -> None:
    file = back_up(press)
    move(press, ADA, "ada@example.net")
    press("subscriber", "unsubscribe", BEN)
    press("subscriber", "add", BEN)  # and nobody confirms it
    assert "2 subscriber(s)" in restore(press, file)
    assert set(sent_by_next_publish(press)) == {CEM, DOT, EVA, FAY}
    assert len(press.mails("ada@example.net")) == 1


@pytest.mark.R7
def test_an_unsubscribe_that_waits_beside_the_catalogue_counts_in_the_restored_one(press: CommandLine) -> None:
    file = back_up(press)
    tools = Tools.of(press.site)
    with tools.open_store() as store:
        token = store.subscribers.get(ADA).unsubscribe_token
    stops = press.site / "data" / "stops"
    stops.mkdir()
    (stops / "20260128T090000Z-0").write_text(f"{token} all 2026-01-28T09:00:00Z button\n")
    restore(press, file)
    assert ADA not in sent_by_next_publish(press)


def test_a_newer_backup_over_an_older_catalogue_erases_nobody(press: CommandLine) -> None:
    older = back_up(press, "older.db")
    press("subscriber", "add", "new@example.org", "--confirmed")
    press("publish")
    newer = back_up(press, "newer.db")
    restore(press, older)
    restore(press, newer)
    assert len(press.ask("subscriber", "list")) == len(READERS) + 1
    press("db", "check")


def test_what_readers_want_by_now_counts(press: CommandLine) -> None:
    press("subscriber", "set", CEM, "--only-kind", "guide")
    press("subscriber", "pause", DOT, "--until", "2026-02-01")
    press("subscriber", "pause", EVA)
    file = back_up(press)
    press("subscriber", "set", ADA, "--only-kind", "guide", "--only-language", "nl", "--no-partners")
    press("subscriber", "set", BEN, "--language", "nl")
    press("subscriber", "set", CEM, "--only-kind", "all")
    press("subscriber", "pause", DOT, "--until", "2026-03-01")
    press("subscriber", "resume", EVA)
    names = "filter", "language", "paused", "paused_until", "choices"
    before = {address: shown(press, address, *names) for address in READERS}
    assert "5 subscriber(s) who have left or changed" in restore(press, file)
    assert {address: shown(press, address, *names) for address in READERS} == before
    assert set(sent_by_next_publish(press)) == {BEN, CEM, EVA, FAY}
    assert press("subscriber", "show", ADA).out.count("taken over from the catalogue") == 1
    press("db", "check")


@pytest.mark.R9
def test_an_address_of_a_feed_that_was_given_up_since_the_backup_is_nobodys(press: CommandLine) -> None:
    ended, renewed, left = new_feed(press, ADA), new_feed(press, BEN), new_feed(press, CEM)
    press("subscriber", "unsubscribe", CEM)
    file = back_up(press)
    press("subscriber", "feed", ADA, "--end")
    now = new_feed(press, BEN, "--renew")
    made = new_feed(press, DOT)
    press("subscriber", "add", CEM, "--confirmed")
    press("subscriber", "feed", CEM, "--end")
    restore(press, file)
    press("subscriber", "add", CEM, "--confirmed")
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as reader:
        answers = [reader.get(path).status_code for path in (ended, renewed, left, now, made)]
    assert answers == [404, 404, 404, 200, 200]


def test_what_a_newer_backup_knows_better_than_the_catalogue_stays(press: CommandLine) -> None:
    leaked = new_feed(press, ADA)
    older = back_up(press, "older.db")
    press.wait(minutes=1)
    now = new_feed(press, ADA, "--renew")
    press("subscriber", "set", ADA, "--only-kind", "guide", "--drop", "roads")
    press("subscriber", "pause", BEN)
    newer = back_up(press, "newer.db")
    lose_the_catalogue(press)
    restore(press, older)
    assert "0 subscriber(s)" in restore(press, newer)
    assert [shown(press, ADA, "choices"), shown(press, BEN, "paused")] == [[["rivers=daily"]], [True]]
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as reader:
        assert [reader.get(path).status_code for path in (leaked, now)] == [404, 200]


@pytest.mark.R7
def test_who_has_moved_to_an_address_that_somebody_had_asked_for_is_mailed_there_alone(press: CommandLine) -> None:
    press("subscriber", "add", "new@example.org")
    file = back_up(press)
    move(press, ADA, "new@example.org")
    restore(press, file)
    assert set(sent_by_next_publish(press)) == {BEN, CEM, DOT, EVA, FAY}
    assert press.titles("new@example.org")[-1] == ["Bridges"]
    assert press("subscriber", "show", ADA, ok=False).code == 1
    press("db", "check")


@pytest.mark.R7
def test_who_has_reported_our_mail_as_spam_since_the_backup_is_mailed_no_more(press: CommandLine) -> None:
    file = back_up(press)
    tools = Tools.of(press.site)
    with tools.open_store() as store:
        delivery = store.deliveries.find(1, store.subscribers.get(ADA).pk)
        assert delivery
        token = envelope_token(tools, delivery, store.runs.get(1).key, ADA)
        record(store, tools, press.now, parse_report(an_abuse_report(token=token)))
        token = store.subscribers.get(BEN).unsubscribe_token
        record(store, tools, press.now, parse_report(an_abuse_report(link=token)))
    before = [shown(press, address, "state", "suppressed") for address in (ADA, BEN)]
    restore(press, file)
    assert [shown(press, address, "state", "suppressed") for address in (ADA, BEN)] == before
    assert set(sent_by_next_publish(press)) == {CEM, DOT, EVA, FAY}


def test_complaints_that_came_after_the_backup_still_wait_to_be_acknowledged(press: CommandLine) -> None:
    def make(text: str) -> None:
        with Tools.of(press.site).open_store() as store:
            complain(store, Tools.of(press.site), name="Ada", contact=ADA, text=text, place="192.0.2.1", now=press.now)

    make("Too many")
    file = back_up(press)
    press("complaint", "acknowledge", "1")
    make("Too few")
    before = press.ask("complaint", "list")
    restore(press, file)
    assert press.ask("complaint", "list") == before
    restore(press, file)
    assert press.ask("complaint", "list") == before


def test_a_restore_that_cannot_take_over_all_takes_over_nothing_and_says_so(press: CommandLine) -> None:
    file = back_up(press)
    press("publish")
    press("subscriber", "unsubscribe", ADA)
    catalogue = press.site / "data" / "catalogue.db"
    with closing(sqlite3.connect(catalogue)) as known:
        known.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = known.execute("PRAGMA page_size").fetchone()
        (page,) = known.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'suppressions'").fetchone()
    with catalogue.open("r+b") as file_of_it:
        file_of_it.seek((page - 1) * size)
        file_of_it.write(b"\xff" * size)
    assert "what was sent since is not known: The catalogue" in restore(press, file)
    assert [run["run"] for run in press.ask("digest", "list")] == [1]
    assert shown(press, ADA, "state") == ["active"]
    press("db", "check")
