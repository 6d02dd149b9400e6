"""The public page of a run: each release once, as news where it was news to anybody."""

from __future__ import annotations

from itertools import permutations

import pytest

from pressroom.digest.issue import make_issue
from pressroom.links import Links
from pressroom.models.runs import Issue, Item
from pressroom.models.words import ENGLISH
from tests.builders import a_run, an_item
from tests.digest.samples import SETTINGS, TEMPLATES


def an_issue(*items: Item) -> Issue:
    return make_issue(
        a_run(), items, links=Links(SETTINGS.site.url), settings=SETTINGS, templates=TEMPLATES, words=ENGLISH,
        since=None, up_to_no=40,
    )  # fmt: skip


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_release_told_differently_is_told_once_as_news(order: tuple[int, ...]) -> None:
    told = [
        an_item(release=7, change="revised", nos=(9,), title="Floods", notes=("A figure.",)),
        an_item(release=7, change="filed", nos=(8,), title="Floods"),
        an_item(release=7, change="new", nos=(1, 9), title="Floods"),
    ]
    issue = an_issue(*(told[place] for place in order))
    assert (issue.items, issue.title) == (1, "Floods")
    assert "Revised" not in issue.content
    assert "Newly filed" not in issue.content


def test_of_the_same_news_the_one_that_holds_most_is_told() -> None:
    first = an_item(release=7, change="revised", nos=(8,), notes=("A figure.",))
    both = an_item(release=7, change="revised", nos=(8, 9), notes=("A figure.", "A name."))
    assert "A name." in an_issue(first, both).content
    assert an_issue(first, both) == an_issue(both, first)
