"""What stands on this machine: folders, rights, disk, catalogue and keys. Nothing is written to find out."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from pydantic import SecretStr

from pressroom.errors import DkimKeyError, SettingsError
from pressroom.operations.doctor.diagnosis import Diagnosis, ok, problem, problem_of, warning
from pressroom.settings import Mail
from pressroom.settings.loading import SETTINGS_FILE
from pressroom.settings.outside import content_of
from pressroom.tools import Tools

LEAST_FREE = 1_000_000_000
"""Bytes; with less, warn."""
TIMES_THE_CATALOGUE = 5
"""How many copies of the catalogue there should be room for: a backup and a migration take one each."""
PATIENCE = 2.0
"""Seconds for which a program that writes just now is no trouble."""
AHEAD = timedelta(minutes=1)
_BY_OTHERS = 0o077
_EXAMPLES = ("localhost", "test", "example", "invalid", "example.com", "example.net", "example.org")
"""Names that are nobody's, with all below them (RFC 2606, RFC 6761)."""


def look_at_folders(tools: Tools) -> Iterator[Diagnosis]:
    """Yield whether what is made at run time can be written, and lies inside the site."""
    senders = tools.catalogue.with_name("senders")  # made by who sends first: by root, perhaps
    folders = (tools.data, tools.output.folder, *([senders] if senders.exists() else []))
    found = [one for folder in folders if (one := _of_folder(folder))]
    feeds, site = tools.output.folder.resolve(), tools.site.resolve()
    if not feeds.is_relative_to(site):
        words = f"{tools.output.folder} leads out of the site, to {feeds}"
        found.append(warning(words, "make it a folder, and let the web server read it where it is"))
    yield from found
    if not found:
        yield ok("data/ and feeds/ are there and can be written")


def _of_folder(folder: Path) -> Diagnosis | None:
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "is not there"
        return problem(f"{folder} {what}", "make it, or name the right site with -C")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return problem(f"{folder} cannot be written by this user", "mend its rights, or run this as the site's user")
    return None


def look_at_rights(tools: Tools) -> Iterator[Diagnosis]:
    """Yield what users of this machine can read who have no business to."""
    open_ones = [path for path in _for_their_owner(tools) if path.exists() and path.stat().st_mode & _BY_OTHERS]
    for path in open_ones:
        mode = "700" if path.is_dir() else "600"
        words = f"{path} is open to other users of this machine ({path.stat().st_mode & 0o777:o})"
        yield warning(words, f"run: chmod {mode} {path}")
    if not open_ones:
        yield ok("data/, the catalogue and all keys are for their owner only")


def _for_their_owner(tools: Tools) -> Iterable[Path]:
    yield tools.data
    yield tools.secret_key
    yield from (tools.catalogue.with_name(f"{tools.catalogue.name}{end}") for end in ("", "-wal", "-shm"))
    yield from sorted((tools.data / "dkim").glob("*.pem"))
    if _holds_a_secret(tools.site / SETTINGS_FILE, tools):
        yield tools.site / SETTINGS_FILE


def _holds_a_secret(file: Path, tools: Tools) -> bool:
    """Whether a password or a token stands in the file itself, and not only outside."""
    try:
        written = tomllib.loads(content_of(file))
    except (SettingsError, tomllib.TOMLDecodeError):
        return False
    return any(
        value and isinstance(getattr(getattr(tools.settings, section, None), key, None), SecretStr)
        for section, keys in written.items()
        for key, value in keys.items()
    )


def look_at_disk(tools: Tools) -> Iterator[Diagnosis]:
    """Yield whether there is room to go on, and to copy the catalogue."""
    folder = next(one for one in (tools.data, *tools.data.parents) if one.is_dir())
    free = shutil.disk_usage(folder).free
    size = tools.catalogue.stat().st_size if tools.catalogue.is_file() else 0
    wanted = max(LEAST_FREE, TIMES_THE_CATALOGUE * size)
    if free < wanted:
        yield warning(f"{_size(free)} are free for {folder}, where {_size(wanted)} are wanted", "make room")
    else:
        yield ok(f"{_size(free)} are free")


def _size(number: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if number < 1_000:
            return f"{number:.0f} {unit}"
        number /= 1_000
    return f"{number:,.1f} GB"


def look_at_catalogue(tools: Tools, now: datetime) -> Iterator[Diagnosis]:
    """Yield whether the catalogue is sound, of this program's schema, and not ahead of its time."""
    _ = tools.signer  # without its key nobody knows who must not be mailed
    with tools.open_store(PATIENCE) as store:
        damage, newest = store.damage(), store.announcements.newest_at
        number = len(store.feed_files.all())
    if damage:
        words = f"the catalogue is damaged ({len(damage)} fault(s), the first: {damage[0]})"
        yield problem(words, "restore the newest backup")
        return
    if newest and newest > now + AHEAD:
        words = f"the newest announcement is of {newest:%Y-%m-%d %H:%M} UTC, which is still to come"
        yield warning(words, "set the clock right; what is announced next follows it, second by second")
    yield ok(f"the catalogue is sound, of this version, and has {number:,} published file(s)")


def look_at_ids(tools: Tools) -> Iterator[Diagnosis]:
    """Yield whether ids of releases, which never change, begin with a host that is the site's own (RFC 4151 §2.1)."""
    with tools.open_store(PATIENCE) as store:
        begun = store.tag_authority.rpartition(",")[0] if store.has_ids else ""
    if not _is_nobodys(begun or tools.host):
        yield ok(f"ids of releases begin with {begun or tools.host}")
    elif begun:
        remedy = "leave them so; or, while nobody reads this site, begin a new one with [site] url set first"
        yield warning(f"ids of releases begin with {begun} for ever, which is harmless to readers", remedy)
    else:
        remedy = "set [site] url to the public address before the first release"
        yield warning(f"ids of releases would begin with {tools.host} for ever", remedy)


def _is_nobodys(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return any(f".{host}".endswith(f".{name}") for name in _EXAMPLES)


def look_at_keys(tools: Tools) -> Iterator[Diagnosis]:
    """Yield whether the keys that mail is signed with can be used."""
    selectors = tools.settings.dkim.selectors
    if not selectors:
        yield warning("mail is not signed here", "sign it (“publisher dkim generate”), unless the mail provider does")
    for selector in selectors:
        try:
            yield ok(f"the key {selector} can sign ({tools.dkim_keys.get(selector).algorithm})")
        except DkimKeyError as error:
            yield problem_of(error)


def look_at_mail(tools: Tools) -> Iterator[Diagnosis]:
    """Yield whether mail comes from the organisation that the site is of."""
    settings = tools.settings
    address, host = settings.mail.from_address, tools.host
    if not settings.smtp.host:
        yield ok(f"mail goes into {tools.outbox} and nowhere else, since no [smtp] host is set")
        return
    if not settings.smtp.is_loopback and not settings.site.url.startswith("https://"):
        yield problem(f"links in mails begin with {settings.site.url}", "set [site] url to an https address")
    if address == Mail().from_address:
        yield problem(f"mail comes from {address}, which is an example", "set [mail] from_address")
    elif not _are_related(settings.mail.from_address.rpartition("@")[2], host):
        words = f"mail comes from {address}, and its links lead to {host}, as those of a forgery would"
        yield warning(words, "send from a domain of the site, or move the site below that of the mail")
    else:
        yield ok(f"mail comes from {address}, of the same domain as {host}")


def _are_related(domain: str, host: str) -> bool:
    """Whether two names lie below one another, or beside one another below a third."""
    one, other = domain.lower().split("."), host.lower().split(".")
    return one[-len(other) :] == other or other[-len(one) :] == one or (len(one) > 2 and one[1:] == other[1:])
