"""Rows of people and of mail that another program has spoiled: they hold up nothing else, and are named."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest
from prometheus_client import generate_latest

from pressroom.membership.complaints import complain
from pressroom.membership.signing_up import ask
from pressroom.models.people import Frequency
from pressroom.models.sign_ups import SignUp
from pressroom.operations.pulse import Pulse
from pressroom.publishing.digests import open_run_by_hand
from pressroom.storage import schema_0016
from pressroom.storage.schema_0016 import FAULTS, NAMED_BY, STATES
from pressroom.tools import Tools
from pressroom.web.metrics import registry_of
from tests.conftest import CommandLine, Press
from tests.journeys.faults import check_all_is_well, said, sentences
from tests.running import titles

ADA, BO, CY = "ada@example.org", "bo@example.org", "cy@example.org"
THEN = "2026-01-26T09:00:00Z"
COLUMNS = [(table, column) for table, columns in FAULTS.items() for column in columns]
SPOILED = [*COLUMNS, ("deliveries", "state")]
SECOND = ("subscribers", "subscriptions", "consents", "deliveries", "runs", "run_items")
"""Tables of which the second row is spoiled: that of Bo, or of the run that is open."""
MENDS_ITSELF = {("catalogue", "mail_closed_until"), ("catalogue", "swept_at")}
"""What the next publish writes anew."""
pytestmark = pytest.mark.R12


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site in the middle of a digest, with a row in each table that is about people and mail."""
    fresh("topic", "add", "Rivers")
    for address in (ADA, BO, CY):
        chosen = ("--topic", "rivers=daily") if address == BO else ("--frequency", "daily")
        fresh("subscriber", "add", address, *chosen, "--confirmed")
    fresh("release", "add", "--title", "Floods", "--topic", "rivers", "--series", "Water")
    fresh.wait(days=1)
    fresh("publish")
    fresh("release", "add", "--title", "Bridges", "--topic", "rivers")
    fresh("publish")
    fresh("subscriber", "add", "di@example.org", "--frequency", "daily")
    tools = Tools.of(fresh.site)
    with tools.open_store() as store:
        open_run_by_hand(store, tools, fresh.now, [Frequency.DAILY])
        wished = SignUp("ed@example.org", "en", [("all", "daily")])
        ask(store, tools, wished, "192.0.2.1", fresh.now)
        complain(store, tools, name="", contact="", text="No.", place="192.0.2.1", now=fresh.now)
        store.suppressions.add("hash", "never", fresh.now)
        store.write(
            """INSERT INTO bounces (at, sent_at, subscriber, delivery, run, domain, class)
            VALUES (:then, :then, 2, 1, 1, 'example.org', 'soft')""",
            {"then": THEN},
        )
    fresh("release", "add", "--title", "Dams", "--topic", "rivers")
    return fresh


@pytest.mark.parametrize(("table", "column"), SPOILED)
def test_a_value_that_nobody_can_read_holds_up_nothing_and_is_named(
    press: CommandLine, table: str, column: str
) -> None:
    spoil(press, table, column)
    named = rf"Row .+ of the table {table} cannot be read whole: {column} is .+; mend it there\."
    if (table, column) not in MENDS_ITSELF:
        assert re.search(named, "\n".join(press("--json", "db", "check", ok=False).document["faults"]))
        assert re.search(named, "\n".join(problems(press)))
    press.wait(hours=23)  # the next daily digest is due
    done = press("publish", ok=False)
    assert "unexpected" not in done.err
    if column != "state" or table == "runs":
        assert re.search(named, done.err) or (table, column) in MENDS_ITSELF
    assert titles(press.site) == ["Dams", "Bridges", "Floods"]
    others = [ADA, CY] if table in ("subscribers", "subscriptions", "deliveries") else [ADA, BO, CY]
    for address in others:
        told = [title for mail in press.titles(address) for title in mail]
        assert sorted(told) == (["Dams", "Floods"] if is_run_lost(table, column) else ["Bridges", "Dams", "Floods"])
    for words in (("subscriber", "list"), ("digest", "list"), ("digest", "schedule"), ("complaint", "list")):
        press(*words)
    if (table, column) != ("deliveries", "state"):  # who is asked that often does not look through them all
        assert f"pressroom_problems {len(problems(press))}.0" in metrics(press)


def is_run_lost(table: str, column: str) -> bool:
    """Whether what waits of a run cannot leave, since nobody knows whether it may."""
    return (table, column) == ("runs", "state")


def test_the_file_itself_refuses_what_nobody_can_read(press: CommandLine) -> None:
    for table, column in COLUMNS:
        if table == "deliveries":
            continue
        with pytest.raises(sqlite3.IntegrityError, match=f"{table}.{column} is "):
            another_program(press, f"UPDATE {table} SET {column} = 'zz'")
    assert said(press) == []


def test_what_cannot_be_read_is_named_as_the_table_of_faults_says(press: CommandLine) -> None:
    spoil(press, "subscribers", "created_at")
    assert said(press) == sentences(
        "Something in a row about people or mail cannot be read: it was written before the catalogue refused that"
    )
    another_program(press, f"UPDATE subscribers SET created_at = '{THEN}' WHERE pk = 2")
    check_all_goes_on(press)


def test_what_points_at_nothing_is_named_as_the_table_of_faults_says(press: CommandLine) -> None:
    another_program(press, "INSERT INTO owed VALUES (2, 99)")
    assert said(press) == sentences(
        "A row names another that is gone: it was deleted before the catalogue refused that"
    )
    another_program(press, "DELETE FROM owed")
    check_all_goes_on(press)


@pytest.mark.parametrize("table", NAMED_BY)
def test_what_others_name_is_not_deleted_by_a_program_without_foreign_keys(press: CommandLine, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET pk = pk + 100"):
        with pytest.raises(
            sqlite3.IntegrityError, match=f"this row of {table} stays: others name it|announced release"
        ):
            another_program(press, statement)
    check_all_goes_on(press)


@pytest.mark.parametrize(
    ("statement", "column"),
    [
        ("UPDATE deliveries SET bundle = 99", "deliveries.bundle"),
        ("UPDATE announcements SET release = 99", "announcements.release"),
        ("INSERT INTO announcement_topics VALUES (1, 99)", "announcement_topics.topic"),
        ("INSERT INTO release_relations VALUES (1, 'part-of', 99)", "release_relations.target"),
    ],
)
def test_nor_is_one_named_that_is_not_there(press: CommandLine, statement: str, column: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=f"{column} is the number of a row of "):
        another_program(press, statement)
    check_all_goes_on(press)


@pytest.mark.parametrize(
    ("statement", "left", "told"),
    [
        ("DELETE FROM topics", "subscriptions", {"Bridges", "Dams", "Weirs"}),
        ("DELETE FROM series", "releases", {"Bridges", "Dams", "Weirs"}),
        ("DELETE FROM runs WHERE pk = 2", "deliveries", {"Bridges", "Dams", "Weirs"}),
        ("DELETE FROM bundles", "deliveries", {"Bridges", "Dams", "Weirs"}),
        ("DELETE FROM run_items WHERE pk = 2", "bundle_items", {"Dams", "Weirs"}),
        (
            "UPDATE deliveries SET bundle = 99 WHERE run = 2 AND subscriber = 2",
            "deliveries",
            {"Bridges", "Dams", "Weirs"},
        ),
        ("INSERT INTO owed VALUES (2, 99)", "owed", {"Bridges", "Dams", "Weirs"}),
        ("UPDATE announcements SET release = 99 WHERE no = 3", "announcements", {"Bridges", "Weirs"}),
    ],
)
def test_what_is_gone_all_the_same_holds_up_nothing_else_and_is_named(
    press: CommandLine, statement: str, left: str, told: set[str]
) -> None:
    press("publish", "--feeds-only")
    another_program(press, *without_triggers(), statement)
    named = f"of the table {left} points at nothing"
    assert named in "\n".join(problems(press))
    assert named in "\n".join(press("--json", "db", "check", ok=False).document["faults"])
    press("release", "add", "--title", "Weirs")
    press.wait(hours=23)
    assert "unexpected" not in press("publish", ok=False).err
    assert titles(press.site)[0] == "Weirs"
    for address in (ADA, CY):
        assert {title for mail in press.titles(address) for title in mail} == {"Floods"} | told
    assert "Weirs" not in {title for mail in press.titles(BO) for title in mail}  # who never followed everything
    assert press.ask("subscriber", "show", BO)["choices"] == ([] if left == "subscriptions" else ["rivers=daily"])


@pytest.mark.R7
def test_who_is_deleted_by_hand_takes_all_along_that_the_next_person_must_not_have(press: CommandLine) -> None:
    another_program(press, f"DELETE FROM subscribers WHERE address = '{BO}'", "DELETE FROM subscribers WHERE pk > 3")
    another_program(press, f"DELETE FROM subscribers WHERE address = '{CY}'")
    assert problems(press) == []
    press("subscriber", "add", "new@example.org", "--frequency", "monthly", "--confirmed")
    assert press.ask("subscriber", "show", "new@example.org")["choices"] == ["all=monthly"]
    press.wait(hours=23)
    press("publish")
    assert press.titles(ADA)[-1] == ["Dams"]
    assert press.titles(BO) == press.titles(CY) == [["Floods"]]
    assert press.titles("new@example.org") == []


def test_an_address_that_another_program_changes_is_found_by_its_new_form(press: CommandLine) -> None:
    another_program(press, f"UPDATE subscribers SET address = 'A.New@example.org' WHERE address = '{CY}'")
    addresses = [one["address"] for one in press.ask("subscriber", "list")]
    assert addresses == ["A.New@example.org", ADA, BO, "di@example.org"]
    assert press.ask("subscriber", "show", "a.new@example.org")["address"] == "A.New@example.org"
    check_all_goes_on(press, cy="A.New@example.org")


def test_one_in_letters_that_sqlite_cannot_fold_is_named_and_lists_and_restoring_come_to_their_end(
    press: CommandLine,
) -> None:
    another_program(press, f"UPDATE subscribers SET address = 'a.ñew@example.org' WHERE address = '{CY}'")
    assert len(press.ask("subscriber", "list")) == 4
    (fault,) = press("--json", "db", "check", ok=False).document["faults"]
    assert fault == (
        "Row 3 of the table subscribers is not found by its address: address_key is “cy@example.org” and not "
        "“a.ñew@example.org”; mend it there."
    )
    press("db", "backup", str(press.site / "backup"))
    press("db", "restore", str(press.site / "backup"), "--yes")


def check_all_goes_on(press: CommandLine, cy: str = CY) -> None:
    assert said(press) == []
    press.wait(hours=23)
    press("publish")
    assert titles(press.site) == ["Dams", "Bridges", "Floods"]
    for address in (ADA, BO, cy):
        assert ["Dams"] in press.titles(address)
    check_all_is_well(press)


def spoil(press: CommandLine, table: str, column: str, value: str = "") -> None:
    """Write what the file would refuse, as if it had been written before it did."""
    wanted = FAULTS[table].get(column, ("", f"one of {STATES}"))[1]
    nonsense = value or ("21/01/2026" if "moment" in wanted or "day" in wanted else "{" if column == "nos" else "5")
    has_numbers = table not in ("suppressions", "due_times")
    where = f"rowid = {1 + (table in SECOND)}" if has_numbers else "TRUE"
    another_program(
        press,
        *without_triggers(),
        f"UPDATE {table} SET {column} = '{nonsense}' WHERE {where}",
    )


def without_triggers() -> list[str]:
    """Return what takes away the triggers that keep other programs from spoiling rows."""
    found = re.findall(r"CREATE TRIGGER (\w+)", "".join(schema_0016.SCRIPTS))
    others = ("subscriptions_only_end", "consents_are_not_rewritten")
    return [f"DROP TRIGGER IF EXISTS {name}" for name in (*found, *others)]


def another_program(press: CommandLine, *statements: str) -> None:
    """Write as a program does that has switched off foreign keys, as they are in SQLite's own shell, and checks."""
    with closing(sqlite3.connect(press.site / "data" / "catalogue.db", isolation_level=None)) as catalogue:
        catalogue.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            catalogue.execute(statement)


def problems(press: CommandLine) -> list[str]:
    found: list[str] = press("--json", "health", ok=False).document["problems"]
    return found


def metrics(press: CommandLine) -> str:
    return generate_latest(registry_of(Tools.of(press.site), lambda: press.now, Pulse())).decode()
