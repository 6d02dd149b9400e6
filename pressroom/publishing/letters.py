"""The messages of letters, built from what the catalogue says of the person."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pressroom.digest.letter_texts import Circumstances
from pressroom.digest.letters import compose_letter
from pressroom.membership.moving import may_move_to
from pressroom.models.dates import stamp
from pressroom.models.letters import OPEN_PREFERENCES, RECIPIENTS, Letter, LetterKind
from pressroom.models.people import UNTIL_ASKED, Choice, Subscriber
from pressroom.models.runs import Message
from pressroom.publishing.envelopes import in_envelope
from pressroom.storage import Store
from pressroom.tools import Tools


@dataclass
class LetterBuilder:
    """Builds the message of a letter (Protocol `delivery.queue.Builder`)."""

    store: Store
    tools: Tools

    def build(self, letter: Letter) -> Message | None:
        recipient = self._recipient(letter)
        if recipient is None:
            return None
        message = compose_letter(
            letter,
            recipient,
            self._circumstances(letter, recipient.pk),
            links=self.tools.links,
            settings=self.tools.settings,
            templates=self.tools.templates,
            words=self.tools.words(recipient.language),
        )
        return in_envelope(message, self.tools, letter, letter.key)

    def _recipient(self, letter: Letter) -> Subscriber | None:
        if letter.kind not in RECIPIENTS:
            return Subscriber(letter.address, language=self.tools.settings.site.language)
        subscriber = self.store.subscribers.by_pk(letter.subscriber) if letter.subscriber else None
        if subscriber is None or not letter.address:
            return subscriber
        return replace(subscriber, address=letter.address, name="") if self._may_go(letter, subscriber) else None

    def _may_go(self, letter: Letter, subscriber: Subscriber) -> bool:
        """Whether a letter may go to an address that is not the subscriber's own (R7)."""
        if letter.kind is LetterKind.ADDRESS:
            return may_move_to(self.store, self.tools, subscriber, letter.address)
        return self.store.suppressions.reason(self.tools.signer.address_hash(letter.address)) in (None, *UNTIL_ASKED)

    def _circumstances(self, letter: Letter, subscriber: int) -> Circumstances:
        if letter.kind is LetterKind.WELCOME:
            return Circumstances(issue=self.store.letters.latest_issue(letter.made_at))
        if letter.kind is LetterKind.GOODBYE:
            return Circumstances(ended=self._ended(letter, subscriber))
        if letter.kind is LetterKind.COMPLAINT:
            waiting = self.store.complaints.unacknowledged()
            return Circumstances(complaints=tuple((one.number, one.due) for one in waiting))
        purpose = LetterKind.PREFERENCES if letter.kind in OPEN_PREFERENCES else letter.kind
        token = self.tools.signer.signed_token(purpose, letter.key, letter.expires)
        asked_at, origin = self.store.consents.when_and_how(letter.request) if letter.request else (None, "")
        return Circumstances(token=token, origin=origin, asked_at=asked_at)

    def _ended(self, letter: Letter, subscriber: int) -> tuple[Choice, ...]:
        """Return what ended at the moment of the letter."""
        ever = self.store.subscribers.ever_held(subscriber)
        return tuple(choice for choice, _, _, ended_at, _ in ever if ended_at == stamp(letter.made_at))
