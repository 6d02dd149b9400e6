"""Mails that come back, in the forms that servers give them: as Postfix, Exchange, qmail and feedback loops write."""

from __future__ import annotations

from pressroom.delivery.reports import Report, parse_report

BOUNCES = "bounces@news.example.org"
DIGEST = """\
Return-Path: <bounces+{token}@news.example.org>
From: Rivers Association <digest@news.example.org>
To: {address}
Subject: Rivers
Message-ID: <abc@news.example.org>
List-Unsubscribe: <https://press.example.org/unsubscribe/{link}>,
 <mailto:unsubscribe+{link}@news.example.org?subject=unsubscribe>
Auto-Submitted: auto-generated
"""
TOKEN, LINK = "d" + "a2" * 14, "b3" * 13

_POSTFIX = """\
Return-Path: <>
Received: by mx.example.org (Postfix)
	id 4QyXkW1Zz1z5x; Mon, 26 Jan 2026 09:00:05 +0000 (UTC)
Date: Mon, 26 Jan 2026 09:00:05 +0000 (UTC)
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces+{token}@news.example.org
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4QyXkV6Kqmz5w.1769418005/mx.example.org"
Content-Transfer-Encoding: 8bit
Message-Id: <20260126090005.4QyXkW1Zz1z5x@mx.example.org>

This is a MIME-encapsulated message.

--4QyXkV6Kqmz5w.1769418005/mx.example.org
Content-Description: Notification
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

This is the mail system at host mx.example.org.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system

<{address}>: {said}

--4QyXkV6Kqmz5w.1769418005/mx.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
{envid}X-Postfix-Queue-ID: 4QyXkV6Kqmz5w
X-Postfix-Sender: rfc822; bounces+{token}@news.example.org
Arrival-Date: Mon, 26 Jan 2026 09:00:04 +0000 (UTC)

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; {said}

--4QyXkV6Kqmz5w.1769418005/mx.example.org
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers
Content-Transfer-Encoding: 8bit

{digest}
--4QyXkV6Kqmz5w.1769418005/mx.example.org--
"""
_ABUSE = """\
Return-Path: <feedback@arf.mail.example.com>
From: Feedback <feedback@arf.mail.example.com>
To: fbl@news.example.org
Subject: FW: Rivers
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="arf"

--arf
Content-Type: text/plain; charset=US-ASCII

This is an email abuse report for an email message received from 192.0.2.9.
--arf
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{sender}>
Original-Rcpt-To: redacted@example.com
Arrival-Date: Mon, 26 Jan 2026 09:00:04 +0000
--arf
Content-Type: text/rfc822-headers

{digest}
--arf--
"""
QMAIL = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.org
To: bounces+{token}@news.example.org
Subject: failure notice

Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{address}>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 <{address}>: no such user
Giving up on 192.0.2.7.

--- Below this line is a copy of the message.

{digest}
Our TLS and SPF report.
"""
VACATION = """\
Return-Path: <>
From: {address}
To: bounces+{token}@news.example.org
Subject: Auto: Rivers
Auto-Submitted: auto-replied (vacation)
Precedence: bulk

I am away until 550 5.1.1 o'clock.
"""
REPLY = """\
Return-Path: <{address}>
From: {address}
To: bounces+{token}@news.example.org
Subject: Re: Rivers

Thank you!
"""
STOP = """\
Return-Path: <{address}>
From: someone.else@example.net
To: Unsubscribe+{link}@news.example.org
Subject: unsubscribe

"""


def a_postfix_report(
    token: str = TOKEN,
    address: str = "ada@example.org",
    *,
    status: str = "5.1.1",
    said: str = "550 5.1.1 <ada@example.org>: User unknown",
    action: str = "failed",
    envid: bool = True,
    link: str = LINK,
) -> bytes:
    """Return a report as Postfix writes it, its headers of our message included (RET=HDRS)."""
    return _POSTFIX.format(
        token=token,
        address=address,
        status=status,
        said=said,
        action=action,
        envid=f"Original-Envelope-Id: {token}\n" if envid else "",
        digest=DIGEST.format(token=token, address=address, link=link),
    ).encode()


def an_abuse_report(
    kind: str = "abuse", *, sender: str = f"bounces+{TOKEN}@news.example.org", token: str = TOKEN, link: str = LINK
) -> bytes:
    """Return what a feedback loop sends; the recipient is redacted (RFC 6590)."""
    digest = DIGEST.format(token=token, address="redacted@example.com", link=link)
    return _ABUSE.format(kind=kind, sender=sender, digest=digest).encode()


def a_mail(form: str, *, token: str = TOKEN, address: str = "ada@example.org", link: str = LINK) -> bytes:
    """Return a mail in one of the forms above."""
    digest = DIGEST.format(token=token, address=address, link=link)
    return form.format(token=token, address=address, link=link, digest=digest).encode()


def read(content: bytes) -> Report:
    return parse_report(content)
