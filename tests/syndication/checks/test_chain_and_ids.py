"""A feed with its archives, and a document beside an earlier one: what leads nowhere and whose id has changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pressroom.syndication.checks import Checked, DocumentKind, SeenEntry
from pressroom.syndication.checks.chain import check_chain, newest_states
from pressroom.syndication.checks.ids import Known, changed_ids, stale_entries, unknown_ids

SITE = "https://example.org/feeds"
LIVE = f"{SITE}/rivers.atom"
NOON = datetime(2026, 1, 28, 12, tzinfo=UTC)


def archive(number: int, **links: str) -> Checked:
    place = f"{SITE}/archive/rivers/{number:04}.atom"
    known = {"self": place, "current": LIVE} | {name.replace("_", "-"): url for name, url in links.items()}
    return Checked(place, DocumentKind.ATOM, links=known, is_archive=True)


def a_chain() -> list[Checked]:
    second = f"{SITE}/archive/rivers/0002.atom"
    return [Checked(LIVE, DocumentKind.ATOM, links={"self": LIVE}), archive(2), archive(1, next_archive=second)]


def found(documents: list[Checked]) -> set[str]:
    return {finding.rule for finding in check_chain(documents)}


def test_archives_that_lead_to_one_another_are_let_pass() -> None:
    assert not found(a_chain())
    assert not found(a_chain()[:1])
    assert not found([])


@pytest.mark.parametrize(
    ("rule", "place", "links", "is_archive"),
    [
        ("not-an-archive", 1, {}, False),
        ("wrong-current", 1, {"current": f"{SITE}/lakes.atom"}, True),
        ("wrong-next-archive", 2, {"next-archive": f"{SITE}/archive/rivers/0003.atom"}, True),
        ("wrong-next-archive", 2, {"next-archive": ""}, True),
    ],
)
def test_archives_that_do_not_are_found(rule: str, place: int, links: dict[str, str], is_archive: bool) -> None:
    chain = a_chain()
    chain[place] = replace(chain[place], links={**chain[place].links, **links}, is_archive=is_archive)
    assert found(chain) == {rule}


def test_numbers_go_down_by_one_to_the_first() -> None:
    live, second, first = a_chain()
    assert found([live, second]) == {"archive-number"}
    assert found([live, replace(second, place=f"{SITE}/archive/rivers/0003.atom"), first]) == {"archive-number"}
    named = replace(second, place=f"{SITE}/archive/rivers/spring.atom")
    assert not found([live, named])


def test_an_archive_of_another_format_is_found() -> None:
    live, second, first = a_chain()
    assert found([live, second, replace(first, kind=DocumentKind.RSS)]) == {"archive-format"}


def entry(name: str, hours: int = 0, **facts: str) -> SeenEntry:
    known = {"id": f"tag:example.org,2026:{name}", "title": name, "link": f"https://example.org/{name}"} | facts
    return SeenEntry(known["id"], known["title"], known["link"], NOON + timedelta(hours=hours), 7)


def by_id(entries: Iterable[SeenEntry]) -> dict[str, SeenEntry]:
    return {one.id: one for one in entries}


OLD = [entry("c", 3), entry("b", 2), entry("a", 1)]


def changes(new: list[SeenEntry]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.entry.rpartition(":")[2]) for finding in changed_ids(OLD, by_id(new), LIVE)]


@pytest.mark.R1
@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (OLD, []),
        ([entry("d", 4), *OLD[:2]], []),  # the oldest has dropped off the end
        ([entry("c", 3), entry("b", 9), entry("a", 1)], []),  # updated
        ([entry("c", 3), entry("a", 1)], [("vanished-id", "b")]),
        ([entry("c", 3), entry("b", 2, id="tag:x:new"), entry("a", 1)], [("changed-id", "new")]),
        ([entry("c", 3), entry("b", 2, id="tag:x:new", title="B"), entry("a", 1)], [("changed-id", "new")]),
        ([entry("c", 3), entry("b", 2), entry("a", 1, id="tag:x:new")], [("changed-id", "new")]),
        ([entry("d", 4, title="a"), entry("c", 3), entry("b", 2)], []),  # a new one of an old title
        ([], []),
    ],
)
def test_ids_that_change_or_vanish_are_found(new: list[SeenEntry], expected: list[tuple[str, str]]) -> None:
    assert changes(new) == expected


def test_an_id_is_that_of_a_public_release_or_a_notice_of_one() -> None:
    known = {"tag:example.org,2026:a", "https://example.org/feeds/topics/rivers", "https://old.example.org/#7"}
    notices = [
        entry("a", id="tag:example.org,2026:a#3"),
        entry("end", id="https://example.org/feeds/topics/rivers#ended"),
        entry("seven", id="https://old.example.org/#7/correction-3"),
        entry("b"),
        entry("d", id="https://example.org/feeds/topics/rivers/d"),
        entry("c", id="#tag:example.org,2026:a"),
    ]
    assert [finding.entry for finding in unknown_ids([entry("a"), *notices], known)] == [
        "tag:example.org,2026:b",
        "https://example.org/feeds/topics/rivers/d",
        "#tag:example.org,2026:a",
    ]


def test_the_newest_state_of_an_entry_counts_wherever_it_stands() -> None:
    live = Checked(LIVE, DocumentKind.ATOM, entries=(entry("a", 1),))
    older = Checked(f"{SITE}/archive/1.atom", DocumentKind.ATOM, entries=(entry("a", 5), entry("b")))
    states = newest_states([live, older])
    assert [one.updated for one in states.values()] == [NOON + timedelta(hours=5), NOON]


def test_an_entry_that_is_behind_the_catalogue_is_found() -> None:
    withdrawn = Known("tag:example.org,2026:w", "w", NOON, is_withdrawn=True)
    known = {one: Known(one, one[-1], NOON, is_withdrawn=False) for one in map("tag:example.org,2026:{}".format, "abc")}
    seen = [entry("a"), entry("b", 1), entry("c", title="see"), entry("w", title="[Ingetrokken] w"), entry("x")]
    stale = stale_entries(by_id(seen), known | {withdrawn.id: withdrawn})
    assert [(finding.rule, finding.entry[-1]) for finding in stale] == [("stale-entry", "b"), ("stale-entry", "c")]
    retitled = stale_entries(by_id([entry("w", title="[Withdrawn] v")]), {withdrawn.id: withdrawn})
    assert [finding.rule for finding in retitled] == ["stale-entry"]
