"""The site as others see it: its pages and feeds are there, what is private is not, and the clock is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from pressroom.errors import UnreadableFileError
from pressroom.operations.doctor.asking import Reply, ask
from pressroom.operations.doctor.diagnosis import Diagnosis, ok, problem, problem_of, warning
from pressroom.operations.doctor.feeds import look_at_served
from pressroom.operations.fetching import agent_of
from pressroom.tools import Tools

PLAIN_PORT = 80
SOON = timedelta(days=14)
"""A certificate that expires within that time was not renewed when it should have been."""
CLOCKS_MAY_DIFFER = timedelta(seconds=60)
PRIVATE = (
    "/data/catalogue.db",
    "/data/secret.key",
    "/publisher.toml",
    # What a web server gives away whose `location /feeds` stands for the folder `…/feeds/`.
    "/feeds../data/catalogue.db",
)
_REFUSED = (401, 403, 404, 410)
_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True)
class Web:
    """The site behind its public address; each question may take `seconds`."""

    tools: Tools
    now: datetime
    seconds: float

    def look_at_address(self) -> Iterator[Diagnosis]:
        """Yield whether the base address is answered with our page, over a certificate that lasts."""
        base = self._base()
        if base.leads_to:
            remedy = "set [site] url to the address of the pages, so that no link takes a turn"
            yield warning(f"{base.url} leads on to {base.leads_to}", remedy)
        elif base.status != 200:
            yield problem(f"{base.url} is answered with {base.status}", "see the log of the web server")
        elif b"/feeds/all." not in base.content:
            words = f"{base.url} is answered, and not by this site: the page names none of its feeds"
            yield problem(words, "let the web server pass requests on to “publisher serve”")
        else:
            yield ok(f"{base.url} is answered with our page")
        yield from self._certificate(base)
        yield from self._plain(base)

    def if_it_answers(self, look: Callable[[], Iterator[Diagnosis]]) -> Iterator[Diagnosis]:
        """Yield what a look finds; where the base address does not answer, that is said once, by its own check."""
        try:
            self._base()
        except UnreadableFileError:
            yield warning("was not looked at, since the base address does not answer", "mend that first")
            return
        yield from look()

    def look_at_clock(self) -> Iterator[Diagnosis]:
        """Yield whether the clock of this machine agrees with that of the web server, where that is another."""
        told = self._base().date
        if told is None:
            yield warning("the web server does not say what time it is", "compare the clock of this machine by hand")
        elif abs(apart := told - self.now) > CLOCKS_MAY_DIFFER:
            way = "behind" if apart > timedelta() else "ahead of"
            words = f"the clock of this machine is {abs(apart.total_seconds()):,.0f} seconds {way} the web server's"
            yield warning(words, "let both follow a time server (timedatectl set-ntp true)")
        else:
            yield ok("the clock agrees with that of the web server")

    def look_at_private(self) -> Iterator[Diagnosis]:
        """Yield what can be fetched and must not be."""
        found = [one for path in PRIVATE if (one := self._of_private(path))]
        yield from found
        if not found:
            yield ok("nothing of data/ and of the settings can be fetched")

    def look_at_feeds(self) -> Iterator[Diagnosis]:
        """Yield whether the feed of everything is served as it should be."""
        return look_at_served(self.tools, self.now)

    def look_at_logo(self) -> Iterator[Diagnosis]:
        """Yield whether mails and pages can show the logo."""
        logo = self.tools.settings.brand.logo
        try:
            reply = self._ask(logo)
        except UnreadableFileError as error:
            yield problem(f"the logo cannot be fetched: {problem_of(error).words}", "mend [brand] logo")
            return
        kind = reply.headers.get_content_type()
        if reply.leads_to:
            yield warning(f"{logo} leads on to {reply.leads_to}", "set [brand] logo to the address of the image")
        elif reply.status != 200:
            yield problem(f"the logo {logo} is answered with {reply.status}", "mend [brand] logo")
        elif not kind.startswith("image/"):
            yield problem(f"the logo {logo} is served as {kind}", "mend [brand] logo, or the server's types")
        else:
            yield ok(f"the logo {logo} is there")

    def _certificate(self, base: Reply) -> Iterator[Diagnosis]:
        if base.expires is None:
            return
        left = base.expires - self.now
        day = f"{base.expires:%Y-%m-%d}"
        if left < SOON:
            yield warning(f"the certificate of {base.url} expires on {day}", "see why it was not renewed")
        else:
            yield ok(f"the certificate lasts until {day}")

    def _plain(self, base: Reply) -> Iterator[Diagnosis]:
        """Yield whether who types the address without https is led to it."""
        parts = urlsplit(base.url)
        if parts.scheme != "https" or parts.port not in (None, 443):
            return
        plain = f"http://{parts.hostname}:{PLAIN_PORT}/" if PLAIN_PORT != 80 else f"http://{parts.hostname}/"
        try:
            reply = self._ask(plain)
        except UnreadableFileError:
            yield ok("nothing is answered without TLS")
            return
        if not reply.leads_to.startswith("https://"):
            yield warning(f"{plain} does not lead to https", "let the web server redirect it")

    def _of_private(self, path: str) -> Diagnosis | None:
        reply = self._ask(self.tools.links.page(path))
        if reply.status in _REFUSED:
            return None
        remedy = "let the web server give out nothing but feeds/ and what it passes on, and then exchange all secrets"
        if reply.status == 200:
            what = ", which is a catalogue with every address in it" if reply.content.startswith(_SQLITE) else ""
            return problem(f"anybody can fetch {reply.url}{what}", remedy)
        words = f"{reply.url} is answered with {reply.status}, where 404 is wanted"
        return warning(words, "let the web server say 404 there")

    def _base(self) -> Reply:
        return self._ask(self.tools.links.page())

    def _ask(self, url: str) -> Reply:
        return ask(url, agent_of(self.tools.links.page()), self.seconds)
