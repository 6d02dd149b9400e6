"""Whether the mail has the form that mailboxes ask for: its size, its text part, its headers and its way out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pressroom.digest.compose import LARGEST
from pressroom.digest.lint.mail import ADDRESS, CLOSING, Cause, Mail
from pressroom.digest.lint.page import has_words
from pressroom.models.text import is_visible, shown

GMAIL_CLIPS = 102_400
LONGEST_SUBJECT = 100
FEW_ITEMS = 10
_BOTH_PARTS = (
    "give the templates of both parts the same links (those of the foot stand in “email/digest-foot.html” and "
    "“email/digest.txt”)"
)
_ONE_CLICK = "List-Unsubscribe=One-Click"
_ONE_ADDRESS = re.compile(r"[^\s<>,;@]+@[^\s<>,;@]+")
_IN_BRACKETS = re.compile(r"<[^<>\s]+@[^<>\s]+>")


def too_large(mail: Mail) -> Iterator[Cause]:
    size = len(mail.message.html.encode(errors="replace"))
    if size >= GMAIL_CLIPS:
        yield Cause(
            "html",
            f"The formatted part is {size:,} bytes long and Gmail cuts off what comes after {GMAIL_CLIPS:,}, the "
            f"link to unsubscribe too; {_lighter(mail) or 'shorten the summaries or send the items in two digests'}.",
        )


def rather_large(mail: Mail) -> Iterator[Cause]:
    size = len(mail.octets or b"")
    if size > LARGEST:
        yield Cause(
            "mail",
            f"The whole mail is {size:,} bytes long, near to where mailboxes cut it off; "
            f"{_lighter(mail) or 'shorten the summaries or send fewer items at a time'}.",
        )


def _lighter(mail: Mail) -> str:
    """Return what to do about a large mail of few items, whose template is at fault; empty for another."""
    items = mail.known.items
    if items is None or items > FEW_ITEMS:
        return ""
    number = f"{items} item{'s' if items > 1 else ''}" if items else "hardly an item"
    return f"as it shows {number}, make the template “email/digest.mjml” smaller, or what it includes"


def text_part(mail: Mail) -> Iterator[Cause]:
    if not is_visible(mail.text):
        yield Cause(
            "blank",
            "The plain-text part, for readers whose mail program shows no formatting, is empty; mend the template "
            "“email/digest.txt”.",
        )
        return
    for address, words in mail.page.links.items():
        # In running text an address ends at the first blank, so that one with a blank is looked for as it is.
        is_there = address in mail.text if re.search(r"\s", address) else address in mail.text_links
        if ADDRESS.match(address) and not is_there:
            yield Cause(
                f"text {address}",
                f"The plain-text part lacks the link to {shown(address)}{_with_words(words)}, which the formatted part "
                f"has; {_BOTH_PARTS}.",
            )
    html = {piece for address in mail.page.links for piece in (address, address.split()[0])}
    for address in dict.fromkeys(ADDRESS.findall(mail.text)):
        plain = address.rstrip(CLOSING)
        if not ({address, plain} & html or mail.is_said_in_html(plain) or mail.facts.hold(plain)):
            yield Cause(
                f"html {plain}",
                f"The formatted part lacks the link to {shown(plain)}, which the plain-text part has; {_BOTH_PARTS}.",
            )


def _with_words(words: str) -> str:
    return f" ({shown(words)})" if words else ""


def unsubscribe(mail: Mail) -> Iterator[Cause]:
    given = re.findall(r"<(https?://[^>\s]+)>", " ".join(mail.header("List-Unsubscribe")))
    if not given:
        yield Cause(
            "header",
            "The header “List-Unsubscribe”, behind a mailbox's own unsubscribe button, names no web address; give it "
            "the reader's unsubscribe address in angle brackets.",
        )
    if mail.header("List-Unsubscribe-Post") != [_ONE_CLICK]:
        yield Cause(
            "post",
            f"The header “List-Unsubscribe-Post” is not exactly “{_ONE_CLICK}”, so that one click in the mailbox ends "
            "nothing; write just that.",
        )
    if given and not any(has_words(mail.page.links.get(address, "")) for address in given):
        yield Cause(
            "html",
            "The formatted part shows no link in words to the unsubscribe address that its header names; show it in "
            "the foot, in the template “email/digest-foot.html”.",
        )
    if given and not mail.text_links & set(given):
        yield Cause(
            "text",
            "The plain-text part has no link to the unsubscribe address that its header names; write it in the foot, "
            "in the template “email/digest.txt”.",
        )


def headers(mail: Mail) -> Iterator[Cause]:
    broken = [name for name, value in mail.message.headers if re.search("[\r\n\0]", f"{name}{value}")]
    for name in broken:
        yield Cause(
            f"break {name}",
            f"The header {shown(name)} holds a line break or a NUL (a sign that means nothing), by which other headers "
            "can be smuggled in; write it on one line.",
        )
    for name in ("From", "To"):
        if not _is_one_mailbox(mail, name):
            yield Cause(
                name,
                f"The header “{name}” holds {shown(', '.join(mail.header(name)))} and not exactly one mail address; "
                "write it like Name <name@example.org>.",
            )
    for name in ("Date", "Message-ID"):
        if not any(map(str.strip, mail.header(name))):
            yield Cause(name, f"The header “{name}” is missing, without which mailboxes distrust a mail; add it.")
    yield from _subject(mail)
    if mail.refusal and not broken:
        yield Cause("refused", f"The mail cannot be written ({mail.refusal.rstrip('.')}); mend that and try again.")


def _subject(mail: Mail) -> Iterator[Cause]:
    subject = " ".join(mail.header("Subject"))
    if not is_visible(subject):
        yield Cause("blank", "The subject is blank; give the first release a title that can be seen.")
    if len(subject) > LONGEST_SUBJECT:
        yield Cause(
            "long",
            f"The subject {shown(subject)} is {len(subject)} characters long; keep it to {LONGEST_SUBJECT}, as "
            "inboxes show fewer.",
        )


def _is_one_mailbox(mail: Mail, name: str) -> bool:
    """Whether there is one header of this name, with one address; before it stands a name, unquoted."""
    values = mail.header(name)
    if len(values) != 1:
        return False
    display, bracket, address = values[0].rpartition("<")
    address = address.removesuffix(">") if bracket else values[0]
    # A name may look like an address, even in brackets, if it is what somebody entered as the name.
    others = [found for found in _IN_BRACKETS.findall(display) if not mail.facts.hold(found)]
    return bool(_ONE_ADDRESS.fullmatch(address.strip())) and not others
