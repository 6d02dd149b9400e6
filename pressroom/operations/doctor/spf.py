"""Who may send for a domain: its SPF record, read as receivers read it (RFC 7208)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pressroom.operations.doctor.diagnosis import Diagnosis, ok, problem, warning
from pressroom.operations.doctor.dns import Dns

MOST_LOOKUPS = 10
"""RFC 7208 §4.6.4: a receiver that needs more gives up."""
MOST_VOID = 2
"""As above: of those, so many may find nothing."""
MOST_COUNTED = 40
"""Where counting ends: a record that needs so many is broken, however many more they are."""
_TERM = re.compile(r"([-+~?]?)([a-z][a-z0-9_.-]*)(?:[:=]([^/]*))?(?:/\S*)?", re.IGNORECASE)
_ASKS = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
_ASKS_NOTHING = frozenset({"all", "ip4", "ip6", "exp"})


class _BrokenError(Exception):
    """Receivers cannot use the record (permerror, RFC 7208 §2.6.7)."""

    def __init__(self, words: str, remedy: str) -> None:
        self.words, self.remedy = words, remedy
        super().__init__(words)


def look_at_spf(dns: Dns, domain: str) -> Iterator[Diagnosis]:
    """Yield what receivers make of the SPF record of a domain that stands in envelopes."""
    reading = _Reading(dns)
    try:
        terms = reading.terms_of(domain)
        if not terms:
            yield warning(
                f"{domain} has no SPF record, so that nothing tells who may send for it",
                "publish the one that your mail provider names, as a TXT record",
            )
            return
        reading.read(domain, terms)
    except _BrokenError as broken:
        yield problem(broken.words, broken.remedy)
        return
    found = list(_faults(domain, reading))
    yield from found
    if not found:
        yield ok(f"{domain} says who may send for it, in {reading.lookups} lookup(s) of {MOST_LOOKUPS}")


def _faults(domain: str, reading: _Reading) -> Iterator[Diagnosis]:
    if reading.lookups > MOST_LOOKUPS:
        more = " or more" if reading.lookups >= MOST_COUNTED else ""
        yield problem(
            f"the SPF record of {domain} needs {reading.lookups}{more} lookups, and receivers give up after "
            f"{MOST_LOOKUPS} (RFC 7208 §4.6.4)",
            "take out includes that nobody sends by any more, or name networks with ip4 and ip6",
        )
    elif reading.void > MOST_VOID:
        yield warning(
            f"{reading.void} lookups of the SPF record of {domain} find nothing, and receivers may give up after "
            f"{MOST_VOID}",
            "take out names that are gone",
        )
    if reading.open_at:
        yield problem(
            f"the SPF record of {reading.open_at} says +all, so that anybody may send for {domain}",
            "end it with ~all or -all",
        )
    elif reading.ends in ("", "?"):
        says = "says ?all" if reading.ends else "ends without all"
        yield warning(f"the SPF record of {domain} {says}, which refuses nobody", "end it with ~all or -all")
    if reading.has_ptr:
        yield warning(f"the SPF record of {domain} uses ptr, which must not be used any more (§5.5)", "take it out")


class _Reading:
    """One record and all that it includes, with what is counted on the way."""

    def __init__(self, dns: Dns) -> None:
        self._dns = dns
        self.lookups = self.void = 0
        self.has_ptr = False
        self.open_at = self.ends = ""
        """The domain whose record lets everybody send; the qualifier of `all` at the end, blank without one."""

    def terms_of(self, domain: str) -> list[str]:
        """Return the terms of a domain's record, none without one."""
        records = [text for text in self._dns.texts(domain) if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]
        if len(records) > 1:
            raise _BrokenError(
                f"{domain} has {len(records)} SPF records, and receivers then use none (RFC 7208 §4.5)",
                "join them into one",
            )
        return records[0].split() if records else []

    def read(self, domain: str, terms: list[str], above: tuple[str, ...] = (), *, is_included: bool = False) -> None:
        """Go through the terms; `above` are the domains that lead to this one."""
        parsed = [self._parsed(domain, term) for term in terms[1:]]
        names = [name for _, name, _ in parsed]
        for qualifier, name, value in parsed:
            if name == "all":
                self._note_all(domain, qualifier, is_included)
                return  # RFC 7208 §5.1: what stands behind is not looked at
            if name in _ASKS and not (name == "redirect" and "all" in names):
                self._look_up(domain, name, value, above, is_included)

    def _parsed(self, domain: str, term: str) -> tuple[str, str, str]:
        match = _TERM.fullmatch(term)
        name = match[2].lower() if match else ""
        is_modifier = match is not None and "=" in term and not match[1]
        if match is None or not (name in _ASKS | _ASKS_NOTHING or is_modifier):
            raise _BrokenError(f"the SPF record of {domain} has “{term}”, which means nothing", "mend it")
        return match[1] or "+", name, (match[3] or "").rstrip(".").lower()

    def _note_all(self, domain: str, qualifier: str, is_included: bool) -> None:
        if qualifier == "+":
            self.open_at = domain
        if not is_included:  # RFC 7208 §5.2: an include only tells whether it lets pass
            self.ends = qualifier

    def _look_up(self, domain: str, name: str, value: str, above: tuple[str, ...], is_included: bool) -> None:
        self.lookups += 1
        if name == "ptr":
            self.has_ptr = True
        if self.lookups >= MOST_COUNTED or name == "ptr" or "%{" in value:
            return  # a macro is only known once a mail comes (§7)
        target = value or domain
        if name in ("include", "redirect"):
            terms = self._followed(domain, name, target, above)
            self.read(target, terms, (*above, domain), is_included=is_included or name == "include")
        elif not (self._dns.exchangers(target) if name == "mx" else self._dns.addresses(target)):
            self.void += 1

    def _followed(self, domain: str, name: str, target: str, above: tuple[str, ...]) -> list[str]:
        """Return the terms of the record that an include or a redirect leads to."""
        if target in (*above, domain):
            raise _BrokenError(f"the SPF record of {domain} leads round to {target} again", f"take out that {name}")
        terms = self.terms_of(target)
        if not terms:  # RFC 7208 §5.2, §6.1
            raise _BrokenError(
                f"the SPF record of {domain} leads to {target}, which has none; receivers then use neither",
                f"mend or take out that {name}",
            )
        return terms
