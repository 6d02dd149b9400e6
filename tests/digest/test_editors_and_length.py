"""The head of a digest, where an editor speaks, and its length, which mailboxes limit."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pressroom.delivery.mime import encode
from pressroom.digest.compose import LARGEST
from pressroom.models.people import Choice, Frequency
from pressroom.models.runs import EditorsNote, Message, OfferedItem
from pressroom.settings import Brand, Settings
from tests.builders import a_reader, a_topic, an_offered_item
from tests.digest.samples import (
    SETTINGS,
    another,
    composed,
    header,
    headings,
    html_links,
    nine,
    page,
    text_links,
    text_words,
    the_reader,
    words,
)

ISSUE = "https://news.example.org/issues/3"


def many(number: int, **facts: Any) -> list[OfferedItem]:
    return [another(n) for n in range(number)] if not facts else [
        an_offered_item("Digital trends", release=2000 + n, title=f"Title {n}", **facts) for n in range(number)
    ]  # fmt: skip


def titles(message: Message) -> list[str]:
    return [text for tag, text in headings(message) if tag == "h3"]


class TestNote:
    def test_stands_below_the_masthead_with_its_paragraphs_and_its_name(self) -> None:
        note = EditorsNote("Read the first one.\n\nThen <b>rest</b>.", "Jo Evans, editor")
        message = composed(*nine(), reader=the_reader(), notes={Frequency.WEEKLY: note})
        for said in (text_words(message), words(page(message))):
            assert said.index("Weekly digest") < said.index("Read the first one.") < said.index("Then <b>rest</b>.")
            assert said.index("Then <b>rest</b>.") < said.index("Jo Evans, editor") < said.index("In this issue")

    def test_names_its_lead_in_the_list_of_what_is_inside(self) -> None:
        offered = nine()
        note = EditorsNote("Begin here.", lead=offered[3].item.release)
        message = composed(*offered, reader=the_reader(), notes={Frequency.WEEKLY: note})
        inside = words(page(message)).split("In this issue: ")[1]
        assert inside.startswith(f"{offered[3].item.title} · ")

    def test_is_each_of_the_readers_own_frequencies_the_longest_first(self) -> None:
        paces = {Frequency.DAILY: "day", Frequency.WEEKLY: "week", Frequency.MONTHLY: "month"}
        notes = {pace: EditorsNote(f"Of the {name}.") for pace, name in paces.items()}
        choices = (Choice(Frequency.DAILY, a_topic("R")), Choice(Frequency.WEEKLY, a_topic("S")))
        message = composed(an_offered_item("R"), reader=a_reader(choices=choices), notes=notes)
        assert message.text.index("Of the week.") < message.text.index("Of the day.")
        assert "Of the month." not in message.text
        del notes[Frequency.WEEKLY]
        weekly = composed(an_offered_item("R"), reader=a_reader("R"), notes=notes)
        assert "Of the" not in weekly.text


class TestLead:
    def test_that_an_editor_has_chosen_stands_first_under_no_heading_and_names_the_mail(self) -> None:
        note = EditorsNote(lead=906)  # a podcast, which would come late in the third section
        message = composed(*nine(), reader=the_reader(), notes={Frequency.WEEKLY: note})
        assert header(message, "Subject") == "Data in an hour, and 8 more"
        assert headings(message)[:3] == [
            ("h1", "Data in an hour, and 8 more"),
            ("h2", "Data in an hour"),
            ("h2", "Digital trends"),
        ]
        assert message.text.count("\nData in an hour\n") == 1
        assert "Because you follow Harnessing data" in message.text

    def test_of_the_other_frequency_leads_where_the_longest_chooses_none(self) -> None:
        choices = (Choice(Frequency.DAILY, a_topic("Harnessing data")), Choice(Frequency.WEEKLY))
        notes = {Frequency.WEEKLY: EditorsNote("Hello."), Frequency.DAILY: EditorsNote(lead=906)}
        message = composed(*nine(), reader=a_reader(choices=choices), notes=notes)
        assert header(message, "Subject") == "Data in an hour, and 8 more"

    def test_that_belongs_to_another_brings_that_one(self) -> None:
        message = composed(*nine(), reader=the_reader(), notes={Frequency.WEEKLY: EditorsNote(lead=991)})
        assert headings(message)[1] == ("h2", "Public Sector Digital Trends 2026")

    @pytest.mark.parametrize("lead", [1, 908])  # nothing that this reader gets, and something that has only changed
    def test_that_cannot_lead_is_left_to_the_usual_order(self, lead: int) -> None:
        message = composed(*nine(), reader=the_reader(), notes={Frequency.WEEKLY: EditorsNote(lead=lead)})
        assert message == composed(*nine(), reader=the_reader())


class TestLength:
    @pytest.mark.parametrize("number", [60, 200, 700])
    def test_stays_within_what_mailboxes_show_and_says_how_many_more_there_are(self, number: int) -> None:
        message = composed(*nine(), *many(number), reader=the_reader())
        assert 0.9 * LARGEST < len(encode(message)) <= LARGEST
        assert len(message.html.encode()) < 102_400
        assert header(message, "Subject").endswith(f", and {number + 8} more")
        more = number + 9 - len(titles(message))
        assert f"And {more} more on the web →" in words(page(message))
        assert f"And {more} more on the web:\n" in message.text
        assert ISSUE in html_links(message)
        counted = re.findall(r"\((\d+)\)", words(page(message)).split("In this issue")[1].split("And ")[0])
        assert sum(map(int, counted)) == len(titles(message))

    def test_keeps_the_lead_and_what_has_changed_and_leaves_out_what_is_read_last(self) -> None:
        message = composed(*nine(), *many(200), reader=the_reader())
        kept = titles(message)
        assert kept[0] == "Public Sector Digital Trends 2026"
        assert kept[-2:] == ["Digital trends in local public services 2021", "Getting ready for devolution"]
        assert not any("orchestrators" in title for title in kept)

    def test_that_fits_is_whole(self) -> None:
        message = composed(*nine(), *many(31), reader=the_reader())
        assert len(titles(message)) == 40
        assert "on the web →" not in words(page(message))

    def test_holds_also_in_letters_that_take_more_room(self) -> None:
        message = composed(*many(120, summary="東京" * 200), reader=the_reader())
        assert len(encode(message)) <= LARGEST
        assert set(text_links(message)) == set(html_links(message))

    @pytest.mark.parametrize(
        "facts",
        [
            {"summary": "x" * 20_000, "title": "y " * 500, "url": "https://example.org/" + "z" * 1_900},
            {"change": "revised", "notes": ("n" * 20_000,) * 50},
            {"partners": tuple(f"Partner {n}" for n in range(5_000)), "authors": ("A" * 100,) * 500},
            {"formats": tuple((f"f{n}", n + 1) for n in range(20))},
            {
                **dict.fromkeys(("title", "subtitle", "series", "edition", "collection", "publisher"), "東京" * 500),
                **dict.fromkeys(("authors", "partners", "topics"), ("東京" * 500,) * 9),
                "summary": "京" * 9_000,
                "url": "https://example.org/" + "z" * 1_900,
            },
        ],
    )
    def test_holds_for_one_item_however_much_it_says(self, facts: dict[str, Any]) -> None:
        message = composed(an_offered_item("Digital trends", **facts), reader=the_reader())
        assert len(encode(message)) <= LARGEST

    def test_holds_for_a_collection_of_many_parts_and_a_reader_of_many_topics(self) -> None:
        parts = many(300, collection="All of it", language="nl")
        reader = a_reader(*(f"Topic number {n}" for n in range(300)))
        message = composed(*parts, reader=reader)
        assert len(encode(message)) <= LARGEST
        assert len(titles(message)) == 0
        assert "· And 291 more on the web" in words(page(message))
        assert ISSUE in [link.get("href") for link in page(message).iter("a") if "And 291 more" in words(link)]
        assert re.search(rf"And 291 more on the web: \[(\d+)\] {ISSUE}", text_words(message))
        assert "and 288 more, weekly" in text_words(message)


class TestLogo:
    LOGO = "https://example.org/logo.png"

    def test_stands_in_the_place_of_the_name_which_is_its_text(self) -> None:
        brand = Brand(logo=self.LOGO, logo_width=200)
        message = composed(*nine(), reader=the_reader(), settings=SETTINGS.model_copy(update={"brand": brand}))
        [image] = page(message).iter("img")
        assert (image.get("src"), image.get("alt"), image.get("width")) == (self.LOGO, "Socitm Institute", "200")
        assert "SOCITM INSTITUTE\n" in message.text

    def test_is_none_where_none_is_set(self) -> None:
        assert list(page(composed(*nine(), settings=Settings(site=SETTINGS.site))).iter("img")) == []
