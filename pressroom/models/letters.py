"""Letters: single mails outside a run, each to one subscriber and for one reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pressroom.models.people import SubscriberState
from pressroom.models.runs import Queued


class LetterKind(StrEnum):
    CONFIRMATION = "confirmation"
    WELCOME = "welcome"
    PREFERENCES = "preferences"
    GOODBYE = "goodbye"
    ALREADY = "already"
    """To a subscriber for whom digests were asked again."""
    ADDRESS = "address"
    """To the address that a subscriber wants digests at."""
    MOVED = "moved"
    """To the address that digests no longer go to."""
    COMPLAINT = "complaint"
    """To the organisation itself: complaints wait."""


LASTS = {
    LetterKind.CONFIRMATION: timedelta(hours=72),
    LetterKind.WELCOME: timedelta(days=7),
    LetterKind.PREFERENCES: timedelta(hours=24),
    LetterKind.GOODBYE: timedelta(days=7),
    LetterKind.ALREADY: timedelta(hours=24),
    LetterKind.ADDRESS: timedelta(hours=72),
    LetterKind.MOVED: timedelta(days=7),
    LetterKind.COMPLAINT: timedelta(days=7),
}
"""How long a letter is worth sending, and for how long the link in it works."""
RECIPIENTS = {
    LetterKind.CONFIRMATION: (SubscriberState.PENDING,),
    LetterKind.WELCOME: (SubscriberState.ACTIVE,),
    LetterKind.PREFERENCES: (SubscriberState.ACTIVE,),
    LetterKind.GOODBYE: (SubscriberState.ENDED,),
    LetterKind.ALREADY: (SubscriberState.ACTIVE,),
    LetterKind.ADDRESS: (SubscriberState.ACTIVE,),
    # Whoever has moved somebody's digests to themselves must not be able to keep that from them.
    LetterKind.MOVED: (SubscriberState.ACTIVE, SubscriberState.ENDED),
}
"""The states of a subscriber in which a letter may go to them (R7)."""
OPEN_PREFERENCES = (LetterKind.PREFERENCES, LetterKind.ALREADY)
"""The letters whose link opens the preferences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(Queued):
    """One letter, and what became of it. `key` is random and the root of its Message-ID and of the link in it.

    `address` is where it goes, if not to the subscriber's own; `request` the consent with which the request began that
    it asks to confirm.
    """

    kind: LetterKind
    key: str
    made_at: datetime
    address: str = ""
    request: int | None = None

    @property
    def expires(self) -> datetime:
        return self.made_at + LASTS[self.kind]
