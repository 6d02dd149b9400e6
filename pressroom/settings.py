"""Settings of a site: `publisher.toml` < credentials folder < `PUBLISHER_SECTION__KEY` in the environment.

Every section forbids unknown keys, so that a misspelt one is an error and not a silent default.
`docs/settings.md` describes each key; a test keeps the two alike.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from pressroom.errors import InvalidFieldError, SettingsError
from pressroom.models.addresses import clean_mail_address
from pressroom.models.colours import LEAST_CONTRAST, contrast, hex_colour
from pressroom.models.due import WEEKDAYS, Timetable
from pressroom.models.text import clean_language, clean_line, clean_url, is_visible, limited, shown

SETTINGS_FILE = "publisher.toml"
PREFIX = "PUBLISHER_"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
MAX_SITE_URL = 200  # a longer one makes headers of mails that no line can hold
MAX_BYTES = 1_000_000
IN_DATA = ("catalogue.db", "secret.key", "publish.lock", "schedule.lock")


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


def _given(remedy: str) -> BeforeValidator:
    def check(text: str) -> str:
        if not is_visible(text):
            raise ValueError(f"is empty; {remedy}")
        return clean_line(text)

    return _text(check)


def _web_address(text: str) -> str:
    url = (clean_url("", text) or "").rstrip("/")
    if not url or "?" in url or "#" in url:
        raise ValueError(f"is {shown(text)}; give the address of the site alone, like https://press.example.org")
    return limited("", url, MAX_SITE_URL)


def _image_address(text: str) -> str:
    url = clean_url("", text) or ""
    if url and not url.startswith("https://"):
        raise ValueError(f"is {shown(text)}; give an address that begins with https://: mailboxes show no other image")
    return url


def _mail_address(text: str) -> str:
    try:
        return clean_mail_address("", text)
    except InvalidFieldError as error:
        raise ValueError(f"is wrong: {error.problem}; write it like digest@example.org") from error


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


def _no_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("is true or false; write a number")
    return value


Line = Annotated[str, _text(clean_line)]
Folded = _text(lambda text: clean_line(text).lower())
MailAddress = Annotated[str, _text(_mail_address)]
Colour = Annotated[str, _text(_colour)]
Number = Annotated[int, BeforeValidator(_no_boolean)]
Port = Annotated[Number, Field(ge=0, le=65535)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(Section):
    name: Annotated[str, _given("give the organisation's name")] = "Example Association"
    description: Line = "Reports, briefings and guides as they are released"
    url: Annotated[str, _text(_web_address)] = "http://localhost:8000"
    timezone: Annotated[str, _text(_zone)] = "Europe/London"
    language: Annotated[str, _text(_language)] = "en"
    publisher: Line = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def own_publisher(self) -> str:
        """The name under which the organisation's own releases are published."""
        return self.publisher or self.name


class Brand(Section):
    ink: Colour = "#1b1f24"
    ink_dark: Colour = "#e8eaed"
    paper: Colour = "#ffffff"
    paper_dark: Colour = "#15181c"
    quiet: Colour = "#565d66"
    quiet_dark: Colour = "#a4abb3"
    brand: Colour = "#0b5394"
    brand_dark: Colour = "#8ab8e6"
    line: Colour = "#d8dce0"
    line_dark: Colour = "#343a41"
    attention: Colour = "#8a5a00"
    attention_paper: Colour = "#fff6e0"
    danger: Colour = "#a4262c"
    logo: Annotated[str, _text(_image_address)] = ""
    logo_width: Annotated[Number, Field(ge=16, le=552)] = 160
    headings: Line = 'Charter, "Bitstream Charter", Cambria, Georgia, serif'
    text: Line = 'system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif'

    @model_validator(mode="after")
    def _can_be_read(self) -> Brand:
        for paper, inks in _READ_ON.items():
            for ink in inks:
                ratio = contrast(hex_colour(getattr(self, ink)), hex_colour(getattr(self, paper)))
                if ratio < LEAST_CONTRAST:
                    raise ValueError(
                        f"has {ink} {getattr(self, ink)} on {paper} {getattr(self, paper)}, which stand out against "
                        f"each other by {ratio:.1f} to 1 only; take colours with {LEAST_CONTRAST} to 1 at least "
                        "(WCAG 2.2, 1.4.3)"
                    )
        return self


# What is read on what, in mails and on pages.
_READ_ON = {
    "paper": ("ink", "quiet", "brand"),
    "paper_dark": ("ink_dark", "quiet_dark", "brand_dark"),
    "attention_paper": ("attention", "danger"),
}


class Feeds(Section):
    newest: Annotated[Number, Field(ge=1, le=500)] = 50


class Digest(Section):
    at: Annotated[time, BeforeValidator(_due_time)] = time(8)
    weekly_on: Annotated[
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], Folded
    ] = "monday"
    monthly_on: Annotated[Number, Field(ge=1, le=28)] = 1
    quiet_minutes: Annotated[Number, Field(ge=0, le=1440)] = 10
    longest_wait_minutes: Annotated[Number, Field(ge=0, le=1440)] = 60
    welcome: bool = False
    goodbye: bool = False

    @model_validator(mode="after")
    def _waits_longer_than_it_is_quiet(self) -> Digest:
        if self.quiet_minutes > self.longest_wait_minutes:
            raise ValueError(
                f"has quiet_minutes {self.quiet_minutes}, which is more than longest_wait_minutes "
                f"{self.longest_wait_minutes}; make the wait the longer one"
            )
        return self


class Mail(Section):
    from_name: Line = ""
    from_address: MailAddress = "digest@example.org"
    confirmation_address: Annotated[MailAddress | None, BeforeValidator(lambda value: value or None)] = None
    reply_to: Annotated[MailAddress | None, BeforeValidator(lambda value: value or None)] = None
    postal_address: Line = ""
    registered: Line = ""
    outbox: Annotated[str, _text(_folder_in_data)] = "outbox"

    @property
    def asks_from(self) -> str:
        """The address that confirmation letters come from: what is asked has a stream of its own."""
        return self.confirmation_address or f"confirm@{self.from_address.rpartition('@')[2]}"


class Smtp(Section):
    host: Line = ""
    port: Port = 0
    user: str = ""
    password: SecretStr = SecretStr("")
    security: Annotated[Literal["starttls", "tls", "none"], Folded] = "starttls"
    timeout_seconds: Annotated[Number, Field(ge=1, le=600)] = 60

    @model_validator(mode="after")
    def _is_encrypted_beyond_this_machine(self) -> Smtp:
        if self.host and self.security == "none" and not self.is_loopback:
            raise ValueError("has security “none”, which is for a server on this machine only; choose starttls or tls")
        return self

    @property
    def is_loopback(self) -> bool:
        return self.host in LOOPBACK

    @property
    def effective_port(self) -> int:
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]


class Web(Section):
    host: Annotated[str, _given("write it like 127.0.0.1")] = "127.0.0.1"
    port: Port = 8000


class Settings(BaseSettings):
    """All settings, checked. Frozen: a running service reads them anew rather than changing them."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__")

    site: Site = Site()
    brand: Brand = Brand()
    feeds: Feeds = Feeds()
    digest: Digest = Digest()
    mail: Mail = Mail()
    smtp: Smtp = Smtp()
    web: Web = Web()

    @property
    def timetable(self) -> Timetable:
        return Timetable(
            zone=self.site.zone,
            at=self.digest.at,
            weekly_on=WEEKDAYS.index(self.digest.weekly_on),
            monthly_on=self.digest.monthly_on,
            quiet=timedelta(minutes=self.digest.quiet_minutes),
            longest_wait=timedelta(minutes=self.digest.longest_wait_minutes),
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment over the credentials folder over what the file says (given as arguments)."""
        return env_settings, InitSettingsSource(settings_cls, _credentials()), init_settings


def load_settings(site: Path) -> Settings:
    """Return the settings of the site in folder `site`; a site without a settings file has the defaults."""
    path = site / SETTINGS_FILE
    try:
        values = tomllib.loads(_content(path)) if os.path.lexists(path) else {}
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is no valid TOML: {error}; mend that line.") from error
    return check_settings(values, str(path))


def check_settings(values: Mapping[str, Any], place: str) -> Settings:
    """Return settings from `values` and from outside, or say which key is wrong, where it stands and why."""
    outside = _places_outside()
    try:
        return Settings(**values)
    except ValidationError as error:
        problems = [
            _in_words(_where(place, fault["loc"], outside), fault["loc"], fault["msg"], fault["type"])
            for fault in error.errors()
        ]
        raise SettingsError(f"{'; '.join(problems)}.") from error


def _content(path: Path) -> str:
    """Return the text of a file of settings."""
    try:
        if not path.is_file():
            what = "a folder" if path.is_dir() else "no file" if path.exists() else "a link that leads nowhere"
            raise SettingsError(f"{path} is {what}; put a file in its place, or remove it.")
        if path.stat().st_size > MAX_BYTES:
            raise SettingsError(f"{path} is larger than {MAX_BYTES:,} bytes; put the settings alone there.")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 (byte {error.start + 1}); save it as UTF-8.") from error
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise SettingsError(f"{path} cannot be read: {problem}; check its name and rights.") from error


def _credentials() -> dict[str, dict[str, str]]:
    """Return what the files `section__key` of the credentials folder say."""
    values: dict[str, dict[str, str]] = {}
    for file in _credential_files():
        section, separator, key = file.name.lower().partition("__")
        if separator:  # systemd may keep other things beside them
            values.setdefault(section, {})[key] = _content(file).strip()
    return values


def _credential_files() -> list[Path]:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    try:
        return sorted(file for file in Path(folder).iterdir() if file.name[0] != ".") if folder else []
    except OSError as error:
        raise SettingsError(
            f"The credentials folder {folder} cannot be read: {(error.strerror or str(error)).lower()}; "
            "mend CREDENTIALS_DIRECTORY in the environment, or unset it."
        ) from error


def _places_outside() -> dict[tuple[str, str], str]:
    """Return where settings are given outside the file, by section and key. What names no key is an error."""
    places = {}
    for name, where in _names_outside():
        section, separator, key = name.lower().partition("__")
        if section in Settings.model_fields:
            if key not in _keys_of(section):
                raise SettingsError(
                    f"{where} names no key of [{section}]; behind two underscores it takes one of {_known(section)}."
                )
            places[section, key] = where
        elif separator:
            raise SettingsError(f"{where} names no section; {_sections()}.")
    return places


def _names_outside() -> Iterator[tuple[str, str]]:
    """Return names like `smtp__port` of what is given outside the file and where it stands, what wins last."""
    for file in _credential_files():
        yield file.name, str(file)
    for name, value in os.environ.items():
        if name.upper().startswith(PREFIX):
            where = f"{name} in the environment"
            if value.encode(errors="ignore").decode() != value:
                raise SettingsError(f"{where} is not UTF-8; write it in UTF-8.")
            yield name[len(PREFIX) :], where


def _where(place: str, location: tuple[int | str, ...], outside: Mapping[tuple[str, str], str]) -> str:
    """Return where the value at `location` stands; of a whole section, every place that it is gathered from."""
    section, key = (str(part) for part in (*location, "")[:2])
    if (section, key) in outside:
        return outside[section, key]
    others = [where for (name, _), where in outside.items() if name == section and not key]
    return f"{' and '.join([place, *others])}: [{section}] {key}".rstrip()


def _in_words(where: str, location: tuple[int | str, ...], message: str, kind: str) -> str:
    section = str(location[0])
    if kind == "extra_forbidden":
        return f"{where} is unknown; " + (f"[{section}] knows {_known(section)}" if location[1:] else _sections())
    if kind == "model_type":
        return f"{where} is no section; write [{section}] on a line of its own, and its keys below"
    for beginning, instead in (("Value error, ", ""), ("Input should ", "should ")):
        if message.startswith(beginning):
            return f"{where} {instead}{message.removeprefix(beginning)}"
    return f"{where} is wrong: {message}"


def _keys_of(section: str) -> list[str]:
    annotation = Settings.model_fields[section].annotation
    return list(annotation.model_fields) if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def _known(section: str) -> str:
    return ", ".join(_keys_of(section))


def _sections() -> str:
    return "the sections are " + ", ".join(f"[{name}]" for name in Settings.model_fields)
