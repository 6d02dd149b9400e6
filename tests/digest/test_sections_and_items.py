"""What stands where in a digest, what it says of an item, and why it is there."""

from __future__ import annotations

from typing import Any

import pytest

from pressroom.models.runs import Message
from tests.builders import a_reader, an_offered_item
from tests.digest.samples import (
    composed,
    first_line,
    header,
    headings,
    html_links,
    page,
    text_links,
    text_words,
    words,
)


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

    def test_names_a_partner_once_that_publishes_it(self) -> None:
        item = an_offered_item(publisher="LOLA", partners=("LOLA", "Major Cities of Europe"), own_date="2014-03")
        assert "LOLA · March 2014 · with Major Cities of Europe" in text_words(composed(item))

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
            ((("magazine", None),), "Magazine\n"),
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
