"""What people read when they agree to mail: kept once, by its hash, as evidence (UK GDPR art. 7(1))."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

CONSENT = "consent"
"""The lawful basis of whoever asked on the pages (UK GDPR art. 6(1)(a)); other ones are stated with an import."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text that stood where somebody agreed. `version` names place, edition and language: “sign-up 1, en”."""

    version: str
    text: str

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()
