"""The door to the catalogue and what its file promises: transactions, durability, moments, one of each."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pressroom.signing import Signer, new_token
from pressroom.storage import Store
from pressroom.storage import store as store_of_pressroom
from pressroom.tools import Tools
from tests.conftest import CommandLine

ADA = "ada@example.org"
TOKEN = "abcdefghijklmnopqrstuvwxyz"
SUBSCRIBER = "INSERT INTO subscribers (address, address_key, unsubscribe_token, created_at) VALUES "
MOMENT = "2026-01-26T09:00:00Z"
ANNOUNCEMENT = "INSERT INTO announcements (no, release, change, made_at, at) VALUES "
A_RUN = f"INSERT INTO runs (key, opened_at, up_to_no, state) VALUES ('{TOKEN}', '{MOMENT}', 0, 'open'); "
A_BUNDLE = f"{A_RUN}INSERT INTO bundles (run) VALUES (1); "
FACTS = '{"title": "x", "url": "", "kind": "report", "language": "en", "formats": [], "relations": []}'
AN_ITEM = f"{A_BUNDLE}INSERT INTO run_items (run, release, change, nos, facts) VALUES (1, 1, 'new', '[]', '{FACTS}'); "


@pytest.fixture
def sql(tools: Tools) -> Iterator[sqlite3.Connection]:
    """The catalogue, with two drafts, as another program opens it."""
    connection = sqlite3.connect(tools.catalogue, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("INSERT INTO releases (pk, title) VALUES (1, 'Rivers'), (2, 'Roads')")
    yield connection
    connection.close()


def titles(run: CommandLine) -> list[str]:
    return [item["title"] for item in run.feed("all")["items"]]


def synchronous(store: Store) -> int:
    return int(store.value("PRAGMA synchronous"))


class TestTransactions:
    def test_the_write_lock_is_taken_at_the_beginning(
        self, store: Store, tools: Tools, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store_of_pressroom, "BUSY_SECONDS", 0.05)
        with (
            Store.open(tools.catalogue) as other,
            store.atomic(),
            pytest.raises(sqlite3.OperationalError, match="locked"),
            other.atomic(),
        ):
            pass

    def test_a_command_waits_for_another_program_that_writes(self, run: CommandLine, sql: sqlite3.Connection) -> None:
        sql.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.4, sql.execute, ["COMMIT"])
        timer.start()
        run("topic", "add", "Rivers")
        timer.join()
        assert [topic["slug"] for topic in run.ask("topic", "list")] == ["rivers"]

    @pytest.mark.R10
    def test_what_is_durable_waits_for_the_disk_and_what_follows_does_not(self, store: Store) -> None:
        full, normal = 2, 1
        with store.atomic(durable=True):
            assert synchronous(store) == full
        assert synchronous(store) == normal
        with store.atomic():
            assert synchronous(store) == normal

    def test_readers_and_a_writer_do_not_wait_for_each_other(self, store: Store, tools: Tools) -> None:
        with Store.open(tools.catalogue) as other, store.atomic():
            store.topics.add("Rivers")
            assert other.topics.all() == []
        assert store.value("PRAGMA journal_mode") == "wal"


def test_who_is_forgotten_leaves_nothing_behind(run: CommandLine, store: Store) -> None:
    run("subscriber", "add", ADA, "--confirmed")
    run("subscriber", "set", ADA, "--only-kind", "report")
    run("subscriber", "forget", ADA, "--yes")
    tables = ("subscribers", "subscriptions", "consents", "filters", "owed")
    assert [store.value(f"SELECT count(*) FROM {table}") for table in tables] == [0] * len(tables)


@pytest.mark.R1
def test_ids_keep_their_host_when_the_sites_address_changes(run: CommandLine, site: Path) -> None:
    before = run.ask("release", "add", "--title", "Rivers")["id"]
    (site / "publisher.toml").write_text('[site]\nurl = "https://new.example.org"\n')
    after = run.ask("release", "add", "--title", "Roads")["id"]
    assert before.partition(":release/")[0] == after.partition(":release/")[0]


@pytest.mark.R6
def test_check_finds_a_run_that_was_closed_while_deliveries_wait(run: CommandLine, sql: sqlite3.Connection) -> None:
    sql.executescript(f"{A_BUNDLE}INSERT INTO deliveries (run, bundle) VALUES (1, 1); UPDATE runs SET state = 'closed'")
    answer = run("--json", "db", "check", ok=False)
    assert (answer.code, answer.document["faults"]) == (1, ["run 1: closed while deliveries wait"])


def test_check_finds_a_row_that_breaks_the_schema(run: CommandLine, sql: sqlite3.Connection) -> None:
    sql.execute("PRAGMA ignore_check_constraints = ON")
    sql.execute("UPDATE releases SET kind = 'pamphlet' WHERE pk = 1")
    answer = run("--json", "db", "check", ok=False)
    assert answer.code == 1
    assert "releases" in answer.document["faults"][0]


@pytest.mark.R12
class TestACatalogueThatDoesNotFit:
    def test_a_newer_one_ends_a_command_with_4(self, run: CommandLine, store: Store) -> None:
        store.write(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('pressroom', '9999_x', '')"
        )
        assert run("publish", ok=False).code == 4

    @pytest.mark.parametrize("content", [None, b""])
    def test_a_missing_or_empty_one_ends_a_command_with_2(
        self, run: CommandLine, tools: Tools, content: bytes | None
    ) -> None:
        for file in tools.data.glob("catalogue.db*"):
            file.unlink()
        if content is not None:
            tools.catalogue.write_bytes(content)
        assert run("publish", ok=False).code == 2


@pytest.mark.R9
class TestMomentsOfHandMadeRows:
    def test_a_moment_of_publication_counts_by_its_instant_not_its_text(
        self, run: CommandLine, sql: sqlite3.Connection
    ) -> None:
        sql.execute(
            "UPDATE releases SET publish_at = CASE pk WHEN 1 THEN '2026-01-26T10:30:00+02:00'"
            " ELSE '2026-01-26T08:30:00-02:00' END"
        )
        run("publish")
        assert titles(run) == ["Rivers"]

    @pytest.mark.parametrize("embargo", ["2026-01-26 12:00:00", "2026-01-26T08:30:00-02:00"])
    def test_an_embargo_counts_by_its_instant_not_its_text(
        self, run: CommandLine, sql: sqlite3.Connection, embargo: str
    ) -> None:
        sql.execute("UPDATE releases SET embargo = ?", (embargo,))
        run("publish")
        assert titles(run) == []

    @pytest.mark.R1
    def test_two_of_one_title_get_an_id_each(self, run: CommandLine, sql: sqlite3.Connection) -> None:
        sql.execute("UPDATE releases SET title = 'Same'")
        run("publish")
        assert len({item["id"] for item in run.feed("all")["items"]}) == 2


@pytest.mark.R9
def test_an_embargo_is_what_publish_looks_forward_to(run: CommandLine, site: Path) -> None:
    run("release", "add", "--title", "Later", "--embargo", "2026-01-27T12:00")
    (following,) = run.ask("publish")["next"]
    assert (following["what"], following["at"]) == ("release", "2026-01-27T12:00:00Z")


@pytest.mark.R2
def test_releases_that_fell_due_meanwhile_go_live_in_the_order_of_their_moments(run: CommandLine, site: Path) -> None:
    run("release", "add", "--title", "A", "--at", "2026-01-26T11:30")
    run("release", "add", "--title", "B", "--at", "2026-01-26T10:00", "--embargo", "2026-01-26T12:00")
    run("release", "add", "--title", "C", "--at", "2026-01-26T11:00")
    run.wait(days=1)
    run("publish")
    assert titles(run) == ["B", "A", "C"]


def test_the_newest_note_of_a_release_is_the_one_shown(run: CommandLine, site: Path) -> None:
    run("release", "add", "--title", "Floods")
    run("publish")
    for note in ("First.", "Second."):
        run("release", "revise", "floods", "--note", note)
    run("publish")
    content = run.feed("all")["items"][0]["content_html"]
    assert "Second." in content
    assert "First." not in content


def test_a_series_renamed_by_another_program_is_renamed_in_feeds(run: CommandLine, sql: sqlite3.Connection) -> None:
    run("release", "add", "--title", "Floods", "--series", "Water")
    run("publish")
    sql.execute("UPDATE series SET name = 'Seas'")
    run("publish")
    assert [item["_pressroom"].get("series") for item in run.feed("all")["items"]].count("Seas") == 1


@pytest.mark.R12
@pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param(
            f"{ANNOUNCEMENT}(1, 1, 'new', '{MOMENT}', '{MOMENT}'); {ANNOUNCEMENT}(2, 2, 'new', '{MOMENT}', '{MOMENT}')",
            id="moment",
        ),
        pytest.param("UPDATE releases SET updated = '2026-01-01T00:00:00Z'", id="updated"),
        pytest.param("UPDATE releases SET slug = 'x'", id="slug"),
        pytest.param(
            f"{SUBSCRIBER}('a@b.org', 'a@b.org', '{TOKEN}', '{MOMENT}'), ('c@b.org', 'c@b.org', '{TOKEN}', '{MOMENT}')",
            id="token",
        ),
        pytest.param(
            f"{AN_ITEM}INSERT INTO bundle_items VALUES (1, 0, 1, '[]'), (1, 1, 1, '[]')",
            id="item in a bundle",
        ),
    ],
)
def test_there_is_one_of_each(sql: sqlite3.Connection, nonsense: str) -> None:
    assert "UNIQUE" in refusal(sql, nonsense)


@pytest.mark.R12
@pytest.mark.parametrize(
    ("nonsense", "checked"),
    [
        ("INSERT INTO release_files (release, position, format, url) VALUES (1, 0, 'pdf', 'javascript:x')", "url"),
        ("INSERT INTO release_files (release, position, format, access) VALUES (1, 0, 'pdf', 'secret')", "access"),
        ("UPDATE catalogue SET demo = 2", "demo"),
        (f"{SUBSCRIBER}('a@b.org', 'a@b.org', 'short', '{MOMENT}')", "unsubscribe_token"),
        (f"{A_BUNDLE}INSERT INTO deliveries (run, bundle, state) VALUES (1, 1, 'claimed')", "claimed_by"),
        (f"{A_BUNDLE}INSERT INTO deliveries (run, bundle, state) VALUES (1, 1, 'sent')", "finished_at"),
    ],
)
def test_no_value_says_what_cannot_be(sql: sqlite3.Connection, nonsense: str, checked: str) -> None:
    said = refusal(sql, nonsense)
    assert said.startswith("CHECK")
    assert checked in said


def refusal(sql: sqlite3.Connection, statements: str) -> str:
    """Run `statements`; return what the file says to the last one."""
    *before, last = statements.split("; ")
    for statement in before:
        sql.execute(statement)
    with pytest.raises(sqlite3.IntegrityError) as caught:
        sql.execute(last)
    return str(caught.value)


@pytest.mark.R7
def test_tokens_are_random_in_all_their_length() -> None:
    tokens = [new_token() for _ in range(50)]
    assert len({token[:12] for token in tokens}) == len({token[-12:] for token in tokens}) == 50


def test_the_hash_of_an_address_needs_the_key_of_the_site() -> None:
    assert Signer(b"a" * 32).address_hash(ADA) != Signer(b"b" * 32).address_hash(ADA)
