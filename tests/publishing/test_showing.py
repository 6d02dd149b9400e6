"""What is shown of a release before it goes is what goes: the entry in feeds, and the digest."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pressroom.models.feeds import Format
from pressroom.models.intake import parse_release
from pressroom.models.people import Frequency
from pressroom.models.release import Relation, RelationKind, Release, State
from pressroom.publishing.entering import add_release
from pressroom.publishing.previewing import NO_TOKEN
from pressroom.publishing.proofreading import findings
from pressroom.publishing.showing import Telling, as_published, feed_entry
from pressroom.publishing.shown_digests import ShownDigest, profile, show_digest
from pressroom.storage import Store
from pressroom.syndication.cutting import cut
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press

LONDON = ZoneInfo("Europe/London")
ADA = "ada@example.org"
FLOODS: dict[str, Any] = {
    "title": "Floods & drains “in” towns",
    "kind": "guide",
    "topics": ["Rivers", "Sea"],
    "summary": "What eleven councils do.\n\nAnd what they do not.",
    "body": "One <b>paragraph</b>.\n\nAnother.",
    "url": "https://example.org/floods?a=1&b=2",
    "published": "2026-01",
    "authors": ["Ada Byron"],
    "download_url": "https://example.org/floods.pdf",
    "extra": {"series": "Waters", "edition": "2026", "doi": "10.1234/floods"},
}


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site at which “Dams” is out and “Ponds” withdrawn, with readers at every pace."""
    for topic in ("Rivers", "Sea"):
        fresh("topic", "add", topic)
    fresh("subscriber", "add", ADA, "--confirmed", "--topic", "rivers")
    fresh("subscriber", "add", "bo@example.org", "--confirmed", "--frequency", "immediate", "--language", "nl")
    fresh("subscriber", "add", "cy@example.org", "--confirmed", "--topic", "sea=daily", "--topic", "rivers=monthly")
    fresh("subscriber", "add", "di@example.org", "--confirmed", "--frequency", "daily", "--name", "Di Dee")
    for title in ("Dams", "Ponds"):
        fresh("release", "add", "--title", title, "--topic", "rivers", "--url", f"https://example.org/{title.lower()}")
        fresh.wait(seconds=5)
    fresh("publish")
    fresh.wait(days=8)
    fresh("publish")
    fresh("release", "add", "--title", "Canals", "--topic", "rivers", "--topic", "sea")
    fresh("publish")
    fresh.wait(minutes=1)
    return fresh


@pytest.fixture
def tools(press: CommandLine) -> Tools:
    return Tools.of(press.site)


def floods(press: CommandLine, **facts: Any) -> Release:
    return parse_release(FLOODS | facts, press.now, LONDON)


def published(press: CommandLine, form: Format, release_id: str | None) -> bytes:
    """Return the entry of a release as it stands in the feed of everything."""
    content = (press.site / "feeds" / f"all.{form}").read_bytes()
    return cut(content, form)[release_id or ""]


class TestEntry:
    @pytest.mark.parametrize("form", Format)
    def test_of_what_was_only_typed_is_the_one_that_comes(
        self, press: CommandLine, store: Store, tools: Tools, form: Format
    ) -> None:
        shown = as_published(store, floods(press), press.now)
        entry = feed_entry(tools, shown, form)
        add_release(store, floods(press))
        press("publish")
        assert published(press, form, shown.release.id) == entry

    def test_of_a_draft_that_names_others_is_the_one_that_comes(
        self, press: CommandLine, store: Store, tools: Tools
    ) -> None:
        press("release", "withdraw", "ponds", "--reason", "It was wrong.")
        ponds = store.releases.get("ponds")
        relation = Relation(RelationKind.REPLACES, ponds.id or "")
        draft = add_release(store, replace(floods(press), state=State.DRAFT, relations=(relation,)))
        shown = as_published(store, draft, press.now)
        entry = feed_entry(tools, shown, Format.ATOM)
        assert b"dcterms:replaces" in entry
        press("release", "publish", draft.slug or "")
        press("publish")
        assert published(press, Format.ATOM, draft.id) == entry

    @pytest.mark.parametrize("form", Format)
    def test_of_a_revision_is_the_one_that_comes(
        self, press: CommandLine, store: Store, tools: Tools, form: Format
    ) -> None:
        dams = store.releases.get("dams")
        shown = as_published(store, replace(dams, title="Dams and weirs"), press.now, Telling("Weirs were added."))
        entry = feed_entry(tools, shown, form)
        press("release", "revise", "dams", "--title", "Dams and weirs", "--note", "Weirs were added.")
        press("publish")
        assert published(press, form, dams.id) == entry

    def test_of_a_revision_under_a_further_topic_counts_both_announcements(
        self, press: CommandLine, store: Store, tools: Tools
    ) -> None:
        dams = store.releases.get("dams")
        facts = replace(dams, topics=(*dams.topics, store.topics.get("sea")))
        shown = as_published(store, facts, press.now, Telling("It is about the sea too."))
        entry = feed_entry(tools, shown, Format.ATOM)
        press("release", "revise", "dams", "--topic", "rivers", "--topic", "sea", "--note", "It is about the sea too.")
        press("publish")
        assert published(press, Format.ATOM, dams.id) == entry
        assert [one.change for one in store.announcements.of_release(dams.pk)] == [
            one.change for one in shown.announcements
        ]

    def test_of_an_edit_without_a_note_keeps_its_moment(self, press: CommandLine, store: Store, tools: Tools) -> None:
        dams = store.releases.get("dams")
        shown = as_published(store, replace(dams, title="Dams and weirs"), press.now)
        entry = feed_entry(tools, shown, Format.JSON)
        press("release", "edit", "dams", "--title", "Dams and weirs")
        press("publish")
        assert published(press, Format.JSON, dams.id) == entry
        assert shown.made == ()

    def test_of_a_withdrawal_is_the_one_that_comes(self, press: CommandLine, store: Store, tools: Tools) -> None:
        dams, canals = store.releases.get("dams"), store.releases.get("canals")
        telling = Telling("Figures were wrong.", withdraws=True, replacement=canals.id)
        shown = as_published(store, dams, press.now, telling)
        entry = feed_entry(tools, shown, Format.RSS)
        press("release", "withdraw", "dams", "--reason", "Figures were wrong.", "--replacement", "canals")
        press("publish")
        assert published(press, Format.RSS, dams.id) == entry


def assert_is(digest: ShownDigest, mail: EmailMessage, token: str) -> None:
    """Check that a digest is the mail that came, but for the links that are the reader's own."""
    parts = {part.get_content_subtype(): str(part.get_content()) for part in mail.walk() if not part.is_multipart()}
    html, text = (parts[kind].replace("\r\n", "\n").replace(token, NO_TOKEN) for kind in ("html", "plain"))
    assert text.rstrip("\n") == digest.message.text.rstrip("\n")
    assert html.rstrip("\n") == digest.message.html.rstrip("\n")
    assert str(mail["Subject"]) == digest.subject
    assert mail["Date"].datetime == digest.at


class TestDigest:
    @pytest.mark.R4
    @pytest.mark.R5
    @pytest.mark.parametrize("name", ["ada", "bo", "cy", "di"])
    def test_of_a_reader_is_the_mail_that_comes(
        self, press: CommandLine, store: Store, tools: Tools, name: str
    ) -> None:
        reader = store.subscribers.get(f"{name}@example.org")
        before = len(press.mails(reader.address))
        digest = show_digest(store, tools, as_published(store, floods(press), press.now), press.now, reader)
        assert (digest.why_not, digest.findings) == ("", ())
        add_release(store, floods(press))
        press("publish")
        press.now = digest.at
        press("publish")
        assert_is(digest, press.mails(reader.address)[before], reader.unsubscribe_token)

    def test_with_a_revision_is_the_mail_that_comes(self, press: CommandLine, store: Store, tools: Tools) -> None:
        reader = store.subscribers.get(ADA)
        before = len(press.mails(ADA))
        shown = as_published(store, store.releases.get("dams"), press.now, Telling("Two figures corrected."))
        digest = show_digest(store, tools, shown, press.now, reader)
        press("release", "revise", "dams", "--note", "Two figures corrected.")
        press.now = digest.at
        press("publish")
        assert_is(digest, press.mails(ADA)[before], reader.unsubscribe_token)
        assert "Two figures corrected." in digest.message.text

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (("subscriber", "set", ADA, "--topic", "sea", "--drop", "rivers"), "they follow none of its topics"),
            (("subscriber", "pause", ADA), "they are paused, and get it when they are back"),
            (("subscriber", "unsubscribe", ADA), "they have unsubscribed"),
            (("subscriber", "add", "eve@example.org"), "they have not confirmed yet"),
            (("subscriber", "set", ADA, "--no-partners"), "their filter keeps it back"),
        ],
    )
    def test_says_why_a_reader_would_not_get_it_and_shows_another(
        self, press: CommandLine, store: Store, tools: Tools, change: tuple[str, ...], said: str
    ) -> None:
        press(*change)
        reader = store.subscribers.get(change[2])
        typed = floods(press, topics=["Rivers"], publisher="Somebody Else")
        digest = show_digest(store, tools, as_published(store, typed, press.now), press.now, reader)
        assert said in digest.why_not
        assert digest.why_not.startswith(change[2])
        assert FLOODS["title"] in digest.message.text
        assert change[2] not in digest.message.text

    def test_of_a_revision_says_who_was_never_sent_it(self, press: CommandLine, store: Store, tools: Tools) -> None:
        press("subscriber", "add", "eve@example.org", "--confirmed")
        shown = as_published(store, store.releases.get("dams"), press.now, Telling("Figures corrected."))
        digest = show_digest(store, tools, shown, press.now, store.subscribers.get("eve@example.org"))
        assert "never sent to them" in digest.why_not
        assert "Figures corrected." in digest.message.text

    def test_of_an_edit_says_that_nobody_is_mailed(self, press: CommandLine, store: Store, tools: Tools) -> None:
        shown = as_published(store, store.releases.get("dams"), press.now)
        digest = show_digest(store, tools, shown, press.now, store.subscribers.get(ADA))
        assert "nobody is mailed" in digest.why_not

    @pytest.mark.R7
    def test_of_who_must_not_be_mailed_is_not_shown(self, press: CommandLine, store: Store, tools: Tools) -> None:
        store.suppressions.add(tools.signer.address_hash(ADA), "complaint", press.now)
        digest = show_digest(
            store, tools, as_published(store, floods(press), press.now), press.now, store.subscribers.get(ADA)
        )
        assert "nothing may be mailed there" in digest.why_not

    def test_of_a_profile_is_that_of_its_choices(self, press: CommandLine, store: Store, tools: Tools) -> None:
        shown = as_published(store, floods(press), press.now)
        sea = store.topics.get("sea")
        digest = show_digest(store, tools, shown, press.now, profile(tools, Frequency.DAILY, [sea], "nl"))
        assert digest.why_not == ""
        assert "Dagelijks overzicht" in digest.message.text
        assert digest.at == tools.settings.timetable.following(Frequency.DAILY, press.now)

    @pytest.mark.R9
    def test_holds_no_personal_link(self, press: CommandLine, store: Store, tools: Tools) -> None:
        reader = store.subscribers.get(ADA)
        message = show_digest(store, tools, as_published(store, floods(press), press.now), press.now, reader).message
        said = f"{message.headers}{message.html}{message.text}"
        assert reader.unsubscribe_token not in said

    @pytest.mark.R9
    def test_says_what_lint_says_of_the_mail(self, press: CommandLine, store: Store, tools: Tools) -> None:
        private = floods(press, summary="Read https://example.org/secret.pdf", extra={"access": "members"})
        private = replace(
            private, files=tuple(replace(one, url="https://example.org/secret.pdf") for one in private.files)
        )
        digest = show_digest(
            store, tools, as_published(store, private, press.now), press.now, store.subscribers.get(ADA)
        )
        assert [one.name for one in digest.findings] == ["private-material"]


@pytest.mark.R8
def test_nothing_is_written_for_it(press: CommandLine, store: Store, tools: Tools) -> None:
    def dump() -> list[str]:
        return list(store.connection.iterdump())

    before = dump()
    dams = store.releases.get("dams")
    for release, telling in (
        (floods(press, topics=["Rivers", "Unheard of"], extra={"series": "New"}), None),
        (dams, Telling("Corrected.")),
        (dams, Telling("Wrong.", withdraws=True)),
    ):
        shown = as_published(store, release, press.now, telling)
        for form in Format:
            feed_entry(tools, shown, form)
        digest = show_digest(store, tools, shown, press.now, store.subscribers.get(ADA))
        findings(store, tools, release, press.now, telling, digest)
    assert dump() == before
