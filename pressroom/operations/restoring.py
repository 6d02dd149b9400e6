"""Putting a backup in the place of a site's catalogue. What it replaces is kept, and nothing is mailed (R11)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pressroom.errors import (
    BackupError,
    CatalogueDamagedError,
    CatalogueNewerError,
    NoCatalogueError,
    PublisherError,
    SiteInUseError,
)
from pressroom.files import bytes_of, draft_beside, make_folder, new_file, replace_file, sweep, sync_folder
from pressroom.locks import is_anybody_present, locked, locked_if_free
from pressroom.operations.taking_over import TakenOver, take_over
from pressroom.settings.loading import SETTINGS_FILE
from pressroom.storage import Store
from pressroom.storage.backups import disarm, is_untouched, unpack
from pressroom.tools import Tools

CATALOGUE = "catalogue.db"
KEY = "data/secret.key"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: where the replaced catalogue lies now, and what of it was taken over, or why nothing was.

    `files` of the backup were put back, by their path in the site; `differ` are there and say something else.
    """

    replaced: Path | None
    taken: TakenOver | None
    why_not: str
    files: tuple[str, ...]
    differ: tuple[str, ...]


def restore(site: Path, backup: Path, now: datetime) -> Restored:
    """Make the catalogue of a site, and what else the site lacks, out of a backup.

    Refuses with SiteInUseError while somebody works there, and replaces nothing where the backup cannot be used, or the
    catalogue there cannot be read for now (BackupError).
    """
    data = site / "data"
    make_folder(data, mode=0o700)
    with _alone(site, data), draft_beside(data / CATALOGUE, mode=0o600) as draft:
        files = unpack(backup, draft)
        _key_of(site)  # before anything is put back
        mark = f"replaced-{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
        put_back, differ = _put_back(site, files, mark if is_untouched(data / CATALOGUE) else "")
        tools = Tools.of(site)
        key = _key_of(site)
        is_same_site = key is not None and files.get(KEY) in (None, key)
        taken, why_not = _taken_over(draft, tools, now, is_same_site=is_same_site)
        replaced = _swap(draft, tools, files.get(KEY), mark)
    return Restored(replaced, taken, why_not, put_back, differ)


def _key_of(site: Path) -> bytes | None:
    """Return the key by which a site signs, None where it has none. Raises BackupError for one that cannot be read."""
    try:
        return bytes_of(site / KEY)
    except FileNotFoundError as error:
        if (site / KEY).is_symlink():
            raise BackupError(site / KEY, "is a link that leads nowhere", "mend it, or delete it") from error
        return None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise BackupError(site / KEY, f"cannot be read: {why}", "mend its rights, or move it away") from error


def _content_of(path: Path) -> bytes | None:
    """Return what stands in a file, None for what cannot be read, or is no file."""
    try:
        return bytes_of(path)
    except OSError:
        return None


@contextmanager
def _alone(site: Path, data: Path) -> Iterator[None]:
    with locked_if_free(data / "schedule.lock") as is_ours:
        if not is_ours:
            raise SiteInUseError(site, "“publisher serve”")
        with locked(data / "publish.lock"):
            sweep(data)  # what a restore that was killed has left
            yield


def _put_back(site: Path, files: Mapping[str, bytes], mark: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Put back what the site lacks; return what that was, and what is there and says something else.

    Of that, the settings and templates too where there is a `mark`, by which those that are there are laid aside. The
    secret key goes with the catalogue.
    """
    put_back, differ = list[str](), list[str]()
    for name, content in files.items():
        path = site / name
        if ".." in path.parts or not name.startswith((SETTINGS_FILE, KEY, "data/dkim/", "templates/")):
            raise BackupError(path, "is no file of a site", "take a backup that “publisher db backup” has made")
        if path.exists():
            if name == KEY or _content_of(path) == content:
                continue
            if not mark:
                differ.append(name)
                continue
            path.rename(path.with_name(f"{path.name}.{mark}"))
        is_private = name.startswith(("data/", SETTINGS_FILE))
        make_folder(path.parent, mode=0o700 if name.startswith("data/") else 0o777)
        with new_file(path, mode=0o600 if is_private else 0o666) as draft:
            draft.write_bytes(content)
        put_back.append(name)
    return tuple(put_back), tuple(differ)


def _taken_over(draft: Path, tools: Tools, now: datetime, *, is_same_site: bool) -> tuple[TakenOver | None, str]:
    """Take over what came after the backup, from a catalogue that can be read and belongs to the same site.

    Nothing leaves from that one any more. One that only cannot be read for now is no reason to give up what it knows.
    """
    if not tools.catalogue.exists():
        return None, ""
    before: tuple[str | None, str | None] = None, None
    try:
        with Store(tools.catalogue) as known:
            known.pending_migrations()
            before = _quietened(known, tools)
            if not known.empty_log():  # all of it shall be in one file
                raise SiteInUseError(tools.site, "Another program")
        if not is_same_site:
            return None, "it has another secret.key, so that it is another site's"
        with Store(draft) as restored:
            restored.connection.execute("PRAGMA foreign_keys = ON")
            return take_over(restored, tools, tools.catalogue, now), ""
    except (CatalogueDamagedError, CatalogueNewerError, NoCatalogueError) as error:
        return None, str(error).rstrip(".")
    except SiteInUseError:
        _let_send_again(tools, before)
        raise
    except (PublisherError, OSError) as error:
        _let_send_again(tools, before)
        raise BackupError(
            tools.catalogue,
            f"was not replaced, since what came after the backup cannot be read: {str(error).rstrip('.')}",
            "if that may be lost, move this file away and restore again",
        ) from error


def _quietened(known: Store, tools: Tools) -> tuple[str | None, str | None]:
    """Let nothing leave from a catalogue that is going to be replaced; return by what it was armed."""
    with known.atomic(durable=True):
        if is_anybody_present(known.senders):
            raise SiteInUseError(tools.site, "A command that sends mail")
        return disarm(known)


def _let_send_again(tools: Tools, before: tuple[str | None, str | None]) -> None:
    """Arm a catalogue that was not replaced after all as it was; where that cannot be done, `health` says so."""
    with suppress(PublisherError), Store(tools.catalogue) as known, known.atomic(durable=True):
        if before[0] and known.armed_as == (None, None):
            known.set_armed(*before)


def _swap(draft: Path, tools: Tools, key: bytes | None, mark: str) -> Path | None:
    """Put catalogue and key in place, the ones before aside by that mark; there is a catalogue at every moment."""
    aside = tools.data / f"catalogue-{mark}.db"
    with suppress(FileNotFoundError):
        os.link(tools.catalogue, aside)
    for end in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            tools.catalogue.with_name(tools.catalogue.name + end).rename(aside.with_name(aside.name + end))
    draft.replace(tools.catalogue)
    (tools.data / "armed").unlink(missing_ok=True)
    sync_folder(tools.data)
    # After the catalogue: killed in between, the same restore finds another key still, and takes nothing for its own.
    if key is not None and bytes_of(tools.secret_key) != key:
        os.link(tools.secret_key, tools.data / f"secret-{mark}.key")
        replace_file(tools.secret_key, key, mode=0o600)
    return aside if aside.exists() else None
