"""The messages of letters, built from what the catalogue says of the person."""

from __future__ import annotations

from dataclasses import dataclass

from pressroom.digest.letters import Circumstances, compose_letter
from pressroom.models.dates import stamp
from pressroom.models.letters import Letter, LetterKind
from pressroom.models.people import SUBSCRIBED, Choice
from pressroom.models.runs import Message
from pressroom.storage import Store
from pressroom.tools import Tools


@dataclass
class LetterBuilder:
    """Builds the message of a letter (Protocol `delivery.queue.Builder`)."""

    store: Store
    tools: Tools

    def build(self, letter: Letter) -> Message | None:
        subscriber = self.store.subscribers.by_pk(letter.subscriber) if letter.subscriber else None
        if subscriber is None:
            return None
        return compose_letter(
            letter,
            subscriber,
            self._circumstances(letter, subscriber.pk),
            links=self.tools.links,
            settings=self.tools.settings,
            templates=self.tools.templates,
            words=self.tools.words(subscriber.language),
        )

    def _circumstances(self, letter: Letter, subscriber: int) -> Circumstances:
        if letter.kind is LetterKind.WELCOME:
            return Circumstances(issue=self.store.letters.latest_issue(letter.made_at))
        if letter.kind is LetterKind.GOODBYE:
            return Circumstances(ended=self._ended(letter, subscriber))
        token = self.tools.signer.signed_token(letter.kind, letter.key, letter.expires)
        return Circumstances(token=token, origin=self._origin(letter, subscriber))

    def _ended(self, letter: Letter, subscriber: int) -> tuple[Choice, ...]:
        """Return what ended at the moment of the letter."""
        ever = self.store.subscribers.ever_held(subscriber)
        return tuple(choice for choice, _, _, ended_at, _ in ever if ended_at == stamp(letter.made_at))

    def _origin(self, letter: Letter, subscriber: int) -> str:
        """Return how the request came that was the latest when the letter was written."""
        requests = [
            one["how"]
            for one in self.store.subscribers.consents(subscriber)
            if one["what"].partition(":")[0] == SUBSCRIBED and one["at"] <= stamp(letter.made_at)
        ]
        return requests[-1] if requests else ""
