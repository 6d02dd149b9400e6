"""What people read when they agree to mail: kept once, by its hash, as evidence (UK GDPR art. 7(1))."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

CONSENT = "consent"
"""The lawful basis of whoever asked on the pages (UK GDPR art. 6(1)(a)); other ones are stated with an import."""


class How(StrEnum):
    """By what a person agreed to something or took it back, as their records say; some add more words behind it."""

    SIGN_UP_PAGE = "sign-up page"
    PREFERENCES_PAGE = "preferences page"
    UNSUBSCRIBE_LINK = "unsubscribe link"
    UNDO_BUTTON = "page of the unsubscribe"
    PAUSE_LINK = "pause link"
    LINK_IN_LETTER = "link in letter"
    LINK_TO_NEW_ADDRESS = "link in the letter to the new address"
    COMMAND = "command line"
    IMPORT = "import"
    OPT_OUTS = "import of opt-outs"
    UNSUBSCRIBE_MAIL = "unsubscribe mail"
    CAME_BACK = "mail came back"
    REPORTED_AS_SPAM = "reported as spam"
    REPORTED_BY_LINK = "reported as spam, known by the unsubscribe link"
    DEMO = "demo"
    TOPIC_BECAME = "a topic has become"
    NOBODY = "nobody confirmed it"
    AFTER_BACKUP = "taken over from the catalogue that a backup replaced"


@dataclass(frozen=True, slots=True)
class Wording:
    """A text that stood where somebody agreed. `version` names place, edition and language: “sign-up 1, en”."""

    version: str
    text: str

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()
