"""The look at a finished mail before a digest run is frozen: what must not go out, and what had better not.

| name | finds | source |
| --- | --- | --- |
| `size` | HTML of 102,400 bytes or more; *warning*: a mail of over 95,000 | Gmail clips there (measured by senders) |
| `text-part` | no text part, or other links in it than in the HTML | RFC 2046 §5.1.4 |
| `alt-text` | an image without words | WCAG 2.2, 1.1.1 |
| `contrast` | text of under 4.5:1; *warning*: only on dark screens | WCAG 2.2, 1.4.3 |
| `heading-order` | not one h1, not first, or a level skipped | WCAG 2.2, 1.3.1 and 2.4.6 |
| `template-marks` | a template's mark that is left, a text escaped twice, a control character | our own |
| `relative-links` | an address that is not whole, or a script | RFC 3986 §4.3; Gmail removes scripts |
| `unsubscribe` | no one-click address, or no link to it seen in words | RFC 8058 §3.1; Gmail, Yahoo, Microsoft, Apple |
| `scripts` | scripts, forms, frames, forwarding, things fetched, tracking pixels | Gmail removes them; PECR reg. 6 |
| `hidden` | text that its reader does not see | Gmail: no content hidden by HTML or CSS |
| `private-material` | the address of a members-only file | R9 |
| `unreleased-address` | an address of what is not out | R9 |
| `unreleased-title` | *warning*: its title, but for what a fact other than an editor's note says | R9 |
| `other-person` | name, address or personal link of somebody else | UK GDPR art. 5(1)(f) |
| `header` | line breaks, not one sender or reader, no subject … | RFC 5322 §2.2, §3.6; Gmail |

Everything but what is marked as a warning is an error. A false alarm stops an organisation's mail: whatever a fact
may have brought in is let through where it could be meant. `lint` is for some messages of a run, `foreign_links` for
every one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from pressroom.digest.lint import form, markup, people, secrets, sight
from pressroom.digest.lint.known import Finding, Known, texts_of
from pressroom.digest.lint.mail import Cause, Mail
from pressroom.digest.lint.marks import template_marks
from pressroom.digest.lint.tokens import foreign_links, shortened
from pressroom.models.people import Subscriber
from pressroom.models.runs import Message
from pressroom.models.text import is_visible

__all__ = ["NAMES", "Finding", "Known", "foreign_links", "lint", "texts_of"]

MOST_OF_A_NAME = 3

_CHECKS: tuple[tuple[str, Callable[[Mail], Iterator[Cause]], bool], ...] = (
    ("size", form.too_large, False),
    ("size", form.rather_large, True),
    ("text-part", form.text_part, False),
    ("alt-text", sight.alt_text, False),
    ("contrast", sight.low_contrast, False),
    ("contrast", sight.low_contrast_in_the_dark, True),
    ("heading-order", sight.heading_order, False),
    ("template-marks", template_marks, False),
    ("relative-links", markup.relative_links, False),
    ("unsubscribe", form.unsubscribe, False),
    ("scripts", markup.scripts, False),
    ("hidden", sight.hidden, False),
    ("private-material", secrets.private_material, False),
    ("unreleased-address", secrets.unreleased_address, False),
    ("unreleased-title", secrets.unreleased_title, True),
    ("other-person", people.other_person, False),
    ("header", form.headers, False),
)

NAMES = tuple(dict.fromkeys(name for name, _, _ in _CHECKS))


def lint(message: Message, known: Known) -> list[Finding]:
    """Return what is wrong with a finished mail, in the order of `NAMES`; nothing for a good one."""
    mail = Mail(message, known)
    return [
        Finding(name, shortened(cause.words), is_warning, _of_anybody(cause.key, known.recipient))
        for name, check, is_warning in _CHECKS
        for cause in _at_most(MOST_OF_A_NAME, check(mail))
    ]


def _at_most(most: int, causes: Iterable[Cause]) -> list[Cause]:
    """Return each cause once; the last says how many more there are."""
    by_key: dict[str, Cause] = {}
    for cause in causes:
        by_key.setdefault(cause.key, cause)
    each = list(by_key.values())
    more = len(each) - most
    if more <= 0:
        return each
    last = each[most - 1]
    return [*each[: most - 1], Cause(last.key, f"{last.words.removesuffix('.')} (and {more} more like it).")]


def _of_anybody(key: str, recipient: Subscriber) -> str:
    """Return the key of a cause without what is the recipient's own: the same fault has it in everybody's mail."""
    for own in (recipient.unsubscribe_token, recipient.address, recipient.name):
        if is_visible(own):
            key = re.sub(rf"(?<!\w){re.escape(own)}(?!\w)", "…", key, flags=re.IGNORECASE)
    return key
