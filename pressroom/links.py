"""Every public address is made here."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from pressroom.models.feeds import Feed, Format
from pressroom.models.release import Release


@dataclass(frozen=True, slots=True)
class Links:
    """Absolute addresses below the site's public address (`[site] url`, without a closing slash)."""

    site: str

    def page(self, path: str = "/") -> str:
        return f"{self.site}{path}"

    def feed(self, feed: Feed, form: Format) -> str:
        return f"{self.site}/feeds/{feed.file(form)}"

    def release(self, release: Release) -> str:
        """The release's own page."""
        return f"{self.site}/releases/{quote(release.slug or '')}"

    def landing(self, release: Release) -> str:
        """Where a reader is sent for a release: its landing address, else its own page.

        An address that is also that of a members-only file is never shown (R9).
        """
        private = {file.url for file in release.files} - {file.url for file in release.public_files}
        return release.url if release.url and release.url not in private else self.release(release)

    def unsubscribe(self, token: str) -> str:
        return f"{self.site}/unsubscribe/{token}"
