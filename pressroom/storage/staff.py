"""Who works at the desk, the links by which they set up their sign-in, and their recovery codes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from pressroom.errors import NotFoundError, UserExistsError
from pressroom.models.dates import stamp, unstamp
from pressroom.models.staff import Role, User
from pressroom.storage.store import Store


class Staff:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, name: str, role: Role, now: datetime) -> User:
        """Add a user who has still to set up how they sign in. Raises UserExistsError."""
        if self.find(name):
            raise UserExistsError(name)
        self._store.write("INSERT INTO staff (name, role, created_at) VALUES (?, ?, ?)", (name, str(role), stamp(now)))
        return self.get(name)

    def find(self, name: str) -> User | None:
        row = self._store.row("SELECT * FROM staff WHERE lower(name) = lower(?)", (name,))
        return user_of(row) if row else None

    def get(self, name: str) -> User:
        """Return the user of that name. Raises NotFoundError."""
        if found := self.find(name):
            return found
        raise NotFoundError("user", name, "“publisher user list” shows them")

    def by_pk(self, pk: int) -> User:
        row = self._store.row("SELECT * FROM staff WHERE pk = ?", (pk,))
        assert row is not None
        return user_of(row)

    def all(self) -> list[User]:
        return [user_of(row) for row in self._store.rows("SELECT * FROM staff ORDER BY name")]

    def count_admins(self) -> int:
        """Return how many admins can sign in."""
        return int(
            self._store.value(
                """SELECT count(*) FROM staff
                WHERE role = 'admin' AND NOT disabled AND password_hash <> '' AND factor <> ''"""
            )
        )

    def set_role(self, pk: int, role: Role) -> None:
        self._store.write("UPDATE staff SET role = ? WHERE pk = ?", (str(role), pk))

    def set_disabled(self, pk: int, *, is_disabled: bool) -> None:
        self._store.write("UPDATE staff SET disabled = ? WHERE pk = ?", (int(is_disabled), pk))

    def set_up(self, pk: int, password: str, factor: str) -> None:
        """Let a user sign in by that password hash and second factor, of which no step was used; nothing ends both."""
        self._store.write(
            "UPDATE staff SET password_hash = ?, factor = ?, last_step = 0 WHERE pk = ?", (password, factor, pk)
        )

    def rehash(self, pk: int, password: str) -> None:
        """Keep the same password under newer costs."""
        self._store.write("UPDATE staff SET password_hash = ? WHERE pk = ?", (password, pk))

    def note_signed_in(self, pk: int, now: datetime) -> None:
        self._store.write("UPDATE staff SET signed_in_at = ? WHERE pk = ?", (stamp(now), pk))

    def use_step(self, pk: int, step: int) -> bool:
        """Use up a step of the second factor; False for one that was used already, or lies before one that was."""
        changed = self._store.write(
            "UPDATE staff SET last_step = :step WHERE pk = :pk AND last_step < :step", {"pk": pk, "step": step}
        )
        return changed.rowcount == 1

    def take_over(self, since: Store) -> None:
        """Let who works at the desk, in which role and how they sign in, be as it is in another catalogue by now."""
        columns = "name, role, password_hash, disabled, created_at, factor, last_step, signed_in_at"
        for row in since.rows(f"SELECT {columns} FROM staff"):
            self._store.write("DELETE FROM staff WHERE lower(name) = lower(?)", (row["name"],))
            self._store.write(f"INSERT INTO staff ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", tuple(row))
            codes = since.rows(
                "SELECT code_hash FROM recovery_codes JOIN staff ON staff.pk = staff WHERE name = ?", (row["name"],)
            )
            self.set_codes(self.get(row["name"]).pk, [code[0] for code in codes])

    # Links to set up.

    def add_link(self, user: int, token_hash: str, expires: datetime) -> None:
        """Add a link, in the place of those that the user has not used."""
        self._store.write("DELETE FROM set_up_links WHERE staff = ? AND used_at IS NULL", (user,))
        self._store.write(
            "INSERT INTO set_up_links (token_hash, staff, expires_at) VALUES (?, ?, ?)",
            (token_hash, user, stamp(expires)),
        )

    def find_by_link(self, token_hash: str, now: datetime) -> User | None:
        """Return whose link this is, if it works still."""
        row = self._store.row(
            """SELECT staff.* FROM set_up_links JOIN staff ON staff.pk = set_up_links.staff
            WHERE token_hash = ? AND used_at IS NULL AND expires_at > ? AND NOT disabled""",
            (token_hash, stamp(now)),
        )
        return user_of(row) if row else None

    def use_link(self, token_hash: str, now: datetime) -> None:
        self._store.write("UPDATE set_up_links SET used_at = ? WHERE token_hash = ?", (stamp(now), token_hash))

    def drop_links(self, user: int) -> None:
        self._store.write("DELETE FROM set_up_links WHERE staff = ? AND used_at IS NULL", (user,))

    # Recovery codes.

    def set_codes(self, user: int, hashes: Iterable[str]) -> None:
        """Let these be a user's recovery codes, in the place of any others."""
        self._store.write("DELETE FROM recovery_codes WHERE staff = ?", (user,))
        self._store.write_many(
            "INSERT INTO recovery_codes (staff, code_hash) VALUES (?, ?)", [(user, one) for one in hashes]
        )

    def use_code(self, user: int, code_hash: str) -> bool:
        """Use up a recovery code; False where the user has no such one."""
        return (
            self._store.write(
                "DELETE FROM recovery_codes WHERE staff = ? AND code_hash = ?", (user, code_hash)
            ).rowcount
            == 1
        )

    def count_codes(self, user: int) -> int:
        return int(self._store.value("SELECT count(*) FROM recovery_codes WHERE staff = ?", (user,)))


def user_of(row: sqlite3.Row) -> User:
    return User(
        pk=row["pk"],
        name=row["name"],
        role=Role(row["role"]),
        password=row["password_hash"] or "",
        factor=row["factor"],
        created_at=unstamp(row["created_at"]),
        is_disabled=bool(row["disabled"]),
        signed_in_at=unstamp(row["signed_in_at"]) if row["signed_in_at"] else None,
    )
