"""What a page says in place of what was asked for: a sentence of fact, one of what follows, a link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from pressroom.models.words import marked


@dataclass(frozen=True, slots=True)
class PageMessage:
    """A page of `templates/web/message.html`, in English; `plain` is all there is where that template is broken.

    `link` is an address on this site with its words.
    """

    status: int
    title: str
    fact: str
    follows: tuple[str, ...]
    plain: str
    link: tuple[str, str] = ("/releases/", marked("All releases"))


FROM_ELSEWHERE = PageMessage(
    403,
    marked("Not taken"),
    marked("This came from a page of another site, and nothing has changed."),
    (marked("Open the page on this site, and press its button there."),),
    "This came from a page of another site, and nothing has changed.",
)
NOT_FOUND = PageMessage(
    404,
    marked("Not found"),
    marked("There is no page at this address."),
    (marked("Check that the address is complete."),),
    "There is no such page.",
)
TOO_MANY_TOPICS = PageMessage(
    404,
    marked("Too many topics"),
    marked("A feed holds ten topics at most."),
    (marked("Leave some of them out, or take two feeds."),),
    "A feed holds ten topics at most.",
    ("/feeds/", marked("All feeds")),
)
INCOMPLETE = PageMessage(
    404,
    marked("Incomplete link"),
    marked("This link is incomplete, and nothing has changed."),
    (
        marked("It may have been cut on its way. Open it from the mail itself, or copy it whole."),
        marked("Or enter your address on the next page, and we send you a link to change or end what you get."),
    ),
    "This link is not complete, and nothing has changed.",
    ("/subscribe", marked("Get a fresh link")),
)
NOT_POSSIBLE = PageMessage(
    405,
    marked("Not possible here"),
    marked("The page at this address is not made for that, and nothing has changed."),
    (marked("Go back, and use the page that you came from."),),
    "The page at this address is not made for that, and nothing has changed.",
)
TOO_SLOW = PageMessage(
    408,
    marked("Please try again"),
    marked("What was sent did not arrive in time, and nothing has changed."),
    (marked("Go back, and press the button again."),),
    "What was sent did not arrive in time, and nothing has changed.",
)
NO_LONGER_VALID = PageMessage(
    410,
    marked("Link no longer valid"),
    marked("This link is no longer valid, and nothing has changed."),
    (
        marked("A link to confirm an address works for 72 hours, a link to change what you get for 24 hours."),
        marked("Enter your address on the next page, and we send you a fresh one."),
    ),
    "This link is no longer valid, and nothing has changed.",
    ("/subscribe", marked("Get a fresh link")),
)  # fmt: skip
DELETED_PERHAPS = PageMessage(
    410,
    marked("Link no longer valid"),
    marked("This link is no longer valid."),
    (marked("If you have pressed the button before, your data is deleted."),),
    "This link is no longer valid. If you have pressed the button before, your data is deleted.",
    ("/", marked("The front page")),
)
THANKED = PageMessage(
    200,
    marked("Thank you"),
    marked("Thank you for telling us why."),
    (),
    "Thank you for telling us why.",
)
WITHDRAWN = PageMessage(
    410,
    marked("Withdrawn"),
    marked("This file was withdrawn."),
    (),
    "This file was withdrawn.",
    ("/releases/", marked("What was withdrawn, and what to use instead")),
)
TOO_LARGE = PageMessage(
    413,
    marked("Too large"),
    marked("What was sent is larger than any form of ours, and nothing has changed."),
    (marked("Open the page again, and fill in its form."),),
    "What was sent is larger than any form of ours, and nothing has changed.",
)
UNUSABLE = PageMessage(
    422,
    marked("Not readable"),
    marked("What was sent cannot be read, and nothing has changed."),
    (marked("Open the page again, and fill in its form."),),
    "What was sent cannot be read, and nothing has changed.",
)
TOO_MANY = PageMessage(
    429,
    marked("Too many requests"),
    marked("There have been too many requests of this kind, and nothing has changed."),
    (marked("Please try again later."),),
    "There have been too many requests of this kind; nothing has changed. Please try again later.",
    ("/feeds/", marked("Feeds")),
)
AGAIN = {
    timedelta(minutes=1): marked("Please try again in a minute."),
    timedelta(hours=1): marked("Please try again in an hour."),
    timedelta(days=1): marked("Please try again tomorrow."),
}
"""When to come again, by the longest wait that it is said of."""


def too_many(wait: timedelta) -> PageMessage:
    """Return what who has asked too often is told: that, and when to come again."""
    said = next((said for longest, said in AGAIN.items() if wait <= longest), TOO_MANY.follows[0])
    return replace(TOO_MANY, follows=(said,))


UNEXPECTED = PageMessage(
    500,
    marked("Something went wrong"),
    marked("Something went wrong on our side."),
    (marked("It has been written down for those who can mend it. Please try again later."),),
    "Something went wrong on our side; please try again later.",
)
TRY_AGAIN = PageMessage(
    503,
    marked("Please try again"),
    marked("We could not do that just now; please press the button again in a minute."),
    (marked("Nothing has changed yet."),),
    "We could not do that just now; please try again in a minute.",
)

BY_STATUS = {
    one.status: one
    for one in (
        FROM_ELSEWHERE,
        NOT_FOUND,
        NOT_POSSIBLE,
        TOO_SLOW,
        NO_LONGER_VALID,
        TOO_LARGE,
        UNUSABLE,
        TOO_MANY,
        UNEXPECTED,
        TRY_AGAIN,
    )
}
