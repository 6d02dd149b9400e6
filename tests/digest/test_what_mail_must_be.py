"""What mailbox providers, the law and the RFCs ask of a digest, one by one (M1 to M19), of a real one of nine items.

More on each: M1, M13 and M18 in `tests/delivery/test_mime.py` and `test_quoted.py`; M2 in `test_settings.py`; M3 in
`test_foot_and_headers.py`; M5 in `test_lint_leaks.py` and `tests/publishing/test_building.py`; M6 and M7 in
`tests/web/`, where the link is pressed; M8 in `tests/delivery/test_dkim.py`, by dkimpy; M14 in
`test_editors_and_length.py`; M19 in `test_escaping.py`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from pressroom.delivery.dkim import DkimKeys, DkimSigner
from pressroom.delivery.mime import encode
from pressroom.models.letters import LetterKind
from pressroom.models.runs import Message
from tests.builders import a_reader, an_offered_item
from tests.digest.samples import HOSTILE, SETTINGS, composed, html_links, nine, page, text_links, the_reader, words
from tests.digest.test_letters import composed as letter

TOKEN = "ab2cd3ef4gh5ij6kl7mn2op3qr"
LINK = f"https://news.example.org/unsubscribe/{TOKEN}"


@pytest.fixture(scope="module")
def message() -> Message:
    return composed(*nine(), reader=the_reader())


@pytest.fixture(scope="module")
def content(message: Message) -> bytes:
    return encode(message)


@pytest.fixture(scope="module")
def read(content: bytes) -> EmailMessage:
    parsed = message_from_bytes(content, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_m1_is_in_the_format_of_rfc_5322(content: bytes, read: EmailMessage) -> None:
    for name in ("From", "Date", "To", "Subject", "Message-ID", "Reply-To"):
        assert len(read.get_all(name, [])) == 1
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", content)
    assert read.defects == []


def test_m2_has_one_sender_whose_domain_is_that_of_the_envelope(message: Message, read: EmailMessage) -> None:
    [sender] = read["From"].addresses
    assert sender.addr_spec == message.sender
    assert read["Reply-To"].addresses[0].addr_spec == "editor@example.org"


def test_m3_has_a_message_id_of_its_own_and_the_same_at_each_attempt(message: Message) -> None:
    again, other = composed(*nine(), reader=the_reader()), composed(*nine(), reader=a_reader(pk=8))
    assert re.fullmatch(r"<[0-9a-f]{40}@news\.example\.org>", message.message_id)
    assert again.message_id == message.message_id != other.message_id


def test_m4_has_a_date_with_its_zone(read: EmailMessage) -> None:
    assert str(read["Date"]).endswith(" +0000")
    assert read["Date"].datetime.utcoffset() == timedelta()


def test_m5_names_nobody_but_its_reader(message: Message, read: EmailMessage) -> None:
    assert [mailbox.addr_spec for mailbox in read["To"].addresses] == ["reader@example.com"]
    assert read["Cc"] is None
    assert read["Bcc"] is None
    said = message.html + message.text
    assert set(re.findall(r"[\w.+-]+@[\w.-]+", said)) == {"editor@example.org"}
    assert set(re.findall(r"/(?:unsubscribe|preferences)/([a-z2-7]+)", said)) == {TOKEN}


def test_m6_has_one_https_link_to_unsubscribe_that_tells_no_address(content: bytes) -> None:
    assert re.findall(rb"\r\nList-Unsubscribe: (.*)\r\n", content) == [f"<{LINK}>".encode()]


def test_m7_asks_for_one_click_and_nothing_else(content: bytes) -> None:
    assert re.findall(rb"\r\nList-Unsubscribe-Post: (.*)\r\n", content) == [b"List-Unsubscribe=One-Click"]


def test_m8_signs_both(message: Message, tmp_path: Path) -> None:
    key = DkimKeys(tmp_path).generate("one", "ed25519")
    signed = encode(message, DkimSigner("news.example.org", [key]))
    [names] = re.findall(rb"; *\r\n h=([^;]*);", signed)
    assert {b"list-unsubscribe", b"list-unsubscribe-post"} <= set(re.split(rb"[:\s]+", names))


def test_m9_is_of_a_list_that_has_a_name_and_help_and_takes_no_posts(read: EmailMessage) -> None:
    assert read["List-Id"] == "Socitm Institute <digest.news.example.org>"
    assert read["List-Help"] == "<https://news.example.org/subscribe>"
    assert read["List-Post"] == "NO"


def test_m10_is_counted_by_run_frequency_and_sender_and_by_no_reader(read: EmailMessage) -> None:
    other = composed(*nine(), reader=a_reader(pk=8, unsubscribe_token="q" * 26))
    *fields, sender = read["Feedback-ID"].split(":")
    assert fields == ["3", "weekly", "digest"]
    assert 5 <= len(sender) <= 15
    assert dict(other.headers)["Feedback-ID"] == read["Feedback-ID"]


def test_m11_is_automatic_and_wants_no_automatic_answers(read: EmailMessage) -> None:
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Precedence"] == "bulk"
    assert read["X-Auto-Response-Suppress"] == "OOF, AutoReply, DR, RN, NRN"


def test_m12_is_another_mail_than_the_one_that_asks_to_confirm(message: Message) -> None:
    asking = letter(LetterKind.CONFIRMATION, settings=SETTINGS)
    assert asking.sender != message.sender
    assert not [name for name, _ in asking.headers if name.startswith("List-")]
    assert "ignore" in asking.text


def test_m13_has_a_text_first_and_html_last_with_the_same_links(message: Message, read: EmailMessage) -> None:
    assert read.get_content_type() == "multipart/alternative"
    parts = [*read.iter_parts()]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert {part["Content-Transfer-Encoding"] for part in parts} == {"quoted-printable"}
    assert {part.get_content_charset() for part in parts} == {"utf-8"}
    assert set(text_links(message)) == set(html_links(message))
    assert all(len(line) < 78 for line in message.text.splitlines() if "http" not in line)


def test_m14_is_small_enough_not_to_be_clipped(message: Message) -> None:
    assert len(message.html.encode()) < 90_000


def test_m15_shows_a_link_to_unsubscribe_in_both_parts(message: Message) -> None:
    assert LINK in text_links(message)
    [shown] = [link for link in page(message).iter("a") if link.get("href") == LINK]
    assert "Unsubscribe" in words(shown)


def test_m16_says_in_its_foot_who_sends_it_and_why_and_since_when(message: Message) -> None:
    said = words(page(message))
    for part in (
        "Socitm Institute",
        "1 Example Street, Exampleton EX1 1EX",
        "Registered in England 00000000",
        "You get this because you follow Digital trends, Cyber security and Harnessing data, weekly.",
        "You subscribed on 5 January 2026.",
    ):
        assert part in said
    assert "mailto:editor@example.org" in html_links(message)


def test_m17_has_no_pixel_and_leads_straight_to_what_it_names(message: Message) -> None:
    assert [*page(message).iter("img")] == []
    own = "https://news.example.org/"
    links = {one.item.url for one in nine()} | {one.item.replacement_url for one in nine()}
    assert {link for link in html_links(message) if not link.startswith((own, "mailto:"))} <= links


def test_m18_has_a_short_subject_and_a_name_that_hide_nothing() -> None:
    name = "Ann\r\nBcc: eve@example.org\0\u2028"
    message = composed(*nine(), reader=a_reader(name=name))
    headers = dict(message.headers)
    assert len(headers["Subject"]) <= 100
    assert not re.match(r"(re|fwd?):", headers["Subject"], re.IGNORECASE)
    assert headers["To"] == "Ann Bcc: eve@example.org <reader@example.com>"
    read = message_from_bytes(encode(message), policy=default)
    assert read["Bcc"] is None


def test_m19_escapes_what_it_is_told_and_runs_nothing() -> None:
    facts = dict.fromkeys(("title", "subtitle", "summary", "publisher", "series", "edition"), HOSTILE)
    message = composed(*nine(), an_offered_item(**facts, authors=(HOSTILE,)), reader=a_reader(name=HOSTILE))
    elements = [one for one in page(message).iter() if isinstance(one.tag, str)]
    assert not {one.tag for one in elements} & {"script", "form", "iframe", "svg", "link", "base", "object"}
    assert not [name for one in elements for name in one.attrib if str(name).startswith("on")]
    assert {link.split(":")[0] for link in html_links(message)} == {"https", "mailto"}
    assert HOSTILE in words(page(message))
