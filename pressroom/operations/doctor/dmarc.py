"""What receivers do with mail that only claims to come from a domain: its DMARC record (RFC 9989).

The organisational domain is found by walking up the tree of names, as RFC 9989 has it in place of RFC 7489's list of
public suffixes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pressroom.operations.doctor.diagnosis import Diagnosis, ok, problem, warning
from pressroom.operations.doctor.dns import Dns, parents

_MOST_LABELS = 8
"""RFC 9989 §4.10: so many names are asked at most, and of a longer one the part in between is left out."""
_POLICIES = ("none", "quarantine", "reject")
_GONE = ("pct", "rf", "ri")


@dataclass(frozen=True, slots=True)
class Senders:
    """The domains of one kind of mail: of its From, of its signatures (blank without any), and of its envelope."""

    author: str
    signing: str
    envelope: str


@dataclass(frozen=True, slots=True)
class _Record:
    domain: str
    tags: Mapping[str, str]


def tags_of(record: str) -> dict[str, str]:
    """Return the tags of a record as DKIM and DMARC write them (RFC 6376 §3.2), by small letters."""
    pairs = [part.partition("=") for part in record.split(";") if part.strip()]
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def look_at_dmarc(dns: Dns, senders: Senders) -> Iterator[Diagnosis]:
    """Yield what the record for an author's domain says, and whether our mail passes by it."""
    domain, tree = senders.author, _Tree(dns)
    found = tree.records(domain)
    if len(found) > 1 and found[0].domain == found[1].domain:
        place = found[0].domain
        yield problem(f"{place} has several DMARC records, and receivers then use none", f"leave one at _dmarc.{place}")
        return
    top = tree.organisational(domain)
    record = next((one for one in found if one.domain in (domain, top)), None)
    if record is None:
        yield problem(
            f"{domain} has no DMARC record, without which the large mail providers refuse senders of much mail",
            f"publish “v=DMARC1; p=none; rua=mailto:…” as TXT record of _dmarc.{domain}, with an address for reports",
        )
        return
    found_wrong = [*_of_the_record(record, domain), *_of_alignment(tree, record, senders)]
    yield from found_wrong
    if not found_wrong:
        policy = _policy(record, domain)
        yield ok(f"{domain} has p={policy} by the record of {record.domain}, and our mail passes by it")


def _policy(record: _Record, domain: str) -> str:
    """Return what the record wants done with mail of the domain, blank where it says nothing that is known."""
    wanted = record.tags.get("p", "")
    if domain != record.domain:
        wanted = record.tags.get("sp", wanted)
    return wanted.lower() if wanted.lower() in _POLICIES else ""


def _of_the_record(record: _Record, domain: str) -> Iterator[Diagnosis]:
    place, policy = f"_dmarc.{record.domain}", _policy(record, domain)
    if not policy:
        yield problem(
            f"the record of {place} asks for nothing that receivers know", "give it p=none, or what is stricter"
        )
    elif policy == "none":
        yield warning(
            f"the record of {place} asks receivers to let through what only claims to come from {domain}",
            "once reports show that all of your mail passes, ask for p=quarantine",
        )
    if "rua" not in record.tags:
        yield warning(f"the record of {place} names nobody who gets reports", "add rua=mailto:… to it")
    if record.tags.get("t", "").lower() == "y":
        yield warning(f"the record of {place} is in test mode (t=y)", "take that out once reports look well")
    if gone := [tag for tag in _GONE if tag in record.tags]:
        yield warning(f"the record of {place} has {' and '.join(gone)}, which RFC 9989 does without", "take it out")


def _of_alignment(tree: _Tree, record: _Record, senders: Senders) -> Iterator[Diagnosis]:
    """Yield where a signature or an envelope does not speak for the author's domain (RFC 9989 §4.4, RFC 7489 §3.1)."""
    signed = bool(senders.signing) and tree.are_aligned(senders.author, senders.signing, record.tags.get("adkim", "r"))
    returned = tree.are_aligned(senders.author, senders.envelope, record.tags.get("aspf", "r"))
    if signed and returned:
        return
    if senders.signing and not signed:
        fault = f"mail from {senders.author} that is signed for {senders.signing} does not pass by its signature"
        remedy = "set [dkim] domain to the domain of [mail] from_address"
        yield warning(fault, remedy) if returned else problem(f"{fault}, nor by its envelope", remedy)
    elif not returned:
        words = f"mail from {senders.author} that comes back to {senders.envelope} does not pass by SPF"
        if signed:
            yield warning(words, f"let [bounces] address be below {senders.author}, or loosen aspf")
        else:
            yield problem(f"{words}, and this site does not sign it", "sign it (“publisher dkim generate”)")


class _Tree:
    """DMARC records by the names above a domain, each asked for once."""

    def __init__(self, dns: Dns) -> None:
        self._dns = dns
        self._known: dict[str, list[_Record]] = {}

    def records(self, domain: str) -> list[_Record]:
        """Return what the walk up from a domain finds, the nearest first."""
        names = parents(domain)
        if len(names) > _MOST_LABELS:
            names = [names[0], *names[1 - _MOST_LABELS :]]
        return [record for name in names for record in self._at(name)]

    def organisational(self, domain: str) -> str:
        """Return the domain that stands for the organisation of this one (RFC 9989 §4.10.2)."""
        found = [record for record in self.records(domain) if len(self._at(record.domain)) == 1]
        for record in found:
            psd = record.tags.get("psd", "u").lower()
            if psd == "n":
                return record.domain
            if psd == "y" and record.domain != domain:
                names = parents(domain)
                return names[names.index(record.domain) - 1]
        return found[-1].domain if found else domain

    def are_aligned(self, author: str, other: str, mode: str) -> bool:
        if author == other:
            return True
        return mode.lower() != "s" and self.organisational(author) == self.organisational(other)

    def _at(self, name: str) -> list[_Record]:
        if name not in self._known:
            texts = self._dns.texts(f"_dmarc.{name}")
            is_one = re.compile(r"v\s*=\s*DMARC1\s*(?:;|$)")
            self._known[name] = [_Record(name, tags_of(text)) for text in texts if is_one.match(text)]
        return self._known[name]
