"""The kinds of values that keys of the settings take. What does not fit is said in words, with the remedy."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import idna
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from pressroom.errors import InvalidFieldError
from pressroom.models.addresses import clean_mail_address
from pressroom.models.bounces import FEEDBACK, STOPS, TOKEN_LETTERS
from pressroom.models.text import clean_language, clean_line, clean_url, is_visible, limited, shown

LONGEST_BEFORE_TOKEN = 64 - len("+") - TOKEN_LETTERS  # RFC 5321 §4.5.3.1.1
MOST_HUBS = 10
MAX_SITE_URL = 200  # a longer one makes headers of mails that no line can hold
LOOPBACK = ("localhost", "127.0.0.1", "::1")
IN_DATA = ("catalogue.db", "secret.key", "publish.lock", "pings.lock", "schedule.lock", "senders", "stops", "dkim")

# The words of a ValueError read on behind the name of the key: “[site] name is empty; …”.


def _text(check: Callable[[str], str]) -> BeforeValidator:
    """Return a validator that gives text to `check`; what is no text is pydantic's to refuse."""

    def validate(value: object) -> object:
        try:
            return check(value) if isinstance(value, str) else value
        except InvalidFieldError as error:
            is_whole = error.problem.startswith("is ")
            raise ValueError(f"{'' if is_whole else 'is wrong: '}{error.problem}; {error.remedy}") from error

    return BeforeValidator(validate)


def given(remedy: str) -> BeforeValidator:
    """Return a validator of a line that must say something."""

    def check(text: str) -> str:
        if not is_visible(text):
            raise ValueError(f"is empty; {remedy}")
        return clean_line(text)

    return _text(check)


def _web_address(text: str) -> str:
    url = (clean_url("", text) or "").rstrip("/")
    if not url or "?" in url or "#" in url:
        raise ValueError(f"is {shown(text)}; give the address of the site alone, like https://press.example.org")
    return limited("", _canonical(url), MAX_SITE_URL)


def _canonical(url: str) -> str:
    """Return an address as ids and readers compare it (RFC 3986 §6.2.2 and §6.2.3): small letters, no usual port.

    A host that is not ASCII is written in punycode, which old readers know as well.
    """
    parts = urlsplit(url)
    host, scheme = parts.hostname or "", parts.scheme.lower()
    try:
        host = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise ValueError(f"is {shown(url)}, whose host is no name ({error}); mend it") from error
    place = f"[{host}]" if ":" in host else host
    port = parts.port if parts.port != {"http": 80, "https": 443}.get(scheme) else None
    return f"{scheme}://{place}{'' if port is None else f':{port}'}{parts.path}"


def _page_address(text: str) -> str:
    return clean_url("", text) or ""


def _image_address(text: str) -> str:
    url = clean_url("", text) or ""
    if url and not url.startswith("https://"):
        raise ValueError(f"is {shown(text)}; give an address that begins with https://: mailboxes show no other image")
    return url


def _hub_address(text: str) -> str:
    url = text.strip()
    if not is_hub_address(url):
        raise ValueError(
            f"has {shown(text)}; give addresses of hubs that begin with https://, or with http:// on this machine"
        )
    return url


def _hub_addresses(urls: tuple[str, ...]) -> tuple[str, ...]:
    if len(urls) > MOST_HUBS:
        raise ValueError(f"has {len(urls)} addresses, and every change is told to each; give {MOST_HUBS} at most")
    return tuple(dict.fromkeys(urls))  # who stands there twice is told once


def is_hub_address(url: str) -> bool:
    """Whether pings may go to that address: over https, or to this machine."""
    try:
        parts = urlsplit(clean_url("", url) or "")
    except InvalidFieldError:
        return False
    return url.isascii() and "#" not in url and (parts.scheme == "https" or parts.hostname in LOOPBACK)


def _mail_address(text: str) -> str:
    try:
        return clean_mail_address("", text)
    except InvalidFieldError as error:
        raise ValueError(f"is wrong: {error.problem}; write it like digest@example.org") from error


def _day(value: object) -> object:
    try:
        return date.fromisoformat(value) if value and isinstance(value, str) else value or None
    except ValueError as error:
        text = str(value)
        raise ValueError(f"is {shown(text)}; write a day like 2026-12-01") from error


def _address_or_domain(text: str) -> str:
    if not text.startswith("@"):
        return _mail_address(text)
    try:
        return clean_mail_address("", f"all{text}").removeprefix("all")
    except InvalidFieldError as error:
        raise ValueError(f"has {shown(text)}; write a whole domain like @example.org") from error


def _bounce_address(text: str) -> str:
    address = _mail_address(text)
    local = address.rpartition("@")[0]
    if not re.fullmatch(rf"[a-z0-9._-]{{1,{LONGEST_BEFORE_TOKEN}}}", local) or local in (STOPS, FEEDBACK):
        raise ValueError(
            f"is {shown(text)}; before the @ take small letters, digits, dots and hyphens, {LONGEST_BEFORE_TOKEN} at "
            f"most, and neither {STOPS} nor {FEEDBACK}: “+” and a token of {TOKEN_LETTERS} letters come behind them"
        )
    return address


def _listening(text: str) -> str:
    try:
        parts = urlsplit(f"//{text}")
        is_place = bool(parts.hostname) and parts.port is not None and parts.netloc == text and "@" not in text
    except ValueError:
        is_place = False
    if text and not is_place:
        raise ValueError(f"is {shown(text)}; write it like 127.0.0.1:2424, or [::1]:2424")
    return text


def _language(text: str) -> str:
    code = clean_language("", text)
    if not code:
        raise ValueError("is empty; write it like en, nl or pt-BR")
    return code


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"is {shown(name)}, which is no time zone; write it like Europe/London") from error
    return name


def _colour(text: str) -> str:
    if not re.fullmatch("#[0-9a-fA-F]{6}", text):
        raise ValueError(f"is {shown(text)}; write a colour like #0b5394")
    return text


def _due_time(value: object) -> time:
    try:
        at = time.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        at = None
    if not isinstance(at, time) or at.second or at.microsecond or at.tzinfo:
        raise ValueError(f"is {shown(str(value))}; write it like 08:00, in the zone of [site] timezone")
    return at


def _folder_in_data(name: str) -> str:
    parts = Path(name).parts
    if not parts or ".." in parts or Path(name).is_absolute() or parts[0].startswith(IN_DATA):
        raise ValueError(f"is {shown(name)}; name a folder of its own within data/, like “outbox”")
    return name


def _selector(text: str) -> str:
    if not is_selector(text):
        raise ValueError(f"has {shown(text)}; name selectors with small letters, digits and hyphens, like r202611")
    return text


def is_selector(text: str) -> bool:
    """Whether a name can stand before `._domainkey` in the DNS."""
    return re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text) is not None


def _network(text: str) -> str:
    try:
        return str(ip_network(text)) if "/" in text else str(ip_address(text))
    except ValueError as error:
        raise ValueError(f"has {shown(text)}; write addresses like 10.0.0.5, or networks like 10.0.0.0/24") from error


def _token(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"([!-~]{16,})?", secret.get_secret_value()):  # a header holds no other (RFC 9110 §5.5)
        raise ValueError("has fewer than 16 letters, or others than ASCII; make one with “openssl rand -hex 16”")
    return secret


def _no_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("is true or false; write a number")
    return value


Line = Annotated[str, _text(clean_line)]
Folded = _text(lambda text: clean_line(text).lower())
MailAddress = Annotated[str, _text(_mail_address)]
BounceAddressOrNone = Annotated[
    Annotated[str, _text(_bounce_address)] | None, BeforeValidator(lambda value: value or None)
]
Listening = Annotated[str, _text(_listening)]
AddressOrDomain = Annotated[str, _text(_address_or_domain)]
MailAddressOrNone = Annotated[MailAddress | None, BeforeValidator(lambda value: value or None)]
WebAddress = Annotated[str, _text(_web_address)]
PageAddress = Annotated[str, _text(_page_address)]
ImageAddress = Annotated[str, _text(_image_address)]
HubAddresses = Annotated[tuple[Annotated[str, _text(_hub_address)], ...], AfterValidator(_hub_addresses)]
Network = Annotated[str, _text(_network)]
Token = Annotated[SecretStr, AfterValidator(_token)]
Selector = Annotated[str, _text(_selector)]
Language = Annotated[str, _text(_language)]
Zone = Annotated[str, _text(_zone)]
FolderInData = Annotated[str, _text(_folder_in_data)]
DueTime = Annotated[time, BeforeValidator(_due_time)]
DayOrNone = Annotated[date | None, BeforeValidator(_day)]
Colour = Annotated[str, _text(_colour)]
Number = Annotated[int, BeforeValidator(_no_boolean)]
Days = Annotated[Number, Field(ge=0, le=36_500)]
Port = Annotated[Number, Field(ge=0, le=65535)]
Years = Annotated[Number, Field(ge=0, le=100)]
