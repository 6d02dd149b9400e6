"""Whether the mail says what is not meant for its reader: private files, unreleased work, other people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from pressroom.digest.lint.known import compared, without_case
from pressroom.digest.lint.mail import CLOSING, Cause, Mail
from pressroom.links import place_of
from pressroom.models.people import Subscriber, address_key
from pressroom.models.text import clean_line, shown

SHORTEST_TITLE = 12
_TOKEN = re.compile(r"(?<![a-z2-7])[a-z2-7]{26}(?![a-z2-7])")
_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]"  # RFC 5322 §3.2.3
_MAIL_ADDRESS = re.compile(rf"(?<!{_LOCAL}){_LOCAL}+@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# What lies below the site's address for everybody, and may be called anything.
_PUBLIC = "releases|topics|feeds|issues|static"

Params = frozenset[tuple[str, str]]


def private_material(mail: Mail) -> Iterator[Cause]:
    private = _by_place(mail.known.private_urls)
    if not private:
        return
    for found in _near(mail, frozenset(place.partition("/")[0] for place in private)):
        place, params = _exact_place(found)
        # Another query than the file's own may well give the same file; one that lacks the file's own does not.
        if any(own <= params for own in private.get(place, ())):
            yield Cause(
                place,
                f"An address of a members-only file on {shown(place.partition('/')[0])} stands in "
                f"{_where(mail, found)}; link to the release's own page instead, where members sign in.",
            )


def unreleased_address(mail: Mail) -> Iterator[Cause]:
    site = _exact_place(mail.known.site_url)
    landings = {_exact(url): title for title, url in mail.known.unreleased if url and _exact_place(url) != site}
    landings.pop(_exact(""), None)
    if not landings:
        return
    # A fact excuses nothing here: what replaces a withdrawn release, say, may itself not be out yet.
    for found in _near(mail, frozenset(place.partition("/")[0] for place, _, _ in landings)):
        exact = _exact(found)
        if exact in landings:
            yield Cause(
                str(exact),
                f"The address of {shown(landings[exact])}, which is not released yet, stands in {_where(mail, found)}; "
                "take it out or wait until that is out.",
            )


def unreleased_title(mail: Mail) -> Iterator[Cause]:
    said = ""
    for title, _ in mail.known.unreleased:
        wanted = compared(title)
        if len(clean_line(title)) < SHORTEST_TITLE:
            continue
        said = said or without_case(mail.words)
        if wanted in said and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", said) and not mail.facts.hold(title):
            yield Cause(
                wanted,
                f"The mail names {shown(title)}, a release that is not out yet; look whether its readers may know of "
                "it, else take it out.",
            )


def other_person(mail: Mail) -> Iterator[Cause]:
    if address_key(mail.message.recipient) != address_key(mail.known.recipient.address):
        yield Cause(
            f"address {address_key(mail.message.recipient)}",
            f"The mail made for {shown(mail.known.recipient.address)} goes to {shown(mail.message.recipient)}; tell "
            "whoever runs the site and do not send it.",
        )
    yield from _others(mail)
    yield from _foreign_tokens(mail)
    yield from _unknown_addresses(mail)


@lru_cache(maxsize=16)
def _by_place(urls: frozenset[str]) -> Mapping[str, list[Params]]:
    places: dict[str, list[Params]] = {}
    for url in sorted(urls):
        place, params = _exact_place(url)
        if place:
            places.setdefault(place, []).append(params)
    return places


@lru_cache(maxsize=8_192)  # the mails of a run hold the same addresses
def _exact_place(url: str) -> tuple[str, Params]:
    """Return host and path, in one spelling, and the parameters behind them; both empty for what is no address."""
    with suppress(ValueError):
        if urlsplit(url).hostname:
            return place_of(url), frozenset(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    return "", frozenset()


def _exact(url: str) -> tuple[str, Params, str]:
    """Return what only the same page has, whatever campaign the address is marked with."""
    place, params = _exact_place(url)
    marks = {(name, value) for name, value in params if name.startswith("utm_")}
    return place, params - marks, url.partition("#")[2] if place else ""


def _near(mail: Mail, hosts: frozenset[str]) -> Iterator[str]:
    """Yield the addresses in the mail that lie on one of these hosts, also those within others or without a scheme."""
    for found in dict.fromkeys(_on(hosts).findall(mail.everything)):
        for spelling in dict.fromkeys((found, found.rstrip(CLOSING), found.partition("&")[0])):
            yield f"https://{spelling}"


@lru_cache(maxsize=64)
def _on(hosts: frozenset[str]) -> re.Pattern[str]:
    names = {name for host in hosts for name in (host, _in_unicode(host))}
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, sorted(names)))})(?![\w-])[^\s<>\"]*", re.IGNORECASE)


def _in_unicode(host: str) -> str:
    return address_key(f"@{host}")[1:]


def _where(mail: Mail, found: str) -> str:
    """Return where an address stands, without naming it: findings are kept, and the address is a secret."""
    bare = found.removeprefix("https://")
    for address, words in mail.page.links.items():
        if words and (bare in address or bare in unquote(address)):
            return f"the link {shown(words)}"
    return mail.where_is(bare)


def _others(mail: Mail) -> Iterator[Cause]:
    """Look for each of the others by what the mail holds: there may be thousands of them."""
    if not mail.known.others:
        return
    tokens = set(_TOKEN.findall(mail.everything)) - {mail.known.recipient.unsubscribe_token}
    addresses = set(_mail_addresses(mail.everything)) - _allowed(mail)
    words = set(_WORD.findall(mail.words))
    for other in mail.known.others:
        if other.unsubscribe_token in tokens:
            yield _token_of_another(other.unsubscribe_token)
        # An author or a contact of ours may well be a reader too.
        if _key(other.address) in addresses and not mail.facts.hold(other.address):
            yield Cause(
                f"address {_key(other.address)}",
                f"The mail holds the address {shown(other.address)} of another recipient; do not send it, and tell "
                "whoever looks after the templates.",
            )
        if _is_named(other, mail.words, words) and not mail.facts.hold(other.name):
            yield Cause(
                f"name {other.name}",
                f"The mail holds the name {shown(other.name)} of another recipient; do not send it, and tell whoever "
                "looks after the templates.",
            )


def _token_of_another(token: str) -> Cause:
    # A token opens somebody's choices: a finding shows no more of it than finds it again.
    return Cause(
        f"token {token}",
        f"The mail holds somebody else's personal link (“{token[:4]}…”), which would end or show their subscription; "
        "do not send it, and tell whoever looks after the templates.",
    )


@lru_cache(maxsize=32_768)
def _key(address: str) -> str:
    return address_key(address)


@lru_cache(maxsize=32_768)
def _name_of(name: str) -> tuple[str, tuple[str, ...]]:
    line = clean_line(name)
    return line, tuple(_WORD.findall(line))


def _is_named(other: Subscriber, line: str, words: set[str]) -> bool:
    """Whether the whole name, of two words at least, stands in the line; capitals tell a name from a phrase."""
    name, parts = _name_of(other.name)
    if len(parts) < 2 or not words.issuperset(parts) or name not in line:
        return False
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line))


def _mail_addresses(text: str) -> Iterator[str]:
    """Yield the keys of all that look like mail addresses, also without what stands around them."""
    for line in text.split("\n"):
        if "@" in line:
            for found in _MAIL_ADDRESS.findall(line):
                yield address_key(found)
                yield address_key(_bare(found))


def _bare(found: str) -> str:
    """Return a mail address without quotes, and without the beginning of a web address that it stands in."""
    return re.split("[/?=&]", found)[-1].strip("'`*_.!")


def _allowed(mail: Mail) -> set[str]:
    return {address_key(address) for address in (*mail.known.own_addresses, mail.known.recipient.address)}


def _foreign_tokens(mail: Mail) -> Iterator[Cause]:
    """Look for personal links of the site that are not the recipient's."""
    below = rf"{re.escape(mail.known.site_url)}/(?!(?:{_PUBLIC})/)(?:[^\s<>\"?#]*/)?([a-z2-7]{{26}})(?![a-z2-7])"
    for token in dict.fromkeys(re.findall(below, mail.everything)):
        if token != mail.known.recipient.unsubscribe_token:
            yield _token_of_another(token)


def _unknown_addresses(mail: Mail) -> Iterator[Cause]:
    allowed = _allowed(mail)
    # What stands behind a web address elsewhere is that of a release; the site's own carry no mail address.
    foreign = re.compile(rf"(?!{re.escape(mail.known.site_url)})https?://\S+")
    for where, text in mail.pieces:
        if ("@" not in text and "%40" not in text) or where == "the header “Message-ID”":
            continue
        text = unquote(text) if text.startswith(("mailto:", mail.known.site_url)) else text
        for found in _MAIL_ADDRESS.findall(foreign.sub(" ", text)):
            spellings = (found, unquote(found), _bare(found), re.sub(r"\+[^@]*", "", _bare(found)))
            if {address_key(one) for one in spellings} & allowed or any(map(mail.facts.hold, spellings[:3])):
                continue
            yield Cause(
                f"address {address_key(_bare(found))}",
                f"The mail address {shown(_bare(found))} in {where} is neither the reader's nor one of ours nor "
                "part of a release; take it out of the template, or name it in the settings if it is ours.",
            )
