"""What a server's refusal means, whether it came in our own session or in a report.

That a server calls a refusal permanent says nothing: it does so when our own DNS is broken, too. So the enhanced status
decides (RFC 3463), without one the code of SMTP (RFC 5321 §4.2.3), and words only where they tell that we are minded.
"""

from __future__ import annotations

import re

from pressroom.models.bounces import BounceClass

STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_CODE = re.compile(r"(?<![\d.])([245]\d\d)(?=[ -]|$)")
_ADDRESS = re.compile(r"\S+@\S+")
_HOST = re.compile(r"(https?://\S+|(?<![\w.-])(?=[\w.-]*[a-z])[\w-]+(\.[\w-]+)+)", re.IGNORECASE)
MOST_WORDS = 1_000
"""Characters of an answer that are looked at: whoever writes more has said it before."""

# RFC 3463 §3.2 and, of 5.1.10 (a null MX), RFC 7505 §4.2; with the last two Exchange Online quotes other servers.
_DEAD = {(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (1, 350), (1, 351)}
_DISABLED = (2, 1)
"""Gmail says so of closed mailboxes, and of ones that get more than they may."""
_OUR_SENDER, _OUR_SIZE, _OUR_RATE = {(1, 7), (1, 8)}, {(2, 3), (3, 4)}, (4, 5)
_MAILBOX, _SYSTEM, _ROUTE, _PROTOCOL, _CONTENT, _POLICY = 2, 3, 4, 5, 6, 7

_MINDS_OUR_SENDER = re.compile(
    r"\bsender[- ](verif\w+|callout|address rejected)|\bverification failed\b|\bcould not verify sender\b",
    re.IGNORECASE,
)
_BLOCKLIST = re.compile(r"\b(spamhaus|barracudacentral|spamcop|sorbs|uceprotect)\b", re.IGNORECASE)
_MINDS_US = re.compile(
    r"\b(spf|dkim|dmarc|ptr|tls|starttls|(reverse|forward)[- ](dns|hostname|lookup)|rdns|dnsbl|rbl"
    r"|(block|black|deny)[- ]?list(ed)?|5\.7\.515)\b",
    re.IGNORECASE,
)
# Outlook.com's marks stand right behind the code; elsewhere their letters are part of somebody's name.
_MARK_OF_OUTLOOK = re.compile(r"\b[45]\d\d[ -](\d\.\d+\.\d+ )?(SC|DY)-\d{3}\b")
# Without a status, words must do where a misconfiguration of ours would else be held against everybody.
_MINDS_US_IT_SEEMS = re.compile(
    r"\b(relay(ing)?|spam|polic(y|ies)|restrictions|prohibit(ed|ion)|blocked|banned|reputation|filter|flagged"
    r"|access denied|[he]h?lo|your (ip|host|server|mail ?server|domain)|listed (in|at|by|on)|authenticat(ed|ion)"
    r"|spoof(ed|ing)|(message|mail) (is )?too (large|big)|exceeds .{0,20}size)\b",
    re.IGNORECASE,
)
_IS_FULL = re.compile(
    r"\b((mail)?box( is)? full|(over|exceed\w*|out of) (its |the |disk )?(quota|storage)|quota)\b", re.IGNORECASE
)
_NULL_MX = re.compile(r"\bnull ?mx\b|\bdoes not accept (any )?(e-?)?mail\b", re.IGNORECASE)
# Outlook.com says 5.5.0 of mailboxes that there are not; elsewhere it is about the protocol.
_NO_MAILBOX = re.compile(r"\bmailbox (unavailable|not found)\b", re.IGNORECASE)
_NO_SUCH_USER = re.compile(
    r"\b((user|recipient|mailbox|address) (is )?unknown|unknown (user|recipient|mailbox)"
    r"|no such (user|recipient|mailbox)|mailbox not found)\b",
    re.IGNORECASE,
)


def classify(status: str, text: str, code: int | None = None) -> BounceClass:
    """Return what a refusal is about.

    `status` is the enhanced status or "", `text` what the server said, `code` the code of SMTP; the latter two tell
    the status where it is missing or says nothing (5.0.0).
    """
    words = _words_of(text)
    found = status_in(status, text)
    if found.startswith("2."):
        return BounceClass.INFORMATION
    if _minds_us(text, words):
        return BounceClass.OURS
    _, subject, detail = (int(part) for part in found.split(".")) if found else (0, 0, 0)
    if (subject, detail) == (0, 0):
        return _by_code(found, code or _code_in(text), words)
    if found.startswith("4."):
        return BounceClass.OURS if subject == _POLICY else BounceClass.SOFT
    return _of_permanent(subject, detail, words)


def status_in(status: str, text: str) -> str:
    """Return the enhanced status of a refusal, the first that says something; "" where there is none."""
    found = [match[0] for match in (*STATUS.finditer(status), *STATUS.finditer(_words_of(text)))]
    return next((one for one in found if not one.endswith(".0.0")), found[0] if found else "")


def _code_in(text: str) -> int | None:
    found = _CODE.search(_words_of(text))
    return int(found[1]) if found else None


def _words_of(text: str) -> str:
    """Return an answer without addresses and names of hosts: their letters tell nothing."""
    return _HOST.sub(" ", _ADDRESS.sub(" ", text[:MOST_WORDS]))


def _minds_us(text: str, words: str) -> bool:
    """Whether an answer says outright that we are minded; that there is no such user goes before all but our sender."""
    if _MINDS_OUR_SENDER.search(words):
        return True
    if _NO_SUCH_USER.search(words):
        return False
    in_full = _ADDRESS.sub(" ", text[:MOST_WORDS])
    return bool(_MINDS_US.search(words) or _MARK_OF_OUTLOOK.search(words) or _BLOCKLIST.search(in_full))


def _of_permanent(subject: int, detail: int, words: str) -> BounceClass:
    """Return what a status 5.`subject`.`detail` is about."""
    of = (subject, detail)
    if of in _DEAD or (of == (1, 0) and _NULL_MX.search(words)):
        return BounceClass.DEAD
    if of in _OUR_SENDER | _OUR_SIZE or of == _OUR_RATE:
        return BounceClass.OURS
    if subject == _PROTOCOL and _NO_MAILBOX.search(words):
        return BounceClass.UNCLEAR
    if subject in (_SYSTEM, _PROTOCOL) and _NO_SUCH_USER.search(words):
        return BounceClass.UNCLEAR
    if subject in (_PROTOCOL, _CONTENT, _POLICY):
        return BounceClass.OURS
    if subject in (_SYSTEM, _ROUTE) or (subject == _MAILBOX and of != _DISABLED and detail):
        return BounceClass.SOFT
    return BounceClass.UNCLEAR


def _by_code(status: str, code: int | None, words: str) -> BounceClass:
    """Return what a refusal without a telling status is about: 550 may mean the mailbox as well as us."""
    if status.startswith("4.") or (code and code < 500):
        return BounceClass.SOFT
    if _NO_SUCH_USER.search(words):
        return BounceClass.UNCLEAR
    if _IS_FULL.search(words):
        return BounceClass.SOFT
    if _MINDS_US_IT_SEEMS.search(words) or (code and (code < 505 or 530 <= code < 540)):
        return BounceClass.OURS
    if code == 552:  # RFC 5321 §4.2.3: exceeded storage allocation
        return BounceClass.SOFT
    return BounceClass.DEAD if code == 556 else BounceClass.UNCLEAR  # RFC 7504 §4: the domain takes no mail
