"""Keys of a site, derived from `data/secret.key`, and the tokens made with them.

Suppressions are kept as keyed hashes of addresses: enough to honour an opt-out for ever, and no list of people
(UK GDPR art. 5(1)(c)). A backup must take `secret.key` along.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

from pressroom.errors import SettingsError
from pressroom.files import bytes_of, new_file
from pressroom.models.bounces import TOKEN_LETTERS
from pressroom.models.people import address_key

KEY_BYTES = 32
_SUBJECT, _EXPIRY, _SEAL = 26, 8, 24  # letters of a signed token: 128, 40 and 120 bits
_NUMBER = 8  # letters of a short token, behind the one that says of what kind it is: 40 bits
_SHORT_SEAL = TOKEN_LETTERS - 1 - _NUMBER  # 100 bits


class Signer:
    """Derives a key for each purpose from the site's one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def address_hash(self, address: str) -> str:
        """Return the keyed hash under which an address is suppressed."""
        return hmac.new(self._key("suppression"), address_key(address).encode(), hashlib.sha256).hexdigest()

    def place_hash(self, place: str) -> str:
        """Return the keyed hash of a network address or a network, to count requests by."""
        return hmac.new(self._key("place"), place.encode(), hashlib.sha256).hexdigest()[:32]

    def second_factor(self, root: str) -> str:
        """Return the 160 bits in base32 that an app makes its codes from (RFC 4226 §4, R6), by a random `root`."""
        digest = hmac.new(self._key("second factor"), root.encode(), hashlib.sha256).digest()
        return base64.b32encode(digest[:20]).decode()

    def audit_seal(self, said: str) -> str:
        """Return what nobody without the site's secret can make of an entry of the audit log."""
        return hmac.new(self._key("audit"), said.encode(), hashlib.sha256).hexdigest()

    def signed_token(self, purpose: str, subject: str, expires: datetime) -> str:
        """Return a token for one purpose that names `subject`, itself a token, and works until `expires`.

        It is a function of its arguments and the site's secret, and holds small letters and digits only.
        """
        named = subject + _letters(int(expires.timestamp()).to_bytes(_EXPIRY * 5 // 8, "big"))
        return named + self._seal(purpose, named)

    def subject_of(self, purpose: str, token: str, now: datetime) -> str | None:
        """Return what a signed token names; None where it is changed, expired, or of another purpose or site."""
        return token[:_SUBJECT] if self.expiry_of(purpose, token, now) else None

    def expiry_of(self, purpose: str, token: str, now: datetime) -> datetime | None:
        """Return until when a signed token works; None where it does not, or does not any more."""
        named, seal = token[:-_SEAL], token[-_SEAL:]
        if not is_signed_token(token) or not hmac.compare_digest(seal, self._seal(purpose, named)):
            return None
        expires = int.from_bytes(base64.b32decode(named[_SUBJECT:].upper()), "big")
        return datetime.fromtimestamp(expires, UTC) if now.timestamp() < expires else None

    def short_token(self, kind: str, number: int, root: str) -> str:
        """Return a token that names something by `kind`, a letter, and number; short, to stand in a mail address.

        `root` is sealed with it, and not in it: what else must be known of it, so that the token fits nothing that has
        the same number later.
        """
        named = kind + _letters(number.to_bytes(_NUMBER * 5 // 8, "big"))
        return named + self._seal("short", f"{named}\n{root}")[:_SHORT_SEAL]

    def _seal(self, purpose: str, named: str) -> str:
        digest = hmac.new(self._key(purpose), named.encode(), hashlib.sha256).digest()
        return _letters(digest[: _SEAL * 5 // 8])

    def _key(self, purpose: str) -> bytes:
        return hmac.new(self._secret, f"pressroom {purpose}".encode(), hashlib.sha256).digest()

    @classmethod
    def from_file(cls, path: Path) -> Signer:
        """Read the secret that `make_secret` made."""
        try:
            secret = bytes_of(path)
        except FileNotFoundError:
            raise SettingsError(
                f"{path} is missing; put the one from your backup back: without it nobody knows which addresses "
                "must not be mailed."
            ) from None
        except OSError as error:
            problem = (error.strerror or str(error)).lower()
            raise SettingsError(f"{path} cannot be read: {problem}; mend that.") from error
        if len(secret) < KEY_BYTES:
            raise SettingsError(
                f"{path} holds no key of {KEY_BYTES} bytes; put the one from your backup back, since "
                "suppressed addresses are only recognised with it."
            )
        return cls(secret)


def new_token() -> str:
    """Return 128 random bits as 26 lower-case letters and digits: relays may fold the case of an address."""
    return _letters(secrets.token_bytes(16))


def is_token(text: str) -> bool:
    """Whether `text` has the form of a token: one that was cut on its way has not."""
    return re.fullmatch(rf"[a-z2-7]{{{_SUBJECT}}}", text) is not None


def is_signed_token(text: str) -> bool:
    """Whether `text` has the form of a signed token."""
    return re.fullmatch(rf"[a-z2-7]{{{_SUBJECT + _EXPIRY + _SEAL}}}", text) is not None


def named_by(token: str) -> tuple[str, int] | None:
    """Return kind and number of what a short token names, whoever has sealed it; None for another form."""
    if re.fullmatch(rf"[a-z][a-z2-7]{{{TOKEN_LETTERS - 1}}}", token) is None:
        return None
    return token[0], int.from_bytes(base64.b32decode(token[1 : 1 + _NUMBER].upper()), "big")


def _letters(content: bytes) -> str:
    return base64.b32encode(content).decode().rstrip("=").lower()


def make_secret(path: Path) -> None:
    """Make the secret of a new site, readable by its owner only; one that is there already stays."""
    with new_file(path, mode=0o600) as draft:
        draft.write_bytes(secrets.token_bytes(KEY_BYTES))
