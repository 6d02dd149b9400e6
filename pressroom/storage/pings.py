"""The outbox of pings: which hub is to be told of which topic, and when it is tried again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pressroom.models.dates import stamp
from pressroom.models.pings import LONGEST_WAIT, Failing, FailingHub, Ping
from pressroom.storage.cells import LONG_AGO, moment
from pressroom.storage.store import Store

# A moment farther ahead than anything waits was noted by a clock that was wrong.
_DUE = """
    SELECT pings.* FROM pings LEFT JOIN hubs_away ON hubs_away.hub = pings.hub
    WHERE pings.hub = :hub AND coalesce(hubs_away.next_try_at, '') NOT BETWEEN :next AND :longest
        AND coalesce(pings.next_try_at, '') NOT BETWEEN :next AND :longest
    ORDER BY pings.attempts, pings.topic
"""
_FAILING = """
    SELECT hub, min(since) AS since, answer, (SELECT count(*) FROM pings WHERE hub = tried.hub) AS waiting
    FROM (SELECT hub, since, answer FROM hubs_away UNION ALL
        SELECT hub, since, answer FROM pings WHERE since IS NOT NULL) AS tried
    GROUP BY hub
"""


class Pings:
    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, hubs: Iterable[str], topic: str) -> None:
        """Have each hub told that `topic` has changed. One that waits is not doubled; it starts afresh."""
        for hub in hubs:
            self._store.write(
                """INSERT INTO pings (hub, topic) VALUES (:hub, :topic) ON CONFLICT DO UPDATE
                SET put_no = put_no + 1, attempts = 0, since = NULL, next_try_at = NULL, answer = ''""",
                {"hub": hub, "topic": topic},
            )

    def keep_only(self, hubs: Sequence[str], site: str) -> None:
        """Forget the pings to all other hubs, and of feeds at an address that the site had before."""
        known = {row["hub"] for row in self._store.rows("SELECT hub FROM pings UNION SELECT hub FROM hubs_away")}
        for hub in known.difference(hubs):
            self.drop_hub(hub)
        moved = "FROM pings WHERE substr(topic, 1, length(:begin)) <> :begin"
        if self._store.value(f"SELECT 1 {moved}", {"begin": f"{site}/"}):
            self._store.write(f"DELETE {moved}", {"begin": f"{site}/"})

    def due(self, hub: str, now: datetime) -> list[Ping]:
        """Return what a hub is to be told now, what was not tried yet before what has failed."""
        span = {"next": stamp(now + timedelta(seconds=1)), "longest": stamp(now + LONGEST_WAIT)}
        return [_ping(row) for row in self._store.rows(_DUE, {"hub": hub} | span)]

    def next_try(self, now: datetime) -> datetime | None:
        """Return when something is due next, `now` where something is; None where nothing waits."""
        found = self._store.value(
            """SELECT min(max(coalesce(pings.next_try_at, ''), coalesce(hubs_away.next_try_at, '')))
            FROM pings LEFT JOIN hubs_away ON hubs_away.hub = pings.hub"""
        )
        if not found:
            return None if found is None else now
        at = moment(found) or LONG_AGO
        return at if now < at <= now + LONGEST_WAIT else now

    def count(self) -> int:
        return int(self._store.value("SELECT count(*) FROM pings"))

    def failing_hub(self, hub: str) -> Failing | None:
        """Return since when, and how often, a hub was away; None where it took what it was told last."""
        row = self._store.row("SELECT attempts, since FROM hubs_away WHERE hub = ?", (hub,))
        return _failing(row) if row else None

    def failing(self) -> list[FailingHub]:
        """Return the hubs that have failed when they were last tried, or have refused a topic."""
        return [
            FailingHub(row["hub"], moment(row["since"]) or LONG_AGO, row["answer"], row["waiting"])
            for row in self._store.rows(_FAILING)
        ]

    def mark_told(self, ping: Ping) -> None:
        """Note that a hub has taken a ping. If the topic has changed since it was read, it waits once more."""
        with self._store.atomic():
            self._store.write("DELETE FROM pings WHERE (hub, topic, put_no) = (?, ?, ?)", _key(ping))
            self._store.write("DELETE FROM hubs_away WHERE hub = ?", (ping.hub,))

    def mark_refused(self, ping: Ping, answer: str, now: datetime, at: datetime) -> None:
        """Have one ping tried again at that time: its hub did not want it."""
        self._store.write(
            """UPDATE pings SET attempts = attempts + 1, since = coalesce(since, ?), next_try_at = ?, answer = ?
            WHERE (hub, topic, put_no) = (?, ?, ?)""",
            (stamp(now), stamp(at), answer, *_key(ping)),
        )

    def mark_away(self, hub: str, answer: str, now: datetime, at: datetime) -> None:
        """Have a hub told nothing until that time."""
        self._store.write(
            """INSERT INTO hubs_away (hub, attempts, since, next_try_at, answer) VALUES (:hub, 1, :now, :at, :answer)
            ON CONFLICT DO UPDATE SET attempts = attempts + 1, next_try_at = :at, answer = :answer""",
            {"hub": hub, "now": stamp(now), "at": stamp(at), "answer": answer},
        )

    def drop(self, ping: Ping) -> None:
        """Give a ping up; if the topic has changed since it was read, it waits still."""
        self._store.write("DELETE FROM pings WHERE (hub, topic, put_no) = (?, ?, ?)", _key(ping))

    def drop_hub(self, hub: str) -> None:
        """Give up all that a hub was to be told."""
        with self._store.atomic():
            self._store.write("DELETE FROM pings WHERE hub = ?", (hub,))
            self._store.write("DELETE FROM hubs_away WHERE hub = ?", (hub,))


def _key(ping: Ping) -> tuple[str, str, int]:
    return ping.hub, ping.topic, ping.put_no


def _ping(row: sqlite3.Row) -> Ping:
    return Ping(row["hub"], row["topic"], row["put_no"], _failing(row) if row["since"] else None)


def _failing(row: sqlite3.Row) -> Failing:
    return Failing(row["attempts"], moment(row["since"]) or LONG_AGO)
