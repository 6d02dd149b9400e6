"""The look at a run's messages before it is frozen for good: what lint finds stops it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from pressroom.digest.lint import Finding, Known, lint, texts_of
from pressroom.errors import LintError
from pressroom.models.people import Subscriber
from pressroom.models.release import Access, Release, State
from pressroom.models.runs import DigestRun, Message, OfferedItem
from pressroom.publishing.composing import compose_digest
from pressroom.storage import Store
from pressroom.tools import Tools


def check_messages(store: Store, tools: Tools, run: DigestRun, despite: Collection[str] = ()) -> None:
    """Compose some messages of `run` and refuse it with a LintError if they must not leave.

    Together they hold each of its items, the longest list and each language. Warnings named in `despite` are let pass.
    """
    recipients = list(_sample(store, run))
    gate = Gate(store, tools, run, tuple(reader for reader, _ in recipients))
    found: dict[Finding, None] = {}
    for reader, items in recipients:
        found |= dict.fromkeys(gate.findings(reader, items, compose_digest(tools, reader, items, run)))
    stopping = [finding for finding in found if not (finding.is_warning and finding.name in despite)]
    if stopping:
        raise LintError([(finding.name, finding.words, finding.is_warning) for finding in stopping])


def let_pass(store: Store, tools: Tools, run: DigestRun) -> None:
    """Let every run pass: who only tries it tells what lint finds, or wants to see it all the same."""


def _sample(store: Store, run: DigestRun) -> Iterator[tuple[Subscriber, tuple[OfferedItem, ...]]]:
    for delivery in store.deliveries.sample(run.pk):
        reader = store.subscribers.by_pk(delivery.subscriber) if delivery.subscriber else None
        if reader is not None:
            yield reader, store.runs.bundle(delivery.bundle)


@dataclass
class Gate:
    """Lint with all that it has to know of a run. `others` are recipients who may not be found in each other's mail."""

    store: Store
    tools: Tools
    run: DigestRun
    others: tuple[Subscriber, ...]

    def findings(self, reader: Subscriber, items: tuple[OfferedItem, ...], message: Message) -> list[Finding]:
        """Return what is wrong with the message that tells `reader` of `items`."""
        settings = self.tools.settings
        own = {settings.mail.from_address, settings.mail.reply_to}
        known = Known(
            recipient=reader,
            facts=texts_of(items, self.run.expected, self.run.notes, reader.choices, settings.site, settings.mail),
            own_addresses=frozenset(address for address in own if address),
            private_urls=self._private_urls,
            unreleased=self._unreleased,
            others=tuple(other for other in self.others if other.pk != reader.pk),
            brand=settings.brand,
            site_url=settings.site.url,
        )
        return lint(message, known)

    @cached_property
    def _private_urls(self) -> frozenset[str]:
        """The addresses of files for members only, of the releases in the run."""
        releases = self.store.releases.by_pk(item.release for item in self.store.runs.items(self.run)).values()
        return frozenset(
            file.url
            for release in releases
            for file in release.files
            if file.url and Access.MEMBERS in (file.access, release.access)
        )

    @cached_property
    def _unreleased(self) -> tuple[tuple[str, str | None], ...]:
        """Title and landing address of what is not out; what is expected may be named, once no embargo is on it."""
        releases = [*self.store.releases.all(State.DRAFT), *self.store.releases.all(State.SCHEDULED)]
        releases += [
            release
            for release in self.store.releases.all(State.EXPECTED)
            if release.embargo and release.embargo > self.run.opened_at
        ]
        return tuple((release.title, self._address_of_its_own(release)) for release in releases)

    def _address_of_its_own(self, release: Release) -> str | None:
        """Return its landing address, None where that is also one of something that is out and may be linked to."""
        shared = release.url and self.store.releases.is_landing_of_a_public_one(release.url)
        return None if shared else release.url
