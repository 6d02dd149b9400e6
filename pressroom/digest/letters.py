"""Letters: what each kind says, put into `email/letter.mjml` and `email/letter.txt`, and the headers around it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import format_datetime

from pressroom.delivery.mime import ascii_domain
from pressroom.digest import wording
from pressroom.digest.facts import answer_acts, foot_acts, sender_in_words
from pressroom.digest.headers import (
    AUTOMATIC,
    BULK,
    NO_ANSWERS,
    Headers,
    addressed,
    feedback_id,
    message_id,
    of_the_list,
)
from pressroom.digest.item_facts import Act
from pressroom.digest.letter_texts import SAY, Circumstances, Said
from pressroom.links import Links
from pressroom.models.bodies import Body
from pressroom.models.dates import in_utc
from pressroom.models.letters import Letter, LetterKind
from pressroom.models.people import Subscriber
from pressroom.models.runs import Message
from pressroom.models.words import Words
from pressroom.rendering import Templates
from pressroom.settings import Settings

LONGEST_SUBJECT = 100
ASKING = (LetterKind.CONFIRMATION, LetterKind.ALREADY, LetterKind.ADDRESS)
"""What goes to addresses that may not have asked for it, and so comes from an address of its own."""


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
    say = SAY[letter.kind]
    is_welcome = letter.kind is LetterKind.WELCOME
    acts = foot_acts(recipient, links, settings, words) if is_welcome else answer_acts(settings, words)
    facts = _facts(say(letter, recipient, told, links, settings, words), acts, settings, words)
    sender = settings.mail.asks_from if letter.kind in ASKING else settings.mail.from_address
    headers = _headers(letter, recipient, facts.subject, sender, links, settings)
    return Message(
        message_id=dict(headers)["Message-ID"],
        sender=sender,
        recipient=recipient.address,
        headers=headers,
        html_body=Body.whole(templates.render_mjml("email/letter.mjml", words, letter=facts, brand=settings.brand)),
        text_body=Body.whole(templates.render("email/letter.txt", words, letter=facts)),
    )


def _facts(said: Said, acts: Iterable[Act], settings: Settings, words: Words) -> LetterFacts:
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
        ("Date", format_datetime(in_utc(letter.made_at))),
        ("Message-ID", message_id(letter.key, recipient.pk, domain)),
        *(of_the_list(recipient, domain, links, settings) if is_listed else ()),
        feedback_id(domain, letter.kind.value, "letter"),
        AUTOMATIC,
        *([BULK] if is_listed else []),
        NO_ANSWERS,
    )
