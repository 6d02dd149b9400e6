"""Whatever a title or a summary is made of, readers get it as it was (R12)."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.models.announcements import Announcement, Change
from pressroom.models.feeds import Correction, Ending, Feed, Format
from pressroom.models.release import Author, File
from pressroom.models.text import clean_address, clean_line, clean_text
from pressroom.syndication.checks import check
from pressroom.syndication.cutting import cut
from tests.builders import A_MOMENT, a_topic, an_entry
from tests.syndication.reading import ATOM, DC, RIVERS, a_builder, build, parse_xml, read_one, texts

HOSTILE = [
    "]]> and <![CDATA[ more ]]>",
    "<script>alert(1)</script>",
    "Research & development",
    "AT&amp;T & <b>bold</b> &lt;b&gt; &#38; &nbsp;",
    "\u200fنهر\u200e and \u202erevers\u202c",
    "Größe, 川, 🌊, e\u0301",
    "“Quotes”, 'quotes', \"quotes\" – and a stop.",
    "<!-- --> <?xml version='1.0'?> <!DOCTYPE x [<!ENTITY e 'e'>]> &e;",
    "</title></entry></feed>",
    "\\u0041 \\ {{ 7 * 7 }} {% raw %}",
    "javascript:alert(1)",
    "x" * 400,
    ("Rivers and lakes " * 24).strip(),
]
# Every code point there is, those too that XML forbids and UTF-8 cannot hold.
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)

BUILDER = a_builder()


class TextOf(HTMLParser):
    """What a person reads of HTML, and the elements in it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.tags = "", set[str]()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.R12
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", [Format.ATOM, Format.JSON])
def test_hostile_text_comes_back_from_a_readers_program(form: Format, text: str) -> None:
    entry = read_one(form, an_entry(title=text, summary=text))
    assert (entry.title, entry.summary) == (clean_line(text), clean_text(text))


@pytest.mark.R12
@pytest.mark.parametrize("text", [text for text in HOSTILE if "<b>" not in text])
def test_hostile_text_comes_back_from_rss(text: str) -> None:
    """RSS does not say whether a title is text or HTML; feedparser takes one with `<b>` for HTML."""
    entry = read_one(Format.RSS, an_entry(title=text, summary=text))
    assert (entry.title, entry.summary) == (clean_line(text), clean_text(text))


@pytest.mark.R12
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_read_as_text_in_the_content(text: str) -> None:
    entry = an_entry(title=text, subtitle=text, summary=text, body=text, note=text, authors=(Author(text),))
    html = json.loads(build(Format.JSON, entry).content)["items"][0]["content_html"]
    content = TextOf(html)
    assert content.text.count(clean_line(text)) == 5
    assert content.tags <= {"p", "br", "strong"}


@pytest.mark.R12
@given(text=ANYTHING)
def test_any_text_at_all_comes_back_from_the_xml(text: str) -> None:
    entry = an_entry(title=f"T{text}", summary=text, authors=(Author(f"A{text}"),), topics=(a_topic(text, slug="t"),))
    title, author = clean_line(f"T{text}"), clean_line(f"A{text}")
    atom = parse_xml(BUILDER.build(RIVERS, [entry], Format.ATOM))
    assert texts(atom, f"{ATOM}entry/{ATOM}title") == [title]
    assert "".join(texts(atom, f"{ATOM}entry/{ATOM}summary")) == clean_text(text)
    assert texts(atom, f"{ATOM}entry/{ATOM}author/{ATOM}name") == [author]
    rss = parse_xml(BUILDER.build(RIVERS, [entry], Format.RSS))
    assert texts(rss, "channel/item/title") == [title]
    assert texts(rss, f"channel/item/{DC}creator") == [author]


@pytest.mark.R12
@given(text=ANYTHING)
def test_any_text_at_all_comes_back_from_json(text: str) -> None:
    document = BUILDER.build(RIVERS, [an_entry(title=f"T{text}", summary=text, body=text)], Format.JSON)
    [item] = json.loads(document.content)["items"]
    assert (item["title"], item.get("summary", "")) == (clean_line(f"T{text}"), clean_text(text))


@pytest.mark.R12
@given(text=ANYTHING)
def test_any_text_at_all_adds_no_element_to_the_content(text: str) -> None:
    entry = an_entry(title="T", subtitle=text, summary=text, body=text, note=text, edition=text)
    [item] = json.loads(BUILDER.build(RIVERS, [entry], Format.JSON).content)["items"]
    assert TextOf(item["content_html"]).tags <= {"p", "br", "strong"}


@pytest.mark.R12
@given(text=ANYTHING)
def test_any_text_at_all_comes_back_from_corrections_endings_and_names_of_feeds(text: str) -> None:
    feed = Feed("topics/t", f"T{text}", text, "/topics/t")
    correction = Correction(an_entry(title=f"T{text}"), Announcement(7, 1, Change.REVISED, A_MOMENT, A_MOMENT, text))
    ending = Ending(feed, f"N{text}", RIVERS, f"S{text}", A_MOMENT)
    pieces = [BUILDER.pieces(one) for one in (correction, ending)]
    made = {form: BUILDER.assemble(feed, [one[form] for one in pieces], form, A_MOMENT) for form in Format}
    titles = [
        f"Revised: {clean_line(f'T{text}')}",
        f"{clean_line(f'N{text}')} has ended, and goes on as {clean_line(f'S{text}')}",
    ]
    atom, rss = (parse_xml(made[form]) for form in (Format.ATOM, Format.RSS))
    assert texts(atom, f"{ATOM}title") == texts(rss, "channel/title") == [clean_line(f"T{text}")]
    assert texts(atom, f"{ATOM}entry/{ATOM}title") == texts(rss, "channel/item/title") == titles
    items = json.loads(made[Format.JSON].content)["items"]
    assert [item["title"] for item in items] == titles
    assert TextOf("".join(item["content_html"] for item in items)).tags <= {"p", "a"}


@pytest.mark.R12
@given(st.lists(ANYTHING, max_size=4))
def test_a_document_can_be_cut_into_its_entries_again_whatever_they_say(said: list[str]) -> None:
    entries = [an_entry(title=text, summary=text, body=f"a\n  </entry>\n{text}", note=text) for text in said]
    for form in Format:
        pieces = [BUILDER.pieces(entry)[form] for entry in entries]
        found = cut(BUILDER.assemble(RIVERS, pieces, form, A_MOMENT).content, form)
        assert list(found.values()) == pieces
        assert list(found) == [entry.release.id for entry in entries]


@pytest.mark.R12
@given(text=ANYTHING)
def test_any_address_at_all_is_a_whole_one_in_every_format(text: str) -> None:
    """What no address may hold is percent-encoded wherever the address stands: as a link, a file, in the content."""
    address = f"https://example.org/a/{text}"
    entry = an_entry(title="T", url=address, body="B" * 30_000, files=(File("pdf", f"{address}.pdf", 10),))
    for form in Format:
        made = BUILDER.build(RIVERS, [entry], form)
        assert not [found for found in check("all", made.content, A_MOMENT).findings if not found.is_note]
    [item] = json.loads(BUILDER.build(RIVERS, [entry], Format.JSON).content)["items"]
    assert unquote(item["url"]) == unquote(clean_address(address))
    assert unquote(item["attachments"][0]["url"]) == unquote(clean_address(f"{address}.pdf"))
