"""Letters: what each kind says, in both parts and both languages, and what its headers promise."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import html as lxml_html

from pressroom.delivery.mime import encode
from pressroom.digest.headers import message_id
from pressroom.digest.letter_texts import Circumstances
from pressroom.digest.letters import compose_letter
from pressroom.links import Links
from pressroom.models.letters import LASTS, LetterKind
from pressroom.models.people import Choice, Frequency, Subscriber, SubscriberState
from pressroom.models.runs import Message
from pressroom.models.words import Words
from pressroom.rendering import Translations
from pressroom.settings import Brand, Mail, Retention, Settings, Site
from tests.builders import a_letter, a_reader, a_topic
from tests.digest.samples import TEMPLATES
from tests.golden import check_golden

TOKEN = "tk" * 29
SETTINGS = Settings(
    site=Site(name="Association of River Wardens", url="https://press.example.org"),
    mail=Mail(
        from_address="digest@press.example.org",
        reply_to="editor@example.org",
        postal_address="1 Quay Street, Exampleton EX1 1EX",
        registered="Association of River Wardens, registered charity 0000000",
    ),
)
CHOICES = (
    Choice(Frequency.WEEKLY, a_topic("Cyber security")),
    Choice(Frequency.DAILY),
    Choice(Frequency.IMMEDIATE, a_topic("Rivers & roads")),
)
READER = a_reader(choices=CHOICES, name="Ada", state=SubscriberState.PENDING)
TOLD = {
    LetterKind.CONFIRMATION: Circumstances(token=TOKEN, origin="command line"),
    LetterKind.WELCOME: Circumstances(issue=12),
    LetterKind.PREFERENCES: Circumstances(token=TOKEN),
    LetterKind.GOODBYE: Circumstances(ended=CHOICES),
    LetterKind.ALREADY: Circumstances(token=TOKEN),
    LetterKind.ADDRESS: Circumstances(token=TOKEN),
    LetterKind.MOVED: Circumstances(),
    LetterKind.COMPLAINT: Circumstances(complaints=((3, datetime(2026, 2, 20, 9, tzinfo=UTC)),)),
}


def composed(kind: LetterKind, language: str = "en", **facts: Any) -> Message:
    settings: Settings = facts.pop("settings", SETTINGS)
    recipient: Subscriber = replace(facts.pop("recipient", READER), language=language)
    words: Words = facts.pop("words", None) or Translations().words(language)
    return compose_letter(
        a_letter(kind),
        recipient,
        facts.pop("told", TOLD[kind]),
        links=Links(settings.site.url),
        settings=settings,
        templates=TEMPLATES,
        words=words,
    )


def links_of_html(message: Message) -> list[str]:
    return [str(one.get("href")) for one in lxml_html.fromstring(message.html).iter("a")]


def links_of_text(message: Message) -> list[str]:
    return re.findall(r"^\[\d+\] (.*)$", message.text, re.MULTILINE)


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("kind", LetterKind)
def test_golden(kind: LetterKind, language: str) -> None:
    message = composed(kind, language)
    check_golden(f"mail/letter-{kind}.{language}.html", message.html.encode())
    check_golden(f"mail/letter-{kind}.{language}.txt", message.text.encode())


@pytest.mark.parametrize("kind", LetterKind)
class TestEveryLetter:
    def test_says_and_links_the_same_in_both_parts(self, kind: LetterKind) -> None:
        message = composed(kind)
        assert links_of_html(message) == links_of_text(message)
        text = " ".join(message.text.split())
        shown = lxml_html.fromstring(message.html).xpath("//h1|//p[not(a)]")
        for said in (" ".join(one.text_content().split()) for one in shown):
            assert said in text or said.upper() in text

    def test_has_one_heading_its_language_and_no_tracking(self, kind: LetterKind) -> None:
        page = lxml_html.fromstring(composed(kind, "nl").html)
        assert (page.get("lang"), page.get("dir")) == ("nl", "ltr")
        assert len(page.xpath("//h1")) == 1
        assert not page.xpath("//img|//script|//form|//iframe")

    def test_is_the_same_at_every_attempt_and_fits_its_lines(self, kind: LetterKind) -> None:
        assert composed(kind) == composed(kind)
        assert max(map(len, encode(composed(kind)).split(b"\r\n"))) <= 998
        assert all(len(line) < 78 for line in composed(kind).text.splitlines() if not line.startswith("["))

    def test_comes_by_machine_and_is_dated_when_it_was_written(self, kind: LetterKind) -> None:
        headers = dict(composed(kind).headers)
        assert headers["Auto-Submitted"] == "auto-generated"
        assert headers["X-Auto-Response-Suppress"] == "OOF, AutoReply, DR, RN, NRN"
        assert headers["Date"] == "Mon, 26 Jan 2026 09:30:00 +0000"
        assert headers["To"] == "Ada <reader@example.com>"
        assert headers["Message-ID"] == message_id(a_letter().key, READER.pk, "press.example.org")

    def test_escapes_what_people_and_settings_bring(self, kind: LetterKind) -> None:
        site = Site(name="<b>Wardens</b> & {{ sons }}", url="https://press.example.org")
        message = composed(kind, settings=SETTINGS.model_copy(update={"site": site}))
        assert "<b>Wardens" not in message.html
        assert "&lt;b&gt;Wardens&lt;/b&gt; &amp; {{ sons }}" in message.html

    def test_ends_with_who_sends_it(self, kind: LetterKind) -> None:
        said = " ".join(composed(kind).text.split())
        assert said.endswith(
            "1 Quay Street, Exampleton EX1 1EX · Association of River Wardens, registered charity 0000000"
        )
        assert "mailto:editor@example.org" in links_of_html(composed(kind))

    def test_has_a_subject_without_what_could_break_a_header(self, kind: LetterKind) -> None:
        site = Site(name="A" + " very long name" * 20, url="https://press.example.org")
        subject = dict(composed(kind, settings=SETTINGS.model_copy(update={"site": site})).headers)["Subject"]
        assert len(subject) <= 100

    def test_uses_the_brand(self, kind: LetterKind) -> None:
        settings = SETTINGS.model_copy(update={"brand": Brand(brand="#7a1f3d")})
        assert "#7a1f3d" in composed(kind, settings=settings).html


class TestConfirmation:
    def test_has_an_address_of_its_own_and_is_no_mail_of_the_list(self) -> None:
        message = composed(LetterKind.CONFIRMATION)
        assert message.sender == "confirm@press.example.org"
        headers = dict(message.headers)
        assert headers["From"] == "Association of River Wardens <confirm@press.example.org>"
        assert not [name for name in headers if name.startswith("List-") or name == "Precedence"]

    def test_says_who_asked_for_what_and_when(self) -> None:
        said = " ".join(composed(LetterKind.CONFIRMATION).text.split())
        assert "On 26 January 2026 at 09:30 we were asked to send digests" in said
        assert "to reader@example.com. The request was entered by our staff." in said
        assert "Cyber security (weekly); everything we release (daily); Rivers & roads (at once)" in said

    def test_says_how_long_everything_takes(self) -> None:
        said = " ".join(composed(LetterKind.CONFIRMATION).text.split())
        assert LASTS[LetterKind.CONFIRMATION].total_seconds() / 3600 == 72
        assert "for 72 hours, until 09:30 on 29 January 2026" in said
        assert "ignore this mail: nothing happens, and the request is deleted on 2 February 2026." in said

    @pytest.mark.parametrize(
        ("days", "words"),
        [
            (30, "nothing happens, and the request is deleted on 25 February 2026."),
            (3, "nothing happens, and the request is deleted on 29 January 2026."),
            (0, "nothing happens."),
        ],
    )
    def test_says_how_long_a_request_is_kept_as_it_is_set(self, days: int, words: str) -> None:
        settings = SETTINGS.model_copy(update={"retention": Retention(pending_days=days)})
        said = " ".join(composed(LetterKind.CONFIRMATION, settings=settings).text.split())
        assert f"ignore this mail: {words}" in said

    def test_links_to_the_button_alone(self) -> None:
        assert links_of_html(composed(LetterKind.CONFIRMATION)) == [
            f"https://press.example.org/confirm/{TOKEN}",
            "mailto:editor@example.org",
        ]

    def test_an_address_of_the_sites_choice_wins(self) -> None:
        mail = SETTINGS.mail.model_copy(update={"confirmation_address": "hello@other.example.org"})
        message = composed(LetterKind.CONFIRMATION, settings=SETTINGS.model_copy(update={"mail": mail}))
        assert message.sender == "hello@other.example.org"
        assert message.message_id.endswith("@other.example.org>")


class TestWelcome:
    def test_says_when_the_first_digests_come(self) -> None:
        said = " ".join(composed(LetterKind.WELCOME).text.split())
        assert "What you follow at once comes soon after it is released." in said
        assert "Daily digest: the first comes on 27 January 2026" in said
        assert "Weekly digest: the first comes on 2 February 2026" in said

    def test_is_mail_of_the_list_with_a_way_out(self) -> None:
        headers = dict(composed(LetterKind.WELCOME).headers)
        assert headers["List-Unsubscribe"] == f"<https://press.example.org/unsubscribe/{READER.unsubscribe_token}>"
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert f"https://press.example.org/unsubscribe/{READER.unsubscribe_token}" in links_of_text(
            composed(LetterKind.WELCOME)
        )

    def test_links_the_latest_issue_where_there_is_one(self) -> None:
        assert "https://press.example.org/issues/12" in links_of_html(composed(LetterKind.WELCOME))
        bare = composed(LetterKind.WELCOME, told=Circumstances())
        assert not [link for link in links_of_html(bare) if "/issues/" in link]


class TestPreferences:
    def test_says_how_long_the_link_works_and_is_no_mail_of_the_list(self) -> None:
        message = composed(LetterKind.PREFERENCES)
        assert LASTS[LetterKind.PREFERENCES].total_seconds() / 3600 == 24
        assert "works for 24 hours, until 09:30 on 27 January 2026" in " ".join(message.text.split())
        assert f"https://press.example.org/preferences/{TOKEN}" in links_of_html(message)
        assert not [name for name, _ in message.headers if name.startswith("List-")]


class TestGoodbye:
    def test_says_what_ended_and_how_to_come_back(self) -> None:
        message = composed(LetterKind.GOODBYE)
        said = " ".join(message.text.split())
        assert "What has ended: Cyber security (weekly); everything we release (daily)" in said
        assert "If you want to come back, ask for digests again." in said
        assert "Everything stays open to you in the feeds." in said
        assert "https://press.example.org/subscribe" in links_of_html(message)
        assert not [link for link in links_of_html(message) if "unsubscribe" in link]
        assert not [name for name, _ in message.headers if name.startswith("List-")]

    def test_asks_nobody_to_answer_where_nobody_reads(self) -> None:
        mail = SETTINGS.mail.model_copy(update={"reply_to": None})
        message = composed(LetterKind.GOODBYE, settings=SETTINGS.model_copy(update={"mail": mail}))
        assert "answer" not in message.text
        assert "write to us" not in message.text
