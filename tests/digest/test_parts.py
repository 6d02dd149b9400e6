"""The two parts of a digest, HTML and text: golden, inert, alike."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from pressroom.delivery.mime import encode
from pressroom.models.people import Frequency
from pressroom.models.runs import EditorsNote, OfferedItem
from pressroom.settings import Brand, Mail, Settings, Site
from tests.builders import a_reader, an_item, an_offered_item
from tests.digest.samples import (
    HOSTILE,
    SETTINGS,
    another,
    composed,
    headings,
    html_links,
    nine,
    page,
    text_links,
    text_words,
    the_reader,
    words,
)
from tests.golden import check_golden


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
        colours.remove("danger_dark")  # of pages alone: badges of mails are dark on light in both schemes
        strange: dict[str, Any] = {name: f"#{number:06x}" for number, name in enumerate(colours, start=0xABCD00)}
        brand = Brand.model_construct(None, **strange)  # settings would refuse colours that nobody can tell apart
        message = composed(*nine(), reader=the_reader(), settings=SETTINGS.model_copy(update={"brand": brand}))
        assert [name for name in colours if getattr(brand, name) not in message.html] == []
        found = set(re.findall(r"#[0-9a-f]{6}\b", message.html))
        assert found == {getattr(brand, name) for name in colours}

    def test_sets_the_brands_fonts_without_breaking_an_attribute(self) -> None:
        brand = Brand(headings='"Bitstream Charter", serif', text='a"; } </style><script>, sans-serif')
        message = composed(an_offered_item(), settings=SETTINGS.model_copy(update={"brand": brand}))
        assert "font-family:'Bitstream Charter', serif" in message.html
        assert "<script" not in message.html


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
