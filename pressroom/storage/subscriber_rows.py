"""Rows of subscribers and of their choices, read as models."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from functools import lru_cache

from pressroom.models.people import Choice, Filter, Frequency, Subscriber, SubscriberState
from pressroom.storage.cells import day, moment, word
from pressroom.storage.consents import AGREED_AT
from pressroom.storage.shelf_rows import named_series, named_topic

CHOICES = """
    SELECT subscriptions.subscriber, frequency, begun_no, ended_no, ended_at, pending,
        topics.pk AS topic, topics.slug AS topic_slug, topics.name AS topic_name,
        series.pk AS series, series.slug AS series_slug, series.name AS series_name
    FROM subscriptions LEFT JOIN topics ON topics.pk = topic LEFT JOIN series ON series.pk = series
"""
IS_OF_SOMETHING = f"""+frequency IN ({", ".join(f"'{name}'" for name in Frequency)})
    AND (subscriptions.topic IS NULL OR topics.pk IS NOT NULL)
    AND (subscriptions.series IS NULL OR series.pk IS NOT NULL)"""
"""SQL: that a choice is of what there is; one of a topic that is gone is not one of everything.

The + lets choices be looked up by their subscriber, and not by this.
"""


COLUMNS = f"""
    subscribers.pk, address, state, name, language, paused, paused_until, unsubscribe_token, created_at, since_no,
    {AGREED_AT} AS agreed_at, kinds, languages, partners
"""
_EVERYTHING = Filter()
_A_DAY = len("2020-05-01")
UNREADABLE_STATE = SubscriberState.SUPPRESSED
"""That of a subscriber whose state nobody can read: they get no mail."""


def choice_of(row: sqlite3.Row) -> Choice:
    return _choice(
        row["frequency"],
        (row["topic_slug"], row["topic_name"], row["topic"]),
        (row["series_slug"], row["series_name"], row["series"]),
    )


@lru_cache(1_024)
def _choice(frequency: str, topic: tuple[str, str, int | None], series: tuple[str, str, int | None]) -> Choice:
    """Return a choice, the same object for all who hold it: most readers hold what others hold too."""
    return Choice(
        Frequency(frequency),
        named_topic(topic[0], topic[1], topic[2]) if topic[2] else None,
        named_series(series[0], series[1], series[2]) if series[2] else None,
    )


def filter_of(row: sqlite3.Row) -> Filter:
    return Filter(frozenset(row["kinds"].split()), frozenset(row["languages"].split()), bool(row["partners"]))


def subscriber_of(row: sqlite3.Row, choices: tuple[Choice, ...]) -> Subscriber:
    """Return the subscriber of a row of COLUMNS; a hundred thousand are read for a run, hence no look-up by name."""
    pk, address, state, name, language, paused, paused_until, token, created_at, since_no, agreed_at, kinds = row[:12]
    return Subscriber(
        address,
        word(state, UNREADABLE_STATE),
        pk,
        name,
        language,
        choices,
        _EVERYTHING if kinds is None else filter_of(row),
        bool(paused),
        day(paused_until),
        token,
        moment(created_at),
        _agreed(agreed_at),
        since_no,
    )


def _agreed(text: str | None) -> datetime | date | None:
    return day(text) if text and len(text) == _A_DAY else moment(text)
