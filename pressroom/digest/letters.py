"""Letters: what each kind says, put into `email/letter.mjml` and `email/letter.txt`, and the headers around it.

All English of letters stands here, in `wording` and in their templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from pressroom.delivery.mime import ascii_domain
from pressroom.digest import wording
from pressroom.digest.facts import answer_acts, foot_acts, sender_in_words
from pressroom.digest.headers import AUTOMATIC, BULK, NO_ANSWERS, Headers, addressed, message_id, of_the_list
from pressroom.digest.item_facts import Act
from pressroom.links import Links
from pressroom.models.feeds import Format
from pressroom.models.letters import Letter, LetterKind
from pressroom.models.people import Choice, Frequency, Subscriber
from pressroom.models.runs import Message
from pressroom.models.words import Words, marked
from pressroom.rendering import Templates
from pressroom.settings import Settings

LONGEST_SUBJECT = 100
ORIGINS = {"command line": marked("The request was entered by our staff.")}
"""Where a request came from, by how its consent was recorded."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a letter tells besides who gets it.

    `token` stands behind its link; `origin` is how the request came; `ended` is what the person followed before
    leaving; `issue` is the newest run there was, if any.
    """

    token: str = ""
    origin: str = ""
    ended: tuple[Choice, ...] = ()
    issue: int | None = None


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """A letter as it is shown: paragraphs, one act where there is one, and paragraphs below it."""

    subject: str
    language: str
    direction: str
    name: str
    headline: str
    paragraphs: tuple[str, ...]
    act: Act | None
    after: tuple[str, ...]
    acts: tuple[Act, ...]
    sender: str


@dataclass(frozen=True, slots=True)
class _Said:
    """What one kind of letter says, before the frame is put around it."""

    subject: str
    headline: str
    paragraphs: Sequence[str]
    act: Act | None = None
    after: Sequence[str] = ()


def compose_letter(
    letter: Letter,
    recipient: Subscriber,
    told: Circumstances,
    *,
    links: Links,
    settings: Settings,
    templates: Templates,
    words: Words,
) -> Message:
    """Return the message of `letter` to `recipient`. Pure: the same arguments give the same message."""
    say = {
        LetterKind.CONFIRMATION: _confirmation,
        LetterKind.WELCOME: _welcome,
        LetterKind.PREFERENCES: _preferences,
        LetterKind.GOODBYE: _goodbye,
    }[letter.kind]
    is_welcome = letter.kind is LetterKind.WELCOME
    acts = foot_acts(recipient, links, settings, words) if is_welcome else answer_acts(settings, words)
    facts = _facts(say(letter, recipient, told, links, settings, words), acts, settings, words)
    sender = settings.mail.asks_from if letter.kind is LetterKind.CONFIRMATION else settings.mail.from_address
    headers = _headers(letter, recipient, facts.subject, sender, links, settings)
    return Message(
        message_id=dict(headers)["Message-ID"],
        sender=sender,
        recipient=recipient.address,
        headers=headers,
        html=templates.render_mjml("email/letter.mjml", words, letter=facts, brand=settings.brand),
        text=templates.render("email/letter.txt", words, letter=facts),
    )


def _facts(said: _Said, acts: Iterable[Act], settings: Settings, words: Words) -> LetterFacts:
    return LetterFacts(
        subject=wording.shortened(said.subject, LONGEST_SUBJECT),
        language=words.language,
        direction=words.direction,
        name=settings.site.name,
        headline=said.headline,
        paragraphs=tuple(said.paragraphs),
        act=said.act,
        after=tuple(said.after),
        acts=tuple(acts),
        sender=sender_in_words(settings),
    )


def _headers(
    letter: Letter, recipient: Subscriber, subject: str, sender: str, links: Links, settings: Settings
) -> Headers:
    """Return the headers; only a welcome is mail of the list, and says so with a way out of it."""
    domain = ascii_domain(sender.rpartition("@")[2])
    is_listed = letter.kind is LetterKind.WELCOME
    return (
        *addressed(recipient, sender, settings),
        ("Subject", subject),
        ("Date", format_datetime(letter.made_at.astimezone(UTC))),
        ("Message-ID", message_id(letter.key, recipient.pk, domain)),
        *(of_the_list(recipient, domain, links, settings) if is_listed else ()),
        AUTOMATIC,
        *([BULK] if is_listed else []),
        NO_ANSWERS,
    )


def _confirmation(
    letter: Letter, recipient: Subscriber, told: Circumstances, links: Links, settings: Settings, words: Words
) -> _Said:
    site, expires = settings.site, letter.expires.astimezone(settings.site.zone)
    asked = words.gettext("On %(day)s at %(time)s we were asked to send digests of %(site)s to %(address)s.") % {
        **_moment(letter.made_at, settings, words),
        "site": site.name,
        "address": recipient.address,
    }
    origin = words.gettext(ORIGINS.get(told.origin, ""))
    return _Said(
        subject=words.gettext("Please confirm your address for %(site)s") % {"site": site.name},
        headline=words.gettext("Please confirm your address"),
        paragraphs=[
            f"{asked} {origin}".rstrip(),
            words.gettext("What was asked for: %(choices)s.") % {"choices": wording.chosen(recipient.choices, words)},
        ],
        act=Act(words.gettext("Confirm this address"), links.confirm(told.token)),
        after=[
            words.gettext(
                "The link works once and for 72 hours, until %(time)s on %(day)s. It opens a page with a button, and "
                "nothing begins before you press it."
            )
            % {"day": words.day(expires.date()), "time": words.clock(expires)},
            _if_it_was_not_you(settings.retention.pending_days, words),
        ],
    )


def _if_it_was_not_you(days: int, words: Words) -> str:
    if not days:
        return words.gettext("If you did not ask for this, ignore this mail: nothing happens.")
    return words.ngettext(
        "If you did not ask for this, ignore this mail: nothing happens, and the request is deleted %(number)s day "
        "after it was made.",
        "If you did not ask for this, ignore this mail: nothing happens, and the request is deleted %(number)s days "
        "after it was made.",
        days,
    ) % {"number": words.number(days)}


def _welcome(
    letter: Letter, recipient: Subscriber, told: Circumstances, links: Links, settings: Settings, words: Words
) -> _Said:
    follows = words.gettext("You follow: %(choices)s.") % {"choices": wording.chosen(recipient.choices, words)}
    return _Said(
        subject=words.gettext("Welcome to the digests of %(site)s") % {"site": settings.site.name},
        headline=words.gettext("Your address is confirmed"),
        paragraphs=[follows, *_first_digests(letter, recipient, settings, words)],
        act=Act(words.gettext("Read the latest issue"), links.issue(told.issue)) if told.issue else None,
    )


def _first_digests(letter: Letter, recipient: Subscriber, settings: Settings, words: Words) -> Iterator[str]:
    """Yield when the first digest of each frequency comes."""
    held = {choice.frequency for choice in recipient.choices}
    if Frequency.IMMEDIATE in held:
        yield words.gettext("What you follow at once comes soon after it is released.")
    for frequency in [one for one in Frequency if one in held and one is not Frequency.IMMEDIATE]:
        due = settings.timetable.following(frequency, letter.made_at).astimezone(settings.site.zone)
        yield words.gettext("%(digest)s: the first comes on %(day)s, if there is something new by then.") % {
            "digest": wording.digest_name({frequency}, words),
            "day": words.day(due.date()),
        }


def _preferences(
    letter: Letter, recipient: Subscriber, told: Circumstances, links: Links, settings: Settings, words: Words
) -> _Said:
    expires = letter.expires.astimezone(settings.site.zone)
    return _Said(
        subject=words.gettext("Your link to change what you get from %(site)s") % {"site": settings.site.name},
        headline=words.gettext("Change what you get"),
        paragraphs=[
            words.gettext("You asked for this link on %(day)s at %(time)s.") % _moment(letter.made_at, settings, words),
            words.gettext("You follow: %(choices)s.") % {"choices": wording.chosen(recipient.choices, words)},
        ],
        act=Act(words.gettext("Open your preferences"), links.preferences(told.token)),
        after=[
            words.gettext(
                "The link works for 24 hours, until %(time)s on %(day)s. Do not pass it on: whoever has it can change "
                "what you get."
            )
            % {"day": words.day(expires.date()), "time": words.clock(expires)},
            words.gettext("If you did not ask for this, ignore this mail: nothing changes."),
        ],
    )


def _goodbye(
    letter: Letter, recipient: Subscriber, told: Circumstances, links: Links, settings: Settings, words: Words
) -> _Said:
    ended = words.gettext("What has ended: %(choices)s.") % {"choices": wording.chosen(told.ended, words)}
    to_return = (
        words.gettext("If you want to come back, answer this mail.")
        if settings.mail.reply_to
        else words.gettext("If you want to come back, write to us.")
    )
    return _Said(
        subject=words.gettext("You are unsubscribed from %(site)s") % {"site": settings.site.name},
        headline=words.gettext("You are unsubscribed"),
        paragraphs=[
            words.gettext("You left on %(day)s at %(time)s, and get no more digests from us.")
            % _moment(letter.made_at, settings, words),
            *([ended] if told.ended else []),
            to_return,
            words.gettext("Everything stays open to you in the feeds."),
        ],
        act=Act(words.gettext("The feed of everything"), links.feed_of(Choice(Frequency.WEEKLY), Format.ATOM)),
    )


def _moment(moment: datetime, settings: Settings, words: Words) -> dict[str, str]:
    """Return day and time of a moment in words, in the site's zone."""
    local = moment.astimezone(settings.site.zone)
    return {"day": words.day(local.date()), "time": words.clock(local)}
