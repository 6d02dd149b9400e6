"""The foot of a digest, and the headers around it."""

from __future__ import annotations

import re

import pytest

from pressroom.delivery.mime import encode
from pressroom.digest.headers import message_id
from pressroom.models.people import Choice, Frequency
from pressroom.settings import Mail, Settings, Site
from tests.builders import a_reader, a_topic, an_offered_item
from tests.digest.samples import (
    composed,
    header,
    html_links,
    nine,
    page,
    text_links,
    text_words,
    words,
)


class TestFoot:
    def test_says_why_topic_by_frequency(self) -> None:
        one = composed(an_offered_item(), reader=a_reader("Cyber security", "Harnessing data"))
        assert "You get this because you follow Cyber security and Harnessing data, weekly." in text_words(one)
        choices = (
            Choice(Frequency.DAILY, a_topic("Cyber security")),
            Choice(Frequency.WEEKLY, a_topic("Harnessing data")),
            Choice(Frequency.WEEKLY),
        )
        mixed = composed(an_offered_item(), reader=a_reader(choices=choices))
        why = (
            "You get this because you follow Cyber security (daily); "
            "Harnessing data and everything we release (weekly)."
        )
        assert why in text_words(mixed)
        assert why in words(page(mixed))

    def test_says_since_when(self) -> None:
        assert "weekly. You subscribed on 5 January 2026." in text_words(composed(an_offered_item()))
        assert "You subscribed" not in composed(an_offered_item(), reader=a_reader("Rivers", agreed_at=None)).text

    def test_leads_to_the_feeds_of_what_is_followed(self) -> None:
        base = "https://news.example.org/feeds/"

        def feeds(*topics: str) -> list[str]:
            links = text_links(composed(an_offered_item(), reader=a_reader(*topics)))
            return [link.removeprefix(base) for link in links if link.startswith(base)]

        assert feeds() == ["all.atom"]
        assert feeds("Cyber security") == ["topics/cyber-security.atom"]
        assert feeds("Roads", "Rivers") == ["topics/roads.atom", "topics/rivers.atom"]
        assert feeds("A", "B", "C", "D") == ["all.atom"]
        assert "Rivers as a feed:" in composed(an_offered_item(), reader=a_reader("Roads", "Rivers")).text

    @pytest.mark.R8
    def test_unsubscribes_by_a_visible_link_in_both_parts_and_by_the_header(self) -> None:
        message = composed(an_offered_item())
        address = "https://news.example.org/unsubscribe/ab2cd3ef4gh5ij6kl7mn2op3qr"
        assert address in html_links(message)
        assert address in text_links(message)
        assert header(message, "List-Unsubscribe") == f"<{address}>"
        assert header(message, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"

    def test_names_the_sender_and_a_person_to_reply_to(self) -> None:
        message = composed(an_offered_item())
        sender = "Socitm Institute · 1 Example Street, Exampleton EX1 1EX · Registered in England 00000000"
        assert sender in words(page(message))
        assert sender in text_words(message)
        assert text_links(message)[-1] == "mailto:editor@example.org"
        assert header(message, "Reply-To") == "editor@example.org"

    def test_leaves_out_what_is_not_set(self) -> None:
        message = composed(an_offered_item(), settings=Settings(site=Site(name="Rivers Trust")))
        assert "Reply-To" not in dict(message.headers)
        assert "Reply to a person" not in message.text
        assert message.text.endswith("\nRivers Trust")


class TestHeaders:
    def test_are_those_of_a_list(self) -> None:
        message = composed(an_offered_item(title="Rivers"), reader=a_reader(name="Zoë Ångström"))
        identity = message_id("k3y", 7, "news.example.org")
        assert message.headers == (
            ("From", "Socitm Institute <digest@news.example.org>"),
            ("To", "Zoë Ångström <reader@example.com>"),
            ("Reply-To", "editor@example.org"),
            ("Subject", "Rivers"),
            ("Date", "Mon, 26 Jan 2026 08:00:04 +0000"),
            ("Message-ID", identity),
            ("List-Id", "Socitm Institute <digest.news.example.org>"),
            ("List-Unsubscribe", "<https://news.example.org/unsubscribe/ab2cd3ef4gh5ij6kl7mn2op3qr>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("List-Post", "NO"),
            ("List-Help", "<https://news.example.org/subscribe>"),
            ("Feedback-ID", header(message, "Feedback-ID")),
            ("Auto-Submitted", "auto-generated"),
            ("Precedence", "bulk"),
            ("X-Auto-Response-Suppress", "OOF, AutoReply, DR, RN, NRN"),
        )
        assert message.message_id == identity
        assert (message.sender, message.recipient) == ("digest@news.example.org", "reader@example.com")

    def test_count_complaints_by_run_and_never_by_recipient(self) -> None:
        """Gmail 6254652: four fields at most, the last the same for ever, of 5 to 15 characters."""
        one, other = (
            header(composed(an_offered_item(), reader=a_reader(address=address, pk=number)), "Feedback-ID")
            for number, address in ((7, "reader@example.com"), (8, "other@example.com"))
        )
        assert one == other
        *parts, sender = one.split(":")
        assert len(parts) == 3
        assert re.fullmatch("[a-z2-7]{10}", sender)

    def test_name_the_sender_as_the_settings_do(self) -> None:
        settings = Settings(mail=Mail(from_name="Zoë, editor", from_address="zoe@bücher.example"))
        message = composed(an_offered_item(), settings=settings)
        assert header(message, "From") == "Zoë, editor <zoe@bücher.example>"
        assert header(message, "Message-ID").endswith("@xn--bcher-kva.example>")
        assert encode(message).isascii()

    @pytest.mark.R6
    def test_make_the_message_id_of_run_and_subscriber_alone(self) -> None:
        identity = message_id("k3y", 7, "example.org")
        assert re.fullmatch(r"<[0-9a-f]{40}@example\.org>", identity)
        assert identity == message_id("k3y", 7, "example.org")
        assert len({identity, message_id("k3y", 8, "example.org"), message_id("key", 7, "example.org")}) == 3

    @pytest.mark.R6
    def test_and_parts_are_a_function_of_the_arguments_alone(self) -> None:
        offered = nine()
        first, again = composed(*offered), composed(*reversed(offered))
        assert first == again
        assert encode(first) == encode(again)
