"""Files that are whole or not there at all, also after a crash or a power cut (R10)."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


def files_below(folder: Path) -> list[Path]:
    """Return every file in a folder and in those in it, in the order of their names; links to folders are followed."""
    found, seen = list[Path](), set[Path]()
    for place, folders, names in os.walk(folder, followlinks=True):
        seen.add(Path(place).resolve())
        folders[:] = sorted(name for name in folders if Path(place, name).resolve() not in seen)
        found += [Path(place, name) for name in sorted(names)]
    return found


def opened(path: Path) -> BinaryIO:
    """Open a file to read it. Raises OSError, also for what is none: a pipe, or a device, would keep us for ever."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "Not a file", str(path))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def is_readable(path: str | Path, status: os.stat_result) -> bool:
    """Whether this process may read a file that looks so, by the rights that it works by.

    One that its owner may not read counts as none, also where we may read everything: other programs may not.
    """
    if not status.st_mode & stat.S_IRUSR or status.st_uid == os.geteuid():
        return bool(status.st_mode & stat.S_IRUSR)
    return os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids)


def bytes_of(path: Path) -> bytes:
    """Return what stands in a file; raises as `opened`."""
    with opened(path) as file:
        return file.read()


@contextmanager
def new_file(path: Path, *, mode: int = 0o666) -> Iterator[Path]:
    """Give a draft that becomes the file at `path` when all went well.

    A file that is there already, or that another process was first to make, stays as it is.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL, mode))
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def draft_beside(path: Path, *, mode: int) -> Iterator[Path]:
    """Give an empty draft that may be moved to `path`; if it is not, it goes, with what SQLite has put beside it.

    The drafts of killed processes in that folder go first. Who makes one holds a lock on a file beside it: the number
    of a process says nothing in another container, and SQLite may not get at a file that is locked itself.
    """
    for left in path.parent.glob(".*.draft-lock"):
        _remove_left_over(left)
    draft, descriptor = _begun(path)
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL, mode))
        yield draft
    finally:
        _remove_draft(draft)
        os.close(descriptor)


def _begun(path: Path) -> tuple[Path, int]:
    """Return a name for a draft, and the descriptor of its lock; a disk that knows no locks has none to look for."""
    while True:
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.draft")
        descriptor = os.open(f"{draft}-lock", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return draft, descriptor
        os.close(descriptor)  # somebody took it, before it was locked, for one that was left behind


def _remove_left_over(lock: Path) -> None:
    if not re.fullmatch(r"\..+\.[0-9a-f]{16}\.draft-lock", lock.name):
        return
    with suppress(OSError):  # it is gone, belongs to someone else, or lies on a disk that knows no locks
        descriptor = os.open(lock, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_draft(lock.with_name(lock.name.removesuffix("-lock")))
        finally:
            os.close(descriptor)


def _remove_draft(draft: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal", "-lock"):  # the lock last, or what is left would never go
        draft.with_name(draft.name + end).unlink(missing_ok=True)


def replace_file(
    target: Path, content: bytes, *, mode: int = 0o666, changed_at: float | None = None, syncs_folder: bool = True
) -> None:
    """Put `content` where `target` is: written and synced beside it first, then moved over it.

    `changed_at` is what the file says of when it changed, in seconds since 1970. The move outlives a power cut once the
    folder is synced; who replaces many files does that for all of them (`syncs_folder` false).
    """
    with replacing(target, mode=mode, syncs_folder=syncs_folder) as file:
        file.write(content)
        if changed_at is not None:
            file.flush()
            os.utime(file.fileno(), (changed_at, changed_at))


@contextmanager
def replacing(target: Path, *, mode: int = 0o666, syncs_folder: bool = True) -> Iterator[BinaryIO]:
    """Give a new file to be written, which is moved over `target` if all went well; see `replace_file`."""
    beside = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    if syncs_folder:
        sync_folder(target.parent)


def make_folder(folder: Path, *, mode: int = 0o777) -> None:
    """Make a folder, and those above it, that outlives a power cut; one that is there stays."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode, exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make what was moved into or out of `folder` outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path) -> int:
    """Remove what processes that are gone left half-written by `replace_file`, at any depth; return how many.

    Files with the number of this process count as such: call it before it writes any.
    """
    drafts = (Path(place, name) for place, _, names in os.walk(folder) for name in names if name.endswith(".tmp"))
    leftovers = [path for path in drafts if _is_left_over(path)]
    removed = 0
    for path in leftovers:
        with suppress(OSError):  # it keeps nobody from writing
            path.unlink()
            removed += 1
    return removed


def _is_left_over(path: Path) -> bool:
    match = re.fullmatch(r"\..+\.(\d+)\.[0-9a-f]{8}\.tmp", path.name)
    if match is None:
        return False
    pid = int(match[1])
    # In a container every start has the same number, so that a file with our own is an earlier life's.
    return pid == os.getpid() or not is_running(pid)


def is_running(pid: int) -> bool:
    """Whether there is a process of that number, whoever runs it."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True
