"""What people agreed to or took back, when, how and reading what; such records are never changed.

Which of two came first is told by the order of the records: clocks go back.
"""

from __future__ import annotations

from datetime import datetime

from pressroom.models.consent import CONSENT, How, Wording
from pressroom.models.dates import stamp
from pressroom.models.people import CONFIRMED, ENDED_A_PART, LEFT, REQUESTED, SUBSCRIBED, UNDONE
from pressroom.storage.cells import LONG_AGO, moment
from pressroom.storage.store import Store

_IS_REQUEST = f"(what LIKE '{REQUESTED}:%' OR what = '{SUBSCRIBED}' OR what LIKE '{SUBSCRIBED}:%')"
_IS_UNDOING = f"(what LIKE '{UNDONE}%')"
_IS_AGREEMENT = f"(what = '{CONFIRMED}' OR what LIKE '{SUBSCRIBED}: %')"
_IS_END = f"(what = '{LEFT}' OR what LIKE '{ENDED_A_PART}: %')"
_IS_OURS = f"(what = '{LEFT}' AND how IN ('{How.CAME_BACK}', '{How.REPORTED_AS_SPAM}'))"
_IS_OWN_END = f"(what = '{LEFT}' AND NOT {_IS_OURS})"
_NEWEST = """(SELECT {} FROM consents WHERE consents.subscriber = subscribers.pk AND {}
    ORDER BY consents.pk DESC LIMIT 1)"""
_IMPORTED_ON = f"substr(how, {len(How.IMPORT) + 3}, 10)"
"""SQL: the day that an import tells: “import, 2020-05-01, paper form”; or anything else, where it tells none."""
_WHEN = f"""CASE WHEN how <> '{How.IMPORT}' AND how NOT LIKE '{How.IMPORT}, %' THEN at
    WHEN {_IMPORTED_ON} IS date({_IMPORTED_ON}, '+0 days') AND {_IMPORTED_ON} <= at THEN {_IMPORTED_ON} END"""

AGREED_AT = _NEWEST.format(_WHEN, _IS_AGREEMENT)
"""SQL: when a subscriber agreed to digests; of who was imported the day that was told with it, or nothing."""
REQUESTED_AT = f"coalesce({_NEWEST.format('at', _IS_REQUEST)}, created_at)"
"""SQL: when the present request of a subscriber was made; one who comes back has made several."""


class Consents:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self,
        subscriber: int,
        *,
        now: datetime,
        what: str,
        how: str,
        basis: str = "",
        wording: Wording | None = None,
    ) -> None:
        """Record what a person agreed to or took back.

        `wording` is what they read. Without a `basis` the lawful basis stays that of the record before.
        """
        if wording is not None:
            self._store.write(
                "INSERT INTO wordings (hash, version, text, used_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (wording.hash, wording.version, wording.text, stamp(now)),
            )
        self._store.write(
            """INSERT INTO consents (subscriber, at, what, how, basis, wording, wording_hash)
            VALUES (:pk, :now, :what, :how, coalesce(nullif(:basis, ''), (SELECT basis FROM consents
                WHERE subscriber = :pk AND basis <> '' ORDER BY pk DESC LIMIT 1), :usual), :wording, :hash)""",
            {
                "pk": subscriber,
                "now": stamp(now),
                "what": what,
                "how": how,
                "basis": basis,
                "usual": CONSENT,
                "wording": wording.version if wording else "",
                "hash": wording.hash if wording else "",
            },
        )

    def of(self, subscriber: int) -> list[dict[str, str]]:
        """Return the records of a person, oldest first, with the hash of what they read."""
        rows = self._store.rows(
            "SELECT at, what, how, basis, wording, wording_hash FROM consents WHERE subscriber = ? ORDER BY pk",
            (subscriber,),
        )
        return [dict(row) for row in rows]

    def wordings(self, subscriber: int) -> list[Wording]:
        """Return the texts that a person has agreed to."""
        rows = self._store.rows(
            """SELECT version, text FROM wordings
            WHERE hash IN (SELECT wording_hash FROM consents WHERE subscriber = ?) ORDER BY used_at, version""",
            (subscriber,),
        )
        return [Wording(row["version"], row["text"]) for row in rows]

    def request_of(self, subscriber: int) -> int | None:
        """Return the number of the record with which a person's present request began; an undo ends any."""
        return self._number(f"subscriber = ? AND ({_IS_REQUEST} OR {_IS_UNDOING})", (subscriber,))

    def confirmed_by(self, subscriber: int) -> int | None:
        """Return the number of the record by which a person last confirmed a request."""
        return self._number("subscriber = ? AND what = ?", (subscriber, CONFIRMED))

    def when_and_how(self, number: int) -> tuple[datetime, str]:
        """Return when and how a person agreed to something, by the number of the record."""
        row = self._store.row("SELECT at, how FROM consents WHERE pk = ?", (number,))
        assert row is not None
        return moment(row["at"]) or LONG_AGO, row["how"]

    def requested_at(self, subscriber: int) -> datetime:
        """Return when the present request of a person was made."""
        found = self._store.value(f"SELECT {REQUESTED_AT} FROM subscribers WHERE pk = ?", (subscriber,))
        return moment(found) or LONG_AGO

    def has_left(self, subscriber: int) -> bool:
        """Whether a person has ever taken everything back."""
        return self._number("subscriber = ? AND what = ?", (subscriber, LEFT)) is not None

    def left_at(self, subscriber: int) -> datetime | None:
        """Return when a person last took everything back."""
        return self._at(self._number("subscriber = ? AND what = ?", (subscriber, LEFT)))

    def own_end_at(self, subscriber: int) -> datetime | None:
        """Return when a person last took everything back; None where we have ended it since, as mail came back."""
        newest = self._number("subscriber = ? AND what = ?", (subscriber, LEFT))
        return self._at(self._number(f"pk = ? AND {_IS_OWN_END}", (newest,)))

    def came_back_at(self, subscriber: int) -> datetime | None:
        """Return when we ended everything for a person as mail came back or was reported, the first time.

        None where they have left, agreed or had it undone since: that is their own word.
        """
        own = f"subscriber = :pk AND ({_IS_OWN_END} OR {_IS_AGREEMENT} OR {_IS_UNDOING})"
        found = self._store.value(
            f"""SELECT at FROM consents AS ended WHERE pk = (SELECT min(pk) FROM consents
                WHERE subscriber = :pk AND {_IS_OURS}
                AND pk > coalesce((SELECT max(pk) FROM consents WHERE {own}), 0))
            AND NOT EXISTS (SELECT 1 FROM consents WHERE subscriber = :pk AND at = ended.at AND {_IS_OWN_END})""",
            {"pk": subscriber},
        )
        return moment(found)

    def last_ended_at(self, subscriber: int) -> datetime | None:
        """Return when a person last took everything back, or ended a part."""
        return self._at(self._number(f"subscriber = ? AND {_IS_END}", (subscriber,)))

    def ended_by(self, subscriber: int, moment: datetime) -> int | None:
        """Return the number of the record by which a person took back everything or a part at `moment`."""
        return self._number(f"subscriber = ? AND at = ? AND {_IS_END}", (subscriber, stamp(moment)))

    def is_undone(self, subscriber: int, undoing: str) -> bool:
        """Whether there is a record that begins with these words."""
        return self._number("subscriber = ? AND instr(what, ?) = 1", (subscriber, undoing)) is not None

    def has_agreed_since(self, subscriber: int, moment: datetime) -> bool:
        """Whether a person has agreed to digests anew after what they ended at `moment`."""
        ended = self.ended_by(subscriber, moment)
        agreed = self._number(f"subscriber = ? AND {_IS_AGREEMENT}", (subscriber,))
        return ended is None or (agreed is not None and agreed > ended)

    def _at(self, number: int | None) -> datetime | None:
        found = self._store.value("SELECT at FROM consents WHERE pk = ?", (number,))
        return moment(found)

    def _number(self, where: str, values: tuple[object, ...]) -> int | None:
        """Return the number of the newest record that fulfils a condition."""
        found = self._store.value(f"SELECT max(pk) FROM consents WHERE {where}", values)
        return None if found is None else int(found)
