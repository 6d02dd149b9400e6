"""The look at a run's messages before it is frozen for good: what lint finds stops it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from pressroom.digest.lint import Finding, Known, lint, texts_of
from pressroom.digest.lint.secrets import exact
from pressroom.errors import LintError
from pressroom.models.people import Subscriber
from pressroom.models.release import Access, Release, State
from pressroom.models.runs import DigestRun, Item, Message, OfferedItem
from pressroom.publishing.composing import compose_digest, facts_of
from pressroom.storage import Store
from pressroom.tools import Tools


def check_messages(store: Store, tools: Tools, run: DigestRun, despite: Collection[str] = ()) -> None:
    """Compose some messages of `run` and refuse it with a LintError if they must not leave.

    Together they hold each of its items, the longest list and each language. Warnings named in `despite` are let pass.
    """
    recipients = list(_sample(store, run))
    gate = Gate(store, tools, run, tuple(reader for reader, _ in recipients))
    found = {
        reader.address: gate.findings(reader, items, compose_digest(tools, reader, items, run))
        for reader, items in recipients
    }
    stopping = [finding for finding in each_once(found) if not (finding.is_warning and finding.name in despite)]
    if stopping:
        raise LintError([(finding.name, finding.words, finding.is_warning) for finding in stopping])


def let_pass(store: Store, tools: Tools, run: DigestRun) -> None:
    """Let every run pass: who only tries it tells what lint finds, or wants to see it all the same."""


def each_once(found: Mapping[str, Sequence[Finding]]) -> list[Finding]:
    """Return what was found in mails, by address, each cause once; what is not in all of them says in whose it is."""
    first: dict[tuple[str, str, bool], Finding] = {}
    holders: dict[tuple[str, str, bool], list[str]] = {}
    for address, findings in found.items():
        for finding in findings:
            cause = (finding.name, finding.cause or finding.words, finding.is_warning)
            first.setdefault(cause, finding)
            holders.setdefault(cause, []).append(address)
    return [
        finding if len(holders[cause]) == len(found) else _in_the_mail_to(holders[cause], finding)
        for cause, finding in first.items()
    ]


def _in_the_mail_to(addresses: Sequence[str], finding: Finding) -> Finding:
    more = f" and {len(addresses) - 1} more of those looked at" if len(addresses) > 1 else ""
    return replace(finding, words=f"{finding.words.removesuffix('.')} (in the mail to {addresses[0]}{more}).")


def _sample(store: Store, run: DigestRun) -> Iterator[tuple[Subscriber, tuple[OfferedItem, ...]]]:
    for delivery in store.deliveries.sample(run.pk):
        reader = store.subscribers.by_pk(delivery.subscriber) if delivery.subscriber else None
        if reader is not None:
            yield reader, store.runs.bundle(delivery.bundle)


@dataclass
class Gate:
    """Lint with all that it has to know of a run. `others` are recipients who may not be found in each other's mail.

    Of a run that is only thought of, `told` are the items, and `shown` the releases, by row, that count as out already.
    """

    store: Store
    tools: Tools
    run: DigestRun
    others: tuple[Subscriber, ...]
    told: tuple[Item, ...] | None = None
    shown: Mapping[int, Release] = field(default_factory=dict)

    def findings(self, reader: Subscriber, items: tuple[OfferedItem, ...], message: Message) -> list[Finding]:
        """Return what is wrong with the message that tells `reader` of `items`."""
        known = self._known(reader, items, message)
        found = lint(message, known)
        # Whether something that is out has the address too, is a look through the whole catalogue: where it counts.
        if any(one.name == "unreleased-address" for one in found):
            found = lint(message, replace(known, unreleased=self._unreleased_alone))
        return found

    def _known(self, reader: Subscriber, items: tuple[OfferedItem, ...], message: Message) -> Known:
        settings = self.tools.settings
        own = {settings.mail.from_address, settings.mail.reply_to}
        own |= {settings.bounces.stops()} if settings.bounces.address else set()
        return Known(
            recipient=reader,
            # What the mail makes of facts, dates and lists for instance, is no leak: a draft may be called “May 2026”.
            facts=texts_of(
                items,
                self.run.expected,
                reader.choices,
                settings.site,
                settings.mail,
                replace(facts_of(self.tools, reader, items, self.run), notes=()),
            ),
            own_addresses=frozenset(address for address in own if address),
            private_urls=self._private_urls,
            unreleased=self._unreleased,
            others=tuple(other for other in self.others if other.pk != reader.pk),
            brand=settings.brand,
            site_url=settings.site.url,
            notes=texts_of(self.run.notes),
            items=message.items,
            shown=frozenset(url for one in items for url in (one.item.url, one.item.replacement_url) if url),
        )

    @cached_property
    def _items(self) -> Sequence[Item]:
        return self.store.runs.items(self.run) if self.told is None else self.told

    @cached_property
    def _private_urls(self) -> tuple[tuple[str, str], ...]:
        """The addresses of files for members only, of the releases in the run, each with the release's title."""
        releases = {**self.store.releases.by_pk(item.release for item in self._items), **self.shown}.values()
        return tuple(
            (release.title, file.url)
            for release in releases
            for file in release.files
            if file.url and Access.MEMBERS in (file.access, release.access)
        )

    @cached_property
    def _unreleased(self) -> tuple[tuple[str, str | None], ...]:
        """Title and each address of what is not out; what is expected may be named, once no embargo is on it."""
        releases = [*self.store.releases.all(State.DRAFT), *self.store.releases.all(State.SCHEDULED)]
        releases += [
            release
            for release in self.store.releases.all(State.EXPECTED)
            if release.embargo and release.embargo > self.run.opened_at
        ]
        hidden = [release for release in releases if release.pk not in self.shown]
        return tuple((release.title, url) for release in hidden for url in self._addresses_of_its_own(release))

    @cached_property
    def _unreleased_alone(self) -> tuple[tuple[str, str | None], ...]:
        """The same without each address that something which is out has too."""
        is_out = self.store.releases.is_landing_of_a_public_one
        return tuple((title, None if url and is_out(url) else url) for title, url in self._unreleased)

    def _addresses_of_its_own(self, release: Release) -> list[str | None]:
        """Return its landing address and its own page, but for those that the run tells of.

        None stands for no address at all. One that another program has just written has no slug yet, and no page.
        """
        page = self.tools.links.release(release) if release.slug else None
        urls = [url for url in (release.url, page) if url and exact(url) not in self._told_of]
        return list(dict.fromkeys(urls)) or [None]

    @cached_property
    def _told_of(self) -> frozenset[object]:
        """The addresses that the run tells of, whatever spelling they were entered in."""
        return frozenset(exact(item.url) for item in self._items if item.url)
