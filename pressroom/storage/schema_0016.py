"""Rows of people and of mail that another program writes: what nobody can read is refused, and found at once.

Triggers hold also for a program that has switched foreign keys or checks off.
"""

from __future__ import annotations

from collections.abc import Iterable

A_MOMENT = "a moment like 2026-01-26T09:00:00Z"
A_DAY = "a day like 2026-01-26"
FREQUENCIES = ("immediate", "daily", "weekly", "monthly")
STATES = ("queued", "claimed", "handed-over", "retry", "sent", "failed", "suppressed", "cancelled", "unknown")
KINDS = ("confirmation", "welcome", "preferences", "goodbye", "already", "address", "moved", "complaint")

ATTEMPTS = ("first_attempt_at", "next_attempt_at", "claimed_at", "finished_at")
MOMENTS: dict[str, tuple[str, ...]] = {
    "catalogue": ("mail_closed_until", "swept_at"),
    "announcements": ("made_at",),
    "subscribers": ("created_at",),
    "subscriptions": ("begun_at", "ended_at"),
    "consents": ("at",),
    "suppressions": ("at",),
    "sign_ups": ("at", "taken_at"),
    "complaints": ("at", "acknowledged_at", "closed_at"),
    "runs": ("opened_at", "closed_at", "resumed_at"),
    "run_items": (),
    "due_times": ("due",),
    "issues": ("published_at",),
    "deliveries": (*ATTEMPTS, "stopped_at"),
    "letters": ("made_at", *ATTEMPTS),
    "bounces": ("at", "sent_at"),
}
WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "subscribers": {"state": ("pending", "active", "ended", "suppressed")},
    "subscriptions": {"frequency": FREQUENCIES},
    "runs": {"state": ("open", "paused", "closed", "empty")},
    "run_items": {"change": ("new", "revised", "withdrawn", "filed")},
    "due_times": {"frequency": FREQUENCIES},
    "letters": {"state": STATES, "kind": KINDS},
    "bounces": {"class": ("dead", "unclear", "soft", "ours", "information", "abuse")},
}
TOLD = ("title", "url", "kind", "language")


def _is_no_moment(column: str) -> str:
    # As it is normalised by SQLite: so there is no 30 February, and it is as text in its place by time. Short, since
    # every program reads all of the schema whenever it opens the file.
    normal = f"strftime('%Y-%m-%dT%H:%M:%SZ',{column},'+0 days')"
    return f"({column} IS NOT NULL AND ({column} NOT BETWEEN '1' AND '999' OR {column} IS NOT {normal}))"


def _is_hardly_a_moment(column: str) -> str:
    # Three times as quick: deliveries are written a million times.
    digits = "[1-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z"
    return f"({column} IS NOT NULL AND {column} NOT GLOB '{digits}')"


def _is_no_day(column: str) -> str:
    return f"{column} IS NOT date({column},'+0 days')"


def _is_none_of(column: str, words: Iterable[str]) -> str:
    return f"{column} NOT IN {tuple(words)}"


def _is_no_json(column: str, kind: str) -> str:
    return f"(NOT json_valid({column}) OR json_type({column}) <> '{kind}')"


def _tells_nothing(column: str) -> str:
    lacks = [f"json_type({column}, '$.{name}') IS NOT 'text'" for name in TOLD]
    lacks += [f"json_type({column}, '$.{name}') IS NOT 'array'" for name in ("formats", "relations")]
    return f"(NOT json_valid({column}) OR {' OR '.join(lacks)})"


def _faults(table: str, row: str) -> dict[str, tuple[str, str]]:
    """Return, by column of a row, the condition that it cannot be read, and what should stand there."""
    is_none = _is_hardly_a_moment if table == "deliveries" else _is_no_moment
    found = {column: (is_none(row + column), A_MOMENT) for column in MOMENTS[table]}
    for column, words in WORDS.get(table, {}).items():
        found[column] = (_is_none_of(row + column, words), f"one of {', '.join(words)}")
    if table == "subscribers":
        found["paused_until"] = (_is_no_day(f"{row}paused_until"), A_DAY)
    if table == "runs":
        found["expected"] = (_is_no_json(f"{row}expected", "array"), "a list in JSON")
        found["notes"] = (_is_no_json(f"{row}notes", "object"), "an object in JSON")
    if table == "run_items":
        found["nos"] = (_is_no_json(f"{row}nos", "array"), "a list in JSON")
        found["facts"] = (_tells_nothing(f"{row}facts"), "an object in JSON with what was told")
    return found


FAULTS = {table: _faults(table, "") for table in MOMENTS}
"""By table and column: the condition that nobody can read what stands there, and what should."""
IS_UNREADABLE = {table: "(" + " OR ".join(fault for fault, _ in FAULTS[table].values()) + ")" for table in FAULTS}
"""By table: the condition that something in a row cannot be read, which the index NAME_unreadable holds for."""


def _refusals(table: str) -> str:
    """Return triggers that refuse what cannot be read; a row from before them may keep it, and change otherwise."""
    faults = _faults(table, "NEW.")
    said = "\n".join(
        f"    SELECT RAISE(ABORT, '{table}.{column} is {wanted}') WHERE {fault};"
        for column, (fault, wanted) in faults.items()
    )
    changed = {column: f"(NEW.{column} IS NOT OLD.{column} AND {fault})" for column, (fault, _) in faults.items()}
    kept = "\n".join(
        f"    SELECT RAISE(ABORT, '{table}.{column} is {wanted}') WHERE {changed[column]};"
        for column, (_, wanted) in faults.items()
    )
    return f"""
CREATE TRIGGER {table}_come_readable BEFORE INSERT ON {table}
BEGIN
{said}
END;
CREATE TRIGGER {table}_stay_readable BEFORE UPDATE OF {", ".join(faults)} ON {table}
BEGIN
{kept}
END;
"""


def _index(table: str) -> str:
    return f"CREATE INDEX {table}_unreadable ON {table} ({next(iter(FAULTS[table]))}) WHERE {IS_UNREADABLE[table]};\n"


IS_ODD = """(change NOT IN ('new', 'revised', 'withdrawn', 'filed') OR length(note) > 20000
    OR at NOT BETWEEN '1990' AND '2101')"""
"""That an announcement says something else than what readers can be told: it may come in, and is left out."""
ODD = f"CREATE INDEX announcements_odd ON announcements (no) WHERE {IS_ODD};\n"

# What stands in a delivery holds up nothing, and a trigger would cost a tenth of all that is written of it.
READABLE = tuple((_refusals(table) if table != "deliveries" else "") + _index(table) for table in FAULTS)

NAMED_BY = {
    "topics": {"subscriptions": "topic", "release_topics": "topic", "announcement_topics": "topic",
               "topic_aliases": "topic", "topics": "merged_into"},
    "series": {"subscriptions": "series", "releases": "series", "announcements": "series"},
    "runs": {"deliveries": "run", "run_items": "run", "bundles": "run", "due_times": "run", "run_frequencies": "run",
             "issues": "run", "deleted_deliveries": "run", "bounces": "run"},
    "bundles": {"deliveries": "bundle", "bundle_items": "bundle"},
    "run_items": {"bundle_items": "item"},
    "releases": {"run_items": "release", "paid": "release", "shelf_places": "release", "notes": "lead",
                 "releases": "replacement"},
}  # fmt: skip
"""By table: which columns name a row of it, which therefore stays."""


def _stays(table: str, names: dict[str, str]) -> str:
    is_named = " OR ".join(f"EXISTS (SELECT 1 FROM {other} WHERE {column} = OLD.pk)" for other, column in names.items())
    refusal = f"BEGIN SELECT RAISE(ABORT, 'this row of {table} stays: others name it'); END"
    return f"""
CREATE TRIGGER {table}_that_are_named_stay BEFORE DELETE ON {table} WHEN {is_named}
{refusal};
CREATE TRIGGER {table}_that_are_named_keep_their_number BEFORE UPDATE OF pk ON {table}
WHEN NEW.pk <> OLD.pk AND ({is_named})
{refusal};
"""


STAYING = tuple(_stays(table, names) for table, names in NAMED_BY.items())

POINTERS = {
    "deliveries": {"run": "runs", "bundle": "bundles"},
    "bundles": {"run": "runs"},
    "bundle_items": {"bundle": "bundles", "item": "run_items"},
    "run_items": {"run": "runs", "release": "releases"},
    "announcements": {"release": "releases", "series": "series"},
    "announcement_topics": {"topic": "topics"},
    "release_topics": {"topic": "topics"},
    "release_relations": {"target": "releases"},
}
"""By table: columns, with the table that holds what they name."""
FEW = ("announcements", "announcement_topics", "release_topics", "release_relations")
"""Tables into which no run writes a million rows, for which what foreign keys see to would be looked up twice."""


def _points_at_something(table: str, column: str, other: str) -> str:
    when = f"NEW.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {other} WHERE pk = NEW.{column})"
    verbs = [f"UPDATE OF {column}", *(["INSERT"] if table in FEW else [])]
    return "".join(
        f"""
CREATE TRIGGER {table}_name_{column}_by_{verb[:6].lower()} BEFORE {verb} ON {table} WHEN {when}
BEGIN SELECT RAISE(ABORT, '{table}.{column} is the number of a row of {other}'); END;
"""
        for verb in verbs
    )


POINTING = tuple(
    _points_at_something(table, column, other)
    for table, columns in POINTERS.items()
    for column, other in columns.items()
)

GOING = {
    "subscribers": ("subscriptions", "filters", "consents", "owed", "struck", "held_back", "paid", "private_feeds",
                    "further_tokens", "left_with", "bounces"),
    "releases": ("release_topics", "release_authors", "release_partners", "release_files", "release_urls",
                 "release_relations", "release_changes", "earlier_slugs"),
    "topics": ("topic_aliases",),
}  # fmt: skip
"""By table: what goes with a row of it. Numbers are given anew, and whoever gets one must not get the rest with it."""
FORGETTING = ("deliveries", "letters")
"""What stays of a person who goes, and does not name them."""


def _goes_along(table: str, others: tuple[str, ...]) -> str:
    column = table.removesuffix("s")
    known = f"(SELECT pk FROM {table})"
    blank = [f"UPDATE {other} SET {column} = NULL WHERE {column}" for other in FORGETTING if table == "subscribers"]
    gone = [*(f"DELETE FROM {other} WHERE {column}" for other in others), *blank]
    if table == "releases":
        gone.append("DELETE FROM release_relations WHERE target")
    old = "".join(f"{one} NOT IN {known};\n" for one in gone)
    new = "".join(f"    {one} = OLD.pk;\n" for one in gone)
    return f"{old}CREATE TRIGGER {table}_take_along AFTER DELETE ON {table}\nBEGIN\n{new}END;\n"


TAKING_ALONG = tuple(_goes_along(table, others) for table, others in GOING.items())

ADDRESSES = """
-- Addresses are compared by their key; what SQLite can make of one, a program that forgets it need not.
CREATE TRIGGER subscribers_move_with_their_key AFTER UPDATE OF address ON subscribers
WHEN NEW.address_key = OLD.address_key AND NEW.address_key <> lower(NEW.address)
    AND NEW.address NOT GLOB '*[^ -~]*' AND NEW.address NOT LIKE '%xn--%'
BEGIN UPDATE subscribers SET address_key = lower(trim(NEW.address)) WHERE pk = NEW.pk; END;
"""

SCRIPTS = (*READABLE, ODD, *STAYING, *POINTING, *TAKING_ALONG, ADDRESSES)
