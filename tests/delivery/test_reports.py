"""What comes back by mail, read: in good order, broken, hostile, and what is no report at all."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.delivery.reports import MOST_TOKENS, Report, ReportKind, parse_report
from pressroom.models.bounces import BounceClass
from tests.delivery.returned import (
    LINK,
    QMAIL,
    REPLY,
    STOP,
    TOKEN,
    VACATION,
    a_mail,
    a_postfix_report,
    an_abuse_report,
)


def the_class(report: Report) -> BounceClass:
    (recipient,) = report.recipients
    return recipient.bounce_class


def test_a_report_of_postfix_says_whose_it_is_and_why() -> None:
    report = parse_report(a_postfix_report())
    assert report.kind is ReportKind.BOUNCE
    assert report.is_from_nobody
    assert report.tokens == (TOKEN,)
    (recipient,) = report.recipients
    assert (recipient.address, recipient.action, recipient.status) == ("ada@example.org", "failed", "5.1.1")
    assert recipient.text == "550 5.1.1 <ada@example.org>: User unknown"
    assert recipient.bounce_class is BounceClass.DEAD


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded"])
def test_what_has_not_failed_is_information(action: str) -> None:
    assert the_class(parse_report(a_postfix_report(action=action, status="4.4.1"))) is BounceClass.INFORMATION


def test_every_recipient_of_a_report_has_an_answer_of_its_own() -> None:
    second = b"\nFinal-Recipient: rfc822; bob@example.org\nAction: delayed\nStatus: 4.2.2\n\n--4QyX"
    content = a_postfix_report().replace(b"\n--4QyX", second, 3).replace(second, b"\n--4QyX", 2)
    found = {one.address: one.bounce_class for one in parse_report(content).recipients}
    assert found == {"ada@example.org": BounceClass.DEAD, "bob@example.org": BounceClass.INFORMATION}


def test_a_relay_that_changes_the_case_of_addresses_changes_nothing() -> None:
    content = a_postfix_report(envid=False).replace(TOKEN.encode(), TOKEN.upper().encode())
    assert parse_report(content).tokens == (TOKEN,)


def test_the_recipient_of_the_envelope_goes_before_what_the_mail_says() -> None:
    other = "l" + "c4" * 14
    report = parse_report(a_postfix_report(), sender="", recipients=[f"bounces+{other}@news.example.org"])
    assert report.tokens == (other, TOKEN)


@pytest.mark.parametrize("sender", ["ada@example.org", "<ada@example.org>", "unknown"])
def test_the_envelope_tells_that_a_report_is_from_somebody(sender: str) -> None:
    assert not parse_report(a_postfix_report(), sender=sender).is_from_nobody


def test_without_a_return_path_nobody_knows_whom_it_is_from() -> None:
    content = a_postfix_report().replace(b"Return-Path: <>\n", b"", 1)
    assert not parse_report(content).is_from_nobody


@pytest.mark.parametrize("end", [b"Status: 5.1.1", b"Action: failed", b"Remote-MTA"])
def test_a_report_that_was_cut_says_what_it_says(end: bytes) -> None:
    content = a_postfix_report()
    report = parse_report(content[: content.index(end) + len(end)])
    assert report.kind is ReportKind.BOUNCE
    assert report.tokens == (TOKEN,)
    assert the_class(report) is (BounceClass.UNCLEAR if end == b"Action: failed" else BounceClass.DEAD)


def test_a_report_that_lost_its_boundaries_is_read_all_the_same() -> None:
    content = a_postfix_report().replace(b"--4QyXkV6Kqmz5w", b"==lost")
    assert the_class(parse_report(content)) is BounceClass.DEAD


def test_a_report_within_a_report_is_found() -> None:
    outer = (
        b"Return-Path: <>\nContent-Type: multipart/mixed; boundary=out\n\n--out\nContent-Type: message/rfc822\n\n"
        + a_postfix_report()
        + b"\n--out--\n"
    )
    assert the_class(parse_report(outer)) is BounceClass.DEAD


def test_letters_that_are_no_ascii_are_kept_or_marked() -> None:
    content = a_postfix_report(said="550 5.1.1 Postfach für <ada@example.org> unbekannt")
    assert parse_report(content).recipients[0].text == "550 5.1.1 Postfach für <ada@example.org> unbekannt"
    latin = content.replace("für".encode(), "für".encode("latin-1"))
    assert the_class(parse_report(latin)) is BounceClass.DEAD


@pytest.mark.parametrize("coding", [b"base64", b"quoted-printable"])
def test_a_part_for_programs_that_came_encoded_is_decoded(coding: bytes) -> None:
    fields = b"Final-Recipient: rfc822; ada@example.org\nAction: failed\nStatus: 5.2.2\n"
    content = b64encode(fields) if coding == b"base64" else fields.replace(b"5.2.2", b"=35.2.2")
    report = parse_report(
        b"Return-Path: <>\nContent-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n"
        b"Content-Transfer-Encoding: " + coding + b"\n\n" + content + b"\n--x--\n"
    )
    assert the_class(report) is BounceClass.SOFT


def test_a_report_of_abuse_is_found_by_the_sender_or_the_links_of_the_mail() -> None:
    report = parse_report(an_abuse_report())
    assert (report.kind, report.tokens, report.links) == (ReportKind.ABUSE, (TOKEN,), (LINK,))
    hidden = parse_report(an_abuse_report(sender="redacted", token="redacted"))
    assert (hidden.kind, hidden.tokens, hidden.links) == (ReportKind.ABUSE, (), (LINK,))
    assert hidden.stops == ()


@pytest.mark.parametrize(
    ("kind", "expected"), [("not-spam", "not-spam"), ("Abuse", "abuse"), ("fraud", "automatic"), ("", "automatic")]
)
def test_what_is_fed_back_is_abuse_or_not(kind: str, expected: str) -> None:
    assert parse_report(an_abuse_report(kind)).kind == expected


def test_a_report_without_a_part_for_programs_is_understood_by_its_words() -> None:
    report = parse_report(a_mail(QMAIL))
    assert (report.kind, report.tokens) == (ReportKind.BOUNCE, (TOKEN,))
    assert report.recipients[0].address == "ada@example.org"
    assert the_class(report) is BounceClass.DEAD


def test_a_line_of_nothing_but_dashes_is_looked_through_once() -> None:
    dashes = b"-" * 400_000  # by the square of its length it would take hours
    report = parse_report(a_mail(QMAIL).replace(b"Giving up on 192.0.2.7.", dashes))
    assert the_class(report) is BounceClass.DEAD


def test_a_vacation_note_is_automatic_and_what_somebody_wrote_is_a_reply() -> None:
    assert parse_report(a_mail(VACATION)).kind is ReportKind.AUTOMATIC
    assert parse_report(a_mail(VACATION), sender="ada@example.org").kind is ReportKind.AUTOMATIC
    assert parse_report(a_mail(REPLY)).kind is ReportKind.REPLY
    assert parse_report(a_mail(REPLY), sender="").kind is ReportKind.AUTOMATIC
    assert parse_report(b"").kind is ReportKind.REPLY


def test_a_mail_to_unsubscribe_names_whose_it_is_in_its_recipient_alone() -> None:
    assert parse_report(a_mail(STOP)).stops == (LINK,)
    assert parse_report(a_mail(STOP), recipients=["digest@news.example.org"]).stops == ()
    in_its_text = a_mail(REPLY) + f"unsubscribe+{LINK}@news.example.org".encode()
    assert parse_report(in_its_text).stops == ()


def test_a_mail_full_of_tokens_is_looked_through_up_to_a_limit() -> None:
    many = b" ".join(b"d%028d" % number for number in range(2000, 9000))
    many = many.translate(bytes.maketrans(b"0189", b"abcd"))
    assert len(parse_report(b"Return-Path: <>\n\n" + many).tokens) == MOST_TOKENS


@pytest.mark.parametrize(
    ("form", "is_report"),
    [
        (b'boundary="%s"' % (b";" * 130_000), False),
        (b'boundary="%s"' % b"\r\n ".join([b";" * 5_000] * 2), False),
        (b'boundary="%s"; x="%s"' % (b"4QyXkV6Kqmz5w.1769418005/mx.example.org", b";" * 5_000), True),
    ],
)
def test_a_mail_whose_fields_are_too_long_to_be_read_in_time_is_no_report(form: bytes, is_report: bool) -> None:
    content = a_postfix_report().replace(b'boundary="4QyXkV6Kqmz5w.1769418005/mx.example.org"', form, 1)
    assert (parse_report(content).kind is ReportKind.BOUNCE) is is_report


@pytest.mark.parametrize(("parts", "is_report"), [(10, True), (60, False), (600, False)])
def test_a_mail_of_parts_in_parts_is_read_up_to_a_limit(parts: int, is_report: bool) -> None:
    outer = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(parts))
    content = b"Return-Path: <>\n" + outer + b"Content-Type: message/rfc822\n\n" + a_postfix_report()
    assert (parse_report(content).kind is ReportKind.BOUNCE) is is_report


OUR_MAIL = f"Return-Path: <bounces+{TOKEN}@news.example.org>\nSubject: 450 - new policies on DMARC\nTLS: 550 5.7.1\n"


@pytest.mark.parametrize(
    ("before", "expected", "text"),
    [
        (
            "550 5.1.1 no such user\n\n--- Below this line is a copy of the message.\n\n",
            "dead",
            "550 5.1.1 no such user",
        ),
        ("No longer here.\n\n--- Below this line is a copy of the message.\n\n", "unclear", ""),
        ("550 5.1.1 gone\n\n------ This is a copy of your message, with headers. ------\n", "dead", "550 5.1.1 gone"),
        ("550 5.1.1 gone\n\n-----Original Message-----\nX-Ours: 1\n", "dead", "550 5.1.1 gone"),
        ("550 5.1.1 gone\n\n", "dead", "550 5.1.1 gone"),
    ],
)
def test_our_own_mail_behind_the_words_of_a_server_says_nothing(before: str, expected: str, text: str) -> None:
    head, _, _ = a_mail(QMAIL).decode().partition("192.0.2.7 does not like")
    (recipient,) = parse_report(f"{head}{before}{OUR_MAIL}".encode()).recipients
    assert (recipient.bounce_class, recipient.text) == (expected, text)


def test_a_mail_that_is_nested_too_deep_is_no_report() -> None:
    content = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
    assert parse_report(content).kind is ReportKind.REPLY


PIECES = st.sampled_from(
    [
        *(line + b"\n" for line in a_postfix_report().splitlines()),
        *(line + b"\n" for line in an_abuse_report().splitlines()),
        b"Content-Type: message/delivery-status\n",
        b"Content-Type: message/rfc822\n\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Type: multipart/report; boundary*0*=%%; charset=x\n",
        b"Auto-Submitted: =?x?q?=FF?=\n",
        b"\xff\xfe\x00\r",
        b"\n\n",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=40), max_size=60).map(b"".join), st.none() | st.sampled_from(["", "a@b"]))
def test_no_bytes_make_it_raise_and_what_it_finds_has_the_form_of_tokens(content: bytes, sender: str | None) -> None:
    report = parse_report(content, sender=sender)
    assert all(len(token) == len(TOKEN) and token == token.lower() for token in report.tokens)
    assert all(len(link) == len(LINK) for link in (*report.links, *report.stops))
    assert all(one.bounce_class in BounceClass for one in report.recipients)
    assert sender is None or report.is_from_nobody == (sender == "")
