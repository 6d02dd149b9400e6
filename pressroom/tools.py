"""What a use case works with besides the catalogue: the settings, templates, folders and keys of one site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pressroom.delivery.mime import ascii_domain
from pressroom.links import Links
from pressroom.models.words import Words
from pressroom.output import Output
from pressroom.rendering import Templates, Translations
from pressroom.settings import Settings
from pressroom.settings.loading import load_settings
from pressroom.signing import Signer
from pressroom.stops import Stops
from pressroom.storage import Store

if TYPE_CHECKING:
    from pressroom.delivery.dkim import DkimKeys, DkimSigner


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Tools:
    """The tools of the site in folder `site`, made when first asked for.

    `should_stop` is asked between messages; who is told to end answers True. `fixed_clock` says that the
    moment taken for now was given (`--clock`), `is_service` that they are those of a service and not of one command.
    """

    site: Path
    settings: Settings
    fixed_clock: bool = False
    should_stop: Callable[[], bool] = _never
    is_service: bool = False

    @classmethod
    def of(
        cls,
        site: Path,
        *,
        fixed_clock: bool = False,
        should_stop: Callable[[], bool] = _never,
        is_service: bool = False,
    ) -> Tools:
        return cls(site, load_settings(site), fixed_clock, should_stop, is_service)

    @property
    def data(self) -> Path:
        return self.site / "data"

    @property
    def catalogue(self) -> Path:
        return self.data / "catalogue.db"

    @property
    def secret_key(self) -> Path:
        return self.data / "secret.key"

    @property
    def host(self) -> str:
        """The host of the site's public address."""
        return urlsplit(self.settings.site.url).hostname or "localhost"

    def open_store(self, busy_seconds: float | None = None) -> Store:
        """Open the site's catalogue; `busy_seconds` is how long a write waits for those of others."""
        return Store.open(self.catalogue, host=self.host, busy_seconds=busy_seconds)

    @property
    def stops(self) -> Stops:
        """What readers asked to stop while the catalogue could not be used."""
        return Stops(self.data / "stops")

    @property
    def outbox(self) -> Path:
        return self.data / self.settings.mail.outbox

    @cached_property
    def links(self) -> Links:
        return Links(self.settings.site.url)

    @cached_property
    def templates(self) -> Templates:
        return Templates(self.site)

    @cached_property
    def translations(self) -> Translations:
        return Translations(self.site)

    def words(self, language: str = "") -> Words:
        """Return the words for somebody who reads `language`: where there are none, those of the site's language."""
        return self.translations.words(language, self.settings.site.language)

    @cached_property
    def output(self) -> Output:
        return Output(self.site / "feeds")

    @cached_property
    def dkim(self) -> DkimSigner | None:
        """What signs mail, None where nothing does. Raises DkimKeyError."""
        wanted = self.settings
        if not wanted.dkim.selectors:
            return None
        from pressroom.delivery.dkim import DkimSigner

        keys = [self.dkim_keys.get(selector) for selector in wanted.dkim.selectors]
        return DkimSigner(ascii_domain(wanted.signing_domain), keys)

    @property
    def dkim_keys(self) -> DkimKeys:
        from pressroom.delivery.dkim import DkimKeys

        return DkimKeys(self.data / "dkim")

    @cached_property
    def signer(self) -> Signer:
        """What derives keys from the site's secret."""
        return Signer.from_file(self.secret_key)
