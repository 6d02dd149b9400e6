"""A feed document taken apart: its entries as they stand in it, byte for byte, and nothing else taken for one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.models.feeds import Format
from pressroom.syndication.slices import DIGEST_BYTES, parse_slices
from tests.builders import a_release, an_entry
from tests.syndication.reading import RIVERS, a_builder, build, read
from tests.syndication.test_hostile_text import ANYTHING, HOSTILE

TRAPS = ["<entry>", "</entry>", "</item><item>", '"items": [', "\n{\n", "]}", "<![CDATA[</item>]]>", *HOSTILE]
BUILDER = a_builder()


@pytest.mark.parametrize("form", list(Format))
def test_each_entry_is_a_slice_and_together_they_are_the_document(form: Format) -> None:
    entries = [an_entry(title=text, summary=text) for text in TRAPS]
    content = build(form, *entries).content
    slices = parse_slices(content, form)
    assert slices
    assert slices.whole == content
    assert len(slices.entries) == len(entries)
    for one, entry in zip(slices.entries, entries, strict=True):
        assert (entry.release.id or "").encode() in one


@pytest.mark.parametrize("form", list(Format))
def test_what_an_earlier_document_held_is_left_out_wherever_it_stood(form: Format) -> None:
    first, second, third = (an_entry(title=title) for title in ("Oder", "Elbe", "Rhine"))
    changed = an_entry(release=replace(second.release, summary="Floods"))
    document = build(form, third, first, changed)
    before, now = parse_slices(build(form, second, first).content, form), parse_slices(document.content, form)
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
    slices = parse_slices(document.content, form)
    assert slices
    assert read(replace(document, content=slices.without(slices.digests()).whole)) == []


@pytest.mark.parametrize("form", list(Format))
def test_a_feed_without_entries_has_no_slices(form: Format) -> None:
    assert parse_slices(build(form).content, form) is None


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
def test_a_document_that_is_written_in_another_way_has_no_slices(form: Format, content: bytes) -> None:
    assert parse_slices(content, form) is None


@given(content=st.lists(st.sampled_from([b"<entry>", b"</entry>", b"<item ", b"\n", b"{", b",\n", b"]}\n", b"<!--"])))
@pytest.mark.parametrize("form", list(Format))
def test_whatever_has_slices_is_their_sum(form: Format, content: list[bytes]) -> None:
    whole = b"".join(content)
    slices = parse_slices(whole, form)
    assert slices is None or slices.whole == whole


@given(texts=st.lists(ANYTHING, min_size=1, max_size=4))
@pytest.mark.parametrize("form", list(Format))
def test_any_text_stands_in_the_entry_that_holds_it(form: Format, texts: list[str]) -> None:
    entries = [an_entry(release=a_release(title=f"x{text}", body=text)) for text in texts]
    content = BUILDER.build(RIVERS, entries, form).content
    slices = parse_slices(content, form)
    assert slices
    assert (slices.whole, len(slices.entries)) == (content, len(entries))
