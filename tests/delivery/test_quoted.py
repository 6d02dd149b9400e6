"""Bodies in parts: encoded each by itself, they are decoded as one text, whatever stands at the seams."""

from __future__ import annotations

import quopri
import re
from email import message_from_bytes

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pressroom.delivery.mime import encode
from pressroom.delivery.quoted import encoded, encoded_size, quoted_printable
from pressroom.models.bodies import Body, Form
from tests.delivery.test_mime import a_message

HOSTILE = st.lists(
    st.sampled_from(
        ["=", "==", "=3D", "=\n", ".", "..", "\n.\n", " ", "  ", "\t", "\n", "\r\n", "\r", "a", "x", "é", "日本",
         "👩🏽‍🚀",
         "\u202eabc", "." * 75, "-" * 74, "b" * 75, "c" * 76, "=" * 25, "From ", "--=_", "ü" * 13, "<a href=\"x\">"]
    ),
    max_size=12,
).map("".join)  # fmt: skip
TEXTS = HOSTILE | st.text(st.characters(exclude_categories=["Cs"]), max_size=90)


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    gaps = draw(st.lists(TEXTS, min_size=1, max_size=4))
    runs = [tuple(draw(st.lists(TEXTS, max_size=4))) for _ in range(len(gaps) + 1)]
    return Body(Form(tuple(runs)), tuple(gaps))


def as_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=400, deadline=None)
@given(bodies())
@example(Body(Form((("a" * 75,), ("b",))), ("c" * 76,)))
@example(Body(Form((("line\n",), ())), (" ",)))
@example(Body(Form((("a\r",), ("\nb",))), ("",)))
@example(Body(Form((("a",), ("\nb",))), ("\r",)))
@example(Body(Form(((), ())), (".",)))
def test_parts_are_decoded_as_one_text(body: Body) -> None:
    content = b"".join(encoded(body))
    assert quopri.decodestring(content).decode().replace("\r\n", "\n") == as_lines(str(body))
    read = message_from_bytes(encode(a_message(html_body=body, text_body=body)))
    for part in read.get_payload():
        payload = part.get_payload(decode=True)  # type: ignore[union-attr]
        assert payload.decode().replace("\r\n", "\n") == as_lines(str(body))  # type: ignore[union-attr]


@settings(max_examples=400, deadline=None)
@given(bodies())
@example(Body.whole("a" * 74 + " \nb"))
@example(Body.whole("a" * 74 + "\t"))
@example(Body.whole("." * 80))
@example(Body.whole("." + "a" * 75))
@example(Body.whole(".From " + "a" * 74))
@example(Body.whole("a" * 75 + ".\nFrom " + "a" * 71))
def test_lines_are_short_and_hide_nothing_at_their_ends(body: Body) -> None:
    lines = b"".join(encoded(body)).split(b"\r\n")
    for line in lines:
        assert len(line) <= 76
        assert not line.endswith((b" ", b"\t"))
        assert not line.startswith((b".", b"From ")), "servers double the one, mailboxes mark the other"
        assert b"\r" not in line
        assert b"\n" not in line
        assert line.isascii()
        assert not re.search(rb"=(?![0-9A-F]{2}|$)", line), "a soft break within an encoded octet"
    assert not lines[-1].endswith(b"="), "nothing follows that the break could join"


@given(bodies())
@example(Body(Form((("x" * 3, ("b" * 72 + "...") * 3), ("e",))), ("",)))
def test_a_form_is_never_smaller_than_the_same_text_in_one_piece(body: Body) -> None:
    whole = len(quoted_printable(str(body)))
    assert whole <= encoded_size(body.form) + sum(13 * len(gap) for gap in body.gaps)


def test_what_many_share_is_encoded_once() -> None:
    form = Form((("Rivers and roads. " * 9, "Ünïcödé " * 30), ("end",)))
    one, other = (encoded(Body(form, (gap,))) for gap in ("Ann", "Bo"))
    assert [chunk is same for chunk, same in zip(one, other, strict=True)] == [True, True, False, True]


def test_a_text_that_nobody_shares_is_a_body_without_gaps() -> None:
    assert b"".join(encoded(Body.whole("a =\n"))) == quoted_printable("a =\n")


def test_bodies_are_equal_where_their_texts_are() -> None:
    body = Body(Form((("a", "b"), ("d",))), ("c",))
    assert body == Body.whole("abcd")
    assert hash(body) == hash(Body.whole("abcd"))
    assert body != Body.whole("abc")
    assert body != "abcd"


def test_each_gap_is_filled() -> None:
    with pytest.raises(ValueError, match="zip"):
        str(Body(Form((("a",), ("b",))), ()))
