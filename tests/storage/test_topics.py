"""Topics and series: names in any script, aliases, and slugs that stay."""

from __future__ import annotations

import pytest

from pressroom.errors import InvalidFieldError, TopicExistsError
from pressroom.storage import Store


def test_a_topic_is_found_by_slug_name_and_alias_in_any_case(store: Store) -> None:
    topic = store.topics.add("Cyber security", aliases=["Infosec"])
    for reference in ("cyber-security", "Cyber security", "CYBER  SECURITY!", "infosec"):
        assert store.topics.find(reference) == topic
    assert store.topics.find("cyber") is None


def test_a_topic_in_any_script_is_found_by_its_name(store: Store) -> None:
    topic = store.topics.add("日本", slug="japan")
    assert store.topics.find("日本") == store.topics.find("japan") == topic
    assert store.topics.find("中国") is None
    renamed = store.topics.rename(topic, "日本国")
    assert (renamed.slug, store.topics.get("日本国").pk) == ("japan", topic.pk)


@pytest.mark.R12
@pytest.mark.parametrize(("name", "slug"), [("", ""), ("???", ""), ("日本", ""), (" \u200b", "x")])
def test_a_topic_without_a_name_or_a_slug_is_refused(store: Store, name: str, slug: str) -> None:
    with pytest.raises(InvalidFieldError, match="gives no usable slug"):
        store.topics.add(name, slug)


@pytest.mark.R12
@pytest.mark.parametrize(
    ("name", "said"),
    [("All", "“All” means everything; choose another name"), ("x" * 301, "is 301 characters long; keep it under 300")],
)
def test_no_topic_is_called_or_known_as_all_or_by_more_than_a_line_holds(store: Store, name: str, said: str) -> None:
    rivers = store.topics.add("Rivers")
    with pytest.raises(InvalidFieldError, match=f"^topic: {said}.$"):
        store.topics.add(name)
    with pytest.raises(InvalidFieldError, match=f"^slug: {said}.$"):
        store.topics.add("A", name)
    with pytest.raises(InvalidFieldError, match=f"^alias: {said}.$"):
        store.topics.add_alias(rivers, name)
    with pytest.raises(InvalidFieldError, match=f"^name: {said}.$"):
        store.topics.rename(rivers, name)


@pytest.mark.R12
def test_an_alias_must_lead_somewhere_and_a_name_be_seen(store: Store) -> None:
    topic = store.topics.add("Data")
    with pytest.raises(InvalidFieldError, match=r"alias: “日本” leads nowhere; use letters a to z or digits"):
        store.topics.add_alias(topic, "日本")
    with pytest.raises(InvalidFieldError, match="name: is missing"):
        store.topics.rename(topic, " ")


def test_a_name_that_leads_elsewhere_is_refused(store: Store) -> None:
    store.topics.add("Data", aliases=["Figures"])
    other = store.topics.add("Roads")
    with pytest.raises(TopicExistsError):
        store.topics.rename(other, "figures")
    with pytest.raises(TopicExistsError):
        store.topics.add("FIGURES")


def test_series_differ_by_more_than_case_and_get_a_slug_each(store: Store) -> None:
    first = store.series.ensure("R&D")
    assert store.series.ensure("r&d") == first
    slugs = [store.series.ensure(name).slug for name in ("R&D", "R D", "R-D", "日本", "中国")]
    assert slugs == ["r-d", "r-d-2", "r-d-3", "series", "series-2"]
