"""Every public address is made here."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from posixpath import normpath
from urllib.parse import quote, unquote, urlsplit

import idna

from pressroom.models.feeds import LIVE, Feed, Format, Part
from pressroom.models.people import Choice
from pressroom.models.release import Release


@dataclass(frozen=True, slots=True)
class Links:
    """Absolute addresses below the site's public address (`[site] url`, without a closing slash)."""

    site: str

    def page(self, path: str = "/") -> str:
        return f"{self.site}{path}"

    def feed(self, feed: Feed, form: Format, part: Part = LIVE) -> str:
        """Where a document of a feed is: its live one, or an archive."""
        return f"{self.site}/{feed.folder}/{feed.file(form, part)}"

    def published(self, path: str) -> str:
        """A published file, by its path in the feeds folder: of a feed, the topic that hubs are told of."""
        return f"{self.site}/feeds/{path}"

    def my_feed(self, token: str, form: Format) -> str:
        """A subscriber's own feed: whoever has the address may read it."""
        return f"{self.site}/my/{token}.{form.value}"

    def feed_of(self, choice: Choice, form: Format) -> str:
        """The feed that holds what a subscriber has chosen."""
        shelf = "topics" if choice.topic else "series"
        path = "all" if choice.slug == "all" else f"{shelf}/{choice.slug.removeprefix('series:')}"
        return f"{self.site}/feeds/{path}.{form.value}"

    def set_up(self, token: str) -> str:
        """Where a user of the desk sets up how they sign in, once."""
        return f"{self.site}/desk/begin/{token}"

    def doi(self, doi: str) -> str:
        """Where a DOI leads, "" for none."""
        return f"https://doi.org/{quote(doi, safe='/:;(),.')}" if doi else ""

    def release(self, release: Release) -> str:
        """The release's own page."""
        return f"{self.site}/releases/{quote(release.slug or '')}"

    def landing(self, release: Release) -> str:
        """Where a reader is sent for a release: its landing address, else its own page.

        An address that is also that of a members-only file is never shown (R9).
        """
        public = {place_of(file.url) for file in release.public_files}
        private = {place_of(file.url) for file in release.files} - public
        return release.url if release.url and place_of(release.url) not in private else self.release(release)

    def issue(self, run: int) -> str:
        """The public page of a digest run."""
        return f"{self.site}/issues/{run}"

    def confirm(self, token: str) -> str:
        return f"{self.site}/confirm/{token}"

    def preferences(self, token: str) -> str:
        return f"{self.site}/preferences/{token}"

    def pause(self, token: str) -> str:
        return f"{self.site}/preferences/{token}/pause"

    def unsubscribe(self, token: str) -> str:
        return f"{self.site}/unsubscribe/{token}"


def place_of(url: str | None) -> str:
    """Return what all spellings of one address share (RFC 3986 §6.2): host in its ASCII form and port, plain path.

    What comes behind the path is left out: who asks for a file with another query may well get the same one.
    """
    parts = urlsplit(url or "")
    host = (parts.hostname or "").rstrip(".")
    with suppress(idna.IDNAError):
        host = idna.encode(host, uts46=True).decode()
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    return f"{host}{port}{normpath('/' + unquote(parts.path).strip('/'))}"
