"""What mail servers say, in whatever pieces it comes (RFC 5321 §4.2)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.delivery.replies import LONGEST, GarbledReplyError, Replies, Reply


def read(*pieces: bytes) -> list[Reply]:
    replies, found = Replies(), []
    for piece in pieces:
        replies.feed(piece)
        while reply := replies.next():
            found.append(reply)
    return found


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        (b"250 ok\r\n", Reply(250, "ok")),
        (b"250\r\n", Reply(250, "")),
        (b"250 ok\n", Reply(250, "ok")),
        (b"550-5.1.1 no\r\n550-5.1.1   such \r\n550 5.1.1 user\r\n", Reply(550, "5.1.1 no 5.1.1 such 5.1.1 user")),
        (b"421-\r\n421 closing\r\n", Reply(421, "closing")),
        (b"550 caf\xe9\r\n", Reply(550, "caf\ufffd")),
    ],
)
def test_a_reply_is_read_with_all_its_lines(said: bytes, reply: Reply) -> None:
    assert read(said) == [reply]


def test_several_that_come_together_are_several() -> None:
    assert [reply.code for reply in read(b"250 ok\r\n550 no\r\n354-go\r\n354 on\r\n")] == [250, 550, 354]


@given(st.lists(st.integers(1, 40)), st.lists(st.sampled_from(["ok", "no such user", "", "a-b"]), min_size=1))
def test_however_it_is_cut_the_replies_are_the_same(cuts: list[int], texts: list[str]) -> None:
    said = b"".join(
        f"25{number % 10}-first\r\n25{number % 10} {text}\r\n".encode() for number, text in enumerate(texts)
    )
    pieces, place = [], 0
    for cut in cuts:
        pieces.append(said[place : place + cut])
        place += cut
    assert read(*pieces, said[place:]) == read(said)
    assert len(read(said)) == len(texts)


@given(st.binary(max_size=300))
def test_whatever_comes_is_a_reply_or_garbled(data: bytes) -> None:
    with suppress(GarbledReplyError):
        assert all(0 <= reply.code <= 999 for reply in read(data))


@pytest.mark.parametrize("said", [b"hello\r\n", b"25 ok\r\n", b"2500 ok\r\n", b"\r\n", b"25\xb2 ok\r\n"])
def test_what_is_no_reply_is_quoted(said: bytes) -> None:
    with pytest.raises(GarbledReplyError, match="which is no reply"):
        read(said)


@pytest.mark.parametrize("said", [b"x" * (LONGEST + 1), b"250-more\r\n" * LONGEST, b"250-\r\n" * (LONGEST + 1)])
def test_what_has_no_end_is_not_kept(said: bytes) -> None:
    with pytest.raises(GarbledReplyError, match="no end"):
        read(said)
