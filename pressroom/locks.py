"""Locks between processes of one site: files in `data/` that the system unlocks when their holder dies."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pressroom.errors import LockError
from pressroom.files import make_folder

_NAME = re.compile(r"[0-9a-f]{16}")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait for the lock at `path` and hold it within."""
    descriptor = _opened(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def locked_if_free(path: Path) -> Iterator[bool]:
    """Hold the lock at `path` within, if no other process has it; yield whether it is held."""
    descriptor = try_lock(path)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


def try_lock(path: Path) -> int | None:
    """Take the lock at `path` if it is free and return its descriptor, to be kept open; None if another holds it."""
    descriptor = _opened(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def is_in_place(descriptor: int, path: Path) -> bool:
    """Whether a lock that is held is still the one at `path`: a file that somebody has deleted keeps nobody out.

    Where its folder is away, or cannot be looked into, nobody can take another.
    """
    try:
        found, held = path.stat(), os.fstat(descriptor)
    except FileNotFoundError:
        return not path.parent.is_dir()
    except OSError:
        return True
    return os.path.samestat(found, held)


def check_lock(path: Path) -> None:
    """Raise LockError where the lock at `path` is there and could not be taken, whoever holds it now."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
    except FileNotFoundError:
        return  # who takes it makes it
    except OSError as error:
        raise LockError(path, (error.strerror or str(error)).lower()) from error


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock at `path` at this moment."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise LockError(path, (error.strerror or str(error)).lower()) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two who look do not take each other for one
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def present(folder: Path) -> Iterator[str]:
    """Yield a new name, of which `is_present` tells everybody who sees `folder` that somebody holds it within.

    Raises LockError where none can be made.
    """
    try:
        make_folder(folder, mode=0o700)
    except OSError as error:
        raise LockError(folder, (error.strerror or str(error)).lower()) from error
    is_anybody_present(folder)  # what was left behind goes
    while True:
        path = folder / secrets.token_hex(8)
        descriptor = _opened(path, mode=0o644)  # also others may ask whether it is locked, who see the folder
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            break
        os.close(descriptor)  # somebody took it, in between, for one that was left behind
    try:
        yield path.name
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def is_anybody_present(folder: Path) -> bool:
    """Whether somebody holds a name in `folder`. Raises LockError where that cannot be seen."""
    return count_present(folder) > 0


def count_present(folder: Path) -> int:
    """Return how many names are held in `folder`. Raises LockError where that cannot be seen."""
    try:
        return sum(is_present(folder, one.name) for one in folder.iterdir()) if folder.is_dir() else 0
    except OSError as error:
        raise LockError(folder, (error.strerror or str(error)).lower()) from error


def is_present(folder: Path, name: str) -> bool:
    """Whether somebody holds this name in `folder`; a file that was left behind is removed."""
    if not _NAME.fullmatch(name):
        return False
    path = folder / name
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would keep us for ever
    except FileNotFoundError:
        return False
    except OSError:  # it belongs to someone else
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two who look do not take each other for one
        with suppress(OSError):
            path.unlink()
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _opened(path: Path, *, mode: int = 0o600) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, mode)
    except OSError as error:
        raise LockError(path, (error.strerror or str(error)).lower()) from error
