"""A site whose mail comes back: digests go out day by day, and what comes of them is recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pressroom.delivery.reports import parse_report
from pressroom.membership.bounces import Taken, record
from pressroom.membership.signing_up import ask, take_up
from pressroom.models.runs import Delivery, Message
from pressroom.models.sign_ups import SignUp
from pressroom.publishing.composing import DigestBuilder
from pressroom.publishing.letters import LetterBuilder
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine
from tests.delivery.returned import BOUNCES, a_postfix_report

ADA, BO = "ada@example.org", "bo@example.org"


class Site:
    """A site with daily readers, whose mail comes back to an address of its own."""

    def __init__(self, press: CommandLine, folder: Path, *readers: str, settings: str = "") -> None:
        (folder / "publisher.toml").write_text(f'[bounces]\naddress = "{BOUNCES}"\n{settings}')
        self.press = press
        self.tools = Tools.of(folder)
        self.store: Store = self.tools.open_store()
        for reader in readers:
            press("subscriber", "add", reader, "--frequency", "daily", "--confirmed")
        press("publish")  # nothing: the first day begins

    def send(self, days: int = 1) -> int:
        """Let a digest go to all readers, `days` later, and return the number of its run."""
        self.press.wait(days=days)
        self.press("release", "add", "--title", f"Floods {self.press.now:%d %B}")
        self.press("publish", ok=False)
        return int(self.press.ask("digest", "list")[-1]["run"])

    def delivery(self, address: str = ADA) -> Delivery:
        """Return the newest delivery to a reader."""
        runs = [one["run"] for one in reversed(self.press.ask("digest", "list"))]
        subscriber = self.store.subscribers.get(address)
        return next(filter(None, (self.store.deliveries.find(run, subscriber.pk) for run in runs)))

    def message(self, address: str = ADA) -> Message:
        """Return the newest digest to a reader as it went out."""
        message = DigestBuilder(self.store, self.tools).build(self.delivery(address))
        assert message is not None
        return message

    def letter(self, address: str = ADA) -> Message:
        """Return the newest letter to a subscriber as it went out."""
        letter = self.store.letters.to(self.store.subscribers.get(address).pk)[-1]
        message = LetterBuilder(self.store, self.tools).build(letter)
        assert message is not None
        return message

    def comes_back(self, address: str = ADA, status: str = "5.1.1", said: str = "550 5.1.1 unknown") -> Taken:
        """Record a report about the newest digest to a reader."""
        token = self.message(address).envelope_id
        return self.take(a_postfix_report(token, address, status=status, said=f"550 {status} {said}"))

    def take(self, content: bytes, *, sender: str | None = None) -> Taken:
        return record(self.store, self.tools, self.press.now, parse_report(content, sender=sender))

    def state(self, address: str = ADA) -> str:
        return str(self.press.ask("subscriber", "show", address)["state"])

    def reason(self, address: str = ADA) -> str | None:
        """Return why an address is suppressed."""
        return self.store.suppressions.reason(self.tools.signer.address_hash(address))

    def rows(self) -> list[str]:
        """Return all that the catalogue holds."""
        return list(self.store.connection.iterdump())


Make = Callable[..., Site]


def suppressed(site: Site) -> Site:
    """Let mail to Ada come back until she is mailed no more."""
    for _ in range(2):
        site.send()
        site.comes_back()
    assert site.state() == "suppressed"
    return site


def sign_up(site: Site) -> None:
    """Let somebody ask for digests to Ada by the form."""
    request = SignUp(ADA, "en", [("all", "daily")])
    ask(site.store, site.tools, request, "192.0.2.7", site.press.now)
    take_up(site.store, site.tools, site.press.now)
