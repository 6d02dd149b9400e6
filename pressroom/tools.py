"""What a use case works with besides the catalogue: the settings, templates, folders and keys of one site."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pressroom.arming import Arming
from pressroom.delivery.mime import ascii_domain
from pressroom.errors import CatalogueBehindError, UnarmedError
from pressroom.links import Links
from pressroom.models.words import Words
from pressroom.output import Output
from pressroom.rendering import Templates, Translations
from pressroom.rendering.folders import template_folders
from pressroom.settings import Settings
from pressroom.settings.loading import SETTINGS_FILE, load_settings
from pressroom.signing import Signer
from pressroom.stops import Stops
from pressroom.storage import Store
from pressroom.storage.migrations import ARMING
from pressroom.storage.trouble import require_file

if TYPE_CHECKING:
    from pressroom.delivery.dkim import DkimKeys, DkimSigner


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Tools:
    """The tools of the site in folder `site`, made when first asked for.

    `should_stop` is asked between messages; who is told to end answers True. `is_outdated` is asked now and then by
    what takes long; True says that it shall be gone on with by others. `fixed_clock` says that the moment taken for now
    was given (`--clock`), `is_service` that they are those of a service and not of one command.
    """

    site: Path
    settings: Settings
    fixed_clock: bool = False
    should_stop: Callable[[], bool] = _never
    is_outdated: Callable[[], bool] = _never
    is_service: bool = False

    @classmethod
    def of(
        cls,
        site: Path,
        *,
        fixed_clock: bool = False,
        should_stop: Callable[[], bool] = _never,
        is_outdated: Callable[[], bool] = _never,
        is_service: bool = False,
    ) -> Tools:
        return cls(site, load_settings(site), fixed_clock, should_stop, is_outdated, is_service)

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
        """Open the site's catalogue; `busy_seconds` is how long a write waits for those of others.

        One of an earlier schema is migrated first.
        """
        try:
            return Store.open(self.catalogue, host=self.host, busy_seconds=busy_seconds)
        except CatalogueBehindError:
            self.migrate()
            return Store.open(self.catalogue, host=self.host, busy_seconds=busy_seconds)

    def migrate(self) -> list[str]:
        """Bring the catalogue to this program's schema, all or nothing; return the names of what was applied.

        A backup goes into `data/backups/` first.
        """
        from pressroom.storage.backups import lay_aside_before

        require_file(self.catalogue)
        with Store(self.catalogue) as store, ExitStack() as undone:
            if not store.pending_migrations():
                return []
            with store.atomic(durable=True):
                # A program that came at the same moment waits here and then finds nothing left to do.
                if pending := store.pending_migrations():
                    lay_aside_before(self.catalogue, pending[0], self.data / "backups", self.files_to_keep())
                    store.apply_migrations()
                    if ARMING in pending and not self._may_be_a_copy(store):  # no version before could know a copy
                        undone.callback(Arming(self.catalogue).forget)
                        self.arm(store)
            undone.pop_all()
        return pending

    def files_to_keep(self) -> dict[str, bytes]:
        """Return the files that a backup takes along, by their path in the site: settings, keys, templates."""
        places = [self.site / SETTINGS_FILE, self.secret_key, *(self.data / "dkim").rglob("*")]
        own = self.site / "templates"
        if own.resolve() not in template_folders(None):  # those of a checkout belong to its version
            places += own.rglob("*")
        return {str(path.relative_to(self.site)): path.read_bytes() for path in places if path.is_file()}

    def _may_be_a_copy(self, store: Store) -> bool:
        """Whether a catalogue of before there were keys may be a copy: another had a key here, or it is a backup."""
        from pressroom.storage.backups import is_backup

        return Arming(self.catalogue).has_file or is_backup(store)

    def is_armed(self, store: Store) -> bool:
        """Whether mail may leave: the catalogue is no copy, or somebody has armed it (R11)."""
        return Arming(self.catalogue).holds(*store.armed_as)

    def arm(self, store: Store) -> None:
        """Let mail leave from this catalogue, and from no copy that was made of its file before."""
        arming = Arming(self.catalogue)
        with store.atomic(durable=True):
            before, _ = store.armed_as
            store.set_armed(arming.next_key(before), arming.place())
        if not store.connection.in_transaction:  # what is not committed may not come
            self._let_go_of_older_keys(store)

    def _let_go_of_older_keys(self, store: Store) -> None:
        with store.atomic():  # nobody renews it meanwhile
            Arming(self.catalogue).keep(store.armed_as[0])

    def renew_arming(self, store: Store) -> None:
        """Arm the catalogue anew, so that every copy of before is older. Raises UnarmedError where it is one itself."""
        with store.atomic(durable=True):
            if not self.is_armed(store):
                raise UnarmedError(self.catalogue)
            self.arm(store)
        self._let_go_of_older_keys(store)

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
