"""What is found about a release before it goes: each with its field and the remedy, by the limits of what is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pressroom.digest.facts import LONGEST_SUBJECT
from pressroom.digest.item_facts import LONGEST_SUMMARY
from pressroom.models.dates import PartialDate
from pressroom.models.release import Access, File, Release, State, Topic
from pressroom.publishing.entering import add_release
from pressroom.publishing.proofreading import FIELDS, WHOLE, findings
from pressroom.publishing.showing import Telling, as_published
from pressroom.publishing.shown_digests import profile, show_digest
from pressroom.storage import Store
from pressroom.syndication.content import LONGEST_BODY
from pressroom.tools import Tools

NOW = datetime(2026, 1, 26, 9, tzinfo=UTC)
PDF = File("pdf", "https://example.org/floods.pdf", 1_000)


def sound(**facts: Any) -> Release:
    """Return a release of which there is nothing to say, but for these facts."""
    defaults: dict[str, Any] = {
        "title": "Floods",
        "summary": "What eleven councils do.",
        "url": "https://example.org/floods",
        "topics": (Topic.named("Rivers"),),
        "own_date": PartialDate.parse("published", "2026-01"),
        "files": (PDF,),
    }
    return Release(**(defaults | facts))


@pytest.fixture(autouse=True)
def rivers(store: Store) -> None:
    store.topics.add("Rivers")


def of(store: Store, tools: Tools, release: Release, telling: Telling | None = None) -> list[tuple[str, str]]:
    return [(one.field, one.words) for one in findings(store, tools, release, NOW, telling)]


def test_of_a_sound_release_there_is_nothing_to_say(store: Store, tools: Tools) -> None:
    assert of(store, tools, sound()) == []


@pytest.mark.parametrize(
    ("facts", "field", "said"),
    [
        ({"title": " "}, "title", "The title is missing"),
        ({"title": "x" * 1_001}, "title", "Title is 1,001 characters long"),
        ({"title": "Water " * 12}, "title", "Title of 71 characters: the subject line"),
        ({"title": "Floods &amp; droughts"}, "title", "readers see “&amp;”"),
        ({"subtitle": "x " * 200}, "subtitle", "Subtitle over 300 characters"),
        ({"summary": ""}, "summary", "No summary"),
        ({"summary": "x" * 450}, "summary", "Summary over 400 characters: the mail cuts it. Shorten it by 50."),
        ({"summary": "One.\n\nTwo."}, "summary", "runs them into one"),
        ({"summary": "It is <b>new</b>."}, "summary", "readers see “<b>” as it stands"),
        ({"body": "<p>One.</p>"}, "body", "Full text with HTML"),
        ({"body": "x " * 5_000}, "body", "Full text of 9,999 bytes: feeds show the first 7,000"),
        ({"body": "x", "access": Access.MEMBERS}, "body", "for members: neither feed nor page shows it"),
        ({"topics": ()}, "topics", "No topic"),
        ({"topics": (Topic.named("Seas"),)}, "topics", "There is no topic “Seas”"),
        ({"url": None, "files": ()}, "url", "Nothing to read"),
        (
            {"url": "https://example.org/floods.pdf", "access": Access.MEMBERS},
            "url",
            "also the address of a file for members",
        ),
        ({"own_date": None}, "published", "No date of its own"),
        ({"own_date": PartialDate.parse("published", "2026-03-01")}, "published", "The date lies ahead"),
        ({"access": Access.MIXED}, "access", "nothing of it is for members"),
        ({"files": (replace(PDF, size=None),)}, "files", "No size of the PDF"),
        ({"files": (replace(PDF, format="document"),)}, "files", "The format “document” is unknown"),
        ({"embargo": datetime(2026, 2, 1, tzinfo=UTC)}, "embargo", "Under embargo until 2026-02-01 00:00"),
    ],
)
def test_every_finding_names_its_field_and_the_remedy(
    store: Store, tools: Tools, facts: dict[str, Any], field: str, said: str
) -> None:
    found = of(store, tools, sound(**facts))
    assert [(one, said in words) for one, words in found] == [(field, True)]
    assert all(words.count(". ") + words.count(": ") >= 1 and words.endswith(".") for _, words in found)
    assert field in FIELDS


def test_what_is_found_is_what_mail_and_feed_cut(store: Store, tools: Tools) -> None:
    for name, longest in (("title", LONGEST_SUBJECT), ("summary", LONGEST_SUMMARY)):
        for length in (longest, longest + 1):
            text = "x" * length
            release = sound(**{name: text})
            message = show_digest(store, tools, as_published(store, release, NOW), NOW, profile(tools)).message
            said = dict(message.headers)["Subject"] if name == "title" else " ".join(message.html.split())
            assert (text in said) is (of(store, tools, release) == [])
    for length in (LONGEST_BODY, LONGEST_BODY + 1):
        release = sound(body="x" * length)
        assert (of(store, tools, release) == []) is (length == LONGEST_BODY)


def test_the_same_release_again_is_found(store: Store, tools: Tools) -> None:
    added = add_release(store, sound())
    ((field, words),) = of(store, tools, sound())
    assert (field, "already, as “floods”" in words) == (WHOLE, True)
    assert of(store, tools, added) == []


def test_a_withdrawal_needs_its_reason(store: Store, tools: Tools) -> None:
    live = replace(add_release(store, sound()), state=State.LIVE)
    assert [field for field, _ in of(store, tools, live, Telling(withdraws=True))] == ["note"]
    assert [field for field, _ in of(store, tools, live, Telling("x" * 2_000))] == ["note"]


def test_only_what_keeps_it_from_going_is_no_warning(store: Store, tools: Tools) -> None:
    def keeps(**facts: Any) -> list[bool]:
        return [not one.is_warning for one in findings(store, tools, sound(**facts), NOW)]

    assert keeps(title="") == [True]
    assert keeps(title="x" * 1_001) == [True]
    assert keeps(topics=(Topic.named("Seas"),)) == [True]
    assert keeps(summary="") == [False]
    assert keeps(url="https://example.org/floods.pdf", access=Access.MEMBERS) == [False]


@pytest.mark.R9
def test_what_lint_says_of_the_mail_concerns_the_whole(store: Store, tools: Tools) -> None:
    release = sound(access=Access.MEMBERS, summary="Read https://example.org/floods.pdf at once.")
    digest = show_digest(store, tools, as_published(store, release, NOW), NOW, profile(tools))
    found = [one for one in findings(store, tools, release, NOW, None, digest) if one.field == WHOLE]
    assert ["members-only file" in one.words for one in found] == [True]
