"""Sessions of the desk, on the server and revocable, and what tried to get in without being let."""

from __future__ import annotations

from datetime import datetime

from pressroom.models.dates import stamp, unstamp
from pressroom.models.staff import Session
from pressroom.storage.staff import user_of
from pressroom.storage.store import Store

_COLUMNS = "sessions.id_hash, sessions.begun_at, sessions.seen_at, sessions.agent, staff.*"


class Sessions:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, token_hash: str, user: int, agent: str, now: datetime) -> None:
        self._store.write(
            "INSERT INTO sessions (id_hash, staff, begun_at, seen_at, agent) VALUES (?, ?, ?, ?, ?)",
            (token_hash, user, stamp(now), stamp(now), agent),
        )

    def find(self, token_hash: str, *, begun_after: datetime, seen_after: datetime) -> Session | None:
        """Return a session that began and was seen after these moments, of a user who is not disabled."""
        row = self._store.row(
            f"""SELECT {_COLUMNS} FROM sessions JOIN staff ON staff.pk = sessions.staff
            WHERE id_hash = :token AND begun_at > :begun AND seen_at > :seen AND NOT disabled""",
            {"token": token_hash, "begun": stamp(begun_after), "seen": stamp(seen_after)},
        )
        if row is None:
            return None
        return Session(row[0], user_of(row), unstamp(row["begun_at"]), unstamp(row["seen_at"]), row["agent"])

    def of_user(self, user: int, *, begun_after: datetime, seen_after: datetime) -> list[Session]:
        """Return the sessions of a user that are still good, the one seen last first."""
        rows = self._store.rows(
            f"""SELECT {_COLUMNS} FROM sessions JOIN staff ON staff.pk = sessions.staff
            WHERE sessions.staff = :user AND begun_at > :begun AND seen_at > :seen
            ORDER BY sessions.seen_at DESC, id_hash""",
            {"user": user, "begun": stamp(begun_after), "seen": stamp(seen_after)},
        )
        return [
            Session(row[0], user_of(row), unstamp(row["begun_at"]), unstamp(row["seen_at"]), row["agent"])
            for row in rows
        ]

    def note_seen(self, token_hash: str, now: datetime) -> None:
        self._store.write("UPDATE sessions SET seen_at = ? WHERE id_hash = ?", (stamp(now), token_hash))

    def end(self, token_hash: str) -> None:
        self._store.write("DELETE FROM sessions WHERE id_hash = ?", (token_hash,))

    def end_all(self, user: int, *, but: str = "") -> int:
        """End all sessions of a user but one; return how many those were."""
        return self._store.write("DELETE FROM sessions WHERE staff = ? AND id_hash <> ?", (user, but)).rowcount

    def end_everybodys(self) -> None:
        """End all sessions, and all links by which somebody might set up their sign-in."""
        self._store.write("DELETE FROM sessions")
        self._store.write("DELETE FROM set_up_links")

    def delete_before(self, begun: datetime, failed: datetime) -> None:
        """Delete sessions that began, and failures that happened, before these moments."""
        self._store.write("DELETE FROM sessions WHERE begun_at < ?", (stamp(begun),))
        self._store.write("DELETE FROM sign_in_failures WHERE at < ?", (stamp(failed),))
        self._store.write("DELETE FROM set_up_links WHERE expires_at < ?", (stamp(failed),))

    # What did not get in.

    def add_failure(self, account: str, place: str, now: datetime) -> None:
        """Write down that somebody did not get in from a place: the hash of a network, a browser or a session."""
        self._store.write(
            "INSERT INTO sign_in_failures (account, network, at) VALUES (?, ?, ?)",
            (account, place, stamp(now)),
        )

    def forget_failures(self, account: str, place: str) -> None:
        """Forget what failed for an account from a place, since it got in from there."""
        self._store.write("DELETE FROM sign_in_failures WHERE account = ? AND network = ?", (account, place))

    def failures(self, since: datetime, *, account: str = "", place: str = "") -> tuple[int, datetime | None]:
        """Return how many failed for an account, from a place, or for one from the other; and when the last did."""
        row = self._store.row(
            f"""SELECT count(*) AS number, max(at) AS last FROM sign_in_failures
            WHERE {"account = :account" if account else "TRUE"} AND {"network = :place" if place else "TRUE"}
                AND at > :since""",
            {"account": account, "place": place, "since": stamp(since)},
        )
        assert row is not None
        return row["number"], unstamp(row["last"]) if row["last"] else None

    def note_network(self, user: int, network: str, now: datetime) -> None:
        self._store.write(
            """INSERT INTO known_networks (staff, network, at) VALUES (:user, :network, :now)
            ON CONFLICT (staff, network) DO UPDATE SET at = :now""",
            {"user": user, "network": network, "now": stamp(now)},
        )

    def note_browser(self, user: int, browser_hash: str, now: datetime, since: datetime) -> None:
        """Remember that a user got in by a browser, and forget those by which that was before `since`."""
        self._store.write("DELETE FROM known_browsers WHERE at < ?", (stamp(since),))
        self._store.write(
            """INSERT INTO known_browsers (staff, browser_hash, at) VALUES (:user, :browser, :now)
            ON CONFLICT (staff, browser_hash) DO UPDATE SET at = :now""",
            {"user": user, "browser": browser_hash, "now": stamp(now)},
        )

    def forget_places(self, user: int) -> None:
        """Forget by which browsers, and from which networks, a user has come."""
        self._store.write("DELETE FROM known_browsers WHERE staff = ?", (user,))
        self._store.write("DELETE FROM known_networks WHERE staff = ?", (user,))

    def knows_browser(self, user: int, browser_hash: str, since: datetime) -> bool:
        """Whether a user got in by a browser since then."""
        sql = "SELECT 1 FROM known_browsers WHERE staff = ? AND browser_hash = ? AND at > ?"
        return self._store.value(sql, (user, browser_hash, stamp(since))) is not None

    def knows_network(self, user: int, network: str, since: datetime) -> bool:
        """Whether a user got in from a network since then."""
        sql = "SELECT 1 FROM known_networks WHERE staff = ? AND network = ? AND at > ?"
        return self._store.value(sql, (user, network, stamp(since))) is not None
