"""What servers say when they refuse, as Postfix, Gmail, Microsoft and Yahoo word it, and what it is about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.delivery.statuses import classify, status_in
from pressroom.models.bounces import BounceClass

POSTFIX = [
    ("5.1.1", "550 5.1.1 <ada@example.org>: Recipient address rejected: User unknown in local recipient table", "dead"),
    ("5.1.3", "<ada..b@example.org>: bad address syntax", "dead"),
    ("5.1.10", "Domain example.org does not accept mail (nullMX)", "dead"),
    ("5.4.4", "Host or domain name not found. Name service error for name=example.org type=AAAA", "soft"),
    ("5.4.6", "mail for example.org loops back to myself", "soft"),
    ("4.4.1", "connect to mx.example.org[192.0.2.7]:25: Connection timed out", "soft"),
    ("4.2.2", "452 4.2.2 <ada@example.org>: Mailbox full", "soft"),
    ("5.2.2", "552 5.2.2 <ada@example.org> Quota exceeded (mailbox for user is full)", "soft"),
    ("5.3.4", "message size 209715200 exceeds size limit 10240000 of server mx.example.org", "ours"),
    ("5.1.8", "550 5.1.8 <bounces@news.example.net>: Sender address rejected: Domain not found", "ours"),
    ("5.1.7", "553 5.1.7 <@>: Bad sender address syntax", "ours"),
    ("5.7.1", "554 5.7.1 <ada@example.org>: Relay access denied", "ours"),
    ("5.7.1", "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.spamhaus.org", "ours"),
    ("4.7.1", "450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.9]", "ours"),
    ("4.7.5", "Server certificate not trusted", "ours"),
    ("4.7.4", "TLS is required, but was not offered by host mx.example.org[192.0.2.7]", "ours"),
    ("5.6.7", "SMTPUTF8 is required, but was not offered by host mx.example.org[192.0.2.7]", "ours"),
]
GMAIL = [
    ("5.1.1", "550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking", "dead"),
    ("5.2.1", "550 5.2.1 The email account that you tried to reach is disabled.", "unclear"),
    ("5.2.1", "550-5.2.1 The user you are trying to contact is receiving mail at a rate that prevents", "unclear"),
    ("4.2.1", "450-4.2.1 The user you are trying to contact is receiving mail too quickly.", "soft"),
    ("5.2.2", "552-5.2.2 The recipient's inbox is out of storage space. Please direct the recipient to", "soft"),
    ("5.4.5", "550 5.4.5 Daily user sending limit exceeded.", "ours"),
    (
        "5.7.26",
        "550-5.7.26 Your email is blocked because the sender is unauthenticated. SPF = did not pass",
        "ours",
    ),
    (
        "5.7.26",
        "550-5.7.26 Unauthenticated email from example.net is refused due to its DMARC policy.",
        "ours",
    ),
    ("4.7.28", "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your", "ours"),
    ("5.7.1", "550-5.7.1 Our system has detected that this message is likely unsolicited mail.", "ours"),
    ("5.7.25", "550-5.7.25 [192.0.2.9] The IP address sending this message does not have a PTR record setup", "ours"),
    ("5.7.29", "550 5.7.29 This mail has been rate limited because it was not sent over a TLS connection.", "ours"),
]
MICROSOFT = [
    ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ada@example.org not found by SMTP", "dead"),
    ("5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", "unclear"),
    ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. [DB5EUR03FT003.eop-EUR03.prod]", "soft"),
    ("5.2.2", "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoff", "soft"),
    ("5.2.3", "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient", "ours"),
    ("5.7.515", "550 5.7.515 Access denied, sending domain example.net doesn't meet the required level", "ours"),
    ("5.7.1", "550 5.7.1 Unfortunately, messages from [192.0.2.9] weren't sent. Please contact your (S3150)", "ours"),
    ("5.7.606", "550 5.7.606 Access denied, banned sending IP [192.0.2.9]", "ours"),
    ("5.0.0", "550 SC-001 (COL004-MC1F5) Unfortunately, messages from 192.0.2.9 weren't sent.", "ours"),
    ("5.0.0", "550 DY-001 (SNT004-MC9F2) Unfortunately, messages from 192.0.2.9 weren't sent.", "ours"),
    ("4.7.650", "451 4.7.650 The mail server [192.0.2.9] has been temporarily rate limited due to IP", "ours"),
]
YAHOO = [
    ("", "554 delivery error: dd This user doesn't have a yahoo.com account (ada@yahoo.com) [0]", "unclear"),
    ("", "552 1 Requested mail action aborted, mailbox not found", "unclear"),
    ("4.7.0", "421 4.7.0 [TSS04] Messages from 192.0.2.9 temporarily deferred due to unexpected volume", "ours"),
    ("5.7.9", "554 5.7.9 Message not accepted for policy reasons. See the postmaster pages", "ours"),
    ("5.7.1", "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.9, because the ip is in", "ours"),
    ("", "451 Message temporarily deferred - [120]", "soft"),
]
OTHERS = [
    ("5.1.0", "550 5.1.0 <ada@example.org> address rejected", "unclear"),
    ("5.1.0", "550 5.1.0 the domain has a null MX", "dead"),
    ("5.0.0", "smtp; 550 5.1.1 no such user", "dead"),
    ("5.0.0", "smtp; 550 no such user", "unclear"),
    ("", "550 relaying denied", "ours"),
    ("", "550 5.1.1 unknown", "dead"),
    ("", "550 unknown user [5.1.1.7]", "unclear"),
    ("", "556 this domain takes no mail", "dead"),
    ("", "535 authentication failed", "ours"),
    ("", "501 syntax error", "ours"),
    ("", "", "unclear"),
    ("4.0.0", "", "soft"),
    ("5.1.1", "550 5.1.1 <tls@dkim.example.org>: unknown", "dead"),
    ("2.1.5", "250 delivered", "information"),
]
WITHOUT_A_STATUS = [
    ("", "550 Sender verify failed", "ours"),
    (
        "5.0.0",
        "550-Verification failed for <bounces+a@news.example.org>\n550-No Such User Here\n550 Sender verify failed",
        "ours",
    ),
    ("", "550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)", "ours"),
    ("", "550 Sender address rejected", "ours"),
    ("", "553 sorry, your mail server IP is denied", "ours"),
    ("", "550 Your host is listed in b.barracudacentral.org", "ours"),
    ("", "550 b.barracudacentral.org says no", "ours"),
    ("", "550 authentication required", "ours"),
    ("", "550 Your message was flagged by our content filter", "ours"),
    ("", "550 Rejected by header based Anti-Spoofing policy", "ours"),
    ("", "550 Administrative prohibition - envelope blocked", "ours"),
    ("", "554 Transaction failed Reject due to policy restrictions", "ours"),
    ("5.0.0", "550 message too large", "ours"),
    ("", "550 Your IP is on our block list", "ours"),
    ("", "550 mailbox full", "soft"),
    ("5.0.0", "550 quota exceeded", "soft"),
    ("5.0.0", "Unrouteable address", "unclear"),
]
WORDS_IN_NAMES = [
    ("5.1.1", "550 5.1.1 host mx.sc-1.council.example: no mailbox", "dead"),
    ("5.1.1", "550 5.1.1 gone (mx2-sc-300)", "dead"),
    ("5.1.1", "550 5.1.1 no mailbox here; tls.example.net", "dead"),
    ("5.1.1", "550 5.1.1 gone, see https://example.net/dmarc", "dead"),
    ("5.1.1", "550 5.1.1 no such user; not on our block list", "dead"),
    ("5.1.1", "550 5.1.1 <ada@example.org>: User unknown in relay recipient table", "dead"),
    ("", "550 <ada@example.org>: Recipient address rejected: User unknown in relay recipient table", "unclear"),
    ("5.7.1", "550 5.7.1 User unknown", "ours"),
    ("5.1.350", "550 5.1.350 Remote server returned invalid recipient address", "dead"),
    ("5.1.351", "550 5.1.351 Remote server returned unknown recipient or mailbox unavailable", "dead"),
    ("5.3.0", "553 5.3.0 <ada@example.org>... No such user here", "unclear"),
    ("5.3.0", "550 5.3.0 rejected", "soft"),
    ("4.1.1", "450 4.1.1 User unknown in local recipient table", "soft"),
]


@pytest.mark.parametrize(("status", "text", "expected"), [*POSTFIX, *GMAIL, *MICROSOFT, *YAHOO, *OTHERS])
def test_an_answer_is_about_the_address_or_about_us(status: str, text: str, expected: str) -> None:
    assert classify(status, text) == expected


@pytest.mark.parametrize(("status", "text", "expected"), WITHOUT_A_STATUS)
def test_words_tell_where_a_server_gives_no_status(status: str, text: str, expected: str) -> None:
    assert classify(status, text) == expected
    assert classify(status, text, int(text[:3]) if text[:3].isdigit() else 550) == expected


@pytest.mark.parametrize(("status", "text", "expected"), WORDS_IN_NAMES)
def test_that_there_is_no_such_user_goes_before_words_and_names_of_hosts_tell_nothing(
    status: str, text: str, expected: str
) -> None:
    assert classify(status, text) == expected


@pytest.mark.parametrize(("status", "text", "expected"), [*POSTFIX, *GMAIL, *MICROSOFT, *YAHOO])
def test_an_answer_in_our_own_session_means_the_same_as_in_a_report(status: str, text: str, expected: str) -> None:
    if text[:3].isdigit():
        assert classify("", text, int(text[:3])) == expected


def test_the_code_of_the_session_tells_where_the_words_hold_none() -> None:
    assert classify("", "no such domain", 556) is BounceClass.DEAD
    assert classify("", "over quota", 452) is BounceClass.SOFT


def test_the_status_of_a_report_goes_before_one_in_its_words_unless_it_says_nothing() -> None:
    assert status_in("5.4.4", "host said: 550 5.1.1 unknown") == "5.4.4"
    assert status_in("5.0.0", "host said: 550 5.1.1 unknown") == "5.1.1"
    assert status_in("5.0.0 (permanent failure)", "") == "5.0.0"
    assert status_in("", "a host at 192.5.1.1") == ""


@given(st.text(), st.text(), st.none() | st.integers(0, 999))
def test_whatever_a_server_says_has_a_class_and_is_never_called_abuse(status: str, text: str, code: int | None) -> None:
    assert classify(status, text, code) is not BounceClass.ABUSE
