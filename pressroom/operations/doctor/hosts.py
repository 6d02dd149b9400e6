"""Hosts in the DNS: which of them take mail for a domain, and what the one that sends is called."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from pressroom.operations.doctor.diagnosis import Diagnosis, ok, problem, warning
from pressroom.operations.doctor.dns import Dns


def look_at_exchangers(dns: Dns, domain: str, use: str) -> Iterator[Diagnosis]:
    """Yield whether mail can be sent to a domain; `use` tells what such mail is ("what comes back")."""
    exchangers = dns.exchangers(domain)
    if exchangers is None:
        yield problem(f"there is no domain {domain}, and {use} goes there", "mend the address, or register the domain")
    elif not exchangers:
        yield from _without_any(dns, domain, use)
    elif not any(one.host for one in exchangers):
        yield problem(f"{domain} says that it takes no mail (RFC 7505), and {use} goes there", "give it an MX record")
    elif lost := [one.host for one in exchangers if one.host and not dns.addresses(one.host)]:
        words = f"{domain} names {' and '.join(lost)} for its mail, which has no address"
        yield (problem if len(lost) == len(exchangers) else warning)(words, "mend its MX records")
    else:
        yield ok(f"{domain} takes mail at {exchangers[0].host}")


def _without_any(dns: Dns, domain: str, use: str) -> Iterator[Diagnosis]:
    if dns.addresses(domain):  # RFC 5321 §5.1: then the host of that name takes it
        yield warning(f"{domain} has no MX record, and its web server is asked to take mail", "give it an MX record")
    else:
        yield problem(f"{domain} takes no mail, and {use} goes there", "give it an MX record")


def look_at_sender(dns: Dns, host: str) -> Iterator[Diagnosis]:
    """Yield whether the names of a host that sends mail lead to its addresses and back.

    Gmail, Yahoo and Microsoft refuse mail of hosts where they do not.
    """
    public = [address for address in dns.addresses(host) if not ip_address(address).is_loopback]
    if not public:
        yield warning(
            f"this machine sends mail itself, and its name, {host}, has no address in the DNS",
            "give it a name that has, if its mail server sends to others directly",
        )
    for address in public:
        names = dns.names_of(address)
        if not names:
            remedy = "ask whoever the address is from for a PTR record"
            yield problem(f"{address}, which {host} sends from, has no name in the DNS", remedy)
        elif not any(_is_at(dns, name, address) for name in names):
            words = f"{address}, which {host} sends from, is called {names[0]}, which has another address"
            yield problem(words, "let that name lead to this address, or have its PTR record changed")
        else:
            yield ok(f"{address} is called {names[0]}, and that leads back")


def _is_at(dns: Dns, name: str, address: str) -> bool:
    return ip_address(address) in map(ip_address, dns.addresses(name))
