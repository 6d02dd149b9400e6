"""Whatever facts come in, a digest from our own templates is not stopped: lint raises no false alarm (R12)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pressroom.digest.lint import Known, foreign_links, lint, texts_of
from pressroom.models.announcements import Change
from pressroom.models.people import Subscriber
from pressroom.models.runs import Expected, OfferedItem
from pressroom.models.text import clean_line, is_visible
from pressroom.settings import Mail, Settings, Site
from tests.builders import a_reader, an_offered_item
from tests.digest.samples import composed

# What templates, HTML, mail and addresses are made of, and letters that change when they are capitals or are cut.
PIECES = (
    "{{ x }}", "{{", "}}", "{% raw %}", "%}", "{#", "%(name)s", "&amp;", "&amp;lt;", "&", "<b>", "<script>", "<!--",
    "-->", "]]>", "'", '"', "“", "…", ".", "?", " ", "\n", "\xa0", "(", ")", ":", "–", "#", "@", "a@b.co", "<a@b.co>",
    "bob@example.org", "https://", "https://x.org/a?b=1&c", "https://x.org/?a&amp;b", "mailto:", "javascript:",
    "ı", "ß", "İ", "ŉ", "ǰ", "x\u0301", "\u0301", "\u1100\u1161\u11a8", "각", "日本", "مرحبا", "\u200b", "\0", "\x0b",
    "\x85", "\u2028", "\ufffe", "\x1b", "\x9b", "*|FNAME|*", "*|", "|*", "%recipient%", "%", "%c3%bc", "[[name]]", "[[",
    "]]", "${name}", "${", "<%= x %>", "<%", "\\75rl(https://x.org)", "https://news.example.org/", "Unsubscribe",
    "lorem ipsum dolor " * 7, "x" * 80, ", and 3 more",
)  # fmt: skip
ADDRESSES = (
    "https://example.org/a", "https://example.org/?a=1&b=2", "https://example.org/?a=1&amp;b=2",
    "https://bücher.example/ü.", "https://example.org/(x)", "https://example.org/a#b", "https://example.org/x@y.co",
    "https://example.org/%7B%7B", "https://news.example.org/releases/abcdefghijklmnopqrstuvwxyz",
    "https://example.org/%c3%bc%recipient%", "https://example.org/$[[name]]", "https://example.org/ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "https://news.example.org/archive/abcdefghijklmnopqrstuvwxyz",
)  # fmt: skip

anything = st.one_of(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=8).map("".join), st.text(max_size=40)
)
names = st.lists(anything, max_size=3).map(tuple)
# A release without a title that can be seen does not come in, nor a site without a name.
seen = anything.filter(lambda text: is_visible(clean_line(text)))


@st.composite
def offers(draw: st.DrawFn) -> OfferedItem:
    number = draw(st.integers(1, 9))
    return an_offered_item(
        *draw(names),
        release=number,
        id=f"tag:{number}",
        change=draw(st.sampled_from(Change)),
        title=draw(seen),
        url=draw(st.sampled_from(ADDRESSES)),
        kind=draw(st.sampled_from(["report", "collection", "podcast", "case-study"])),
        language=draw(st.sampled_from(["en", "nl", "ar", "tlh"])),
        access=draw(st.sampled_from(["public", "members", "mixed"])),
        part=draw(st.sampled_from([None, 3])),
        formats=tuple((name, None) for name in draw(names)),
        relations=draw(st.sampled_from([(), (("translation-of", "tag:1"),), (("part-of", "tag:1"),)])),
        replacement_url=draw(st.sampled_from(["", *ADDRESSES])),
        **{name: draw(anything) for name in ("subtitle", "summary", "publisher", "series", "edition", "collection")},
        **{name: draw(names) for name in ("authors", "partners", "topics", "notes")},
    )


def known(reader: Subscriber, offered: list[OfferedItem], expected: Expected, site: Settings) -> Known:
    return Known(
        recipient=reader,
        facts=texts_of(offered, expected, site.site, site.mail),
        own_addresses=frozenset({site.mail.from_address, "o'brien+x@example.org"}),
        private_urls=(("One", "https://example.org/private.pdf"), ("Two", "https://example.org/?file=1")),
        unreleased=(("Lorem ipsum dolor", "https://example.org/?page=9"), ("x" * 80, None)),
        others=(a_reader(address="other@example.com", name="Other Person", unsubscribe_token="b" * 26),),
        brand=site.brand,
        site_url=site.site.url,
    )


@pytest.mark.R12
@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(offers(), min_size=1, max_size=7), anything, seen, anything, seen, names)
def test_no_facts_stop_a_digest(
    offered: list[OfferedItem], name: str, site_name: str, foot: str, title: str, topics: tuple[str, ...]
) -> None:
    site = Settings(
        site=Site(name=site_name, url="https://news.example.org"),
        mail=Mail(
            from_address="digest@news.example.org", reply_to="o'brien+x@example.org", postal_address=foot,
            registered=foot, from_name=name,
        ),
    )  # fmt: skip
    expected = Expected(title, "2026-03", "report", "en")
    reader = a_reader(*topics, name=name)
    message = composed(*offered, reader=reader, settings=site, expected=(expected,))
    assert foreign_links(message, reader, site.site.url) == []
    found = lint(message, known(reader, offered, expected, site))
    assert [finding for finding in found if finding.name not in ("size", "unreleased-title")] == []
