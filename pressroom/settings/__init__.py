"""Settings of a site: `publisher.toml` < credentials folder < `PUBLISHER_SECTION__KEY` in the environment.

Every section forbids unknown keys, so that a misspelt one is an error and not a silent default.
`docs/settings.md` describes each key; a test keeps the two alike.
"""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from pressroom.models.bounces import LONGEST_COUNTED, STOPS
from pressroom.models.colours import LEAST_CONTRAST, contrast, hex_colour
from pressroom.models.due import WEEKDAYS, Timetable
from pressroom.models.pace import Pace
from pressroom.models.text import shown
from pressroom.settings.outside import PREFIX, credentials
from pressroom.settings.values import (
    LOOPBACK,
    AddressOrDomain,
    BounceAddressOrNone,
    Colour,
    DayOrNone,
    Days,
    DueTime,
    Folded,
    FolderInData,
    HubAddresses,
    ImageAddress,
    Language,
    Line,
    Listening,
    MailAddress,
    MailAddressOrNone,
    Network,
    Number,
    PageAddress,
    Port,
    Selector,
    Token,
    WebAddress,
    Years,
    Zone,
    given,
)


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(Section):
    name: Annotated[str, given("give the organisation's name")] = "Example Association"
    description: Line = "Reports, briefings and guides as they are released"
    url: WebAddress = "http://localhost:8000"
    timezone: Zone = "Europe/London"
    language: Language = "en"
    publisher: Line = ""
    contact: PageAddress = ""
    privacy: PageAddress = ""
    accessibility: PageAddress = ""

    @field_validator("url")
    @classmethod
    def _is_a_site_of_its_own(cls, url: str) -> str:
        if urlsplit(url).path:
            raise ValueError(
                f"has a path, {shown(urlsplit(url).path)}; give the pages a host of their own, like "
                "https://press.example.org"
            )
        return url

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
    danger_dark: Colour = "#f4a3a3"
    logo: ImageAddress = ""
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
    "paper": ("ink", "quiet", "brand", "danger"),
    "paper_dark": ("ink_dark", "quiet_dark", "brand_dark", "danger_dark"),
    "attention_paper": ("attention", "danger"),
}


class Feeds(Section):
    newest: Annotated[Number, Field(ge=1, le=500)] = 50
    hubs: HubAddresses = ()


class Digest(Section):
    at: DueTime = time(8)
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
    confirmation_address: MailAddressOrNone = None
    reply_to: MailAddressOrNone = None
    complaints_to: MailAddressOrNone = None
    postal_address: Line = ""
    registered: Line = ""
    only_to: tuple[AddressOrDomain, ...] = ()
    a_minute: Annotated[Number, Field(ge=0)] = 0
    a_minute_to_a_domain: Annotated[Number, Field(ge=0)] = 0
    warm_up_from: DayOrNone = None
    warm_up_days: Annotated[Number, Field(ge=1, le=365)] = 28
    outbox: FolderInData = "outbox"

    @model_validator(mode="after")
    def _warms_up_to_something(self) -> Mail:
        if self.warm_up_from and not (self.a_minute or self.a_minute_to_a_domain):
            raise ValueError("has warm_up_from but no pace to grow to; give a_minute or a_minute_to_a_domain too")
        return self

    @property
    def pace(self) -> Pace:
        return Pace(self.a_minute, self.a_minute_to_a_domain, self.warm_up_from, self.warm_up_days)

    @property
    def asks_from(self) -> str:
        """The address that confirmation letters come from: what is asked has a stream of its own."""
        return self.confirmation_address or f"confirm@{self.from_address.rpartition('@')[2]}"

    @property
    def hears_complaints(self) -> str:
        """The address that is told of complaints: there always is one, since the law asks for an answer."""
        return self.complaints_to or self.reply_to or self.from_address


class Smtp(Section):
    host: Line = ""
    port: Port = 0
    user: str = ""
    password: SecretStr = SecretStr("")
    security: Annotated[Literal["starttls", "tls", "none"], Folded] = "starttls"
    timeout_seconds: Annotated[Number, Field(ge=1, le=600)] = 60
    connections: Annotated[Number, Field(ge=1, le=50)] = 4

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


class Dkim(Section):
    domain: Line = ""
    selectors: tuple[Selector, ...] = ()


class Bounces(Section):
    address: BounceAddressOrNone = None
    listen: Listening = ""
    protocol: Annotated[Literal["lmtp", "smtp"], Folded] = "lmtp"

    @model_validator(mode="after")
    def _listens_for_an_address(self) -> Bounces:
        if self.listen and not self.address:
            raise ValueError("has listen, and no address; name the address that mail comes back to")
        return self

    @property
    def place(self) -> tuple[str, int]:
        """Host and port of `listen`, which is given."""
        parts = urlsplit(f"//{self.listen}")
        return parts.hostname or "", parts.port or 0

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2] if self.address else ""

    def sender(self, token: str) -> str:
        """The address to which a message comes back that bears `token`."""
        return f"{(self.address or '').rpartition('@')[0]}+{token}@{self.domain}"

    def stops(self, token: str = "") -> str:
        """The address to which a mailbox's own button writes (RFC 2369 §3.2), with whose it is."""
        return f"{STOPS}{'+' if token else ''}{token}@{self.domain}"


class Web(Section):
    host: Annotated[str, given("write it like 127.0.0.1")] = "127.0.0.1"
    port: Port = 8000
    sign_ups_an_hour: Annotated[Number, Field(ge=1)] = 500
    sign_ups_from_an_address: Annotated[Number, Field(ge=1)] = 10
    proxies: tuple[Network, ...] = LOOPBACK[1:]
    metrics_from: tuple[Network, ...] = LOOPBACK[1:]
    metrics_token: Token = SecretStr("")


class Desk(Section):
    idle_minutes: Annotated[Number, Field(ge=5, le=24 * 60)] = 60
    session_hours: Annotated[Number, Field(ge=1, le=24 * 30)] = 12


class Log(Section):
    format: Annotated[Literal["text", "json"], Folded] = "text"
    level: Annotated[Literal["info", "warning", "error"], Folded] = "info"


class Retention(Section):
    pending_days: Days = 7
    deliveries_days: Days = 90
    letters_days: Days = 90
    bounces_days: Days = 120
    consent_years: Years = 6
    complaints_years: Years = 6

    @model_validator(mode="after")
    def _outlives_the_links(self) -> Retention:
        for key, least, why in (
            ("pending_days", 3, "the link that confirms a request works for so long"),
            ("letters_days", 7, "links in letters work for so long"),
            ("bounces_days", LONGEST_COUNTED.days, "what came back counts for so long"),
        ):
            if 0 < getattr(self, key) < least:
                raise ValueError(f"has {key} {getattr(self, key)}; give at least {least}, or 0 for ever, since {why}")
        return self


class Settings(BaseSettings):
    """All settings, checked. Frozen: a running service reads them anew rather than changing them."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__")

    site: Site = Site()
    brand: Brand = Brand()
    feeds: Feeds = Feeds()
    digest: Digest = Digest()
    mail: Mail = Mail()
    smtp: Smtp = Smtp()
    dkim: Dkim = Dkim()
    bounces: Bounces = Bounces()
    web: Web = Web()
    desk: Desk = Desk()
    log: Log = Log()
    retention: Retention = Retention()

    @property
    def signing_domain(self) -> str:
        """The domain that mail is signed for: that of the sender, if no other is set."""
        return self.dkim.domain or self.mail.from_address.rpartition("@")[2]

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
        return env_settings, InitSettingsSource(settings_cls, credentials()), init_settings
