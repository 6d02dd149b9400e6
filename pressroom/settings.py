"""Settings of a site: `publisher.toml` < credentials folder < `PUBLISHER_SECTION__KEY` in the environment.

Every section forbids unknown keys, so that a misspelt one is an error and not a silent default.
`docs/settings.md` describes each key; a test keeps the two alike.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from pressroom.errors import InvalidFieldError, SettingsError
from pressroom.models.due import WEEKDAYS, Timetable
from pressroom.models.text import clean_line, clean_url

SETTINGS_FILE = "publisher.toml"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _one_line(value: object) -> object:
    return clean_line(value) if isinstance(value, str) else value


def _web_address(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        url = (clean_url("address", value) or "").rstrip("/")
    except InvalidFieldError as error:
        raise ValueError(f"{error.problem}; {error.remedy}") from error
    if not url or "?" in url or "#" in url:
        raise ValueError("give the address of the site alone, like https://press.example.org")
    return url


Line = Annotated[str, BeforeValidator(_one_line)]
WebAddress = Annotated[str, BeforeValidator(_web_address)]
MailAddress = Annotated[str, BeforeValidator(_one_line), Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(Section):
    name: Annotated[Line, Field(min_length=1)] = "Example Association"
    description: Line = "Reports, briefings and guides as they are released"
    url: WebAddress = "http://localhost:8000"
    timezone: str = "Europe/London"
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"
    publisher: Line = ""

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"“{name}” is no time zone; write it like Europe/London") from error
        return name

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
    headings: Line = 'Charter, "Bitstream Charter", Cambria, Georgia, serif'
    text: Line = 'system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif'


class Feeds(Section):
    newest: Annotated[int, Field(ge=1, le=500)] = 50


class Digest(Section):
    at: time = time(8)
    weekly_on: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    monthly_on: Annotated[int, Field(ge=1, le=28)] = 1
    quiet_minutes: Annotated[int, Field(ge=0, le=1440)] = 10
    longest_wait_minutes: Annotated[int, Field(ge=0, le=1440)] = 60

    @field_validator("at")
    @classmethod
    def _is_a_whole_minute(cls, at: time) -> time:
        if at.second or at.microsecond or at.tzinfo:
            raise ValueError("write hours and minutes only, like 08:00; the zone is [site] timezone")
        return at


class Mail(Section):
    from_name: Line = ""
    from_address: MailAddress = "digest@example.org"
    reply_to: MailAddress | None = None
    postal_address: Line = ""
    registered: Line = ""
    outbox: str = "outbox"

    @field_validator("outbox")
    @classmethod
    def _is_within_data(cls, folder: str) -> str:
        if not folder or Path(folder).is_absolute() or ".." in Path(folder).parts:
            raise ValueError("name a folder within data/, like “outbox”")
        return folder


class Smtp(Section):
    host: Line = ""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    user: str = ""
    password: SecretStr = SecretStr("")
    security: Literal["starttls", "tls", "none"] = "starttls"
    timeout_seconds: Annotated[int, Field(ge=1, le=600)] = 60

    @model_validator(mode="after")
    def _is_encrypted_beyond_this_machine(self) -> Smtp:
        if self.host and self.security == "none" and not self.is_loopback:
            raise ValueError("security “none” is for a server on this machine only; choose starttls or tls")
        return self

    @property
    def is_loopback(self) -> bool:
        return self.host in LOOPBACK

    @property
    def effective_port(self) -> int:
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]


class Web(Section):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000


class Settings(BaseSettings):
    """All settings, checked. Frozen: a running service reads them anew rather than changing them."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="PUBLISHER_", env_nested_delimiter="__")

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
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        credentials = NestedSecretsSettingsSource(
            file_secret_settings,
            secrets_dir=folder,
            secrets_nested_delimiter="__",
            secrets_dir_missing="ok",
            env_prefix="",
        )
        return (env_settings, credentials, init_settings) if folder else (env_settings, init_settings)


def load_settings(site: Path) -> Settings:
    """Return the settings of the site in folder `site`; a site without a settings file has the defaults."""
    path = site / SETTINGS_FILE
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 (byte {error.start + 1}); save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is no valid TOML: {error}; mend that line.") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}; mend its rights.") from error
    return check_settings(values, str(path))


def check_settings(values: Mapping[str, Any], place: str) -> Settings:
    """Return settings from `values` and the environment, or say which key at `place` is wrong and why."""
    unknown = sorted(
        name
        for name in os.environ
        if name.startswith("PUBLISHER_") and "__" in name
        and name.removeprefix("PUBLISHER_").split("__")[0].lower() not in Settings.model_fields
    )  # fmt: skip
    if unknown:
        raise SettingsError(f"{unknown[0]} in the environment names no section; {_sections()}.")
    try:
        return Settings(**values)
    except ValidationError as error:
        problems = [_in_words(place, fault["loc"], fault["msg"], fault["type"]) for fault in error.errors()]
        raise SettingsError(f"{'; '.join(problems)}.") from error


def _in_words(place: str, location: tuple[int | str, ...], message: str, kind: str) -> str:
    section, *keys = (str(part) for part in location)
    variable = "__".join(("PUBLISHER_" + section, *keys)).upper()
    where = f"{place}: [{section}] {'.'.join(keys)}".strip()
    if variable in os.environ:
        where = f"{variable} in the environment"
    if kind == "extra_forbidden":
        known = ", ".join(_keys_of(section)) if keys else _sections()
        return f"{where} is unknown; {'[' + section + '] knows ' if keys else ''}{known}"
    if kind == "string_pattern_mismatch":
        return f"{where} has a wrong form; docs/settings.md shows the right one"
    words = message.removeprefix("Value error, ").removeprefix("Input should ").rstrip(".")
    return f"{where} {'should ' if message.startswith('Input should ') else 'is wrong: '}{words}"


def _keys_of(section: str) -> list[str]:
    annotation = Settings.model_fields[section].annotation
    return list(annotation.model_fields) if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def _sections() -> str:
    return "the sections are " + ", ".join(f"[{name}]" for name in Settings.model_fields)
