"""All that is held about a person (`holdings`), as a page that people read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from pressroom.digest.wording import PACES
from pressroom.membership import EVERYTHING
from pressroom.membership.leaving import WHAT_WAS_OWED
from pressroom.models.bounces import BounceClass
from pressroom.models.consent import CONSENT, How
from pressroom.models.dates import in_zone
from pressroom.models.letters import LetterKind
from pressroom.models.people import (
    CONFIRMED,
    ENDED_A_PART,
    FORGIVEN,
    LAPSED,
    LEFT,
    REQUESTED,
    SUBSCRIBED,
    UNDONE,
    Frequency,
    SubscriberState,
)
from pressroom.models.release import Kind
from pressroom.models.runs import DeliveryState
from pressroom.models.words import Words, marked
from pressroom.storage.cells import moment
from pressroom.tools import Tools

LABELS = {
    "address": marked("Address"),
    "name": marked("Name"),
    "language": marked("Language"),
    "state": marked("State"),
    "since": marked("Since"),
    "paused": marked("Paused"),
    "paused_until": marked("Paused until"),
    "only_kinds": marked("Only these kinds"),
    "only_languages": marked("Only in these languages"),
    "without_partners": marked("Without what partners release"),
    "own_feed_since": marked("A feed of your own since"),
    "never_mailed_because": marked("Never mailed because"),
    "what": marked("What"),
    "frequency": marked("How often"),
    "begun": marked("Begun"),
    "ended": marked("Ended"),
    "at": marked("When"),
    "how": marked("How"),
    "basis": marked("Lawful basis"),
    "wording": marked("What you read"),
    "version": marked("Edition"),
    "text": marked("Text"),
    "kind": marked("Kind"),
    "to": marked("To"),
    "answer": marked("What the mail server answered"),
    "about": marked("What it says"),
    "status": marked("Code"),
    "counts": marked("Held against the address"),
    "run": marked("Number"),
    "finished": marked("Finished"),
    "titles": marked("What it held"),
    "title": marked("Title"),
    "chosen": marked("What was chosen"),
    "contact": marked("Where an answer goes"),
    "acknowledged": marked("Acknowledged"),
    "closed": marked("Closed"),
    "outcome": marked("Outcome"),
}
"""What the fields of such a document are called where people read it."""
SECTIONS = {
    "choices": marked("What you chose"),
    "left_with": marked("What you had set when you left"),
    "consents": marked("What you agreed to"),
    "wordings": marked("What you read when you agreed"),
    "letters": marked("Letters to you"),
    "digests": marked("Digests to you"),
    "bounces": marked("What came back of mail to you"),
    "earlier": marked("What earlier digests told you"),
    "waiting": marked("What your next digest holds, as far as it is known"),
    "struck": marked("What a change of yours has struck before you had it"),
    "held_back": marked("What your limits have held back"),
    "sign_ups": marked("Requests with the form that wait"),
    "complaints": marked("Data complaints"),
}
STATES = {
    SubscriberState.PENDING.value: marked("not confirmed yet"),
    SubscriberState.ACTIVE.value: marked("gets digests"),
    SubscriberState.ENDED.value: marked("has left"),
    DeliveryState.QUEUED.value: marked("waits"),
    DeliveryState.CLAIMED.value: marked("waits"),
    DeliveryState.HANDED_OVER.value: marked("being handed over"),
    DeliveryState.RETRY.value: marked("waits for another try"),
    DeliveryState.SENT.value: marked("sent"),
    DeliveryState.FAILED.value: marked("failed"),
    DeliveryState.SUPPRESSED.value: marked("kept back"),
    DeliveryState.CANCELLED.value: marked("cancelled"),
    DeliveryState.UNKNOWN.value: marked("handed over, without an answer"),
}
LETTERS = {
    LetterKind.CONFIRMATION.value: marked("asks to confirm"),
    LetterKind.WELCOME.value: marked("greets"),
    LetterKind.PREFERENCES.value: marked("brings a link to the preferences"),
    LetterKind.GOODBYE.value: marked("says goodbye"),
    LetterKind.ALREADY.value: marked("says that you get digests already"),
    LetterKind.ADDRESS.value: marked("asks a new address to confirm"),
    LetterKind.MOVED.value: marked("says that digests go to another address"),
}
_EVERYTHING = marked("Everything")
TURNS = {
    REQUESTED: marked("requested"),
    SUBSCRIBED: marked("subscribed"),
    CONFIRMED: marked("confirmed"),
    LEFT: marked("unsubscribed from everything"),
    LAPSED: marked("request not confirmed in time"),
    "changed": marked("changed"),
    "filter": marked("limits"),
    "language": marked("language"),
    "resumed": marked("digests resumed"),
    ENDED_A_PART: marked("ended"),
    UNDONE: marked("unsubscribing undone"),
    "address changed and confirmed": marked("address changed and confirmed"),
    "private feed: made": marked("a feed of your own: made"),
    "private feed: new address": marked("a feed of your own: a new address"),
    FORGIVEN: marked("what came back of our mail is held against the address no more"),
    "private feed: ended": marked("a feed of your own: ended"),
}
"""What was done, by how a record of it begins."""
HOW: dict[str, str] = {
    How.SIGN_UP_PAGE: marked("sign-up page"),
    How.PREFERENCES_PAGE: marked("preferences page"),
    How.UNDO_BUTTON: marked("page of the unsubscribe"),
    How.UNSUBSCRIBE_LINK: marked("unsubscribe link"),
    How.PAUSE_LINK: marked("pause link"),
    How.LINK_TO_NEW_ADDRESS: marked("link in our email to the new address"),
    How.COMMAND: marked("by our editors"),
    How.IMPORT: marked("brought in by our editors"),
    How.OPT_OUTS: marked("brought in by our editors"),
    How.UNSUBSCRIBE_MAIL: marked("email to unsubscribe"),
    How.CAME_BACK: marked("our email came back"),
    How.REPORTED_AS_SPAM: marked("our email was reported as spam"),
    How.REPORTED_BY_LINK: marked("our email was reported as spam"),
    How.DEMO: marked("by our editors"),
    How.NOBODY: marked("nobody confirmed it"),
}
BOUNCES = {
    BounceClass.DEAD.value: marked("there is no such mailbox"),
    BounceClass.UNCLEAR.value: marked("the mailbox may not be in use"),
    BounceClass.SOFT.value: marked("the mailbox could not be reached then"),
    BounceClass.OURS.value: marked("the mail server refused us, and not the address"),
    BounceClass.INFORMATION.value: marked("a notice: nothing had failed"),
    BounceClass.ABUSE.value: marked("the mail was reported as spam"),
}
KNOWN_BY = ("title", "what", "at")
"""What tells records of one section apart, the first that a record has."""
FOR_PROGRAMS = frozenset({"wording_hash", "hash"})
"""What only the document for programs holds."""
IN_WORDS: dict[str, Mapping[str, str]] = {
    "frequency": {pace.value: name for pace, name in PACES.items()},
    "state": STATES,
    "kind": LETTERS,
    "how": HOW,
    "about": BOUNCES,
    "basis": {CONSENT: marked("consent")},
}
_CHOICE = re.compile(rf"(?<![^\s=])(?P<what>[^\s=]+)=(?P<pace>{'|'.join(Frequency)})")
PAUSED_UNTIL = "paused until "
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True, slots=True)
class Telling:
    """How the document is told: in which words, with moments in which zone, and what topics and series are called."""

    words: Words
    zone: ZoneInfo
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """One record as it is shown: what it is known by, and all else that it says, each with its label."""

    title: str
    facts: tuple[tuple[str, str], ...]


def page_of(held: Mapping[str, Any], tools: Tools, language: str, names: Mapping[str, str]) -> str:
    """Return the document as a page that people read, with its moments in the site's zone.

    `names` are those of topics and series, as `holdings.names_of` gives them.
    """
    words, site = tools.words(language), tools.settings.site
    telling = Telling(words, site.zone, names)
    sections = [
        (words.gettext(title), [_record(one, telling) for one in _running_first(held[name])])
        for name, title in SECTIONS.items()
        if held[name]
    ]
    return tools.templates.render(
        "web/holdings.html",
        words,
        site=site,
        language=words.language,
        direction=words.direction,
        held_by=held["held_by"],
        made_at=_in_words("made_at", held["made_at"], telling),
        person=_facts(held["person"], telling),
        sections=sections,
    )


def _running_first(records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(records, key=lambda one: bool(one.get("ended")))


def _record(record: Mapping[str, Any], telling: Telling) -> RecordFacts:
    """Return a record under what tells it apart from the others of its section: a title, a name or when it was."""
    known_by = next((name for name in KNOWN_BY if record.get(name)), None)
    if known_by == "what" and "basis" in record:
        known_by = "at"
    facts = _facts(record, telling)
    if known_by is None:
        return RecordFacts("", tuple(facts))
    label = telling.words.gettext(LABELS[known_by])
    title = next(value for name, value in facts if name == label)
    return RecordFacts(title, tuple(fact for fact in facts if fact[0] != label))


def _facts(record: Mapping[str, Any], telling: Telling) -> list[tuple[str, str]]:
    """Return what a record says, each with its label; what is not known is left out."""
    known = [
        (name, value)
        for name, value in record.items()
        if value not in (None, "", False, []) and name not in FOR_PROGRAMS
    ]
    is_act = "basis" in record  # else `what` is the name of a topic, whatever it is called
    return [
        (
            telling.words.gettext(LABELS[name]),
            _in_words(name, value, telling) if name != "what" or is_act else _topic(value, telling.words),
        )
        for name, value in known
    ]


def _topic(name: str, words: Words) -> str:
    return words.gettext(_EVERYTHING) if name == "everything" else name


def _in_words(name: str, value: Any, telling: Telling) -> str:
    words = telling.words
    if isinstance(value, list):
        return "; ".join(_in_words(name, one, telling) for one in value)
    if value is True:
        return words.gettext(marked("yes"))
    if _MOMENT.fullmatch(value := str(value)) and (at := moment(value)):
        local = in_zone(at, telling.zone)
        return f"{words.day(local.date())}, {words.clock(local)}"
    if name == "what":
        return _turn(value, telling)
    if name == "chosen":
        return _choices(value, telling)
    if name in ("language", "only_languages"):
        return words.language_name(value)
    if name == "only_kinds":
        return words.kind(Kind(value))
    if name == "how" and value.startswith(How.TOPIC_BECAME):
        return words.gettext(marked("a topic has become another"))
    if name == "how" and value.startswith(f"{How.IMPORT}, "):
        return f"{words.gettext(HOW[How.IMPORT])}, {value.removeprefix(f'{How.IMPORT}, ')}"
    if name == "how" and value.startswith(f"{How.COMMAND}: "):
        return f"{words.gettext(HOW[How.COMMAND])}: {value.removeprefix(f'{How.COMMAND}: ')}"
    if name == "how" and value.startswith(f"{How.LINK_IN_LETTER} "):
        return words.gettext(marked("link in our email"))
    known = IN_WORDS.get(name, {}).get(value)
    return words.gettext(known) if known else value


def _turn(what: str, telling: Telling) -> str:
    words = telling.words
    if what in TURNS:
        return words.gettext(TURNS[what])
    if what.startswith(PAUSED_UNTIL):
        day = what.removeprefix(PAUSED_UNTIL)
        if day == "resumed":
            return words.gettext(marked("paused until you end the pause"))
        return words.gettext(marked("paused until %(day)s")) % {"day": words.day(date.fromisoformat(day))}
    begun, colon, rest = what.partition(": ")
    if begun.startswith(f"{UNDONE} of "):
        begun = UNDONE
    if begun not in TURNS or not colon:
        return what
    if begun == "language":
        return f"{_label(begun, words)}: {words.language_name(rest)}"
    return f"{words.gettext(TURNS[begun])}: {'; '.join(_part(one, telling) for one in rest.split('; '))}"


def _part(said: str, telling: Telling) -> str:
    """Return in words what one part of a record says: choices, a limit, a language."""
    words = telling.words
    said = said.removeprefix("only ").removeprefix("filter ")
    name, _, rest = said.partition(" ")
    if said == "no partners":
        return _label("without_partners", words)
    if said == WHAT_WAS_OWED:
        return words.gettext(marked("what was owed"))
    if said == "everything":
        return words.gettext(_EVERYTHING)
    if name == "kinds":
        return f"{_label('only_kinds', words)}: {words.listed([_kind(one, words) for one in rest.split(', ')])}"
    if name == "languages":
        named = words.listed([words.language_name(one) for one in rest.split(", ")])
        return f"{_label('only_languages', words)}: {named}"
    if name == "language":
        return f"{_label('language', words)}: {words.language_name(rest)}"
    if name == "everything" and rest in list(Frequency):
        return f"{words.gettext(_EVERYTHING)}: {words.gettext(PACES[Frequency(rest)])}"
    return _choices(said, telling)


def _label(name: str, words: Words) -> str:
    label = LABELS[name]
    return words.gettext(label)


def _kind(kind: str, words: Words) -> str:
    return words.kind(Kind(kind)) if kind in list(Kind) else kind


def _choices(text: str, telling: Telling) -> str:
    """Return what choices are named in a text, like “roads=weekly”, in words."""

    def said(choice: re.Match[str]) -> str:
        slug, pace = choice["what"], telling.words.gettext(PACES[Frequency(choice["pace"])])
        what = telling.words.gettext(_EVERYTHING) if slug == EVERYTHING else telling.names.get(slug, slug)
        return f"{what}: {pace}"

    return _CHOICE.sub(said, text)
