"""What readers are owed, out of the catalogue that a backup replaces: nobody is told twice, and nothing is lost (R4).

All of it goes by the table `numbers`: which announcement there is which one here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from pressroom.models.consent import How
from pressroom.storage.store import Store

KNOWN = """SELECT known.pk FROM main.subscribers AS known JOIN replaced.subscribers AS they ON they.pk = known.pk
    AND they.unsubscribe_token = known.unsubscribe_token"""
# Each with the newest record of them here that is no copy of what another catalogue said, and with the same one there.
_RECORDS = f"""({KNOWN}) AS known LEFT JOIN main.consents AS last ON last.pk = (
        SELECT max(pk) FROM main.consents WHERE subscriber = known.pk AND how <> '{How.AFTER_BACKUP}')
    LEFT JOIN replaced.consents AS same
        ON (same.pk, same.subscriber, same.at, same.what) = (last.pk, last.subscriber, last.at, last.what)"""
# Those of whom nothing is known here that is not known there.
_FOLLOWED = f"SELECT known.pk FROM {_RECORDS} WHERE last.pk IS NULL OR same.pk IS NOT NULL"
# The topics and series that are the same ones in both.
_TOPICS = """SELECT there.pk FROM replaced.topics AS there JOIN main.topics AS here ON here.pk = there.pk
    AND here.slug = there.slug AND here.merged_into IS there.merged_into"""
_SERIES = """SELECT there.pk FROM replaced.series AS there JOIN main.series AS here ON here.pk = there.pk
    AND here.slug = there.slug"""


def heard_of_since(store: Store) -> set[int]:
    """Return the subscribers of whom the replaced catalogue has later records than there are here.

    The order of records tells, where those here go on there; else clocks do.
    """
    rows = store.rows(
        f"""SELECT known.pk FROM {_RECORDS} JOIN replaced.consents AS newest ON newest.pk = (
            SELECT max(pk) FROM replaced.consents WHERE subscriber = known.pk AND how <> '{How.AFTER_BACKUP}')
        WHERE CASE WHEN same.pk IS NOT NULL THEN newest.pk > same.pk ELSE newest.at > coalesce(last.at, '') END"""
    )
    return {row["pk"] for row in rows}


def number_what_both_hold(store: Store) -> None:
    """Fill `numbers` with the announcements that both catalogues hold, whatever numbers they have."""
    store.write(
        """INSERT OR IGNORE INTO temp.numbers (theirs, mine) SELECT there.no, here.no
        FROM replaced.announcements AS there JOIN main.announcements AS here ON here.release = there.release
        AND here.change = there.change AND here.made_at = there.made_at AND here.at IS there.at"""
    )


def owe_no_more_what_was_settled(store: Store, cancelled: Sequence[int]) -> None:
    """Of what these deliveries told, owe only what is owed there still, or what nobody there has heard of."""
    store.write(
        """DELETE FROM main.owed WHERE announcement IN (SELECT mine FROM temp.numbers)
        AND (subscriber, (SELECT release FROM main.announcements WHERE no = announcement)) IN (
            SELECT deliveries.subscriber, run_items.release FROM main.deliveries
            JOIN main.bundle_items ON bundle_items.bundle = deliveries.bundle
            JOIN main.run_items ON run_items.pk = bundle_items.item
            WHERE deliveries.pk IN (SELECT value FROM json_each(:cancelled)))
        AND NOT EXISTS (SELECT 1 FROM replaced.owed AS there JOIN temp.numbers ON theirs = there.announcement
            WHERE there.subscriber = main.owed.subscriber AND mine = main.owed.announcement)
        AND NOT EXISTS (SELECT 1 FROM replaced.deliveries AS there
            JOIN replaced.bundle_items AS part ON part.bundle = there.bundle
            JOIN replaced.run_items AS item ON item.pk = part.item JOIN json_each(item.nos) AS told
            JOIN temp.numbers ON theirs = told.value
            WHERE there.subscriber = main.owed.subscriber AND there.state IN ('queued', 'claimed', 'retry')
            AND mine = main.owed.announcement)""",
        {"cancelled": json.dumps(list(cancelled))},
    )


def take_over_choices(store: Store) -> set[int]:
    """Let active subscribers hold what they hold there, since they began to, and return who holds something else now.

    Left out is who has chosen a topic or series there that is not known here, or of whom this catalogue knows better.
    """
    store.write(
        f"""CREATE TEMP TABLE choosers AS SELECT here.pk FROM main.subscribers AS here
        JOIN replaced.subscribers AS there ON there.pk = here.pk AND there.state = 'active' AND here.state = 'active'
        WHERE here.pk IN ({_FOLLOWED}) AND NOT EXISTS (SELECT 1 FROM replaced.subscriptions
            WHERE subscriber = here.pk AND (topic NOT IN ({_TOPICS}) OR series NOT IN ({_SERIES})))"""
    )
    ended = store.write_returning(
        f"""UPDATE main.subscriptions SET ended_at = there.ended_at, ended_no = {_here("there.ended_no")}
        FROM replaced.subscriptions AS there WHERE main.subscriptions.ended_at IS NULL AND there.ended_at IS NOT NULL
        AND (there.pk, there.subscriber, there.begun_at)
            = (main.subscriptions.pk, main.subscriptions.subscriber, main.subscriptions.begun_at)
        AND there.subscriber IN (SELECT pk FROM temp.choosers) RETURNING subscriber"""
    )
    begun = store.write_returning(
        f"""INSERT INTO main.subscriptions
            (pk, subscriber, topic, series, frequency, begun_at, begun_no, ended_at, ended_no, pending)
        SELECT CASE WHEN there.pk NOT IN (SELECT pk FROM main.subscriptions) THEN there.pk END, subscriber, topic,
            series, frequency, begun_at, {_here("begun_no")}, ended_at,
            CASE WHEN ended_no IS NOT NULL THEN {_here("ended_no")} END, pending
        FROM replaced.subscriptions AS there WHERE subscriber IN (SELECT pk FROM temp.choosers)
        AND NOT EXISTS (SELECT 1 FROM main.subscriptions AS same
            WHERE (same.pk, same.subscriber, same.begun_at) = (there.pk, there.subscriber, there.begun_at))
        ORDER BY there.pk RETURNING subscriber"""
    )
    store.write("DROP TABLE temp.choosers")
    return {row["subscriber"] for row in (*ended, *begun)}


def take_over_accounts(store: Store) -> None:
    """Let everybody be owed what they are owed there, but for whom this catalogue knows better."""
    store.write(f"CREATE TEMP TABLE followed AS {_FOLLOWED}")
    store.write("CREATE UNIQUE INDEX temp.followed_once ON followed (pk)")
    for table in ("owed", "held_back", "struck"):
        store.write(f"DELETE FROM main.{table} WHERE subscriber IN (SELECT pk FROM temp.followed)")
    theirs = "JOIN temp.numbers ON theirs = announcement JOIN temp.followed ON followed.pk = subscriber"
    for table in ("owed", "held_back"):
        store.write(
            f"""INSERT INTO main.{table} (subscriber, announcement)
            SELECT subscriber, mine FROM replaced.{table} {theirs}"""
        )
    # What was struck there, was before anything that is recorded here from now on.
    store.write(
        f"""INSERT INTO main.struck (subscriber, announcement, at_no, at, after_consent)
        SELECT subscriber, mine, {_here("at_no")}, at, min(after_consent, (SELECT max(pk) FROM main.consents))
        FROM replaced.struck {theirs}"""
    )
    store.write(
        f"""UPDATE main.subscribers SET since_no = {_here("there.since_no")} FROM replaced.subscribers AS there
        WHERE there.pk = main.subscribers.pk AND there.pk IN (SELECT pk FROM temp.followed)"""
    )
    store.write("DROP TABLE temp.followed")


def _here(number: str) -> str:
    """Return the SQL of the newest number here that is not beyond a number there."""
    return f"coalesce((SELECT mine FROM temp.numbers WHERE theirs <= {number} ORDER BY theirs DESC LIMIT 1), 0)"
