"""Readers as a run sees them: grouped by all that matters to it, so that a million are decided like a thousand.

Two active subscribers are alike when they hold the same choices of the topics and series in play, at frequencies that
make no difference, since the same announcement, with the same debts, payments and filter. Groups are made by SQLite in
temporary tables, which spill to the disk; each is decided once, and enlisted with one statement.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pressroom.models.people import Choice, Filter, Frequency
from pressroom.models.release import Series, Topic
from pressroom.storage.store import Store

ELSEWHERE = Topic("", "", 0)
"""Stands for every topic and series that is not in play, or gone."""

_TABLES = """
    DROP TABLE IF EXISTS temp.since_numbers;
    CREATE TEMP TABLE since_numbers (since_no INTEGER PRIMARY KEY, counts_as INTEGER NOT NULL);
    DROP TABLE IF EXISTS temp.readers;
    CREATE TEMP TABLE readers (subscriber INTEGER PRIMARY KEY, account TEXT NOT NULL);
    DROP TABLE IF EXISTS temp.reader_groups;
    CREATE TEMP TABLE reader_groups (pk INTEGER PRIMARY KEY, account TEXT NOT NULL UNIQUE, size INTEGER NOT NULL,
        bundle INTEGER);
"""
# A frequency by its first letter: what is compared a million times had better be short.
_LETTERS = {frequency: frequency.value[0] for frequency in Frequency}
_FREQUENCIES = {letter: frequency for frequency, letter in _LETTERS.items()}
# The choices of everyone who may be due something, as text: “t3=w all=d”, “=d” for one that is elsewhere.
# What is read in the order of the index needs no sorting, which would take longer than all the rest.
_CHOSEN = """
    SELECT subscriber, group_concat(scope || '=' || frequency, ' ') AS choices FROM (
        SELECT {distinct} subscriber,
            CASE WHEN topic IS NULL AND series IS NULL THEN 'all'
                WHEN topic IN (SELECT value FROM json_each(:topics)) THEN 't' || topic
                WHEN series IN (SELECT value FROM json_each(:series)) THEN 's' || series
                ELSE '' END AS scope,
            CASE frequency {frequencies} END AS frequency
        FROM subscriptions WHERE ended_at IS NULL AND {whose})
    WHERE scope <> '' OR :everywhere
    GROUP BY subscriber
"""
_OF_FREQUENCIES = """subscriber IN (SELECT subscriber FROM subscriptions
    WHERE ended_at IS NULL AND frequency IN (SELECT value FROM json_each(:frequencies)))"""
_OWED = "SELECT subscriber, json_group_array(announcement) AS numbers FROM owed GROUP BY subscriber"
_PAID = """
    SELECT subscriber, json_group_object(release, up_to_no) AS releases FROM (
        SELECT subscriber, release, max(up_to_no) AS up_to_no FROM (
            SELECT deliveries.subscriber, run_items.release, runs.up_to_no
            FROM run_items JOIN runs ON runs.pk = run_items.run
            JOIN bundle_items ON bundle_items.item = run_items.pk
            JOIN deliveries ON deliveries.bundle = bundle_items.bundle AND deliveries.state <> 'cancelled'
            WHERE run_items.release IN (SELECT value FROM json_each(:told)) AND deliveries.subscriber IS NOT NULL
            UNION ALL SELECT subscriber, release, up_to_no FROM paid
            WHERE release IN (SELECT value FROM json_each(:told)))
        GROUP BY subscriber, release)
    GROUP BY subscriber
"""
_HELD_BACK = """
    SELECT subscriber, json_group_array(announcement) AS numbers
    FROM held_back JOIN announcements ON announcements.no = announcement
    WHERE release IN (SELECT value FROM json_each(:told)) GROUP BY subscriber
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Subscribers who are alike to a run: how many there are, and their account."""

    pk: int
    size: int
    choices: tuple[Choice, ...]
    since_no: int
    carried: frozenset[int] = frozenset()
    paid: Mapping[int, int] = field(default_factory=dict)
    held_back: frozenset[int] = frozenset()
    filter: Filter = field(default_factory=Filter)


@dataclass(frozen=True, slots=True)
class InPlay:
    """What a run looks at: announcement numbers with their topics and series, at `frequencies`, whichever if urgent.

    `told` are releases that were revised, withdrawn or filed: what was paid of them counts, under any choice. `alike`
    maps each frequency to the one that stands for all that make no difference.
    """

    frequencies: Collection[Frequency]
    alike: Mapping[Frequency, Frequency]
    numbers: Sequence[int]
    topics: Collection[int]
    series: Collection[int]
    told: Collection[int] = ()
    is_urgent: bool = False


class Readers:
    def __init__(self, store: Store) -> None:
        self._store = store

    def group(self, play: InPlay) -> Iterator[Group]:
        """Group all who may be mailed and hold a choice in play, and return the groups one by one."""
        for statement in _TABLES.split(";")[:-1]:
            self._store.write(statement)
        self._count_since(play.numbers)
        self._gather(play)
        self._store.write(
            "INSERT INTO temp.reader_groups (account, size) SELECT account, count(*) FROM temp.readers GROUP BY account"
        )
        topics, series = self._store.topics.by_pk(), self._store.series.by_pk()
        last = 0
        while page := list(
            self._store.rows("SELECT pk, account, size FROM temp.reader_groups WHERE pk > ? LIMIT 1000", (last,))
        ):
            yield from (_group(row, topics, series) for row in page)
            last = page[-1]["pk"]

    def enlist(self, run: int, bundles: Iterable[tuple[int, int]]) -> int:
        """Enlist a delivery of `run` for every reader of the groups given with the bundle they get; return how many.

        Those who get the same stand beside each other: each process that sends composes it once for all of them.
        """
        self._store.write_many("UPDATE temp.reader_groups SET bundle = ? WHERE pk = ?",
                               [(bundle, group) for group, bundle in bundles])  # fmt: skip
        cursor = self._store.write(
            """INSERT INTO deliveries (run, subscriber, bundle) SELECT ?, subscriber, bundle
            FROM temp.readers JOIN temp.reader_groups ON reader_groups.account = readers.account
            WHERE bundle IS NOT NULL ORDER BY bundle, readers.account, subscriber""",
            (run,),
        )
        return cursor.rowcount

    def hold_back(self, held: Iterable[tuple[int, int]]) -> None:
        """Remember that a filter holds back from every reader of a group a number they were owed from before."""
        self._store.write_many(
            """INSERT INTO held_back (subscriber, announcement) SELECT subscriber, :no FROM temp.readers
            JOIN temp.reader_groups ON reader_groups.account = readers.account WHERE reader_groups.pk = :group
            ON CONFLICT DO NOTHING""",
            [{"group": group, "no": no} for group, no in held],
        )

    def strike_owed(self, struck: Iterable[tuple[int, int]]) -> None:
        """Forget that every reader of a group is owed a number, for (group, number) just paid or held back."""
        # Only those who are looked for group by group need it, and `hold_back` comes after this.
        self._store.write("CREATE INDEX IF NOT EXISTS temp.readers_by_account ON readers (account)")
        self._store.write_many(
            """DELETE FROM owed WHERE announcement = :no AND subscriber IN (SELECT subscriber FROM temp.readers
                JOIN temp.reader_groups ON reader_groups.account = readers.account WHERE reader_groups.pk = :group)""",
            [{"group": group, "no": no} for group, no in struck],
        )

    def _count_since(self, numbers: Sequence[int]) -> None:
        """Let every `since_no` count as the newest number in play that is not beyond it."""
        found = [row["since_no"] for row in self._store.rows("SELECT DISTINCT since_no FROM subscribers")]
        ordered = [0, *sorted(numbers)]
        counts_as = {no: ordered[bisect_right(ordered, no) - 1] for no in found}
        self._store.write(
            "INSERT INTO temp.since_numbers SELECT key, value FROM json_each(?)", (json.dumps(counts_as),)
        )

    def _gather(self, play: InPlay) -> None:
        chosen = _CHOSEN.format(
            distinct="DISTINCT" if play.told else "",
            frequencies=" ".join(f"WHEN '{one}' THEN '{_LETTERS[other]}'" for one, other in play.alike.items()),
            whose="TRUE" if play.is_urgent or set(play.frequencies) == set(Frequency) else _OF_FREQUENCIES,
        )
        self._store.write(
            f"""INSERT INTO temp.readers
            SELECT subscribers.pk,
                CASE WHEN coalesce(owed.numbers, paid.releases, held_back.numbers, filters.partners) IS NULL
                THEN json_array(counts_as, choices)
                ELSE json_array(counts_as, choices, owed.numbers, paid.releases, held_back.numbers, filters.kinds,
                    filters.languages, filters.partners) END
            FROM ({chosen}) AS chosen JOIN subscribers ON subscribers.pk = chosen.subscriber
            JOIN temp.since_numbers ON since_numbers.since_no = subscribers.since_no
            LEFT JOIN ({_OWED}) AS owed ON owed.subscriber = subscribers.pk
            LEFT JOIN ({_PAID}) AS paid ON paid.subscriber = subscribers.pk
            LEFT JOIN ({_HELD_BACK}) AS held_back ON held_back.subscriber = subscribers.pk
            LEFT JOIN filters ON filters.subscriber = subscribers.pk
            WHERE state = 'active' AND paused = 0""",
            {
                "topics": json.dumps(list(play.topics)),
                "series": json.dumps(list(play.series)),
                "frequencies": json.dumps(list(play.frequencies)),
                "everywhere": bool(play.told),
                "told": json.dumps(list(play.told)),
            },
        )


def _group(row: sqlite3.Row, topics: Mapping[int, Topic], series: Mapping[int, Series]) -> Group:
    since_no, choices, *more = json.loads(row["account"])
    owed, paid, held_back, kinds, languages, partners = more or [None] * 6  # most people have no more
    wanted = Filter()
    if kinds is not None:
        wanted = Filter(frozenset(kinds.split()), frozenset(languages.split()), bool(partners))
    return Group(
        pk=row["pk"],
        size=row["size"],
        choices=tuple(sorted((_choice(text, topics, series) for text in (choices or "").split()), key=_canonical)),
        since_no=since_no,
        carried=frozenset(json.loads(owed)) if owed else frozenset(),
        paid={int(release): no for release, no in json.loads(paid).items()} if paid else {},
        held_back=frozenset(json.loads(held_back)) if held_back else frozenset(),
        filter=wanted,
    )


def _choice(text: str, topics: Mapping[int, Topic], series: Mapping[int, Series]) -> Choice:
    scope, _, name = text.partition("=")
    frequency = _FREQUENCIES[name]
    if scope == "all":
        return Choice(frequency)
    if not scope:
        return Choice(frequency, topic=ELSEWHERE)
    pk = int(scope[1:])
    if scope[0] == "t":
        return Choice(frequency, topic=topics.get(pk, ELSEWHERE))
    return Choice(frequency, series=series[pk]) if pk in series else Choice(frequency, topic=ELSEWHERE)


def _canonical(choice: Choice) -> tuple[int, int, str]:
    topic, series = choice.scope
    return (-1 if topic is None else topic, series or 0, choice.frequency)
