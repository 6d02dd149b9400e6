"""`subscriber forget` leaves no byte of an address on the disk, but in mail that was sent and lies in the outbox."""

from __future__ import annotations

import random
import re
import sqlite3
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pressroom import membership
from pressroom.accounts import erase
from pressroom.membership.moving import ask_to_move
from pressroom.membership.signing_up import ask
from pressroom.models.letters import LetterKind
from pressroom.models.sign_ups import SignUp
from pressroom.storage import Store
from pressroom.storage.byte_search import standing
from pressroom.storage.erasing import Traces, leave_no_trace
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine, Press
from tests.journeys.shelves import a_site_with_topics, release
from tests.web.conftest import Reader

ADA = "Ada.Lovelace@example.org"
KEY = "ada.lovelace@example.org"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site that has had Ada among 400 others, in all that a person can be in."""
    a_site_with_topics(fresh)
    people = [f"person-{number}.with.a.longer.name@example.org" for number in range(400)]
    random.Random(7).shuffle(people)
    file = fresh.site.parent / "people.csv"
    file.write_text("address,frequency\n" + "".join(f"{one},monthly\n" for one in people))
    fresh("subscriber", "import", str(file), "--basis", "members")
    fresh("subscriber", "add", ADA, "--name", "Ada", "--topic", "rivers=daily", "--topic", "roads=weekly")
    fresh("publish")
    fresh("subscriber", "confirm", ADA)
    fresh("subscriber", "set", ADA, "--only-kind", "report", "--drop", "roads")
    fresh("subscriber", "feed", ADA)
    fresh("subscriber", "letter", ADA, "preferences")
    release(fresh, "Floods", "rivers")
    fresh.wait(days=1)
    fresh("publish")
    with Tools.of(fresh.site).open_store() as store, store.atomic():
        refused = f"550 5.1.1 <{KEY}>: no such user"
        store.write("UPDATE deliveries SET state = 'failed', reply = ?", (refused,))
        store.write("UPDATE letters SET reply = ?, address = ?", (refused, ADA))
    return fresh


def places(site: Path, *texts: str) -> list[str]:
    """Return the files that hold the bytes of one of these, and where."""
    found = []
    for path in sorted(site.rglob("*")):
        if path.is_file() and "outbox" not in path.parts:
            content = path.read_bytes()
            found += [f"{path.name} at {content.find(text.encode())}" for text in texts if text.encode() in content]
    return found


def test_forgetting_leaves_no_byte_of_an_address_in_the_files(press: CommandLine) -> None:
    assert places(press.site, ADA, KEY)
    press("subscriber", "forget", ADA, "--yes")
    assert places(press.site, ADA, KEY) == []


def test_nor_does_the_button_on_the_page(press: CommandLine) -> None:
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as browser:
        reader = Reader(press, browser, ADA)
        press.wait(hours=2)
        press("subscriber", "letter", ADA, "preferences")
        link = reader.link("/preferences/.{58}")
        assert places(press.site, ADA, KEY)
        assert browser.post(f"{link}/forget").status_code == 200
        assert places(press.site, ADA, KEY) == []


def test_nor_in_the_log_while_a_service_has_the_catalogue_open(press: CommandLine) -> None:
    with Tools.of(press.site).open_store() as service:
        assert service.data_version
        press("subscriber", "forget", ADA, "--yes")
        assert Path(f"{service.path}-wal").exists()
        assert places(press.site, ADA, KEY) == []


def test_nor_when_other_people_come_and_go_before(press: CommandLine) -> None:
    """SQLite moves rows about, and what lay where they were is no row that it overwrites."""
    gone = [f"person-{number}.with.a.longer.name@example.org" for number in range(0, 400, 50)]
    for address in (*gone, ADA):
        press("subscriber", "forget", address, "--yes")
    assert places(press.site, ADA, KEY, *gone) == []


def test_a_copy_that_sqlite_has_left_is_found_and_removed(press: CommandLine, store: Store) -> None:
    a_leftover(store, "bo@example.net")
    assert places(press.site, "bo@example.net")
    assert leave_no_trace(store, [Traces(frozenset({"bo@example.net"}), "")])
    assert places(press.site, "bo@example.net") == []
    assert store.faults() == []


class TestThePersonWithinALongerAddress:
    def test_is_no_trace(self, press: CommandLine, store: Store) -> None:
        for address in ("ann@example.org", "joann@example.org", "ann@example.org.uk"):
            press("subscriber", "add", address, "--confirmed")
        before = written(store)
        answer = press("subscriber", "forget", "ann@example.org", "--yes")
        assert answer.err == ""
        assert written(store) == before
        assert press.ask("subscriber", "show", "joann@example.org")["state"] == "active"

    def test_does_not_hide_what_else_names_them(self, press: CommandLine) -> None:
        for address in ("ann@example.org", "joann@example.org"):
            press("subscriber", "add", address, "--confirmed")
        press("release", "add", "--title", "A word to Ann@example.org", "--draft")
        answer = press("subscriber", "forget", "ann@example.org", "--yes")
        assert "Its bytes still stand" in answer.err


def written(store: Store) -> int:
    """Return what grows with each VACUUM and each change of the schema."""
    return int(store.value("PRAGMA schema_version"))


def a_leftover(store: Store, address: str) -> None:
    """Let the bytes of an address stand in the file though no row holds them."""
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("PRAGMA secure_delete = OFF")
    other.execute(
        """INSERT INTO subscribers (address, address_key, unsubscribe_token, created_at)
        VALUES (?, ?, 'abcdefghijklmnopqrstuvwxyz', '2026-01-26T09:00:00Z')""",
        (address, address),
    )
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    other.execute("DELETE FROM subscribers WHERE address_key = ?", (address,))
    other.close()


@pytest.mark.R10
def test_what_was_killed_before_the_search_is_made_good_by_the_next_sweep(
    press: CommandLine, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    a_leftover(store, "bo@example.net")
    with monkeypatch.context() as patch:
        patch.setattr(membership, "leave_no_trace", killed)
        with pytest.raises(KeyboardInterrupt):
            membership.forget(store, Tools.of(press.site), ADA, press.now)
    assert places(press.site, "bo@example.net")
    press.wait(days=1)
    press("publish")
    assert places(press.site, "bo@example.net", ADA, KEY) == []
    assert store.value("SELECT count(*) FROM traces") == 0


def test_where_the_bytes_cannot_be_searched_the_file_is_written_anew(
    press: CommandLine, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_leftover(store, "bo@example.net")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert press("subscriber", "forget", ADA, "--yes").err == ""
    assert places(press.site, "bo@example.net", ADA, KEY) == []


@pytest.mark.parametrize("block", [1, 7, 64, 1 << 20])
def test_bytes_are_found_wherever_blocks_end_and_whatever_their_neighbours(tmp_path: Path, block: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 61 + b"ADA@example.orgAda@example.org" + b"y" * 70 + b"joann@example.org\xff" + b"e@b")
    wanted = {"ada@example.org": (), "ann@example.org": ("joann@example.org",), "bo@example.org": (), "e@b": ()}
    assert standing([str(file), str(tmp_path / "none")], wanted, block) == {"ada@example.org", "e@b"}
    assert standing([str(file)], {"ann@example.org": ("joan@example.org",)}, block) == {"ann@example.org"}


def test_what_others_have_waiting_for_that_address_goes_too(press: CommandLine, store: Store) -> None:
    """Sign-ups with the form, and the letter to an address that somebody else wants digests at."""
    tools, other = Tools.of(press.site), "person-1.with.a.longer.name@example.org"
    request = SignUp(KEY, "en", [("rivers", "daily")])
    with store.atomic():
        ask(store, tools, request, "192.0.2.1", press.now)
        ask(store, tools, replace(request, address=other), "192.0.2.1", press.now)
        ask_to_move(store, tools, store.subscribers.get(other), ADA.upper(), press.now)
    press("subscriber", "forget", ADA, "--yes")
    assert [SignUp.from_json(one.content).address for one in store.sign_ups.waiting(9)] == [other]
    letter = store.letters.of(store.subscribers.get(other).pk, LetterKind.ADDRESS)[0]
    assert (letter.state, letter.reply, letter.address) == ("suppressed", "erased", "")
    assert places(press.site, ADA, KEY, ADA.upper()) == []


def test_nor_is_kept_what_is_just_on_its_way_there_for_somebody_else(press: CommandLine, store: Store) -> None:
    other = store.subscribers.get("person-1.with.a.longer.name@example.org")
    with store.atomic():
        ask_to_move(store, Tools.of(press.site), other, ADA, press.now)
    (letter,) = store.letters.claim("me", press.now, 1)
    assert store.letters.mark_handed_over([letter], press.now)
    press("subscriber", "forget", ADA, "--yes")
    assert store.letters.mark_failed(letter, f"550 <{KEY}>: no such user", press.now)
    assert [(row["state"], row["reply"]) for row in store.rows("SELECT * FROM letters WHERE pk = ?", (letter.pk,))] == [
        ("failed", "")
    ]
    assert places(press.site, ADA, KEY) == []


@pytest.mark.R7
def test_the_page_says_in_the_log_where_bytes_are_left(press: CommandLine, caplog: pytest.LogCaptureFixture) -> None:
    press("release", "add", "--title", "A word to ada.lovelace@example.org", "--draft")
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as browser:
        press.wait(hours=2)
        press("subscriber", "letter", ADA, "preferences")
        link = Reader(press, browser, ADA).link("/preferences/.{58}")
        assert browser.post(f"{link}/forget").status_code == 200
    assert "still stand in the catalogue's files" in caplog.text
    assert "ada" not in caplog.text.lower()


def test_no_table_is_read_through_to_erase_one_person(press: CommandLine, store: Store) -> None:
    said: list[str] = []
    store.connection.set_trace_callback(said.append)
    with store.atomic():
        erase(store, Tools.of(press.site), store.subscribers.get(ADA), "asked", press.now)
    store.connection.set_trace_callback(None)
    plans = [
        row["detail"]
        for statement in said
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT"))
        for row in store.rows(f"EXPLAIN QUERY PLAN {statement}")
    ]
    assert "SEARCH letters USING INDEX letters_by_address (address=?)" in plans
    assert [plan for plan in plans if re.match("SCAN (?!json_each)", plan)] == []


def test_a_request_that_nobody_confirms_goes_with_its_bytes(press: CommandLine) -> None:
    press("subscriber", "add", "Cy@Example.net")
    assert places(press.site, "Cy@Example.net", "cy@example.net")
    press.wait(days=7)
    press("publish")
    assert places(press.site, "Cy@Example.net", "cy@example.net") == []


def test_it_is_said_where_something_else_names_the_address(press: CommandLine) -> None:
    press("release", "add", "--title", "A word to ada.lovelace@example.org", "--draft")
    answer = press("subscriber", "forget", ADA, "--yes")
    assert "is forgotten" in answer.out
    assert "Its bytes still stand in the catalogue's files" in answer.err


def test_what_runs_keep_for_ever_holds_nothing_of_a_person(press: CommandLine, store: Store) -> None:
    for table in ("runs", "run_items", "bundles", "bundle_items", "issues", "notes", "announcements", "due_times"):
        said = " ".join(str(tuple(row)) for row in store.rows(f"SELECT * FROM {table}"))
        assert "@" not in said
        assert "Ada" not in said
        assert store.subscribers.get(ADA).unsubscribe_token not in said


def test_an_answer_that_comes_after_the_erasure_is_not_kept(press: CommandLine, store: Store) -> None:
    store.write(
        """UPDATE deliveries SET state = 'handed-over', finished_at = NULL, reply = '', claimed_by = 'me',
        claimed_at = '2026-01-27T09:00:00Z'"""
    )
    (delivery, _), *_ = store.deliveries.claims()
    press("subscriber", "forget", ADA, "--yes")
    assert store.deliveries.mark_failed(delivery, f"550 <{KEY}>: no such user", press.now)
    assert [tuple(row) for row in store.rows("SELECT state, reply FROM deliveries")] == [("failed", "")]
