"""Tokens, the secret part of personal links: found however they are written, and never quoted whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from pressroom.digest.lint.known import Finding
from pressroom.digest.lint.mail import Cause
from pressroom.models.bounces import STOPS
from pressroom.models.people import Subscriber, address_key
from pressroom.models.runs import Message

LENGTH = 26
_SHOWN = 4
_TOKEN = r"([a-z2-7]{26}|[a-z2-7]{50,})(?![a-z2-7])"  # what `signing` makes: plain ones, and signed ones
_PERSONAL = frozenset({"unsubscribe", "preferences", "my", "confirm"})
# What lies below the site's address for everybody, and may be called anything.
_PUBLIC = "releases|topics|feeds|issues|static"
# Begins with the one sign that is no letter, by which it is found quickly.
_PERSONAL_LINK = re.compile(
    rf"/(?:{'|'.join(sorted(_PERSONAL))})/(?:[^\s<>\"'?#]{{1,200}}/)?{_TOKEN}", re.IGNORECASE | re.ASCII
)
# The way out by mail, whatever its domain.
_PERSONAL_ADDRESS = re.compile(rf"{STOPS}\+{_TOKEN}@", re.IGNORECASE | re.ASCII)
_RUN = re.compile(r"[a-z2-7]{12,}(?P<cut>…?)", re.IGNORECASE | re.ASCII)


def foreign_links(message: Message, recipient: Subscriber, site_url: str) -> list[Finding]:
    """Return the personal links of the site, and ways out by mail, that are not the recipient's, as `other-person`.

    It is quick enough for every message, and so looks for them only as they are linked to, in small letters or
    capitals; `lint` finds them also where they are encoded or broken up by tags.
    """
    site = site_url.partition("://")[2].lower()
    own = recipient.unsubscribe_token.lower()
    causes: dict[str, Cause] = {}
    for text in (message.html, message.text, *(value for _, value in message.headers)):
        for found in _PERSONAL_LINK.finditer(text):
            token, place = found[1].lower(), found.start()
            if token != own and text[max(place - len(site), 0) : place].lower() == site:
                causes.setdefault(token, of_another(token))
        for found in _PERSONAL_ADDRESS.finditer(text):
            if (token := found[1].lower()) != own:
                causes.setdefault(token, of_another(token))
    return [Finding("other-person", cause.words, cause=cause.key) for cause in causes.values()]


def of_another(token: str) -> Cause:
    # A token opens somebody's choices: a finding shows no more of it than finds it again.
    return Cause(
        f"token {token}",
        f"The mail holds somebody else's personal link (“{token[:_SHOWN]}…”), which would end or show their "
        "subscription; do not send it, and tell whoever looks after the templates.",
    )


def personal_links(text: str, site_url: str) -> Iterator[tuple[str, bool]]:
    """Yield the tokens in addresses of the site, and whether that is where personal pages are; `text` is lower-case."""
    for area, token in _below(site_url).findall(text):
        yield token, area in _PERSONAL


@lru_cache(maxsize=16)
def _below(site_url: str) -> re.Pattern[str]:
    site = site_url.partition("://")[2].lower()
    host = urlsplit(site_url).netloc.lower()
    sites = {site, address_key(f"@{host}")[1:] + site.removeprefix(host)}
    names = "|".join(map(re.escape, sorted(sites)))
    return re.compile(rf"(?<![\w.-])(?:{names})/(?!(?:{_PUBLIC})/)(?:([^\s<>\"?#/]*)/(?:[^\s<>\"?#]*/)?)?{_TOKEN}")


def all_in(text: str) -> set[str]:
    """Return all that may be a plain token in `text`, which is lower-case; letters before and behind hide none."""
    runs = set(re.findall(r"[a-z2-7]{26,}", text))
    return {run[place : place + LENGTH] for run in runs for place in range(len(run) - LENGTH + 1)}


def shortened(words: str) -> str:
    """Return a sentence in which no token stands whole, nor enough of a cut one to guess the rest."""
    return _RUN.sub(lambda run: f"{run[0][:_SHOWN]}…" if _may_be_token(run) else run[0], words)


def _may_be_token(run: re.Match[str]) -> bool:
    """Whether letters and digits in a row may be of a token; hardly one in two hundred has no digit."""
    letters = run[0].rstrip("…")
    if any(digit in letters for digit in "234567"):
        return bool(run["cut"]) or len(letters) >= LENGTH
    return len(letters) == LENGTH or len(letters) >= 50 or (bool(run["cut"]) and len(letters) >= 20)
