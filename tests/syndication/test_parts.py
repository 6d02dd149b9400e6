"""A feed document taken apart: its entries as they stand in it, byte for byte, and nothing else taken for one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.models.feeds import Format
from pressroom.syndication.parts import DIGEST_BYTES, parse_parts
from tests.builders import a_release, an_entry
from tests.syndication.reading import RIVERS, a_builder, build, read
from tests.syndication.test_hostile_text import ANYTHING, HOSTILE

TRAPS = ["<entry>", "</entry>", "</item><item>", '"items": [', "\n{\n", "]}", "<![CDATA[</item>]]>", *HOSTILE]
BUILDER = a_builder()


@pytest.mark.parametrize("form", list(Format))
def test_each_entry_is_a_part_and_together_they_are_the_document(form: Format) -> None:
    entries = [an_entry(title=text, summary=text) for text in TRAPS]
    content = build(form, *entries).content
    parts = parse_parts(content, form)
    assert parts
    assert parts.whole == content
    assert len(parts.entries) == len(entries)
    for part, entry in zip(parts.entries, entries, strict=True):
        assert (entry.release.id or "").encode() in part


@pytest.mark.parametrize("form", list(Format))
def test_what_an_earlier_document_held_is_left_out_wherever_it_stood(form: Format) -> None:
    first, second, third = (an_entry(title=title) for title in ("Oder", "Elbe", "Rhine"))
    changed = an_entry(release=replace(second.release, summary="Floods"))
    document = build(form, third, first, changed)
    before, now = parse_parts(build(form, second, first).content, form), parse_parts(document.content, form)
    assert before
    assert now
    new = now.without(before.digests())
    assert new.entries == (now.entries[0], now.entries[2])
    assert (new.head, new.tail) == (now.head, now.tail)
    assert [entry.title for entry in read(replace(document, content=new.whole))] == ["Rhine", "Elbe"]
    assert len(before.digests()) == 2 * DIGEST_BYTES


@pytest.mark.parametrize("form", list(Format))
def test_a_document_in_which_nothing_is_new_is_one_without_entries(form: Format) -> None:
    document = build(form, an_entry(), an_entry())
    parts = parse_parts(document.content, form)
    assert parts
    assert read(replace(document, content=parts.without(parts.digests()).whole)) == []


@pytest.mark.parametrize("form", list(Format))
def test_a_feed_without_entries_has_no_parts(form: Format) -> None:
    assert parse_parts(build(form).content, form) is None


@pytest.mark.parametrize(
    ("form", "content"),
    [
        (Format.ATOM, b"<feed><entry>1</entry> <entry>2</entry><entry>3</entry></feed>"),
        (Format.ATOM, b"<feed><![CDATA[<entry>1</entry>]]><!-- <entry/> --><?x <entry>?></feed>"),
        (Format.ATOM, b"</entry></feed>"),
        (Format.RSS, b"<items><items>1</items></items>"),
        (Format.JSON, json.dumps({"items": [{"id": "1"}]}, indent=1).encode()),
        (Format.JSON, b'{"items": [\n{"id": "1"}'),
        (Format.JSON, b"{}"),
    ],
)
def test_a_document_that_is_written_in_another_way_has_no_parts(form: Format, content: bytes) -> None:
    assert parse_parts(content, form) is None


@given(content=st.lists(st.sampled_from([b"<entry>", b"</entry>", b"<item ", b"\n", b"{", b",\n", b"]}\n", b"<!--"])))
@pytest.mark.parametrize("form", list(Format))
def test_whatever_has_parts_is_their_sum(form: Format, content: list[bytes]) -> None:
    whole = b"".join(content)
    parts = parse_parts(whole, form)
    assert parts is None or parts.whole == whole


@given(texts=st.lists(ANYTHING, min_size=1, max_size=4))
@pytest.mark.parametrize("form", list(Format))
def test_any_text_stands_in_the_entry_that_holds_it(form: Format, texts: list[str]) -> None:
    entries = [an_entry(release=a_release(title=f"x{text}", body=text)) for text in texts]
    content = BUILDER.build(RIVERS, entries, form).content
    parts = parse_parts(content, form)
    assert parts
    assert (parts.whole, len(parts.entries)) == (content, len(entries))
