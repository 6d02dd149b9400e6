"""Tokens, the secret part of personal links: found however they are written, and never quoted whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from pressroom.caches import for_a_round
from pressroom.digest.lint.known import Finding
from pressroom.digest.lint.mail import Cause
from pressroom.links import Links
from pressroom.models.bodies import Body, Form
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
_APART = frozenset(" \t\n<>\"'?#")
"""What no link holds: where it stands between two texts, none goes across."""
_RUN = re.compile(r"[a-z2-7]{12,}(?P<cut>…?)", re.IGNORECASE | re.ASCII)


def foreign_links(message: Message, recipient: Subscriber, site_url: str) -> list[Finding]:
    """Return the personal links of the site, and ways out by mail, that are not the recipient's, as `other-person`.

    It is quick enough for every message, and so looks for them only as they are linked to, in small letters or
    capitals; `lint` finds them also where they are encoded or broken up by tags.
    """
    site = site_url.partition("://")[2].lower()
    own = recipient.unsubscribe_token.lower()
    bodies = (*_to_look_at(message.html_body, site), *_to_look_at(message.text_body, site))
    texts = dict.fromkeys([*bodies, *[value for _, value in message.headers]])
    known = _own_links(own, site_url)
    said = "\n".join([text for text in texts if ("/" in text or "+" in text) and text not in known])
    causes = {token: of_another(token) for token in _linked(said, site) if token != own}
    return [Finding("other-person", cause.words, cause=cause.key) for cause in causes.values()]


def _own_links(token: str, site_url: str) -> frozenset[str]:
    """Return the links of a reader that stand alone in every digest, and need no second look."""
    links = Links(site_url)
    stop = links.unsubscribe(token)
    return frozenset((links.preferences(token), links.pause(token), stop, f"<{stop}>"))


def _to_look_at(body: Body, site: str) -> tuple[str, ...]:
    """Return the texts of a body in which links may be: not its form, where it has none, and none across the gaps."""
    return body.gaps if body.gaps and _is_without_links(body.form, site) else (str(body),)


@for_a_round(1_024)
def _is_without_links(form: Form, site: str) -> bool:
    runs = ["".join(run[-1:])[-1:] for run in form.runs[:-1]], ["".join(run[:1])[:1] for run in form.runs[1:]]
    are_apart = all(sign and sign in _APART for signs in runs for sign in signs)
    return are_apart and not any(_holds_links(text, site) for run in form.runs for text in _apart(run))


def _apart(run: Iterable[str]) -> Iterator[str]:
    """Yield the pieces of a run, together where a link might go across from one to the next."""
    before = ""
    for piece in run:
        if before and piece and (before[-1] in _APART or piece[0] in _APART):
            yield before
            before = piece
        else:
            before += piece
    yield before


@for_a_round(4_096)
def _holds_links(text: str, site: str) -> bool:
    return any(_linked(text, site))


def _linked(text: str, site: str) -> Iterator[str]:
    """Yield the tokens of the personal links of the site in a text, and of ways out by mail."""
    for found in _PERSONAL_LINK.finditer(text):
        if text[max(found.start() - len(site), 0) : found.start()].lower() == site:
            yield found[1].lower()
    if "+" in text:  # hardly any text: looking for that sign alone is far quicker
        for found in _PERSONAL_ADDRESS.finditer(text):
            yield found[1].lower()


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
