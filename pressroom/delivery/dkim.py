"""DKIM signatures (RFC 6376) with RSA and Ed25519 (RFC 8463), and the keys behind them.

Headers are signed relaxed and the body simple: a relay that folds a header anew breaks nothing, and hashing is cheap.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from pressroom.delivery.mime import Encoded
from pressroom.errors import DkimKeyError
from pressroom.files import bytes_of, make_folder, new_file

if TYPE_CHECKING:
    from pressroom.delivery.signing import SigningProcess

RSA_BITS = 2048
"""RFC 8301 §3.2 asks signers for so many at least; more cost time, and no verifier asks for them."""
# RFC 8058 §4 wants both List-Unsubscribe fields in the signature.
SIGNED = (
    "from", "to", "subject", "date", "message-id", "reply-to", "list-id", "list-unsubscribe", "list-unsubscribe-post",
    "list-post", "list-help", "feedback-id", "auto-submitted", "mime-version", "content-type",
)  # fmt: skip
OVERSIGNED = ("from", "to", "subject", "date")
"""Named once more than they are there, so that nobody can add another (RFC 6376 §8.15)."""
KEPT_FIELDS = 512
"""Header fields that are kept as they are signed: most are the same in all messages of a run."""
LONGEST_STRING = 255
"""Bytes of one string of a TXT record (RFC 1035 §3.3.14)."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key and the name of its record in the DNS."""

    selector: str
    private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

    @property
    def algorithm(self) -> str:
        return "rsa" if isinstance(self.private, rsa.RSAPrivateKey) else "ed25519"

    def sign(self, content: bytes) -> bytes:
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(content, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(hashlib.sha256(content).digest())  # RFC 8463 §3: the hash is what is signed

    @property
    def record(self) -> str:
        """The text of the TXT record that tells the public key (RFC 6376 §3.6.1, RFC 8463 §4)."""
        public = self.private.public_key()
        if isinstance(public, ed25519.Ed25519PublicKey):
            raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        else:
            raw = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k={self.algorithm}; p={b64encode(raw).decode()}"


class DkimKeys:
    """The folder of keys, a file `SELECTOR.pem` each, for their owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def generate(self, selector: str, algorithm: str) -> DkimKey:
        """Make a key, `rsa` or `ed25519`, and keep it. Raises DkimKeyError where there is one of that name."""
        path = self._path(selector)
        if path.exists():
            raise DkimKeyError(path, "is there already", "choose another selector")
        private = (
            rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
            if algorithm == "rsa"
            else ed25519.Ed25519PrivateKey.generate()
        )
        make_folder(self._folder, mode=0o700)
        with new_file(path, mode=0o600) as draft:
            draft.write_bytes(
                private.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )
        return self.get(selector)

    def get(self, selector: str) -> DkimKey:
        """Return a key. Raises DkimKeyError."""
        path = self._path(selector)
        try:
            private = serialization.load_pem_private_key(bytes_of(path), password=None)
        except FileNotFoundError as error:
            raise DkimKeyError(path, "is not there", "“publisher dkim generate” makes one") from error
        except OSError as error:
            raise DkimKeyError(path, f"cannot be read: {(error.strerror or '').lower()}", "mend its rights") from error
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise DkimKeyError(
                path, "holds no private key in PEM without a password", "put the right one there"
            ) from error
        if isinstance(private, rsa.RSAPrivateKey) and private.key_size < RSA_BITS:
            raise DkimKeyError(path, f"has {private.key_size} bits only", f"make one with {RSA_BITS}")
        if not isinstance(private, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
            raise DkimKeyError(path, "is of another kind than RSA or Ed25519", "put one of those there")
        return DkimKey(selector, private)

    def all(self) -> list[DkimKey]:
        return [self.get(path.stem) for path in sorted(self._folder.glob("*.pem"))]

    def _path(self, selector: str) -> Path:
        return self._folder / f"{selector}.pem"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """An encoded message, how the field of each signature begins, and what each key has to sign."""

    content: Encoded
    fields: tuple[bytes, ...]
    parts: tuple[bytes, ...]

    def signed(self, signatures: Sequence[bytes]) -> Encoded:
        """Return the message with these signatures before it."""
        fields = map(_whole_field, self.fields, signatures)
        return Encoded(b"".join([*fields, self.content]))


def signatures(keys: Sequence[DkimKey], parts: Sequence[bytes]) -> list[bytes]:
    """Return what each key makes of its part."""
    return [key.sign(part) for key, part in zip(keys, parts, strict=True)]


def _whole_field(begin: bytes, signature: bytes) -> bytes:
    encoded = b64encode(signature)
    lines = [encoded[place : place + 72] for place in range(0, len(encoded), 72)]
    return begin + b"\r\n ".join(lines) + b"\r\n"


class DkimSigner:
    """Signs messages for `domain`, with each of `keys`: where a verifier knows no Ed25519, the RSA signature stays."""

    def __init__(self, domain: str, keys: Sequence[DkimKey]) -> None:
        self._domain, self.keys = domain, tuple(keys)

    def signed(self, content: Encoded) -> Encoded:
        """Return an encoded message with its signatures before it: the same ones at every attempt."""
        unsigned = self.unsigned(content)
        return unsigned.signed(signatures(self.keys, unsigned.parts))

    def apart(self) -> SigningProcess:
        """Return what signs in a process of its own, begun now; it must be closed."""
        from pressroom.delivery.signing import SigningProcess

        return SigningProcess(self)

    def unsigned(self, content: Encoded) -> Unsigned:
        """Return an encoded message with what is to be signed of it by each key."""
        end = content.index(b"\r\n\r\n")
        fields = dict(map(_relaxed, _fields(content[:end])))
        names = tuple([name for name in SIGNED if name in fields])
        body_hash = b64encode(_body_hash(content, end + 4)).decode()
        canonical = b"\r\n".join([*map(fields.__getitem__, names), b""])
        begun = [self._field(key, names, body_hash) for key in self.keys]
        return Unsigned(
            content,
            tuple([begin + end for begin, end in begun]),
            tuple([canonical + _relaxed(begin)[1] + end.replace(b"\r\n", b"") for begin, end in begun]),
        )

    def _field(self, key: DkimKey, names: tuple[str, ...], body_hash: str) -> tuple[bytes, bytes]:
        """Return a DKIM-Signature field without what is signed (RFC 6376 §3.5), cut before the hash of the body.

        Its lines are no longer than 76.
        """
        begin = (
            f"DKIM-Signature: v=1; a={key.algorithm}-sha256; c=relaxed/simple;\r\n"
            f" d={self._domain}; s={key.selector};\r\n h={_folded(names)};\r\n bh="
        ).encode()
        return begin, f"{body_hash};\r\n b=".encode()


def _fields(head: bytes) -> list[bytes]:
    """Return the header fields of a head, each with its folded lines (RFC 5322 §2.2.3)."""
    fields: list[bytes] = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t"):
            fields[-1] += b"\r\n" + line
        else:
            fields.append(line)
    return fields


@lru_cache(KEPT_FIELDS)
def _relaxed(field: bytes) -> tuple[str, bytes]:
    """Return the name of a header field, and it as it is signed (RFC 6376 §3.4.2)."""
    name, _, value = field.partition(b":")
    name = name.strip().lower()
    return name.decode(), name + b":" + re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" \t")


def _body_hash(content: bytes, begin: int) -> bytes:
    """Return the hash of the body that begins there: empty lines at its end do not count (RFC 6376 §3.4.3)."""
    end = len(content)
    while content.endswith(b"\r\n", begin, end):
        end -= 2
    digest = hashlib.sha256(memoryview(content)[begin:end])
    digest.update(b"\r\n")
    return digest.digest()


@lru_cache(64)
def _folded(signed: tuple[str, ...]) -> str:
    """Return what `h=` names: the headers that are signed, some once more."""
    lines = [""]
    for name in (*signed, *OVERSIGNED):
        if len(lines[-1]) + len(name) > 70:
            lines.append("")
        lines[-1] += f"{name}:"
    return "\r\n  ".join(lines).removesuffix(":")
