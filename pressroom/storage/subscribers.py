"""Subscribers with their choices and filters, and what they are still owed from before (R4)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime

from pressroom.errors import SubscriberNotFoundError
from pressroom.models.dates import stamp
from pressroom.models.letters import LASTS, LetterKind
from pressroom.models.people import (
    LEFT,
    Choice,
    Filter,
    Frequency,
    Subscriber,
    SubscriberState,
    address_key,
)
from pressroom.models.release import Topic
from pressroom.storage.cells import LIKE_A_DAY, LIKE_A_MOMENT, day, moment
from pressroom.storage.consents import REQUESTED_AT
from pressroom.storage.erasing import Traces, erase_rows
from pressroom.storage.store import Store
from pressroom.storage.subscriber_rows import CHOICES, COLUMNS, IS_OF_SOMETHING, choice_of, filter_of, subscriber_of


class Subscribers:
    """Addresses are compared by their `address_key`; every `Subscriber` that comes out holds its present choices."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, address: str) -> Subscriber:
        found = self.find(address)
        if found is None:
            raise SubscriberNotFoundError(address)
        return found

    def find(self, address: str) -> Subscriber | None:
        return self._one("address_key = :key", {"key": address_key(address)})

    def find_by_token(self, token: str) -> Subscriber | None:
        """Return whose unsubscribe link that is; see `inherit_tokens`."""
        further = "pk IN (SELECT subscriber FROM further_tokens WHERE token = :token)"
        return self._one(f"unsubscribe_token = :token OR {further}", {"token": token})

    def by_pk(self, pk: int) -> Subscriber | None:
        return self._one("pk = :pk", {"pk": pk})

    def by_pks(self, pks: Collection[int]) -> dict[int, Subscriber]:
        """Return those of these subscribers that are there, by row."""
        found = self._where("subscribers.pk IN (SELECT value FROM json_each(:pks))", {"pks": json.dumps(sorted(pks))})
        return {subscriber.pk: subscriber for subscriber in found}

    def all(self) -> Iterator[Subscriber]:
        """Return every subscriber by address, 1,000 at a time."""
        sql = "SELECT address_key FROM subscribers WHERE address_key > ? ORDER BY address_key LIMIT 1000"
        last = ""
        while keys := [row[0] for row in self._store.rows(sql, (last,))]:
            last = keys[-1]
            yield from self._where(
                "address_key BETWEEN :first AND :last ORDER BY address_key", {"first": keys[0], "last": last}
            )

    def paused_past(self, day: date) -> list[Subscriber]:
        """Return the paused whose pause ends on or before `day`."""
        return self._where("paused = 1 AND paused_until <= :day ORDER BY pk", {"day": day.isoformat()})

    def next_return(self) -> date | None:
        """Return the day on which the next pause ends."""
        sql = f"SELECT min(paused_until) FROM subscribers WHERE paused = 1 AND {LIKE_A_DAY.format('paused_until')}"
        return day(self._store.value(sql))

    def pending_since_before(self, moment: datetime, most: int, now: datetime) -> list[Subscriber]:
        """Return up to `most` of the pending who asked at `moment` or earlier, and no link of whom works now."""
        values: dict[str, object] = {
            "moment": stamp(moment),
            "most": most,
            "now": stamp(now),
            "written": stamp(now - LASTS[LetterKind.CONFIRMATION]),
        }
        return self._where(
            f"""state = 'pending' AND {REQUESTED_AT} <= :moment
            AND NOT EXISTS (SELECT 1 FROM letters WHERE letters.subscriber = subscribers.pk AND kind = 'confirmation'
                AND letters.state NOT IN ('suppressed', 'cancelled') AND made_at > :written AND made_at <= :now)
            ORDER BY pk LIMIT :most""",
            values,
        )

    def left_by(self, moment: datetime, most: int) -> list[Subscriber]:
        """Return up to `most` of those who have left and of whom nothing is on record after `moment`."""
        return self._where(
            """state IN ('ended', 'suppressed') AND coalesce((SELECT max(at) FROM consents
                WHERE consents.subscriber = subscribers.pk), created_at) <= :moment ORDER BY pk LIMIT :most""",
            {"moment": stamp(moment), "most": most},
        )

    def holding(self, topic: Topic) -> list[Subscriber]:
        """Return everyone who holds `topic` now."""
        return self._where(
            "pk IN (SELECT subscriber FROM subscriptions WHERE topic = :topic AND ended_at IS NULL) ORDER BY pk",
            {"topic": topic.pk},
        )

    def add(self, subscriber: Subscriber) -> Subscriber:
        """Add a subscriber without choices; `unsubscribe_token` and `created_at` must be set."""
        assert subscriber.created_at is not None
        self._store.write(
            """INSERT INTO subscribers (address, address_key, name, language, state, unsubscribe_token, created_at,
                since_no)
            VALUES (:address, :key, :name, :language, :state, :token, :created_at, :since_no)""",
            {
                "address": subscriber.address,
                "key": address_key(subscriber.address),
                "name": subscriber.name,
                "language": subscriber.language,
                "state": subscriber.state,
                "token": subscriber.unsubscribe_token,
                "created_at": stamp(subscriber.created_at),
                "since_no": subscriber.since_no,
            },
        )
        return self.get(subscriber.address)

    def set_state(self, pk: int, state: SubscriberState) -> None:
        self._store.write("UPDATE subscribers SET state = ? WHERE pk = ?", (state, pk))

    def set_person(self, pk: int, *, name: str, language: str) -> None:
        self._store.write("UPDATE subscribers SET name = ?, language = ? WHERE pk = ?", (name, language, pk))

    def inherit_tokens(self, pk: int, before: int) -> None:
        """Let the unsubscribe links of whoever had a subscriber's address before end what comes to it now."""
        self._store.write("UPDATE further_tokens SET subscriber = ? WHERE subscriber = ?", (pk, before))
        self._store.write(
            """INSERT INTO further_tokens (token, subscriber)
            SELECT unsubscribe_token, :pk FROM subscribers WHERE pk = :before""",
            {"pk": pk, "before": before},
        )

    def set_address(self, pk: int, address: str) -> None:
        self._store.write(
            "UPDATE subscribers SET address = ?, address_key = ? WHERE pk = ?", (address, address_key(address), pk)
        )

    def set_pause(self, pk: int, paused: bool, until: date | None = None) -> None:
        self._store.write(
            "UPDATE subscribers SET paused = ?, paused_until = ? WHERE pk = ?",
            (int(paused), until.isoformat() if until else None, pk),
        )

    def set_aside(self, pk: int) -> None:
        """Keep what somebody has set who leaves, and end their pause."""
        self.forget_what_was_set(pk)
        self.keep_what_was_set(pk)
        self.set_pause(pk, False)

    def keep_what_was_set(self, pk: int) -> None:
        """Keep what somebody has set, before others ask for digests with their address; what is kept already stays."""
        self._store.write(
            """INSERT OR IGNORE INTO left_with (subscriber, paused_until, language, kinds, languages, partners)
            SELECT pk, CASE WHEN paused THEN coalesce(paused_until, '') END, language, coalesce(kinds, ''),
                coalesce(languages, ''), coalesce(partners, 1)
            FROM subscribers LEFT JOIN filters ON subscriber = pk WHERE pk = ?""",
            (pk,),
        )

    def bring_back(self, pk: int) -> None:
        """Set again what somebody had set who has left, whatever was asked for since."""
        row = self._store.row("SELECT * FROM left_with WHERE subscriber = ?", (pk,))
        if row is None:
            return
        if row["paused_until"] is not None:
            self.set_pause(pk, True, day(row["paused_until"]))
        self._store.write("UPDATE subscribers SET language = ? WHERE pk = ?", (row["language"], pk))
        self.set_filter(pk, filter_of(row))
        self.forget_what_was_set(pk)

    def forget_settings_of_who_left(self, before: datetime) -> None:
        """Delete what was set aside for those who left at that moment or earlier, and have asked for nothing since."""
        self._store.write(
            """DELETE FROM left_with WHERE subscriber IN (SELECT subscribers.pk FROM left_with
                JOIN subscribers ON subscribers.pk = left_with.subscriber AND state IN ('ended', 'suppressed')
                WHERE (SELECT max(at) FROM consents WHERE consents.subscriber = subscribers.pk AND what = ?) <= ?)""",
            (LEFT, stamp(before)),
        )

    def forget_what_was_set(self, pk: int) -> None:
        """Delete what was set aside for somebody who begins anew."""
        self._store.write("DELETE FROM left_with WHERE subscriber = ?", (pk,))

    def set_filter(self, pk: int, wanted: Filter) -> None:
        self._store.write(
            """INSERT INTO filters (subscriber, kinds, languages, partners) VALUES (:pk, :kinds, :languages, :partners)
            ON CONFLICT (subscriber) DO UPDATE SET kinds = :kinds, languages = :languages, partners = :partners""",
            {
                "pk": pk,
                "kinds": " ".join(sorted(wanted.kinds)),
                "languages": " ".join(sorted(wanted.languages)),
                "partners": int(wanted.partners),
            },
        )

    def set_choices(self, pk: int, choices: Sequence[Choice], *, now: datetime, no: int) -> None:
        """End the choices that are not in `choices`, begin those that are new; one that stays is left alone."""
        wanted = {choice.scope: choice.frequency for choice in choices}
        held = {choice.scope: choice.frequency for choice in self._choices([pk]).get(pk, ())}
        for scope, frequency in held.items():
            if wanted.get(scope) != frequency:
                self._store.write(
                    """UPDATE subscriptions SET ended_at = :now, ended_no = :no
                    WHERE subscriber = :pk AND ended_at IS NULL AND topic IS :topic AND series IS :series""",
                    {"now": stamp(now), "no": no, "pk": pk, "topic": scope[0], "series": scope[1]},
                )
        for scope, frequency in wanted.items():
            if held.get(scope) != frequency:
                self._store.write(
                    """INSERT INTO subscriptions (subscriber, topic, series, frequency, begun_at, begun_no, pending)
                    SELECT pk, :topic, :series, :frequency, :now, :no, state = 'pending' FROM subscribers
                    WHERE pk = :pk""",
                    {"pk": pk, "topic": scope[0], "series": scope[1], "frequency": frequency,
                     "now": stamp(now), "no": no},
                )  # fmt: skip

    def subscriptions(self, pk: int) -> list[dict[str, str | None]]:
        """Return every choice ever held as plain values, oldest first."""
        rows = self._store.rows(
            """SELECT coalesce(topics.name, series.name, 'everything') AS what, frequency, begun_at AS begun,
                ended_at AS ended
            FROM subscriptions LEFT JOIN topics ON topics.pk = topic LEFT JOIN series ON series.pk = series
            WHERE subscriber = ? ORDER BY subscriptions.pk""",
            (pk,),
        )
        return [dict(row) for row in rows]

    def ever_held(self, pk: int) -> list[tuple[Choice, int, int | None, str | None, bool]]:
        """Return every choice ever held, oldest first: (choice, begun_no, ended_no, ended_at, while pending)."""
        rows = self._store.rows(
            f"{CHOICES} WHERE subscriptions.subscriber = ? AND {IS_OF_SOMETHING} ORDER BY subscriptions.pk",
            (pk,),
        )
        return [
            (choice_of(row), row["begun_no"], row["ended_no"], row["ended_at"], bool(row["pending"])) for row in rows
        ]

    def owed(self, pk: int) -> frozenset[int]:
        """Return the numbers that a subscriber is still owed from before `since_no`."""
        return frozenset(
            row["announcement"] for row in self._store.rows("SELECT announcement FROM owed WHERE subscriber = ?", (pk,))
        )

    def carried(self) -> frozenset[int]:
        """Return every number that someone who may be mailed is still owed from before."""
        # In this order, whatever SQLite thinks of it: few are owed anything from before.
        rows = self._store.rows(
            """SELECT DISTINCT announcement FROM owed
            CROSS JOIN subscribers ON subscribers.pk = subscriber AND state = 'active' AND paused = 0"""
        )
        return frozenset(row["announcement"] for row in rows)

    def are_owed_urgent(self) -> bool:
        """Whether anyone who may be mailed is owed something urgent from before."""
        found = self._store.value(
            """SELECT 1 FROM owed JOIN announcements ON announcements.no = owed.announcement AND urgent = 1
            JOIN subscribers ON subscribers.pk = owed.subscriber AND state = 'active' AND paused = 0"""
        )
        return found is not None

    def settle(self, pk: int, since_no: int, owed: Collection[int]) -> None:
        """Let the present choices hold since `since_no`, with `owed` still to be paid from before."""
        self._store.write("UPDATE subscribers SET since_no = ? WHERE pk = ?", (since_no, pk))
        self._store.write(
            "DELETE FROM owed WHERE subscriber = ? AND announcement NOT IN (SELECT value FROM json_each(?))",
            (pk, json.dumps(sorted(owed))),
        )
        self.add_owed(pk, owed)

    def add_owed(self, pk: int, numbers: Iterable[int]) -> None:
        self._store.write_many(
            "INSERT INTO owed (subscriber, announcement) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(pk, no) for no in sorted(numbers)],
        )

    def drop_owed(self, pk: int, numbers: Iterable[int]) -> None:
        """Owe these numbers no more."""
        self._store.write_many(
            "DELETE FROM owed WHERE subscriber = ? AND announcement = ?", [(pk, no) for no in sorted(numbers)]
        )

    def struck(self, pk: int) -> dict[int, int]:
        """Return the numbers that were owed once and struck, each with the newest announcement then."""
        rows = self._store.rows("SELECT announcement, at_no FROM struck WHERE subscriber = ?", (pk,))
        return {row["announcement"]: row["at_no"] for row in rows}

    def take_back_strikes(self, pk: int, numbers: Iterable[int]) -> None:
        """Owe again what a change of choices has struck."""
        again = sorted(numbers)
        self._store.write_many(
            "DELETE FROM struck WHERE subscriber = ? AND announcement = ?", [(pk, no) for no in again]
        )
        self.add_owed(pk, again)

    def struck_since(self, pk: int, moment: datetime, record: int) -> list[int]:
        """Return the numbers struck by what ended at `moment`, of which that consent was recorded, and since then."""
        rows = self._store.rows(
            "SELECT announcement FROM struck WHERE subscriber = ? AND (at = ? OR after_consent >= ?)",
            (pk, stamp(moment), record),
        )
        return [row["announcement"] for row in rows]

    def strike(self, pk: int, numbers: Iterable[int], at_no: int, now: datetime) -> None:
        """Remember that a change of choices after announcement `at_no` has struck these numbers."""
        self._store.write_many(
            """INSERT INTO struck (subscriber, announcement, at_no, at, after_consent)
            VALUES (:pk, :no, :at_no, :at, (SELECT max(pk) FROM consents WHERE subscriber = :pk))
            ON CONFLICT DO UPDATE SET at = excluded.at, after_consent = excluded.after_consent""",
            [{"pk": pk, "no": no, "at_no": at_no, "at": stamp(now)} for no in sorted(numbers)],
        )

    def held_back(self, pk: int) -> frozenset[int]:
        """Return the numbers that a filter held back, as far as they are kept."""
        rows = self._store.rows("SELECT announcement FROM held_back WHERE subscriber = ?", (pk,))
        return frozenset(row["announcement"] for row in rows)

    def hold_back(self, pk: int, numbers: Iterable[int]) -> None:
        """Remember that a filter has held these numbers back."""
        self._store.write_many(
            "INSERT INTO held_back (subscriber, announcement) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(pk, no) for no in sorted(numbers)],
        )

    def forget(self, pk: int) -> Traces:
        """Delete a person; call it within a transaction, and `leave_no_trace` afterwards."""
        return erase_rows(self._store, pk)

    def counts(self) -> dict[str, int]:
        """Return how many subscribers there are in each state."""
        return self._store.tally("SELECT state, count(*) FROM subscribers GROUP BY state")

    def count_paused(self) -> int:
        """Return how many active subscribers are paused."""
        return int(self._store.value("SELECT count(*) FROM subscribers WHERE state = 'active' AND paused = 1"))

    def count_without(self, run: int, frequencies: Collection[Frequency]) -> int:
        """Return how many who may be mailed hold a choice at one of these frequencies and are not in that run."""
        return int(
            self._store.value(
                """SELECT count(*) FROM subscribers WHERE state = 'active' AND paused = 0
                AND pk IN (SELECT subscriber FROM subscriptions WHERE ended_at IS NULL
                    AND frequency IN (SELECT value FROM json_each(:frequencies)))
                AND NOT EXISTS (SELECT 1 FROM deliveries WHERE run = :run AND subscriber = subscribers.pk)""",
                {"frequencies": json.dumps(list(frequencies)), "run": run},
            )
        )

    def are_more_than(self, number: int) -> bool:
        """Whether there are more subscribers than that, in any state; it counts no further."""
        return self._store.value("SELECT 1 FROM subscribers LIMIT 1 OFFSET ?", (number,)) is not None

    def is_held(self, frequency: Frequency) -> bool:
        """Whether anybody holds a choice at that frequency."""
        sql = "SELECT 1 FROM subscriptions WHERE frequency = ? AND ended_at IS NULL LIMIT 1"
        return self._store.value(sql, (frequency,)) is not None

    def first_no(self, frequency: Frequency) -> int:
        """Return the number at which the first of the present choices at that frequency began."""
        sql = "SELECT min(begun_no) FROM subscriptions WHERE frequency = ? AND ended_at IS NULL"
        return int(self._store.value(sql, (frequency,)) or 0)

    def first_subscription(self, frequency: Frequency) -> datetime | None:
        """Return when the first choice of that frequency was made, by anyone."""
        sql = f"""SELECT begun_at FROM subscriptions WHERE frequency = ? AND {LIKE_A_MOMENT.format("begun_at")}
            ORDER BY begun_at LIMIT 1"""  # min() would read them all
        return moment(self._store.value(sql, (frequency,)))

    def _one(self, where: str, values: dict[str, object]) -> Subscriber | None:
        found = self._where(where, values)
        return found[0] if found else None

    def _where(self, where: str, values: dict[str, object]) -> list[Subscriber]:
        rows = list(
            self._store.rows(
                f"""SELECT {COLUMNS}
                FROM subscribers LEFT JOIN filters ON filters.subscriber = subscribers.pk WHERE {where}""",
                values,
            )
        )
        choices = self._choices([row[0] for row in rows]) if rows else {}
        return [subscriber_of(row, tuple(choices.get(row[0], ()))) for row in rows]

    def _choices(self, pks: list[int]) -> dict[int, list[Choice]]:
        choices: dict[int, list[Choice]] = {}
        for row in self._store.rows(
            f"""{CHOICES} WHERE ended_at IS NULL AND {IS_OF_SOMETHING}
            AND subscriptions.subscriber IN (SELECT value FROM json_each(?))
            ORDER BY subscriptions.subscriber, (SELECT min(first.pk) FROM subscriptions AS first
                WHERE first.subscriber = subscriptions.subscriber AND first.topic IS subscriptions.topic
                AND first.series IS subscriptions.series)""",
            (json.dumps(pks),),
        ):
            choices.setdefault(row["subscriber"], []).append(choice_of(row))
        return choices
