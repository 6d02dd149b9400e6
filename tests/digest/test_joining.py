"""Releases that come together and belong together are one item, led by the collection, then a report."""

from __future__ import annotations

from typing import Any

import pytest

from pressroom.digest.joining import joined
from pressroom.digest.wording import beyond
from tests.builders import an_offered_item

COLLECTION: dict[str, Any] = {"release": 1, "id": "tag:1", "kind": "collection", "title": "Trends 2026"}


@pytest.mark.parametrize(
    "part",
    [
        {"collection": "Trends 2026"},
        {"relations": (("part-of", "tag:1"),)},
        {"relations": (("summary-of", "tag:1"),)},
        {"relations": (("translation-of", "tag:1"),)},
        {"relations": (("launches", "tag:1"),)},
    ],
)
def test_what_belongs_to_another_stands_under_it(part: dict[str, Any]) -> None:
    (item,) = joined([an_offered_item(release=2, kind="news", **part), an_offered_item(**COLLECTION)])
    assert item.item.title == "Trends 2026"
    assert [other.release for other in item.also] == [2]


def test_a_collection_gathers_what_is_of_its_series_and_edition() -> None:
    same = {"series": "Trends", "edition": "2026"}
    offered = [
        an_offered_item(release=2, kind="news", **same),
        an_offered_item(**COLLECTION, **same),
        an_offered_item(release=3, series="Trends", edition="2025"),
        an_offered_item(release=4, kind="news", series="Trends"),
    ]
    assert [(one.item.release, len(one.also)) for one in joined(offered)] == [(1, 1), (3, 0), (4, 0)]
    assert len(joined([offered[0], an_offered_item(release=5, **same)])) == 2, "no collection, nothing to gather"


def test_parts_of_one_collection_join_without_it_and_a_report_leads() -> None:
    (item,) = joined([
        an_offered_item(release=1, kind="briefing", collection="Trends", own_date="2026-01-30"),
        an_offered_item(release=2, kind="report", collection="Trends", own_date="2026-01-01"),
        an_offered_item(release=3, kind="news", collection="Trends", own_date="2026-01-31"),
    ])  # fmt: skip
    assert item.item.release == 2
    assert [other.release for other in item.also] == [3, 1]


def test_a_chain_is_one_item_in_whatever_order_it_comes() -> None:
    chain = [
        an_offered_item(release=1, id="tag:1"),
        an_offered_item(release=2, id="tag:2", relations=(("summary-of", "tag:1"),)),
        an_offered_item(release=3, id="tag:3", relations=(("translation-of", "tag:2"),)),
    ]
    for offered in (chain, chain[::-1], [chain[1], chain[0], chain[2]], [chain[2], chain[0], chain[1]]):
        assert [len(one.also) for one in joined(offered)] == [2]


def test_why_each_is_there_is_kept_once() -> None:
    (item,) = joined([
        an_offered_item("Data", "Roads", release=2, collection="Trends 2026"),
        an_offered_item("Roads", **COLLECTION),
    ])  # fmt: skip
    assert item.reasons == ("Roads", "Data")


@pytest.mark.parametrize("change", ["revised", "withdrawn"])
def test_what_has_changed_stands_by_itself(change: str) -> None:
    offered = [an_offered_item(**COLLECTION), an_offered_item(release=2, collection="Trends 2026", change=change)]
    assert [one.also for one in joined(offered)] == [(), ()]


@pytest.mark.parametrize("relation", ["replaces", "version-of"])
def test_other_relations_join_nothing(relation: str) -> None:
    assert (
        len(joined([an_offered_item(**COLLECTION), an_offered_item(release=2, relations=((relation, "tag:1"),))])) == 2
    )


@pytest.mark.parametrize("relation", ["summary-of", "translation-of"])
def test_an_original_leads_its_summaries_and_translations_whatever_their_dates(relation: str) -> None:
    original = an_offered_item(release=1, id="tag:1", kind="briefing", own_date="2026-03")
    derived = an_offered_item(
        release=2, id="tag:2", kind="report", own_date="2026-03-30", relations=((relation, "tag:1"),)
    )
    for offered in ([original, derived], [derived, original]):
        assert [(one.item.release, [other.release for other in one.also]) for one in joined(offered)] == [(1, [2])]


def test_a_collection_leads_what_it_translates() -> None:
    whole = an_offered_item(release=2, id="tag:2", kind="collection", relations=(("translation-of", "tag:1"),))
    assert joined([an_offered_item(release=1, id="tag:1"), whole])[0].item.release == 2


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Water: executive summary", "Executive summary"),
        ("Water – in brief", "In brief"),
        ("Water - in brief", "In brief"),
        ("Water Executive summary", "Executive summary"),
        ("Water executive summary", "Water executive summary"),
        ("Water and sanitation in Kent", "Water and sanitation in Kent"),
        ("Water élan vital", "Water élan vital"),
        ("Waterways in Kent", "Waterways in Kent"),
        ("Water-ways in Kent", "Water-ways in Kent"),
        ("Water's edge", "Water's edge"),
        ("Water/land atlas", "Water/land atlas"),
        ("Water 2", "Water 2"),
        ("Water II", "Water II"),
        ("Water", "Water"),
        ("Rivers", "Rivers"),
    ],
)
def test_a_companion_says_what_its_title_says_beyond_the_leads_and_no_half_word(title: str, said: str) -> None:
    assert beyond(title, "Water") == said
