"""Keys of a site, derived from `data/secret.key`.

Suppressions are kept as keyed hashes of addresses: enough to honour an opt-out for ever, and no list of people
(UK GDPR art. 5(1)(c)). A backup must take `secret.key` along.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pressroom.errors import SettingsError
from pressroom.models.people import address_key

KEY_BYTES = 32


class Signer:
    """Derives a key for each purpose from the site's one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def address_hash(self, address: str) -> str:
        """Return the keyed hash under which an address is suppressed."""
        return hmac.new(self._key("suppression"), address_key(address).encode(), hashlib.sha256).hexdigest()

    def _key(self, purpose: str) -> bytes:
        return hmac.new(self._secret, f"pressroom {purpose}".encode(), hashlib.sha256).digest()

    @classmethod
    def from_file(cls, path: Path) -> Signer:
        """Read the secret that `make_secret` made."""
        try:
            secret = path.read_bytes()
        except FileNotFoundError:
            raise SettingsError(
                f"{path} is missing; put the one from your backup back: without it nobody knows which addresses "
                "must not be mailed."
            ) from None
        if len(secret) < KEY_BYTES:
            raise SettingsError(
                f"{path} holds no key of {KEY_BYTES} bytes; put the one from your backup back, since "
                "suppressed addresses are only recognised with it."
            )
        return cls(secret)


def new_token() -> str:
    """Return 128 random bits as 26 lower-case letters and digits: relays may fold the case of an address."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def is_token(text: str) -> bool:
    """Whether `text` has the form of a token: one that was cut on its way has not."""
    return re.fullmatch(r"[a-z2-7]{26}", text) is not None


def make_secret(path: Path) -> None:
    """Make the secret of a new site, readable by its owner only; one that is there already stays."""
    with new_file(path, mode=0o600) as draft:
        draft.write_bytes(secrets.token_bytes(KEY_BYTES))


@contextmanager
def new_file(path: Path, *, mode: int = 0o666) -> Iterator[Path]:
    """Give a draft that becomes the file at `path` when all went well: whole or not at all.

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
