"""Who works at the desk: users, what their roles let them do, and what is written down of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pressroom.errors import InvalidFieldError
from pressroom.models.text import clean_line, shown

MOST_LETTERS = 64
FEWEST_LETTERS_OF_A_PASSWORD, MOST_LETTERS_OF_A_PASSWORD = 12, 200
"""NIST SP 800-63B-4 §3.1.1.2 wants 15 for a password alone; with a second factor 8 are enough."""


class Role(StrEnum):
    """What somebody may do at the desk; each may do what those before it may."""

    EDITOR = "editor"
    PUBLISHER = "publisher"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class Act(StrEnum):
    """What is done at the desk, or by the command of the same name, and stands in the audit log."""

    SIGN_IN = "sign in"
    SIGN_OUT = "sign out"
    SET_UP = "set up sign-in"
    RENEW_CODES = "renew recovery codes"
    END_SESSION = "end session"
    ADD_USER = "user add"
    SET_ROLE = "user role"
    RESET_USER = "user reset"
    DISABLE_USER = "user disable"
    ADD_RELEASE = "release add"
    EDIT_RELEASE = "release edit"
    REVISE_RELEASE = "release revise"
    SCHEDULE_RELEASE = "release schedule"
    UNSCHEDULE_RELEASE = "release unschedule"
    PUBLISH_RELEASE = "release publish"
    WITHDRAW_RELEASE = "release withdraw"
    UNDO_RELEASE = "release undo"
    SEND_TEST = "digest test"
    SEND_DIGEST = "digest send"
    PAUSE_RUN = "digest pause"
    RESUME_RUN = "digest resume"
    CANCEL_RUN = "digest cancel"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in. `password` is an Argon2 hash; `factor` numbers the secret of the second factor.

    Without a password nobody can sign in: it is set by a link that is printed once.
    """

    pk: int
    name: str
    role: Role
    password: str = ""
    factor: str = ""
    created_at: datetime | None = None
    is_disabled: bool = False
    signed_in_at: datetime | None = None

    @property
    def is_set_up(self) -> bool:
        return bool(self.password and self.factor)

    @property
    def state(self) -> str:
        return "disabled" if self.is_disabled else "active" if self.is_set_up else "invited"

    def may(self, least: Role) -> bool:
        """Whether this user has a role, or one above it."""
        return not self.is_disabled and self.role.rank >= least.rank


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in that is still good; `agent` is what the browser calls itself."""

    key: str
    user: User
    begun_at: datetime
    seen_at: datetime
    agent: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act: who did what to what, and how that was before and after. `hash` seals it and all before it."""

    no: int
    at: datetime
    who: str
    act: str
    about: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    hash: str = ""


def clean_user_name(text: str) -> str:
    """Return the name of a user, by which they sign in. Raises InvalidFieldError."""
    name = clean_line(text)
    if not re.fullmatch(r"[\w.@+ -]{1,64}", name):
        raise InvalidFieldError(
            "name", f"is {shown(name)}", f"give 1 to {MOST_LETTERS} letters, digits, blanks or any of . @ + -"
        )
    return name


def require_good_password(password: str, name: str) -> None:
    """Raise InvalidFieldError for a password that is too short, too long, or the name itself."""
    if len(password) < FEWEST_LETTERS_OF_A_PASSWORD:
        raise InvalidFieldError("password", "is too short", f"take {FEWEST_LETTERS_OF_A_PASSWORD} letters or more")
    if len(password) > MOST_LETTERS_OF_A_PASSWORD:
        raise InvalidFieldError("password", "is too long", f"take up to {MOST_LETTERS_OF_A_PASSWORD} letters")
    if name.casefold() in password.casefold() and len(password) < 2 * FEWEST_LETTERS_OF_A_PASSWORD:
        raise InvalidFieldError("password", "holds your name", "leave that out")
    if len(set(password)) < 5:
        raise InvalidFieldError("password", "has hardly any different letters", "take several words, for example")
