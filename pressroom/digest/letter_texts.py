"""What each kind of letter says. All English of letters stands here, in `wording` and in their templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pressroom.digest import wording
from pressroom.digest.item_facts import Act
from pressroom.links import Links
from pressroom.models.consent import How
from pressroom.models.dates import in_zone
from pressroom.models.letters import Letter, LetterKind
from pressroom.models.people import Choice, Frequency, Subscriber
from pressroom.models.words import Words, marked
from pressroom.settings import Settings

ORIGINS: dict[str, str] = {
    How.COMMAND: marked("The request was entered by our staff."),
    How.SIGN_UP_PAGE: marked("The request was made on our pages."),
}
"""Where a request came from, by how its consent was recorded."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a letter tells besides who gets it.

    `token` stands behind its link; `origin` is how the request came, `asked_at` when; `ended` is what the person
    followed before leaving; `issue` is the newest run there was, if any; `complaints` are those that wait for an
    answer, each with its number and the moment by which it must be acknowledged.
    """

    token: str = ""
    origin: str = ""
    ended: tuple[Choice, ...] = ()
    issue: int | None = None
    complaints: tuple[tuple[int, datetime], ...] = ()
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What one kind of letter says, before the frame is put around it."""

    subject: str
    headline: str
    paragraphs: Sequence[str]
    act: Act | None = None
    after: Sequence[str] = ()


def _confirmation(
    letter: Letter, recipient: Subscriber, told: Circumstances, links: Links, settings: Settings, words: Words
) -> Said:
    site, expires = settings.site, in_zone(letter.expires, settings.site.zone)
    asked = words.gettext("On %(day)s at %(time)s we were asked to send digests of %(site)s to %(address)s.") % {
        **_moment(told.asked_at or letter.made_at, settings, words),
        "site": site.name,
        "address": recipient.address,
    }
    origin = words.gettext(ORIGINS.get(told.origin, ""))
    return Said(
        subject=words.gettext("Please confirm your address for %(site)s") % {"site": site.name},
        headline=words.gettext("Please confirm your address"),
        paragraphs=[
            f"{asked} {origin}".rstrip(),
            words.gettext("What was asked for: %(choices)s.") % {"choices": wording.chosen(recipient.choices, words)},
            *wording.filter_in_words(recipient.filter, words),
        ],
        act=Act(words.gettext("Confirm this address"), links.confirm(told.token)),
        after=[
            words.gettext(
                "The link works once and for 72 hours, until %(time)s on %(day)s. It opens a page with a button, and "
                "nothing begins before you press it."
            )
            % {"day": words.day(expires.date()), "time": words.clock(expires)},
            _if_it_was_not_you(letter, told, settings, words),
        ],
    )


def _if_it_was_not_you(letter: Letter, told: Circumstances, settings: Settings, words: Words) -> str:
    if not settings.retention.pending_days:
        return words.gettext("If you did not ask for this, ignore this mail: nothing happens.")
    lasts = (told.asked_at or letter.made_at) + timedelta(days=settings.retention.pending_days)
    deleted = in_zone(max(lasts, letter.expires), settings.site.zone).date()
    return words.gettext(
        "If you did not ask for this, ignore this mail: nothing happens, and the request is deleted on %(day)s."
    ) % {"day": words.day(deleted)}


def _welcome(
    letter: Letter, recipient: Subscriber, told: Circumstances, links: Links, settings: Settings, words: Words
) -> Said:
    follows = words.gettext("You follow: %(choices)s.") % {"choices": wording.chosen(recipient.choices, words)}
    return Said(
        subject=words.gettext("Welcome to the digests of %(site)s") % {"site": settings.site.name},
        headline=words.gettext("Your address is confirmed"),
        paragraphs=[follows, *first_digests(recipient.choices, letter.made_at, settings, words)],
        act=Act(words.gettext("Read the latest issue"), links.issue(told.issue)) if told.issue else None,
    )


def first_digests(choices: Iterable[Choice], since: datetime, settings: Settings, words: Words) -> Iterator[str]:
    """Yield when the first digest of each frequency comes to who has made these choices at that moment."""
    held = {choice.frequency for choice in choices}
    if Frequency.IMMEDIATE in held:
        yield words.gettext("What you follow at once comes soon after it is released.")
    for frequency in [one for one in Frequency if one in held and one is not Frequency.IMMEDIATE]:
        due = in_zone(settings.timetable.following(frequency, since), settings.site.zone)
        yield words.gettext("%(digest)s: the first comes on %(day)s, if there is something new by then.") % {
            "digest": wording.digest_name({frequency}, words),
            "day": words.day(due.date()),
        }


def _preferences(
    letter: Letter, recipient: Subscriber, told: Circumstances, links: Links, settings: Settings, words: Words
) -> Said:
    return Said(
        subject=words.gettext("Your link to change what you get from %(site)s") % {"site": settings.site.name},
        headline=words.gettext("Change what you get"),
        paragraphs=[
            words.gettext("You asked for this link on %(day)s at %(time)s.") % _moment(letter.made_at, settings, words),
            words.gettext("You follow: %(choices)s.") % {"choices": wording.chosen(recipient.choices, words)},
        ],
        act=Act(words.gettext("Open your preferences"), links.preferences(told.token)),
        after=[
            _how_long(letter, settings, words),
            words.gettext("If you did not ask for this, ignore this mail: nothing changes."),
        ],
    )


def _goodbye(
    letter: Letter, recipient: Subscriber, told: Circumstances, links: Links, settings: Settings, words: Words
) -> Said:
    ended = words.gettext("What has ended: %(choices)s.") % {"choices": wording.chosen(told.ended, words)}
    return Said(
        subject=words.gettext("You are unsubscribed from %(site)s") % {"site": settings.site.name},
        headline=words.gettext("You are unsubscribed"),
        paragraphs=[
            words.gettext("You left on %(day)s at %(time)s, and get no more digests from us.")
            % _moment(letter.made_at, settings, words),
            *([ended] if told.ended else []),
            words.gettext("If you want to come back, ask for digests again."),
        ],
        act=Act(words.gettext("Ask for digests"), links.page("/subscribe")),
        after=[words.gettext("Everything stays open to you in the feeds.")],
    )


def _already(
    letter: Letter, recipient: Subscriber, told: Circumstances, links: Links, settings: Settings, words: Words
) -> Said:
    asked = words.gettext("On %(day)s at %(time)s we were asked to send digests of %(site)s to %(address)s.") % {
        **_moment(letter.made_at, settings, words),
        "site": settings.site.name,
        "address": recipient.address,
    }
    return Said(
        subject=words.gettext("You get digests from %(site)s already") % {"site": settings.site.name},
        headline=words.gettext("You get our digests already"),
        paragraphs=[
            asked,
            words.gettext("Nothing has changed. You follow: %(choices)s.")
            % {"choices": wording.chosen(recipient.choices, words)},
        ],
        act=Act(words.gettext("Change what you get"), links.preferences(told.token)),
        after=[
            _how_long(letter, settings, words),
            words.gettext("If you did not ask for this, ignore this mail: nothing changes."),
        ],
    )


def _how_long(letter: Letter, settings: Settings, words: Words) -> str:
    """Return how long a link to the preferences works."""
    return words.gettext(
        "The link works for 24 hours, until %(time)s on %(day)s. Do not pass it on: whoever has it can change "
        "what you get."
    ) % _moment(letter.expires, settings, words)


def _address(
    letter: Letter, recipient: Subscriber, told: Circumstances, links: Links, settings: Settings, words: Words
) -> Said:
    """To an address whose owner may know nothing of it: the subscriber's present one is not told."""
    asked = words.gettext(
        "On %(day)s at %(time)s somebody who gets digests of %(site)s asked to get them at %(address)s."
    ) % {**_moment(letter.made_at, settings, words), "site": settings.site.name, "address": recipient.address}
    return Said(
        subject=words.gettext("Please confirm your new address for %(site)s") % {"site": settings.site.name},
        headline=words.gettext("Please confirm your new address"),
        paragraphs=[asked],
        act=Act(words.gettext("Confirm this address"), links.confirm(told.token)),
        after=[
            words.gettext(
                "The link works once and for 72 hours, until %(time)s on %(day)s. It opens a page with a button, and "
                "nothing begins before you press it."
            )
            % _moment(letter.expires, settings, words),
            words.gettext("If you did not ask for this, ignore this mail: nothing changes."),
        ],
    )


def _moved(
    letter: Letter, recipient: Subscriber, told: Circumstances, links: Links, settings: Settings, words: Words
) -> Said:
    stranger = (
        words.gettext("If that was not you, answer this mail straight away.")
        if settings.mail.reply_to
        else words.gettext("If that was not you, tell us straight away.")
    )
    act = None if settings.mail.reply_to else Act(words.gettext("That was not me"), links.page("/complaint"))
    return Said(
        subject=words.gettext("Your digests from %(site)s go to another address now") % {"site": settings.site.name},
        headline=words.gettext("Your digests go to another address now"),
        paragraphs=[
            words.gettext(
                "On %(day)s at %(time)s a new address for your digests was confirmed. Nothing more comes to this one."
            )
            % _moment(letter.made_at, settings, words),
            stranger,
        ],
        act=act,
    )


def _complaint(
    letter: Letter, recipient: Subscriber, told: Circumstances, links: Links, settings: Settings, words: Words
) -> Said:
    waiting = len(told.complaints)
    first, due = min(told.complaints, key=lambda one: one[1]) if told.complaints else (0, letter.made_at)
    return Said(
        subject=words.ngettext("A complaint waits for an answer", "%(number)s complaints wait for an answer", waiting)
        % {"number": words.number(waiting)},
        headline=words.ngettext("A complaint waits", "%(number)s complaints wait", waiting)
        % {"number": words.number(waiting)},
        paragraphs=[
            words.gettext("Number %(number)s must be acknowledged by %(day)s, 30 days after it came.")
            % {"number": first, "day": words.day(in_zone(due, settings.site.zone).date())},
            words.gettext(
                "“publisher complaint list” shows what waits, “publisher complaint acknowledge” records that it was."
            ),
        ],
    )


def _moment(moment: datetime, settings: Settings, words: Words) -> dict[str, str]:
    """Return day and time of a moment in words, in the site's zone."""
    local = in_zone(moment, settings.site.zone)
    return {"day": words.day(local.date()), "time": words.clock(local)}


Say = Callable[[Letter, Subscriber, Circumstances, Links, Settings, Words], Said]
SAY: Mapping[LetterKind, Say] = {
    LetterKind.CONFIRMATION: _confirmation,
    LetterKind.WELCOME: _welcome,
    LetterKind.PREFERENCES: _preferences,
    LetterKind.GOODBYE: _goodbye,
    LetterKind.ALREADY: _already,
    LetterKind.ADDRESS: _address,
    LetterKind.MOVED: _moved,
    LetterKind.COMPLAINT: _complaint,
}
"""What each kind says."""
