"""Questions to the DNS, each answered within a few seconds or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Any

from dns.exception import DNSException
from dns.name import Name
from dns.resolver import NXDOMAIN, LifetimeTimeout, NoAnswer, NoNameservers, NoResolverConfiguration, Resolver
from dns.reversename import from_address

from pressroom.errors import DnsError

SECONDS = 5.0
"""For all questions of one check."""


@dataclass(frozen=True, slots=True)
class Exchanger:
    """A host that takes mail for a domain. A blank `host` says that none does (RFC 7505)."""

    preference: int
    host: str


class Dns:
    """The DNS as one check asks it. Names come and go without a dot at their end; every question may raise DnsError."""

    def __init__(self, resolver: Resolver, seconds: float = SECONDS) -> None:
        self._resolver, self._until = resolver, monotonic() + seconds

    def texts(self, name: str) -> list[str]:
        """Return TXT records, each with its strings joined (RFC 7208 §3.3); none where there is no such name."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT") or ()]

    def addresses(self, name: str) -> list[str]:
        """Return the addresses of a host, IPv4 first."""
        return [str(record.address) for kind in ("A", "AAAA") for record in self._ask(name, kind) or ()]

    def exchangers(self, name: str) -> list[Exchanger] | None:
        """Return the MX records of a domain, what is tried first leading; None where there is no such name."""
        found = self._ask(name, "MX")
        if found is None:
            return None
        exchangers = [Exchanger(record.preference, _plain(record.exchange)) for record in found]
        return sorted(exchangers, key=lambda one: (one.preference, one.host))

    def names_of(self, address: str) -> list[str]:
        """Return what an address is called (PTR)."""
        return [_plain(record.target) for record in self._ask(from_address(address).to_text(), "PTR") or ()]

    def _ask(self, name: str, kind: str) -> list[Any] | None:
        """Return the records of a kind, which may be none; None where there is no such name."""
        left = self._until - monotonic()  # with nothing left the resolver asks nobody
        try:
            return list(self._resolver.resolve(f"{name.rstrip('.')}.", kind, lifetime=left, search=False))
        except NXDOMAIN:
            return None
        except NoAnswer:
            return []
        except LifetimeTimeout as error:
            raise DnsError(name, "does not answer in time", "see which resolver this machine asks, and why") from error
        except NoNameservers as error:
            raise DnsError(name, "answers with a failure", "look at the zone, and at its DNSSEC signatures") from error
        except DNSException as error:
            raise DnsError(name, f"cannot be asked: {_said(error)}", "mend the name") from error


def system_dns() -> Resolver:
    """Return the resolver that this machine uses. Raises DnsError."""
    try:
        return Resolver()
    except NoResolverConfiguration as error:
        raise DnsError("anything", "cannot be asked: no resolver is set", "name one in /etc/resolv.conf") from error


def parents(name: str) -> list[str]:
    """Return a domain and those above it, the nearest first: `a.b.org`, `b.org`, `org`."""
    labels = name.split(".")
    return [".".join(labels[place:]) for place in range(len(labels))]


def _plain(name: Name) -> str:
    return name.to_text(omit_final_dot=True).lower().rstrip(".")


def _said(error: DNSException) -> str:
    return str(error).rstrip(".").lower() or type(error).__name__
