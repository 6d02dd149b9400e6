"""Whether the mail says what is not meant for anybody yet, or not for everybody: unreleased work, private files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from pressroom.caches import for_a_round
from pressroom.digest.lint.known import compared, without_case
from pressroom.digest.lint.mail import CLOSING, Cause, Mail
from pressroom.links import place_of
from pressroom.models.people import address_key
from pressroom.models.text import clean_line, shown

SHORTEST_TITLE = 12

_MARKS = frozenset({"ref", "source", "fbclid", "gclid", "mc_cid", "mc_eid"})  # where a reader comes from

Params = frozenset[tuple[str, str]]


def private_material(mail: Mail) -> Iterator[Cause]:
    private = _by_place(mail.known.private_urls)
    if not private:
        return
    for found in _near(mail, frozenset(place.partition("/")[0] for place in private)):
        place, params = _exact_place(found)
        # Another query than the file's own may well give the same file; one that lacks the file's own does not.
        title = next((title for title, own in private.get(place, ()) if own <= params), None)
        if title is not None:
            yield Cause(
                place,
                f"The address of a members-only file of {shown(title)} stands in {_where(mail, found)}; "
                "link to the release's own page instead, where members sign in.",
            )


def unreleased_address(mail: Mail) -> Iterator[Cause]:
    site = _exact_place(mail.known.site_url)
    landings = {exact(url): title for title, url in mail.known.unreleased if url and _exact_place(url) != site}
    # A whole site is nobody's landing page.
    landings = {page: title for page, title in landings.items() if page[0].partition("/")[2]}
    if not landings:
        return
    # A fact excuses nothing here: what replaces a withdrawn release, say, may itself not be out yet.
    hosts = frozenset(place.partition("/")[0] for place, _ in landings)
    for found in _near(mail, hosts | {f"www.{host}" for host in hosts}):
        page = exact(found)
        if page in landings:
            yield Cause(
                str(page),
                f"The address of {shown(landings[page])}, which is not released yet, stands in {_where(mail, found)}; "
                "take it out or wait until that is out.",
            )


def unreleased_title(mail: Mail) -> Iterator[Cause]:
    # What an editor writes in a note excuses nothing: that is where it slips out.
    said = ""
    for title, _ in mail.known.unreleased:
        wanted = compared(title)
        if len(clean_line(title)) < SHORTEST_TITLE:
            continue
        said = said or without_case(mail.words)
        if (
            wanted in said
            and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", said)
            and not mail.facts_but_notes.hold(title)
        ):
            yield Cause(
                wanted,
                f"The mail names {shown(title)}, a release that is not out yet; look whether its readers may know of "
                "it, else take it out.",
            )


@lru_cache(maxsize=16)
def _by_place(private: tuple[tuple[str, str], ...]) -> Mapping[str, list[tuple[str, Params]]]:
    places: dict[str, list[tuple[str, Params]]] = {}
    for title, url in private:
        place, params = _exact_place(url)
        if place:
            places.setdefault(place, []).append((title, params))
    return places


@for_a_round(8_192)  # the mails of a run hold the same addresses
def _exact_place(url: str) -> tuple[str, Params]:
    """Return host and path, in one spelling, and the parameters behind them; both empty for what is no address."""
    with suppress(ValueError):
        if urlsplit(url).hostname:
            return place_of(url), frozenset(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    return "", frozenset()


def exact(url: str) -> tuple[str, Params]:
    """Return what only the same page has, wherever one jumps to in it and whatever the address is marked with."""
    place, params = _exact_place(url)
    marks = {(name, value) for name, value in params if name.startswith("utm_") or name in _MARKS}
    return place.removeprefix("www."), params - marks


def _near(mail: Mail, hosts: frozenset[str]) -> Iterator[str]:
    """Yield the addresses in the mail that lie on one of these hosts, also those within others or without a scheme.

    What an item leads to may be shown, and no part of it is looked at.
    """
    kept = {exact(url) for url in mail.known.shown}
    for found in dict.fromkeys(_on(hosts).findall(mail.everything)):
        whole = [f"https://{found}", f"https://{found.rstrip(CLOSING)}"]
        if not any(exact(spelling) in kept for spelling in whole):
            yield from dict.fromkeys([*whole, whole[0].partition("&")[0]])


@lru_cache(maxsize=64)
def _on(hosts: frozenset[str]) -> re.Pattern[str]:
    names = {name for host in hosts for name in (host, _in_unicode(host))}
    return re.compile(rf"(?<![\w.@-])(?:{'|'.join(map(re.escape, sorted(names)))})(?![\w-])[^\s<>\"]*", re.IGNORECASE)


def _in_unicode(host: str) -> str:
    return address_key(f"@{host}")[1:]


def _where(mail: Mail, found: str) -> str:
    """Return where an address stands, without naming it: findings are kept, and the address is a secret."""
    bare = found.removeprefix("https://")
    for address, words in mail.page.links.items():
        if words and (bare in address or bare in unquote(address)):
            return f"the link {shown(words)}"
    return mail.where_is(bare)
