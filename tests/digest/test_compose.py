"""The digest as its reader sees it: what is in the subject, what stands where, and why it is there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from itertools import pairwise
from typing import Any

import pytest
from lxml import html as lxml_html

from pressroom.delivery.mime import encode
from pressroom.digest.compose import compose, message_id
from pressroom.links import Links
from pressroom.models.people import Choice, Frequency, Subscriber
from pressroom.models.runs import EditorsNote, Message, OfferedItem
from pressroom.rendering import Templates, Translations
from pressroom.settings import Brand, Mail, Settings, Site
from tests.builders import a_reader, a_run, a_topic, an_item, an_offered_item
from tests.golden import check_golden

SETTINGS = Settings(
    site=Site(name="Socitm Institute", url="https://news.example.org", publisher="Socitm"),
    mail=Mail(
        from_address="digest@news.example.org",
        reply_to="editor@example.org",
        postal_address="1 Example Street, Exampleton EX1 1EX",
        registered="Registered in England 00000000",
    ),
)
TEMPLATES = Templates()
WORDS = Translations()
MONDAY_BEFORE = date(2026, 1, 19)
HOSTILE = "R&D < 5% {{x}} {% raw %} <script>alert('1')</script> \"quoted\" <mj-text>"


def composed(
    *offered: OfferedItem,
    reader: Subscriber | None = None,
    settings: Settings = SETTINGS,
    since: date | None = MONDAY_BEFORE,
    **run: Any,
) -> Message:
    reader = reader or a_reader("Cyber security", "Harnessing data")
    return compose(
        reader,
        offered,
        a_run(**run),
        links=Links(settings.site.url),
        settings=settings,
        templates=TEMPLATES,
        words=WORDS.words(reader.language),
        since=since,
    )


def header(message: Message, name: str) -> str:
    return dict(message.headers)[name]


def page(message: Message) -> lxml_html.HtmlElement:
    return lxml_html.fromstring(message.html)


def words(element: lxml_html.HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())


def headings(message: Message) -> list[tuple[str, str]]:
    return [(str(one.tag), words(one)) for one in page(message).iter("h1", "h2", "h3")]


def html_links(message: Message) -> list[str]:
    """The addresses in the HTML in the order they are met; a title and its act are one."""
    return list(dict.fromkeys(str(link.get("href")) for link in page(message).iter("a")))


def text_links(message: Message) -> list[str]:
    return re.findall(r"^\[\d+\] (\S+)$", message.text, re.MULTILINE)


def text_words(message: Message) -> str:
    return " ".join(message.text.split())


def first_line(message: Message) -> str:
    body = page(message).find("body")
    assert body is not None
    return next(" ".join(text.split()) for text in body.itertext() if text.strip())


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


class TestSections:
    @pytest.mark.R5
    def test_hold_each_item_once_under_the_first_choice_that_matches_and_name_the_others(self) -> None:
        both = an_offered_item("Cyber security", "Harnessing data", title="Both")
        one = an_offered_item("Harnessing data", title="One")
        message = composed(one, both)
        assert [heading for heading in headings(message) if heading[0] != "h1"] == [
            ("h2", "Cyber security"),
            ("h3", "Both"),
            ("h2", "Harnessing data"),
            ("h3", "One"),
        ]
        assert message.text.count("Also in Harnessing data") == 1
        assert "Also in Harnessing data" in words(page(message))

    def test_come_in_the_readers_own_order(self) -> None:
        reader = a_reader("Harnessing data", "Cyber security")
        offered = an_offered_item("Cyber security", kind="collection"), an_offered_item("Harnessing data")
        names = [text for tag, text in headings(composed(*offered, reader=reader)) if tag == "h2"]
        assert names == ["Harnessing data", "Cyber security"]

    def test_put_collections_first_then_reports_then_the_newest(self) -> None:
        facts: list[dict[str, Any]] = [
            {"title": "Undated news", "kind": "news", "own_date": ""},
            {"title": "News of a year", "kind": "news", "own_date": "2026"},
            {"title": "News of a day", "kind": "news", "own_date": "2026-01-20"},
            {"title": "Report", "kind": "report", "own_date": "2020"},
            {"title": "Collection", "kind": "collection", "own_date": "2019"},
        ]
        message = composed(*(an_offered_item("Cyber security", **one) for one in facts))
        titles = [text for tag, text in headings(message) if tag == "h3"]
        assert titles == ["Collection", "Report", "News of a day", "News of a year", "Undated news"]

    def test_of_a_reader_of_everything_are_the_items_own_topics_from_five_items_on(self) -> None:
        topics = [(), ("Harnessing data", "Cyber security"), ("Cyber security",), ("Harnessing data",), ()]
        offered = [an_offered_item(topics=one, nos=(9 - n,)) for n, one in enumerate(topics)]
        message = composed(*offered, reader=a_reader())
        names = [text for tag, text in headings(message) if tag == "h2"]
        assert names == ["Harnessing data", "Cyber security", "Also released"]
        few = composed(*offered[:4], reader=a_reader())
        assert [tag for tag, _ in headings(few)] == ["h1", "h2", "h2", "h2", "h2"]
        assert "Because you follow" not in few.text

    def test_put_partners_after_our_own_and_changes_last(self) -> None:
        message = composed(
            an_offered_item("Cyber security", change="revised", title="Changed", notes=("Mended.",)),
            an_offered_item("Cyber security", publisher="LOLA", title="Theirs"),
            an_offered_item("Cyber security", publisher="Socitm", title="Ours"),
        )
        assert headings(message)[1:] == [
            ("h2", "Cyber security"),
            ("h3", "Ours"),
            ("h2", "From our partners"),
            ("h3", "Theirs"),
            ("h2", "Revised and withdrawn"),
            ("h3", "Changed"),
        ]
        assert "Report · LOLA · 28 January 2026" in message.text
        assert message.text.count("Because you follow Cyber security") == 1

    def test_are_counted_from_five_items_on(self) -> None:
        offered = [an_offered_item("Cyber security") for _ in range(3)]
        offered += [an_offered_item("Harnessing data") for _ in range(2)]
        counts = "In this issue: Cyber security (3) · Harnessing data (2)"
        message = composed(*offered)
        assert counts in text_words(message)
        assert counts in words(page(message))
        assert "In this issue" not in composed(*offered[:4]).text


class TestItem:
    def test_says_its_facts_in_one_line(self) -> None:
        item = an_offered_item(
            kind="case-study", series="Smart places", edition="2013/14", own_date="2014-03",
            partners=("LOLA", "Major Cities of Europe"),
        )  # fmt: skip
        line = "Case study · Smart places 2013/14 · March 2014 · with LOLA and Major Cities of Europe"
        message = composed(item)
        assert line in text_words(message)
        assert line in words(page(message))

    @pytest.mark.parametrize(
        ("facts", "line"),
        [
            ({"collection": "Smart places", "part": 3, "part_count": 7}, "Report · Part 3 of 7 of Smart places · 2014"),
            ({"collection": "Smart places", "part": 3}, "Report · Part 3 of Smart places · 2014"),
            ({"collection": "Smart places"}, "Report · Part of Smart places · 2014"),
            ({"series": "Trends", "edition": "2014"}, "Report · Trends 2014\n"),
            ({"series": "Rivers", "edition": "43", "title": "Rivers, issue 43"}, "Report · 2014\n"),
            ({"series": "Rivers", "edition": "1", "title": "Rivers 2021"}, "Report · edition 1 · 2014\n"),
            ({"own_date": ""}, "Report\n"),
        ],
    )
    def test_says_no_more_than_is_known_and_nothing_twice(self, facts: dict[str, Any], line: str) -> None:
        assert line in composed(an_offered_item(**({"own_date": "2014"} | facts))).text

    @pytest.mark.parametrize(
        ("facts", "act"),
        [
            ({"kind": "briefing"}, "Read the briefing"),
            ({"kind": "collection"}, "Read the collection"),
            ({"kind": "podcast"}, "Listen to the podcast"),
            ({"kind": "blog"}, "Read the blog post"),
            ({"kind": "briefing", "access": "members"}, "Sign in to read"),
            ({"kind": "podcast", "access": "members"}, "Sign in to listen"),
            ({"kind": "guide", "access": "mixed"}, "Read the guide"),
            ({"kind": "guide", "change": "revised"}, "Read the revised version"),
            ({"kind": "podcast", "change": "revised"}, "Listen to the revised version"),
        ],
    )
    def test_has_one_link_that_says_the_act(self, facts: dict[str, Any], act: str) -> None:
        message = composed(an_offered_item(url="https://example.org/x", **facts))
        assert f"{act}:\n[2] https://example.org/x\n" in message.text
        [link] = [link for link in page(message).iter("a") if link.get("class") == "act"]
        assert words(link) == f"{act} →"
        assert link.get("href") == "https://example.org/x"

    @pytest.mark.R9
    def test_of_members_says_so_in_words(self) -> None:
        message = composed(an_offered_item(access="members"))
        assert "Members only\n" in message.text
        assert "Members only" in words(page(message))
        assert "Some parts for members only\n" in composed(an_offered_item(access="mixed")).text

    def test_in_another_language_says_so_and_marks_it(self) -> None:
        message = composed(an_offered_item(title="Wat nu", language="nl-BE", summary="Over water."))
        assert "Wat nu (in Dutch)\n" in message.text
        [link] = [link for link in page(message).iter("a") if words(link) == "Wat nu"]
        assert (link.get("lang"), link.get("dir")) == ("nl-BE", "ltr")
        assert [p.get("lang") for p in page(message).iter("p") if words(p) == "Over water."] == ["nl-BE"]

    def test_in_the_readers_language_is_not_explained_and_marked_only_where_the_mail_is_not(self) -> None:
        message = composed(an_offered_item(title="Wat nu", language="nl"), reader=a_reader(language="nl"))
        assert page(message).get("lang") == "nl"
        assert "Wat nu\n" in message.text
        [link] = [link for link in page(message).iter("a") if words(link) == "Wat nu"]
        assert link.get("lang") is None
        in_english = composed(an_offered_item(title="Wat nu", language="sw"), reader=a_reader(language="sw"))
        assert page(in_english).get("lang") == "en"
        assert "Wat nu\n" in in_english.text
        [link] = [link for link in page(in_english).iter("a") if words(link) == "Wat nu"]
        assert link.get("lang") == "sw"

    def test_that_is_not_in_the_readers_language_is_explained_in_it(self) -> None:
        message = composed(an_offered_item(title="What now"), reader=a_reader(language="nl"))
        assert "What now (in het Engels)" in message.text

    def test_in_a_script_from_right_to_left_runs_that_way(self) -> None:
        assert 'lang="ar" dir="rtl"' in composed(an_offered_item(title="مرحبا", language="ar")).html

    @pytest.mark.parametrize(
        ("authors", "line"),
        [
            (("Ann",), "By Ann\n"),
            (("Ann", "Bo"), "By Ann and Bo\n"),
            (("Ann", "Bo", "Cy"), "By Ann, Bo and Cy\n"),
            (("Ann", "Bo", "Cy", "Di"), "By Ann, Bo, Cy and 1 other\n"),
            (("Ann", "Bo", "Cy", "Di", "Ed", "Flo", "Gus"), "By Ann, Bo, Cy and 4 others\n"),
        ],
    )
    def test_names_three_authors_and_counts_the_others(self, authors: tuple[str, ...], line: str) -> None:
        assert line in composed(an_offered_item(authors=authors)).text

    @pytest.mark.parametrize(
        ("formats", "line"),
        [
            ((("pdf", 2_134_000),), "PDF 2.1 MB\n"),
            ((("pdf", 840_400), ("html", None)), "PDF 840 KB, web page\n"),
            ((("pptx", 41_234_000), ("epub", 12)), "Slides 41 MB, EPUB 1 KB\n"),
            ((("pdf", None), ("pdf", None)), "PDF\n"),
        ],
    )
    def test_says_formats_with_their_size(self, formats: tuple[tuple[str, int | None], ...], line: str) -> None:
        assert line in composed(an_offered_item(formats=formats)).text

    def test_that_is_only_a_web_page_says_nothing_of_formats(self) -> None:
        assert "web page" not in composed(an_offered_item(formats=(("html", None),))).text

    def test_has_a_summary_of_at_most_400_characters(self) -> None:
        message = composed(an_offered_item(summary="Water runs down the hill.\n" * 100))
        [summary] = [words(p) for p in page(message).iter("p") if words(p).startswith("Water")]
        assert 390 < len(summary) <= 400
        assert summary.endswith(" Water…")
        assert summary in text_words(message)

    def test_alone_says_why_it_is_there(self) -> None:
        message = composed(an_offered_item("Cyber security", "Harnessing data"))
        assert "Because you follow Cyber security and Harnessing data" in message.text
        assert [tag for tag, _ in headings(message)] == ["h1"]

    def test_filed_under_a_further_topic_says_so(self) -> None:
        message = composed(an_offered_item("Cyber security", change="filed"), an_offered_item("Cyber security"))
        assert message.text.count("Newly filed under Cyber security\n") == 1


class TestChanges:
    def test_show_every_note_and_no_summary(self) -> None:
        revised = an_offered_item(change="revised", notes=("Two figures.", "A name."), summary="Rivers run.")
        message = composed(revised, an_offered_item())
        assert "Revised\n" in message.text
        assert "\n\nTwo figures.\n\nA name.\n" in message.text
        assert "Rivers run." not in message.text
        assert "Changes to what we sent you before." in message.text

    def test_stand_revised_before_withdrawn(self) -> None:
        offered = an_offered_item(change="withdrawn"), an_offered_item(change="revised", kind="news")
        text = composed(*offered).text
        assert text.index("\nRevised\n") < text.index("\nWithdrawn\n")

    def test_of_a_withdrawn_release_link_only_to_what_replaces_it(self) -> None:
        withdrawn = an_offered_item(
            change="withdrawn", title="Old", url="https://example.org/old", notes=("Superseded.",), access="members",
            replacement_title="New", replacement_url="https://example.org/new",
        )  # fmt: skip
        message = composed(withdrawn)
        assert html_links(message)[1] == text_links(message)[1] == "https://example.org/new"
        assert "Read “New” instead" in message.text
        assert "https://example.org/old" not in message.html + message.text
        assert "Members only" not in message.text
        assert "Because we sent it to you before" in message.text

    def test_without_note_or_replacement_still_say_what_happened(self) -> None:
        message = composed(an_offered_item(change="withdrawn", title="Old", notes=("",)))
        assert "\nWithdrawn\nOld\n" in message.text
        assert text_links(message)[1].startswith("https://news.example.org/preferences/")


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
            ("Auto-Submitted", "auto-generated"),
            ("Precedence", "bulk"),
            ("X-Auto-Response-Suppress", "OOF, AutoReply, DR, RN, NRN"),
        )
        assert message.message_id == identity
        assert (message.sender, message.recipient) == ("digest@news.example.org", "reader@example.com")

    def test_name_the_sender_as_the_settings_do(self) -> None:
        settings = Settings(mail=Mail(from_name="Zoë, editor", from_address="zoe@bücher.example"))
        message = composed(an_offered_item(), settings=settings)
        assert header(message, "From") == "Zoë, editor <zoe@bücher.example>"
        assert header(message, "Message-ID").endswith("@xn--bcher-kva.example>")
        assert encode(message).isascii()

    @pytest.mark.R6
    def test_make_the_message_id_of_run_and_subscriber_alone(self) -> None:
        identity = message_id("k3y", 7, "example.org")
        assert re.fullmatch(r"<[a-z2-7]{32}@example\.org>", identity)
        assert identity == message_id("k3y", 7, "example.org")
        assert len({identity, message_id("k3y", 8, "example.org"), message_id("key", 7, "example.org")}) == 3

    @pytest.mark.R6
    def test_and_parts_are_a_function_of_the_arguments_alone(self) -> None:
        offered = nine()
        first, again = composed(*offered), composed(*reversed(offered))
        assert first == again
        assert encode(first) == encode(again)


class TestHtml:
    def test_keeps_hostile_text_inert(self) -> None:
        item = an_item(
            title=HOSTILE, summary=HOSTILE, subtitle=HOSTILE, authors=(HOSTILE,), partners=(HOSTILE,), series=HOSTILE,
            edition=HOSTILE, publisher=HOSTILE, topics=(HOSTILE,), formats=((HOSTILE, 1),), language=HOSTILE,
            kind=HOSTILE, url="https://example.org/?a=1&b=<\"'>",
        )  # fmt: skip
        offered = [OfferedItem(item, (HOSTILE,)), OfferedItem(replace(item, change="revised", notes=(HOSTILE,)), ())]
        settings = Settings(site=Site(name=HOSTILE), mail=Mail(postal_address=HOSTILE, registered=HOSTILE))
        message = composed(*offered, reader=a_reader(HOSTILE, name=HOSTILE), settings=settings)
        assert "<script>alert" not in message.html
        assert list(page(message).iter("script")) == []
        assert words(page(message).findall(".//h3")[0]).startswith(HOSTILE)
        assert HOSTILE in text_words(message)
        assert html_links(message)[1] == "https://example.org/?a=1&b=<\"'>"
        encode(message)

    def test_fetches_nothing(self) -> None:
        message = composed(*nine(), reader=the_reader())
        assert not re.search(r"<(img|link|script|iframe|form|object|svg|base)\b", message.html, re.IGNORECASE)
        assert not re.search(r"url\(|@import|@font-face|\bsrc=|background=", message.html)
        without_links = re.sub(r'href="[^"]*"|xmlns(:\w)?="[^"]*"', "", message.html)
        assert "//" not in without_links

    def test_is_a_document_with_language_direction_and_title(self) -> None:
        root = page(composed(an_offered_item(title="Rivers & lakes")))
        assert (root.get("lang"), root.get("dir")) == ("en", "ltr")
        assert root.findtext(".//title") == "Rivers & lakes"
        assert root.find(".//meta[@name='color-scheme']") is not None

    def test_lays_out_by_tables_that_say_they_are_no_tables(self) -> None:
        message = composed(*nine(), reader=the_reader())
        tables = re.findall(r"<table\b[^>]*>", message.html)
        assert tables
        assert all('role="presentation"' in table for table in tables)

    @pytest.mark.parametrize("number", [1, 2, 9])
    def test_has_one_first_heading_and_skips_no_level(self, number: int) -> None:
        levels = [int(tag[1]) for tag, _ in headings(composed(*nine()[:number], reader=the_reader()))]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_is_coloured_by_the_brand_in_both_schemes(self) -> None:
        colours = [name for name, field in Brand.model_fields.items() if str(field.default).startswith("#")]
        brand = Brand(**{name: f"#{number:06x}" for number, name in enumerate(colours, start=0xABCD00)})
        message = composed(*nine(), reader=the_reader(), settings=SETTINGS.model_copy(update={"brand": brand}))
        assert [name for name in colours if getattr(brand, name) not in message.html] == []
        found = set(re.findall(r"#[0-9a-f]{6}\b", message.html))
        assert found == {getattr(brand, name) for name in colours}

    def test_sets_the_brands_fonts_without_breaking_an_attribute(self) -> None:
        brand = Brand(headings='"Bitstream Charter", serif', text='a"; } </style><script>, sans-serif')
        message = composed(an_offered_item(), settings=SETTINGS.model_copy(update={"brand": brand}))
        assert "font-family:'Bitstream Charter', serif" in message.html
        assert "<script" not in message.html

    @pytest.mark.parametrize(
        ("paper", "inks"),
        [("paper", ["ink", "quiet", "brand"]), ("paper_dark", ["ink_dark", "quiet_dark", "brand_dark"]),
         ("attention_paper", ["attention", "danger"])],
    )  # fmt: skip
    def test_default_colours_meet_contrast_aa(self, paper: str, inks: list[str]) -> None:
        brand = Brand()
        for ink in inks:
            assert contrast(getattr(brand, ink), getattr(brand, paper)) >= 4.5


class TestTextTwin:
    @pytest.mark.parametrize("number", [1, 9])
    def test_holds_the_same_items_order_and_links(self, number: int) -> None:
        message = composed(*(nine()[:1] if number == 1 else nine()), reader=the_reader())
        assert list(dict.fromkeys(text_links(message))) == html_links(message)
        titles = [text for tag, text in headings(message) if tag == ("h1" if number == 1 else "h3")]
        assert len(titles) == number
        assert re.search(".*".join(re.escape(title) for title in titles), text_words(message))

    def test_numbers_its_links_from_one(self) -> None:
        numbers = re.findall(r"^\[(\d+)\] \S+$", composed(*nine(), reader=the_reader()).text, re.MULTILINE)
        assert numbers == [str(number) for number in range(1, 20)]

    def test_has_lines_of_at_most_72_columns_but_for_addresses(self) -> None:
        message = composed(*nine(), reader=the_reader())
        assert [line for line in message.text.splitlines() if len(line) > 72 and "://" not in line] == []
        assert not re.search(r"[ \t]$", message.text, re.MULTILINE)
        assert "\n\n\n" not in message.text
        assert "&" in message.text
        assert "&amp;" not in message.text


@pytest.mark.parametrize("number", [1, 9, 40])
def test_golden(number: int) -> None:
    offered = nine()[:1] if number == 1 else [*nine(), *(another(n) for n in range(number - 9))]
    message = composed(*offered, reader=the_reader())
    check_golden(f"mail/digest-{number}.html", message.html.encode())
    check_golden(f"mail/digest-{number}.txt", message.text.encode())
    assert len(encode(message)) < 95_000


@pytest.mark.parametrize("number", [1, 9, 40])
def test_golden_in_dutch(number: int) -> None:
    offered = nine()[:1] if number == 1 else [*nine(), *(another(n) for n in range(number - 9))]
    note = EditorsNote("Begin met het eerste deel.", "Jo Evans, redactie")
    message = composed(*offered, reader=replace(the_reader(), language="nl"), notes={Frequency.WEEKLY: note})
    check_golden(f"mail/digest-nl-{number}.html", message.html.encode())
    check_golden(f"mail/digest-nl-{number}.txt", message.text.encode())


def the_reader() -> Subscriber:
    return a_reader("Digital trends", "Cyber security", "Harnessing data", name="Zoë Ångström")


def nine() -> list[OfferedItem]:
    """Return what makes nine items, with every fact that a digest can show."""
    facts: Sequence[tuple[tuple[str, ...], dict[str, Any]]] = [
        (
            ("Digital trends", "Cyber security", "Harnessing data"),
            {
                "title": "Public Sector Digital Trends 2026", "kind": "collection", "access": "mixed",
                "series": "Public sector digital trends", "edition": "2026", "publisher": "Socitm",
                "partners": ("LOLA", "Major Cities of Europe"),
                "summary": "The 2026 edition is released through the year around AI, cyber security, data, ways of "
                "working and digital inclusion. Some parts are open and others are for members and partners only.",
            },
        ),
        (
            ("Digital trends",),
            {
                "title": "Ways of working", "kind": "briefing", "own_date": "2026-01-27", "publisher": "Socitm",
                "collection": "Smart places", "part": 3, "part_count": 7,
                "authors": ("Jos Creese", "Ann Lee", "Bo Berg", "Cy Day", "Di Fox", "Ed Gray", "Flo Hill"),
                "formats": (("pdf", 2_134_000), ("html", None)), "summary": "How councils’ R&D < 5% became > 5%.",
            },
        ),
        (
            ("Digital trends",),
            {
                "title": "A longer look at what forty years of public-sector computing leave to those who come after",
                "kind": "article", "own_date": "2025", "series": "In Our View", "edition": "43",
                "subtitle": "How to prepare for local government reorganisation", "authors": ("Martin Ferguson",),
            },
        ),
        (
            ("Cyber security",),
            {
                "title": "Cyber guide for directors", "kind": "guide", "access": "members", "own_date": "2026-01",
                "formats": (("pdf", 840_000),), "summary": "Kept up to date with what is new in each version.",
            },
        ),
        (
            ("Cyber security", "Harnessing data"),
            {
                "title": "Open “brief” omtrent foutief rondgestrooide informatie.", "kind": "news", "language": "nl",
                "own_date": "2026-01-20", "summary": "Open brief aan steden en gemeenten.",
            },
        ),
        (("Harnessing data",), {"title": "Data in an hour", "kind": "podcast", "formats": (("mp3", 41_000_000),)}),
        (
            ("Digital trends", "Harnessing data"),
            {
                "title": "‘Local authorities can become the orchestrators of change’", "publisher": "Localis",
                "own_date": "2025-12-03", "partners": ("TechnologyOne",), "authors": ("Callin McLinden",),
                "summary": "Think-tank study that finds capacity to be the binding limit.",
            },
        ),
        (
            ("Digital trends", "Cyber security", "Harnessing data"),
            {
                "title": "Digital trends in local public services 2021", "kind": "briefing", "change": "revised",
                "own_date": "2021-02", "notes": ("Two figures in table 3 corrected.", "An author was missing."),
            },
        ),
        (
            ("Digital trends", "Cyber security", "Harnessing data"),
            {
                "title": "Getting ready for devolution", "change": "withdrawn", "own_date": "2019-04",
                "notes": ("Superseded by the 2026 edition.",),
                "replacement_title": "Public Sector Digital Trends 2026",
                "replacement_url": "https://example.org/rivers-901",
            },
        ),
    ]  # fmt: skip
    items = [an_offered_item(*reasons, release=901 + n, **one) for n, (reasons, one) in enumerate(facts)]
    return [*items, *companions()]


def companions() -> list[OfferedItem]:
    """Return two releases that belong to the first of the nine."""
    return [
        an_offered_item("Digital trends", release=990, title="Public Sector Digital Trends 2026: Executive summary",
                        collection="Public Sector Digital Trends 2026", own_date=""),
        an_offered_item("Digital trends", release=991, title="Our focus for 2026: Five trends summary", kind="briefing",
                        access="members", series="Public sector digital trends", edition="2026", own_date=""),
    ]  # fmt: skip


def another(number: int) -> OfferedItem:
    """Return one of many ordinary items."""
    topics = ("Digital trends", "Cyber security", "Harnessing data")
    return an_offered_item(
        topics[number % 3],
        release=1000 + number,
        title=f"What the {number + 2} rivers of the county say about the data that we hold",
        kind=("report", "briefing", "article")[number % 3],
        own_date=f"2026-01-{number % 28 + 1:02}",
        authors=("Ann Lee", "Bo Berg"),
        formats=(("pdf", 1_000_000 + 1_000 * number),),
        summary="Readings from every weir, set against what the models said, and what that means for "
        "planning, maintenance and the cost of both. " * (1 + number % 2),
    )


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2, 1.4.3)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class TestCompanions:
    def mail(self, **facts: Any) -> Message:
        lead = an_offered_item(id="tag:1", kind="collection", title="Trends 2026", release=1)
        return composed(lead, an_offered_item(release=2, **({"collection": "Trends 2026"} | facts)))

    def test_a_mail_of_releases_that_belong_together_is_of_one_item(self) -> None:
        message = self.mail(title="Trends 2026: Executive summary")
        assert header(message, "Subject") == "Trends 2026"
        assert [text for tag, text in headings(message) if tag == "h1"] == ["Trends 2026"]
        assert "Also: Executive summary" in words(page(message))
        assert first_line(message) == "Also: Executive summary"

    def test_one_for_members_says_so_and_a_translation_says_its_language(self) -> None:
        assert "Five trends (Members only)" in words(page(self.mail(title="Five trends", access="members")))
        dutch = self.mail(title="Trends 2026", language="nl", relations=(("translation-of", "tag:1"),))
        assert "Also: in Dutch" in words(page(dutch))
        assert "in Dutch [3] https://" in text_words(dutch)
        other = self.mail(title="Trends in het kort", language="nl")
        assert "Trends in het kort (in Dutch)" in words(page(other))
