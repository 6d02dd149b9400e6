"""Bytes on the wire: what any mail program reads is what was composed, and nothing can be smuggled in."""

from __future__ import annotations

import base64
import quopri
import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pressroom.delivery.mime import ascii_address, encode
from pressroom.delivery.quoted import quoted_printable
from pressroom.errors import InvalidFieldError
from pressroom.models.bodies import Body
from pressroom.models.runs import Message
from tests.builders import rewritten

LONG_LINK = f"<https://news.example.org/unsubscribe/{'a2b3' * 30}>"
UNICODE = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=200)
MIXED = st.lists(
    st.sampled_from(
        ["Rivers", "R&D", "naïve", "–", "«été»", "日本語", "x" * 70, "=?utf-8?q?no?=", ".", "a_b", '"', " "]
    ),
    max_size=20,
).map(" ".join)
NAMES = (UNICODE | MIXED).map(lambda name: " ".join(name.split())).filter(bool)
BODIES = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


def a_message(**facts: Any) -> Message:
    """Return a message; `headers` come on top of From, To and Subject."""
    headers = {"From": "Socitm <digest@example.org>", "To": "reader@example.com", "Subject": "Rivers"}
    headers |= facts.pop("headers", {})
    message = Message(
        message_id="<abc@example.org>",
        sender="digest@example.org",
        recipient="reader@example.com",
        headers=tuple(headers.items()),
        html_body=Body.whole("<p>Rivers</p>\n"),
        text_body=Body.whole("Rivers\n"),
    )
    return rewritten(message, **facts)


def parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def raw_header(content: bytes, name: str) -> str:
    """Return a header as it stands, unfolded (RFC 5322 §2.2.3)."""
    head = content.split(b"\r\n\r\n")[0].decode() + "\r\n"
    match = re.search(rf"^{name}: ?(.*?)\r\n(?![ \t])", head, re.MULTILINE | re.DOTALL)
    assert match
    return match[1].replace("\r\n", "")


def read_words(value: str) -> str:
    """Read RFC 2047 by its text alone: a second opinion beside Python's parsers."""
    joined = re.sub(r"(\?=)\s+(?==\?)", r"\1", value)
    return re.sub(r"=\?([^?]+)\?([qQbB])\?([^?]*)\?=", _read_word, joined)


def _read_word(word: re.Match[str]) -> str:
    charset, encoding, content = word.groups()
    if encoding.lower() == "b":
        return base64.b64decode(content).decode(charset)
    return quopri.decodestring(content.replace("_", "=20").encode()).decode(charset)


def read_display_name(value: str) -> str:
    """Read the display name of a mailbox (RFC 5322 §3.4), by its text alone."""
    phrase = value.rpartition("<")[0].removesuffix(" ")
    if phrase.startswith('"'):
        return re.sub(r"\\(.)", r"\1", phrase[1:-1])
    return read_words(phrase)


def lines_of(content: bytes) -> list[bytes]:
    return content.split(b"\r\n")


class TestHeaders:
    @given(UNICODE | MIXED)
    @example("Ünïcödé  with   many    blanks ")
    @example(" leading and trailing ")
    @example("=?utf-8?q?looks_encoded?=")
    @example("x" * 300)
    @example("\u2028\x0b\x85\x1d\x7f")
    def test_any_subject_reads_back_the_same_by_three_parsers(self, subject: str) -> None:
        content = encode(a_message(headers={"Subject": subject}))
        raw = raw_header(content, "Subject")
        assert read_words(raw) == subject
        assert str(make_header(decode_header(raw))) == subject
        assert parsed(content)["Subject"] == subject

    @given(NAMES)
    @example("Socitm, the “Institute”")
    @example('O"Brien \\ Sons <digest@elsewhere.example>')
    @example("Zoë; (digest) @ home:")
    @example("x" * 200)
    @example("Eve <eve@example.org>")
    def test_any_display_name_reads_back_the_same_by_three_parsers(self, name: str) -> None:
        content = encode(a_message(headers={"From": f"{name} <digest@example.org>"}))
        raw = raw_header(content, "From")
        assert read_display_name(raw) == name
        phrase, address = parseaddr(raw)
        assert (str(make_header(decode_header(phrase))), address) == (name, "digest@example.org")
        [mailbox] = parsed(content)["From"].addresses
        assert mailbox.addr_spec == "digest@example.org"
        if raw.count("=?utf-8") < 2:  # cpython #128110: 3.11 shows the blanks between the encoded-words of a name
            assert mailbox.display_name == name

    @given(UNICODE | MIXED, NAMES)
    def test_lines_and_encoded_words_are_as_short_as_the_rules_ask(self, subject: str, name: str) -> None:
        content = encode(a_message(headers={"Subject": subject, "To": f"{name} <reader@example.com>"}))
        head = lines_of(content.split(b"\r\n\r\n")[0])
        assert all(len(line) <= 78 for line in head)
        assert all(line.strip() for line in head)
        for word in re.findall(rb"=\?utf-8\?[qb]\?[^?]*\?=", content):
            assert len(word) <= 75

    @given(UNICODE | MIXED)
    def test_only_ascii_travels(self, text: str) -> None:
        message = a_message(headers={"Subject": text, "From": f"{text} <digest@example.org>"}, text=text, html=text)
        assert encode(message).isascii()

    @pytest.mark.parametrize("name", ["Subject", "From", "List-Id", "List-Unsubscribe", "X-Anything"])
    @pytest.mark.parametrize("smuggled", ["\r\nBcc: eve@example.org", "\nBcc: eve@example.org", "\r", "\0", "\ud800"])
    def test_a_line_break_or_nul_in_a_header_is_refused(self, name: str, smuggled: str) -> None:
        with pytest.raises(InvalidFieldError, match=name):
            encode(a_message(headers={name: f"Rivers{smuggled} <digest@example.org>"}))

    @pytest.mark.parametrize("name", ["", "Bcc: eve@example.org\r\nX", "X Y", "Über", ".X"])
    def test_a_name_that_is_none_is_refused(self, name: str) -> None:
        with pytest.raises(InvalidFieldError):
            encode(a_message(headers={name: "1"}))

    def test_a_long_unsubscribe_address_stands_in_one_piece_unencoded(self) -> None:
        content = bytes(encode(a_message(headers={"List-Unsubscribe": LONG_LINK})))
        assert f"\r\nList-Unsubscribe: {LONG_LINK}\r\n".encode() in content

    def test_no_line_is_longer_than_998_bytes(self) -> None:
        with pytest.raises(InvalidFieldError, match="List-Unsubscribe"):
            encode(a_message(headers={"List-Unsubscribe": f"<https://example.org/{'a' * 990}>"}))

    def test_headers_other_than_texts_and_mailboxes_hold_ascii_only(self) -> None:
        with pytest.raises(InvalidFieldError, match="List-Post"):
            encode(a_message(headers={"List-Post": "Nö"}))

    def test_a_plain_subject_stays_readable_and_is_folded_at_blanks(self) -> None:
        subject = "Public sector digital trends and what they mean for councils, and 8 more of the kind"
        raw = encode(a_message(headers={"Subject": subject})).decode()
        assert "=?" not in raw
        assert "Subject: Public sector digital trends and what they mean for councils, and 8\r\n more" in raw

    def test_a_name_with_punctuation_is_quoted_and_one_without_is_not(self) -> None:
        quoted = encode(a_message(headers={"From": "Socitm, Ltd. <a@b.example>"})).decode()
        assert 'From: "Socitm, Ltd." <a@b.example>' in quoted
        plain = encode(a_message(headers={"From": "Socitm Institute <a@b.example>"})).decode()
        assert "From: Socitm Institute <a@b.example>" in plain

    def test_a_domain_that_is_not_ascii_travels_as_punycode(self) -> None:
        content = encode(a_message(headers={"To": "Jörg <jorg@bücher.example>"}))
        assert raw_header(content, "To").endswith(" <jorg@xn--bcher-kva.example>")
        assert ascii_address("jorg@bücher.example") == "jorg@xn--bcher-kva.example"

    def test_a_domain_that_is_none_is_named(self) -> None:
        with pytest.raises(InvalidFieldError, match="bü cher"):
            ascii_address("jorg@bü cher.example")

    def test_a_list_has_a_readable_name_and_an_id(self) -> None:
        content = encode(a_message(headers={"List-Id": "Zoë’s list <digest.example.org>"}))
        assert read_display_name(raw_header(content, "List-Id")) == "Zoë’s list"
        assert raw_header(content, "List-Id").endswith(" <digest.example.org>")


class TestBodies:
    @given(BODIES)
    @example("trailing blanks   \nand tabs\t\n")
    @example(".\n..\n.dots\n")
    @example("a" * 500)
    @example("=" * 200)
    @example("日本語" * 60)
    @example("From here on\n--=_ \n")
    def test_any_text_reads_back_the_same(self, text: str) -> None:
        content = encode(a_message(text=text, html=text))
        normal = text.replace("\r\n", "\n").replace("\r", "\n")
        for part in parsed(content).iter_parts():
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            assert payload.decode().replace("\r\n", "\n") == normal
        assert b"\n." not in bytes(content)  # as its type says, so that no transport looks for it
        pieces = content.split(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n")[1:]
        bodies = [piece.split(b"\r\n--=_")[0] for piece in pieces]
        assert [quopri.decodestring(body).decode().replace("\r\n", "\n") for body in bodies] == [normal, normal]

    @given(BODIES)
    def test_lines_are_short_and_end_in_crlf_without_blanks(self, text: str) -> None:
        encoded = quoted_printable(text)
        assert encoded.replace(b"\r\n", b"").find(b"\n") == -1
        assert encoded.replace(b"\r\n", b"").find(b"\r") == -1
        for line in lines_of(encoded):
            assert len(line) <= 76
            assert not line.endswith((b" ", b"\t"))

    @given(BODIES)
    def test_no_body_can_hold_the_boundary(self, text: str) -> None:
        boundary = parsed(encode(a_message())).get_boundary()
        assert boundary is not None
        content = encode(a_message(text=f"{text}\n--{boundary}--\n", html=f"--{boundary}\r\n{text}"))
        assert len(list(parsed(content).iter_parts())) == 2
        assert content.count(b"\r\n--" + boundary.encode()) == 3

    def test_text_comes_first_and_html_last(self) -> None:
        message = parsed(encode(a_message()))
        assert message.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
        assert [part.get_content_charset() for part in message.iter_parts()] == ["utf-8", "utf-8"]

    def test_the_parser_finds_no_defect(self) -> None:
        message = parsed(encode(a_message(headers={"Subject": "naïve –", "List-Unsubscribe": LONG_LINK})))
        assert message.defects == []
        assert all(not value.defects for value in message.values())
        assert all(part.defects == [] for part in message.iter_parts())

    @pytest.mark.R6
    def test_the_same_message_gives_the_same_bytes_and_another_another_boundary(self) -> None:
        assert encode(a_message()) == encode(a_message())
        other = parsed(encode(a_message(message_id="<def@example.org>")))
        assert other.get_boundary() != parsed(encode(a_message())).get_boundary()
