"""The head of a digest: subject, lead, first line and masthead."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from pressroom.delivery.mime import encode
from pressroom.models.people import Choice, Frequency
from tests.builders import a_reader, a_topic, an_offered_item
from tests.digest.samples import (
    composed,
    first_line,
    header,
    nine,
    page,
    text_words,
    the_reader,
    words,
)


class TestSubject:
    def test_says_the_lead_and_how_many_more(self) -> None:
        message = composed(
            an_offered_item("Cyber security", title="A briefing", kind="briefing"),
            an_offered_item("Cyber security", title="Digital Trends 2026", kind="collection"),
            an_offered_item("Cyber security", title="A report"),
        )
        assert header(message, "Subject") == "Digital Trends 2026, and 2 more"

    def test_of_one_item_is_its_title(self) -> None:
        assert header(composed(an_offered_item(title="Rivers")), "Subject") == "Rivers"

    @pytest.mark.parametrize("more", [0, 1, 120])
    @pytest.mark.parametrize("title", ["Rivers and " * 30, "x" * 300, "日本語" * 60, "x\u0301" * 200, "Rivers"])
    def test_stays_under_70_characters(self, title: str, more: int) -> None:
        others = [an_offered_item(kind="news") for _ in range(more)]
        subject = header(composed(an_offered_item(title=title), *others), "Subject")
        assert len(subject) < 70
        assert subject.endswith(f", and {more} more" if more else "…" if len(title) > 69 else title)

    def test_cuts_after_a_whole_word(self) -> None:
        title = "Connected Devolution: digital systems for successful, holistic reorganisation"
        subject = header(composed(an_offered_item(title=title), an_offered_item(kind="news")), "Subject")
        assert subject == "Connected Devolution: digital systems for successful…, and 1 more"

    def test_never_parts_a_letter_from_its_accent(self) -> None:
        subject = header(composed(an_offered_item(title="x\u0301" * 200)), "Subject")
        assert subject.removesuffix("…").endswith("x\u0301")

    @pytest.mark.parametrize(
        ("title", "subject"),
        [
            ("What now?", "What now? And 1 more"),
            ("‘What now?’", "‘What now?’ And 1 more"),
            ("An open letter.", "An open letter, and 1 more"),
        ],
    )
    def test_reads_as_a_sentence_after_any_stop(self, title: str, subject: str) -> None:
        message = composed(an_offered_item(title=title), an_offered_item(kind="news"))
        assert header(message, "Subject") == subject

    def test_says_that_a_single_item_is_withdrawn(self) -> None:
        message = composed(an_offered_item(change="withdrawn", title="Rivers", notes=("Wrong.",)))
        assert header(message, "Subject") == "Withdrawn: Rivers"

    @pytest.mark.parametrize("title", ["A\r\nBcc: eve@example.org", "A\u2028B", "A\nB", "\0A"])
    def test_of_an_uncleaned_title_is_one_line_and_can_be_sent(self, title: str) -> None:
        content = encode(composed(an_offered_item(title=title), an_offered_item(kind="news")))
        assert message_from_bytes(content, policy=default)["Bcc"] is None


class TestLead:
    def test_is_new_before_revised_and_own_before_a_partners(self) -> None:
        message = composed(
            an_offered_item("Cyber security", kind="collection", change="revised", title="Old"),
            an_offered_item("Cyber security", kind="collection", publisher="LOLA", title="Theirs"),
            an_offered_item("Cyber security", kind="news", publisher="Socitm", title="Ours"),
        )
        assert header(message, "Subject") == "Ours, and 2 more"

    def test_is_the_newest_collection_then_the_newest_report(self) -> None:
        report = an_offered_item(title="Newest report", own_date="2026-01-20")
        older = an_offered_item(title="Older report", own_date="2026-01")
        assert header(composed(older, report), "Subject") == "Newest report, and 1 more"
        collection = an_offered_item(kind="collection", title="Undated collection", own_date="")
        assert header(composed(older, report, collection), "Subject") == "Undated collection, and 2 more"


class TestFirstLine:
    def test_names_the_next_titles_without_being_hidden(self) -> None:
        message = composed(*(an_offered_item("Cyber security", title=f"Title {n}", nos=(9 - n,)) for n in range(6)))
        assert first_line(message) == "Also: Title 1 · Title 2 · Title 3, and 2 more"
        assert message.text.startswith("Also: Title 1 · Title 2 · Title 3, and 2 more\n")

    def test_of_a_single_item_says_what_it_is(self) -> None:
        assert first_line(composed(an_offered_item(kind="case-study"))) == "New · Case study"
        assert first_line(composed(an_offered_item(change="revised"))) == "Revised · Report"

    def test_nothing_is_hidden_from_the_reader(self) -> None:
        message = composed(*nine(), reader=the_reader())
        hidden = r"display:\s*none|visibility:\s*hidden|max-height:\s*0|opacity:\s*0|mso-hide|font-size:\s*1px"
        assert re.findall(hidden, message.html) == []


class TestMasthead:
    @pytest.mark.parametrize(
        ("frequency", "name"),
        [
            (Frequency.DAILY, "Daily digest"),
            (Frequency.WEEKLY, "Weekly digest"),
            (Frequency.MONTHLY, "Monthly digest"),
            (Frequency.IMMEDIATE, "Just released"),
        ],
    )
    def test_names_the_digest_by_the_readers_own_frequency(self, frequency: Frequency, name: str) -> None:
        reader = a_reader("Cyber security", frequency=frequency)
        message = composed(an_offered_item(), reader=reader, frequencies=tuple(Frequency))
        assert f"{name} · 19–25 January 2026" in text_words(message)
        assert f"{name} · 19–25 January 2026" in words(page(message))

    def test_is_plain_when_frequencies_are_mixed_or_none_of_the_readers(self) -> None:
        choices = (
            Choice(Frequency.DAILY, a_topic("Cyber security")),
            Choice(Frequency.WEEKLY, a_topic("Harnessing data")),
        )
        mixed = a_reader(choices=choices)
        both = (Frequency.DAILY, Frequency.WEEKLY)
        assert "\nDigest · 19–25" in composed(an_offered_item(), reader=mixed, frequencies=both).text
        assert "\nDigest · 19–25" in composed(an_offered_item(), reader=mixed, frequencies=()).text
        only = composed(an_offered_item(), reader=mixed, frequencies=(Frequency.DAILY,))
        assert "\nDaily digest · 19–25" in only.text

    @pytest.mark.parametrize(
        ("since", "opened", "due", "period"),
        [
            (date(2026, 1, 19), "2026-01-26T08:00", True, "19–25 January 2026"),
            (date(2026, 1, 26), "2026-02-02T08:00", True, "26 January – 1 February 2026"),
            (date(2025, 12, 29), "2026-01-05T08:00", True, "29 December 2025 – 4 January 2026"),
            (date(2026, 1, 25), "2026-01-26T08:00", True, "25 January 2026"),
            (date(2026, 1, 19), "2026-01-22T15:00", False, "19–22 January 2026"),
            (date(2026, 1, 22), "2026-01-22T08:30", False, "22 January 2026"),
            (date(2026, 1, 26), "2026-01-26T08:00", True, "26 January 2026"),
            (None, "2026-01-26T08:00", True, "26 January 2026"),
            (None, "2026-07-26T23:30", False, "27 July 2026"),
        ],
    )
    def test_says_the_days_covered_in_the_sites_zone(
        self, since: date | None, opened: str, due: bool, period: str
    ) -> None:
        moment = datetime.fromisoformat(opened).replace(tzinfo=UTC)
        message = composed(an_offered_item(), since=since, opened_at=moment, due=moment if due else None)
        assert f"Weekly digest · {period}\n" in message.text
