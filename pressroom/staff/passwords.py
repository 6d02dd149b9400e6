"""Passwords as Argon2id hashes (RFC 9106 §4, its second choice): each takes 64 MB and a while to make."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()


def hash_of(password: str) -> str:
    return _HASHER.hash(password)


def is_password(password: str, hashed: str) -> bool:
    """Whether that is the password; for a user without one it takes as long, and is not."""
    try:
        _HASHER.verify(hashed or _of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(hashed)


def is_outdated(hashed: str) -> bool:
    """Whether a hash was made at other costs than those of now."""
    return _HASHER.check_needs_rehash(hashed)


@cache
def _of_nobody() -> str:
    return hash_of("nobody has this password")
