"""The second factor: codes of six digits by the clock (TOTP, RFC 6238), and recovery codes for a lost phone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime

import pyotp

from pressroom.models.staff import User
from pressroom.signing import Signer, new_token

STEP_SECONDS, STEPS_AWAY = 30, 1
CODES = 10


def secret_of(signer: Signer, factor: str) -> str:
    """Return the secret that a user's app holds, in base32: it stands nowhere, and comes of `factor` and secret.key."""
    return signer.second_factor(factor)


def address_of(signer: Signer, factor: str, user: User, issuer: str) -> str:
    """Return the otpauth: address that an app reads from a picture."""
    return pyotp.TOTP(secret_of(signer, factor)).provisioning_uri(name=user.name, issuer_name=issuer)


def step_of(signer: Signer, factor: str, code: str, now: datetime) -> int | None:
    """Return the step whose code this is, of those round `now` (RFC 6238 §5.2); None for no code of theirs."""
    digits = re.sub(r"\s", "", code)
    if not factor or not re.fullmatch(r"[0-9]{6}", digits):
        return None
    one = pyotp.TOTP(secret_of(signer, factor), interval=STEP_SECONDS)
    present = int(now.timestamp()) // STEP_SECONDS
    steps = range(present - STEPS_AWAY, present + STEPS_AWAY + 1)
    return next((step for step in steps if pyotp.utils.strings_equal(one.generate_otp(step), digits)), None)


def new_codes() -> list[str]:
    """Return recovery codes to be shown once: 80 random bits each, in groups that can be copied by hand."""
    return ["-".join(_in_fours(new_token()[:16])) for _ in range(CODES)]


def code_hash(code: str) -> str:
    """Return what is kept of a recovery code, however it was typed."""
    return hashlib.sha256(re.sub(r"[^a-z2-7]", "", code.lower()).encode()).hexdigest()


def _in_fours(letters: str) -> Iterator[str]:
    return (letters[place : place + 4] for place in range(0, len(letters), 4))
