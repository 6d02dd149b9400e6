"""The import: who is the same, what goes in silently, what changes, and that nothing is ever half-written."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pressroom.models.announcements import Announcement, Change
from pressroom.models.extra import EXTRA_FIELDS
from pressroom.models.release import Release
from pressroom.publishing.importing import Announce, ImportOrder, ImportReport, import_releases
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.publishing.rows import dump, write

Importing = Callable[..., ImportReport]


@pytest.fixture
def bring(store: Store, tools: Tools, tmp_path: Path, now: datetime) -> Importing:
    """Import these rows and return the report."""

    def bring(*rows: Any, announce: Announce = Announce.RECENT, **order: Any) -> ImportReport:
        path = write(tmp_path / "rows.jsonl", list(rows))
        return import_releases(store, tools, path, ImportOrder(announce.covers, **order), now)

    return bring


def only(store: Store) -> Release:
    (release,) = store.releases.all()
    return release


def loud(store: Store) -> list[Announcement]:
    """Return what readers were told of."""
    every = [one for release in store.releases.all() for one in store.announcements.of_release(release.pk)]
    return [one for one in every if not one.silent]


# Which rows are the same release.


@pytest.mark.R1
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"id": "urn:x:1"}, {"id": "urn:x:1", "title": "Other", "extra": {"doi": "10.1000/2"}}),
        ({"extra": {"doi": "10.1000/A"}}, {"title": "Other", "extra": {"doi": "https://doi.org/10.1000/a"}}),
        ({"extra": {"doi": "10.1000/a"}}, {"id": "urn:x:1", "title": "Other", "extra": {"doi": "10.1000/a"}}),
        (
            {"publisher": "NIST", "extra": {"reference": "TN 1"}},
            {"publisher": "nist", "title": "Other", "extra": {"reference": "tn 1"}},
        ),
        ({}, {}),
        ({"url": "https://example.org/", "published": "2020"}, {"url": "https://example.org/", "published": "2020"}),
        ({}, {"title": "RIVERS", "summary": "Other words"}),
        ({}, {"id": "urn:x:1"}),
        ({"extra": {"doi": "10.1000/1"}}, {"extra": {"reference": "TN 1"}}),
    ],
)
def test_rows_that_are_the_same_release(bring: Importing, one: dict[str, Any], other: dict[str, Any]) -> None:
    report = bring({"title": "Rivers"} | one, {"title": "Rivers"} | other)
    assert (report.added, report.unchanged) == (1, 1)


@pytest.mark.R1
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"id": "urn:x:1"}, {"id": "urn:x:2"}),
        ({"extra": {"doi": "10.1000/1"}}, {"extra": {"doi": "10.1000/2"}}),
        ({"extra": {"reference": "TN 1"}}, {"extra": {"reference": "TN 2"}}),
        (
            {"publisher": "NBS", "extra": {"reference": "TN 1"}, "title": "A"},
            {"publisher": "NIST", "extra": {"reference": "TN 1"}},
        ),
        ({"published": "2020"}, {"published": "2020-01"}),
        ({"published": "2020"}, {}),
        ({"url": "https://example.org/1"}, {"url": "https://example.org/2"}),
    ],
)
def test_rows_that_are_two_releases(bring: Importing, one: dict[str, Any], other: dict[str, Any]) -> None:
    report = bring({"title": "Rivers"} | one, {"title": "Rivers"} | other)
    assert (report.added, report.unchanged) == (2, 0)
    again = bring({"title": "Rivers"} | one, {"title": "Rivers"} | other)
    assert (again.added, again.unchanged) == (0, 2)


def test_known_rows_that_say_something_else_are_named_by_their_lines(bring: Importing, store: Store) -> None:
    bring({"title": "Rivers", "summary": "Old", "id": "urn:x:1"}, {"title": "Roads"})
    report = bring({"title": "Roads"}, {"title": "Rivers", "summary": "New", "id": "urn:x:1"})
    assert (report.unchanged, report.differing) == (2, [2])
    assert store.releases.get("urn:x:1").summary == "Old"


@pytest.mark.R1
def test_ids_and_slugs_do_not_depend_on_the_catalogue(tmp_path: Path, tools: Tools, now: datetime) -> None:
    rows = write(
        tmp_path / "rows.jsonl",
        [{"title": "Rivers", "published": f"{year}"} for year in (2020, 2021, 2022)]
        + [{"title": "日本"}, {"title": "B"}],
    )
    found = []
    for name in ("one.db", "two.db"):
        with Store.create(tmp_path / name, now=now, authority="example.org,2026") as store:
            import_releases(store, tools, rows, ImportOrder(), now)
            found.append([(release.id, release.slug, release.updated) for release in store.releases.all()])
    assert found[0] == found[1]
    assert {slug for _, slug, _ in found[0]} == {"rivers", "rivers-2", "rivers-3", "release", "b"}


@pytest.mark.R1
def test_an_old_guid_is_kept_also_when_the_title_changes(bring: Importing, store: Store) -> None:
    bring({"title": "Rivers", "id": "https://old.example.org/?p=17"})
    bring({"title": "Rivers and roads", "id": "https://old.example.org/?p=17"}, update=True)
    release = only(store)
    assert (release.id, release.slug, release.title) == ("https://old.example.org/?p=17", "rivers", "Rivers and roads")


# What is announced.


@pytest.mark.parametrize(
    ("published", "announce", "is_announced"),
    [
        ("2026-01-26", Announce.RECENT, True),
        ("2025-12-28", Announce.RECENT, True),
        ("2025-12-26", Announce.RECENT, False),
        ("2026-01", Announce.RECENT, False),
        ("2026", Announce.RECENT, False),
        (None, Announce.RECENT, False),
        ("1889-05-06", Announce.RECENT, False),
        ("2027-01-01", Announce.RECENT, False),
        (None, Announce.ALL, True),
        ("1000-01-01", Announce.ALL, True),
        ("2026-01-26", Announce.NONE, False),
    ],
)
def test_readers_hear_of_what_the_order_covers(
    bring: Importing, store: Store, published: str | None, announce: Announce, is_announced: bool
) -> None:
    report = bring({"title": "Rivers", "published": published}, announce=announce)
    assert (report.scheduled, report.silent) == ((1, 0) if is_announced else (0, 1))
    assert only(store).state == ("scheduled" if is_announced else "live")
    assert loud(store) == []  # what is announced takes its number with the next publish


@pytest.mark.R2
def test_a_back_catalogue_sorts_by_its_own_dates_and_its_moments_are_unique(bring: Importing, store: Store) -> None:
    dates = ["2020-05-01", "2020-05-01", "1889-05-06", "1000", "2028-12-31", None, None]
    bring(*({"title": f"Rivers {place}", "published": date} for place, date in enumerate(dates)))
    releases = list(store.releases.all())
    assert [str(release.own_date) if release.own_date else None for release in releases] == [
        "2028-12-31", "2020-05-01", "2020-05-01", "1889-05-06", "1000", None, None,
    ]  # fmt: skip
    moments = [release.updated for release in releases]
    assert len(set(moments)) == len(moments)
    earliest, latest = datetime(1991, 1, 1, tzinfo=UTC), datetime(2026, 1, 26, 9, tzinfo=UTC)
    assert all(moment and earliest <= moment <= latest for moment in moments)
    assert [release.published.year if release.published else None for release in releases] == [
        2028, 2020, 2020, 1889, 1000, None, None,
    ]  # fmt: skip
    assert [one.silent for release in releases for one in store.announcements.of_release(release.pk)] == [True] * 7


@pytest.mark.R9
@pytest.mark.parametrize(
    ("extra", "published", "state"),
    [
        ({"status": "scheduled"}, "2026-02-01", "scheduled"),
        ({"status": "scheduled"}, None, "expected"),
        ({"status": "draft"}, "2020-01-01", "draft"),
        ({"embargo": "2026-02-01T00:01"}, "2020-01-01", "scheduled"),
        ({"embargo": "some day"}, "2020-01-01", "draft"),
        ({"Embargo": "2026-02-01T00:01"}, "2020-01-01", "scheduled"),
        ({"status": "on hold"}, "2020-01-01", "draft"),
        ({"status": ["draft"]}, "2020-01-01", "draft"),
        ({"status": "embargoed"}, "2020-01-01", "draft"),
    ],
)
def test_what_is_not_to_go_out_yet_waits_whatever_is_announced(
    bring: Importing, store: Store, extra: dict[str, Any], published: str | None, state: str
) -> None:
    for announce in Announce:
        bring({"title": announce, "published": published, "extra": extra}, announce=announce)
    assert {release.state for release in store.releases.all()} == {state}
    now = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
    assert store.releases.due(now) == []


@pytest.mark.R9
def test_what_is_held_since_nobody_can_read_it_is_named(bring: Importing, store: Store) -> None:
    rows = [
        {"title": "A", "embargo": "31.12.2099"},
        {"title": "B", "status": "draft"},
        {"title": "C", "Status": "Entwurf"},
    ]
    report = bring(*rows)
    assert (report.added, report.waiting) == (3, 3)
    assert [(one.line, one.sentence.split("; write")[0]) for one in report.held] == [
        (1, "embargo: “31.12.2099” is no moment in time; kept as a draft"),
        (3, "status: “Entwurf” does not say that it may go out; kept as a draft"),
    ]
    assert bring(*rows).held == []  # they are drafts already


@pytest.mark.R9
def test_an_update_with_an_embargo_that_nobody_can_read_holds_what_is_not_out(bring: Importing, store: Store) -> None:
    bring({"title": "Out"}, {"title": "Soon", "published": "2026-01-26"})
    report = bring(
        {"title": "Out", "embargo": "some day"},
        {"title": "Soon", "published": "2026-01-26", "embargo": "some day"},
        update=True,
    )
    assert [one.line for one in report.held] == [2]
    assert {release.title: release.state for release in store.releases.all()} == {"Out": "live", "Soon": "draft"}


@pytest.mark.R9
def test_an_update_opens_nothing_by_an_empty_cell(bring: Importing, store: Store) -> None:
    bring({"title": "A", "access": "members", "embargo": "2026-07-01", "download_url": "https://example.org/a.pdf"})
    before = only(store)
    bring({"title": "A", "access": "", "embargo": "", "summary": "New"}, update=True)
    assert replace(only(store), summary="", version=before.version) == before


def test_names_without_a_place_are_counted_and_what_they_say_is_kept(bring: Importing, store: Store) -> None:
    report = bring(
        {"title": "A", "Topic": "x", "embargoed_until": "y", "extra": {"note": 1}},
        {"title": "B", "topic": "z"},
        {"topic": "x"},
    )
    assert report.kept == {"embargoed_until": 1, "topic": 2}
    assert [release.extra.get("topic") for release in store.releases.all()] == ["z", "x"]


def test_a_day_that_is_over_makes_nothing_wait_and_nothing_loud(bring: Importing, store: Store) -> None:
    report = bring({"title": "Rivers", "published": "2020-01-01", "extra": {"status": "scheduled"}})
    assert (report.silent, report.waiting) == (1, 0)
    assert only(store).state == "live"


# Changes.


def test_an_update_edits_silently(bring: Importing, store: Store) -> None:
    row = {"title": "Rivers", "id": "urn:x:1", "published": "2020-05-01", "topics": ["Data"]}
    bring(row)
    before = only(store)
    report = bring(row | {"title": "Roads", "summary": "New", "topics": ["Data", "Roads"]}, update=True)
    after = only(store)
    assert (report.updated, report.revised, report.new_topics) == (1, 0, ["Roads"])
    assert (after.title, after.summary, len(after.topics)) == ("Roads", "New", 2)
    assert (after.updated, after.published, after.slug) == (before.updated, before.published, before.slug)
    assert after.version > before.version
    assert loud(store) == []


def test_an_update_with_a_note_revises(bring: Importing, store: Store, now: datetime) -> None:
    bring({"title": "Rivers", "id": "urn:x:1"}, {"title": "Roads"}, {"title": "Draft", "status": "draft"})
    report = bring(
        {"title": "Rivers", "id": "urn:x:1", "summary": "New"},
        {"title": "Roads"},
        {"title": "Draft", "summary": "New"},
        update=True,
        note="Figures of 2025 added.",
    )
    assert (report.updated, report.revised, report.unchanged) == (1, 1, 1)  # a draft has no readers yet
    (announced,) = loud(store)
    assert (announced.change, announced.note) == (Change.REVISED, "Figures of 2025 added.")
    assert store.releases.get("urn:x:1").updated == announced.at


@pytest.mark.parametrize("note", ["", "Checked."])
def test_an_update_without_changes_writes_nothing(bring: Importing, store: Store, note: str) -> None:
    rows = [
        {"title": "Rivers", "topics": ["Data", "Cyber security"], "authors": ["Ann", "Ben"], "partners": ["LOLA"],
         "url": "https://example.org/r", "download_url": "https://example.org/r.pdf", "published": "2026-01-20",
         "extra": dict.fromkeys(EXTRA_FIELDS, "2") | {"series": "Trends", "access": "mixed", "note": ["kept"]}},
        {"title": "Roads", "extra": {"series": "TRENDS", "embargo": "2026-07-01"}},
    ]  # fmt: skip
    bring(*rows)
    before = dump(store)
    report = bring(*rows, update=True, note=note)
    assert report.unchanged == 2
    assert dump(store) == before


def test_an_update_leaves_what_the_row_does_not_name(bring: Importing, store: Store) -> None:
    bring({"title": "Rivers", "id": "urn:x:1", "kind": "guide", "topics": ["Data"], "extra": {"series": "Trends"}})
    before = only(store)
    bring({"title": "Rivers", "id": "urn:x:1", "summary": "New"}, update=True)
    assert replace(only(store), summary="", version=before.version) == before


def test_a_blank_note_is_refused_before_anything_is_read(bring: Importing) -> None:
    with pytest.raises(Exception, match="note: is blank; say in a sentence what has changed"):
        bring({"title": "Rivers"}, update=True, note=" \x00 ")


def test_a_dry_run_says_what_would_happen_and_changes_nothing(bring: Importing, store: Store) -> None:
    bring({"title": "Rivers", "id": "urn:x:1"})
    before = dump(store)
    rows = [
        {"title": "Rivers", "id": "urn:x:1", "summary": "New"},
        {"title": "Roads", "topics": ["Data"]},
        {"title": ""},
    ]
    tried = bring(*rows, update=True, dry_run=True)
    assert dump(store) == before
    assert tried == bring(*rows, update=True)


def test_a_dry_run_keeps_nobody_waiting(store: Store, tools: Tools, tmp_path: Path, now: datetime) -> None:
    def write_too(rows: int, done: int, size: int) -> None:
        with Store.open(store.path) as other:
            other.connection.execute("PRAGMA busy_timeout = 0")
            other.topics.add("Roads")

    rows = write(tmp_path / "rows.jsonl", [{"title": "Rivers", "topics": ["Data"]}])
    report = import_releases(store, tools, rows, ImportOrder(dry_run=True), now, progress=write_too)
    assert report.new_topics == ["Data"]
    assert [topic.name for topic in store.topics.all()] == ["Roads"]
    assert {path.name for path in store.path.parent.iterdir()} <= {
        "armed", "catalogue.db", "catalogue.db-wal", "catalogue.db-shm", "secret.key"
    }  # fmt: skip


# Topics and series.


def test_new_topics_are_made_once_and_named(bring: Importing, store: Store) -> None:
    report = bring({"title": "A", "topics": ["R&D", "Data"]}, {"title": "B", "topics": ["r-d", "DATA!", "Data"]})
    assert report.new_topics == ["R&D", "Data"]
    assert [topic.name for topic in store.topics.all()] == ["Data", "R&D"]
    assert {tuple(topic.name for topic in release.topics) for release in store.releases.all()} == {("R&D", "Data")}


def test_strict_topics_refuse_a_row_with_unknown_ones(bring: Importing, store: Store) -> None:
    store.topics.add("Data", aliases=["Figures"])
    report = bring({"title": "A", "topics": ["figures"]}, {"title": "B", "topics": ["Data", "New"]}, strict_topics=True)
    assert report.added == 1
    assert [one.sentence for one in report.refused] == ["Unknown topics: New; add them first with “topic add”."]
    assert [topic.slug for topic in store.topics.all()] == ["data"]


@pytest.mark.R12
def test_a_refused_row_leaves_no_topic_behind(bring: Importing, store: Store) -> None:
    report = bring({"title": "A", "topics": ["Data", "???"]}, {"title": "B", "topics": ["Data"]})
    assert [(one.line, one.sentence.split(";")[0]) for one in report.refused] == [
        (1, "topic: “???” gives no usable slug")
    ]
    assert report.new_topics == ["Data"]
    assert len(store.topics.all()) == 1


def test_a_topic_in_any_script_may_be_used_once_it_has_a_slug(bring: Importing, store: Store) -> None:
    assert bring({"title": "A", "topics": ["日本"]}).added == 0
    store.topics.add("日本", slug="japan")
    assert bring({"title": "A", "topics": ["日本"]}).added == 1
    assert [topic.slug for topic in only(store).topics] == ["japan"]


# Bad input.


@pytest.mark.R12
def test_bad_rows_are_named_and_the_good_ones_beside_them_go_in(bring: Importing, store: Store) -> None:
    report = bring({"title": "A"}, {"title": ""}, '{"title": "B"\n', {"title": "C", "kind": "leaflet"}, {"title": "D"})
    assert {release.title for release in store.releases.all()} == {"A", "D"}
    assert [one.line for one in report.refused] == [2, 3, 4]
    assert report.refused[1].sentence == (
        'is no JSON at character 14, near “{"title": "B"”; put one object on each line.'
    )


@pytest.mark.R12
def test_what_only_the_catalogue_itself_refuses_is_a_refusal_of_that_row(bring: Importing, store: Store) -> None:
    store.write(
        "CREATE TRIGGER whim BEFORE INSERT ON release_authors WHEN NEW.name = 'Nobody' "
        "BEGIN SELECT RAISE(ABORT, 'nobody is no author'); END"
    )
    bad = {"title": "B", "authors": ["Ann", "Nobody"], "topics": ["New"], "extra": {"series": "New"}}
    report = bring({"title": "A"}, bad, {"title": "C", "topics": ["Data"]})
    assert (report.added, report.silent, report.new_topics) == (2, 2, ["Data"])
    assert [one.sentence for one in report.refused] == [
        "The catalogue refuses this row (nobody is no author); leave out the field that it names."
    ]
    assert store.series.all() == []
    assert [topic.slug for topic in store.topics.all()] == ["data"]
    assert {release.title for release in store.releases.all()} == {"A", "C"}


@pytest.mark.R12
def test_a_thousand_releases_of_one_name_get_a_slug_each(bring: Importing, store: Store) -> None:
    report = bring(*({"title": "News", "id": f"urn:x:{number}"} for number in range(1_500)))
    assert report.added == 1_500
    assert store.releases.get("urn:x:1499").slug == "news-1500"


def test_an_import_that_is_locked_out_changes_nothing(bring: Importing, store: Store) -> None:
    store.connection.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(store.path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        bring({"title": "Rivers"})
    other.close()
    assert list(store.releases.all()) == []
