"""Subscribers' own feeds: their addresses, and what digests have told whom."""

from __future__ import annotations

from datetime import datetime

from pressroom.models.dates import stamp
from pressroom.models.people import Subscriber
from pressroom.storage.store import Store

# Within a run the newest number told comes first. It stays as it is: what is announced later moves nothing until a
# digest tells it. Only as many are put in order as can be shown, and those of the same run.
_TOLD = """
    WITH told (release, up_to_no) AS MATERIALIZED (
        SELECT release, max(up_to_no) FROM (
            SELECT run_items.release, runs.up_to_no FROM deliveries
            JOIN bundle_items ON bundle_items.bundle = deliveries.bundle
            JOIN run_items ON run_items.pk = bundle_items.item JOIN runs ON runs.pk = run_items.run
            WHERE deliveries.subscriber = :subscriber AND deliveries.state <> 'cancelled'
            UNION ALL SELECT release, up_to_no FROM paid WHERE subscriber = :subscriber)
        GROUP BY release),
    newest (release, up_to_no) AS (
        SELECT release, up_to_no FROM told WHERE up_to_no >= coalesce(
            (SELECT up_to_no FROM told ORDER BY up_to_no DESC LIMIT 1 OFFSET :most - 1), 0))
    SELECT release FROM newest ORDER BY up_to_no DESC,
        (SELECT max(no) FROM announcements WHERE release = newest.release AND no <= newest.up_to_no) DESC
    LIMIT :most
"""


class PrivateFeeds:
    def __init__(self, store: Store) -> None:
        self._store = store

    def reader(self, token: str) -> Subscriber | None:
        """Return whose feed has this token, in whatever state they are; None where it is nobody's."""
        pk = self._store.value("SELECT subscriber FROM private_feeds WHERE token = ?", (token,))
        return None if pk is None else self._store.subscribers.by_pk(pk)

    def made_at(self, subscriber: int) -> str | None:
        """Return when the present address of a subscriber's own feed was made, in RFC 3339."""
        found = self._store.value("SELECT made_at FROM private_feeds WHERE subscriber = ?", (subscriber,))
        return None if found is None else str(found)

    def token_of(self, subscriber: int) -> str | None:
        """Return the token of a subscriber's feed, None where there is none."""
        found = self._store.value("SELECT token FROM private_feeds WHERE subscriber = ?", (subscriber,))
        return None if found is None else str(found)

    def put(self, subscriber: int, token: str, now: datetime) -> None:
        """Let a subscriber's feed have this token, in the place of any other."""
        self._store.write(
            """INSERT INTO private_feeds (subscriber, token, made_at) VALUES (:subscriber, :token, :now)
            ON CONFLICT (subscriber) DO UPDATE SET token = :token, made_at = :now""",
            {"subscriber": subscriber, "token": token, "now": stamp(now)},
        )

    def drop(self, subscriber: int) -> None:
        """End a subscriber's feed."""
        self._store.write("DELETE FROM private_feeds WHERE subscriber = ?", (subscriber,))

    def told(self, subscriber: int, most: int) -> list[int]:
        """Return the releases that digests have told a subscriber of, `most` at most, those told last first.

        Told means paid (R4): enlisted and not cancelled, also in deliveries that have been deleted since.
        """
        return [row["release"] for row in self._store.rows(_TOLD, {"subscriber": subscriber, "most": most})]
