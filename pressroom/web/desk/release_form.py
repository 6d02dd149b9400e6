"""The form of a release: what stands in its fields, and the release that they describe. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pressroom.errors import InvalidFieldError, NotFoundError
from pressroom.models.dates import in_zone
from pressroom.models.extra import unfit
from pressroom.models.intake import parse_release, with_unsaid_facts_of
from pressroom.models.release import Relation, Release
from pressroom.models.text import clean_line
from pressroom.publishing.relations import relations_of
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.desk.release_files import FACTS_OF_A_FILE, OF_A_FILE, file_rows, values_of_files, with_files
from pressroom.web.desk.wording import sentence
from pressroom.web.forms import Fields

REQUIRED = {
    "title": "Give it a title.",
    "kind": "Choose what it is.",
    "summary": "Say in two or three sentences what it is about: mails and feeds show that.",
    "topics": "Choose at least one topic: who follows it is told.",
}
"""What a release must say before it goes out; a draft may lack it."""
LINES = (
    "title", "subtitle", "url", "published", "language", "publisher", "series", "edition", "collection", "part",
    "reference", "doi", "isbn", "licence", "translations", "event_date", "expected", "duplicate_url",
)  # fmt: skip
TEXTS = ("summary", "body")
CHOICES = ("kind", "access", "urgent")
LISTS = ("topics", "authors", "partners", "relations")
PEOPLE = {"authors", "partners"}
NAMES = (*LINES, *TEXTS, *CHOICES, *LISTS, *OF_A_FILE)
OF_THE_ROW = (
    "title", "url", "kind", "published", "publisher", "authors", "topics", "partners", "language", "summary", "body",
)  # fmt: skip
"""The fields that a row of an import has; all others stand in its `extra`."""
BESIDES = ("when", "at", "embargo", "note")
"""What the form says beside the facts: when it goes out, and what readers are told of a change."""
UNTITLED = "Untitled"
"""Stands for a title where there is none yet: the rest of what was typed can be looked at all the same."""

Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: the values of the fields, the release that they describe as far as they can be read, and faults.

    A fault is a sentence, by the name of its field, "" for the whole.
    """

    values: Values
    release: Release
    faults: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        return next(iter(self.values.get(name, ())), "")

    def listed(self, name: str) -> Sequence[str]:
        return self.values.get(name, ())

    @property
    def faults_in_order(self) -> list[tuple[str, str]]:
        """The faults in the order in which the fields stand in the form."""
        order = ("", "title", "kind", "summary", "topics", "url", "published")
        return sorted(self.faults.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order))

    @property
    def files(self) -> list[dict[str, str]]:
        """What stands there of each file, by the fact."""
        return [dict(zip(FACTS_OF_A_FILE, row, strict=True)) for row in file_rows(self.values)]

    @property
    def further_files(self) -> list[dict[str, str]]:
        """What stands there of files that may come."""
        return [dict.fromkeys(FACTS_OF_A_FILE, "")] * 2

    def fault(self, name: str) -> str:
        return self.faults.get(name, "")


def values_of(release: Release, zone: ZoneInfo) -> dict[str, list[str]]:
    """Return what stands in the fields of the form for a release."""
    part = f"{release.part} of {release.part_count}" if release.part and release.part_count else release.part
    event = "/".join(str(day) for day in (release.event_start, release.event_end) if day)
    values: dict[str, Any] = {name: getattr(release, name) for name in NAMES if hasattr(release, name)}
    values |= {
        "published": release.own_date,
        "series": release.series.name if release.series else None,
        "part": part,
        "translations": "; ".join(release.translations),
        "event_date": event,
        "duplicate_url": next(iter(release.old_urls), None),
        "urgent": "yes" if release.urgent else "no",
        "topics": [topic.slug for topic in release.topics],
        "authors": [author.name for author in release.authors],
        "partners": list(release.partners),
        "relations": [f"{one.kind}={one.target}" for one in release.relations],
        "at": local(release.publish_at, zone),
        "embargo": local(release.embargo, zone),
        "when": "embargo" if release.embargo else "at" if release.publish_at else "now",
        **values_of_files(release),
    }
    return {name: value if isinstance(value, list) else [str(value or "")] for name, value in values.items()}


def local(moment: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment by the clocks of the site, as a field for it has it (HTML, “local date and time”)."""
    return f"{in_zone(moment, zone):%Y-%m-%dT%H:%M}" if moment else ""


def empty(tools: Tools) -> Typed:
    """Return the form of a release that is not there yet."""
    language = tools.settings.site.language
    return Typed({"language": [language], "kind": ["report"], "when": ["now"]}, Release("", language=language))


def shown(release: Release, tools: Tools) -> Typed:
    """Return the form of a release as it is."""
    return Typed(values_of(release, tools.settings.site.zone), release)


def read(store: Store, tools: Tools, now: datetime, fields: Fields, known: Release | None) -> Typed:
    """Return what was typed: about `known`, or about a release that is not there yet."""
    before = values_of(known, tools.settings.site.zone) if known else {}
    values = _values(fields, before)
    changed = {name: value for name, value in values.items() if _kept(value) != _kept(before.get(name, ()))}
    faults: dict[str, str] = {}
    topics = _topics(store, changed, known, faults)
    if "topics" not in faults:
        values |= topics
    row = _row(changed | topics, known)
    release = _parsed(row, tools, now, faults)
    if known:
        release = _with_unsaid(known, with_unsaid_facts_of(known, release, row))
    release = with_files(values, before, release, known, faults)
    release = _with_relations(store, changed, release, known, faults)
    return Typed(values, release, faults)


def missing(release: Release) -> dict[str, str]:
    """Return what a release lacks before it may go out, by field."""
    said = {name: bool(getattr(release, name)) for name in REQUIRED} | {"title": release.title != UNTITLED}
    return {name: words for name, words in REQUIRED.items() if not said[name]}


def _values(fields: Fields, before: Values) -> dict[str, list[str]]:
    """Return the values of the fields that the form has; of a box to tick the last, since one unticked says “no”.

    Names may be parted by semicolons in one field, but for those that were there `before`.
    """
    values = {name: list(fields[name]) for name in (*NAMES, *BESIDES) if name in fields}
    for name in (*LINES, *TEXTS, *CHOICES, *BESIDES):
        if name in values:
            values[name] = values[name][-1:]
    for name in LISTS:
        if name in values:
            values[name] = _kept(values[name])
    for name in OF_A_FILE:  # each beside the others of its file, blank or not
        if name in values:
            values[name] = [value.strip() for value in values[name]]
    for name in PEOPLE & values.keys():
        there = before.get(name, ())
        parts = (part for one in values[name] for part in ([one] if one in there else one.split(";")))
        values[name] = _kept(parts)
    return values


def _kept(values: Iterable[str]) -> list[str]:
    """Return the values that say something; browsers end lines in their own way (HTML, “newline normalization”)."""
    return [value.replace("\r\n", "\n").strip() for value in values if value.strip()]


def _row(values: Values, known: Release | None) -> dict[str, Any]:
    """Return the row of an import that the fields make up: what they say, and of a known release what has changed."""
    said = {
        name: list(value) if name in LISTS else "".join(value)
        for name, value in values.items()
        if name not in ("relations", *BESIDES, *OF_A_FILE) and (known or "".join(value).strip())
    }
    row: dict[str, Any] = {name: value for name, value in said.items() if name in OF_THE_ROW}
    row["extra"] = {name: value for name, value in said.items() if name not in OF_THE_ROW}
    return {"title": known.title, **row} if known else row


def _parsed(row: dict[str, Any], tools: Tools, now: datetime, faults: dict[str, str]) -> Release:
    """Return the release of a row, without what cannot be read; `faults` gets a sentence for each of these."""
    site = tools.settings.site
    rest = {**row, "extra": dict(row["extra"])}
    while True:
        try:
            release = parse_release(rest, now, site.zone, site.language)
        except InvalidFieldError as error:
            faults[error.field] = sentence(error)
            if error.field == "title":
                rest["title"] = UNTITLED
            elif rest.pop(error.field, None) is None and rest["extra"].pop(error.field, None) is None:
                raise
        else:
            break
    for name, value in release.extra.items():
        if name in NAMES:
            faults[name] = sentence(unfit(name, value))
    return replace(release, extra={name: value for name, value in release.extra.items() if name not in NAMES})


def _with_unsaid(known: Release, changed: Release) -> Release:
    """Return a changed release with what no field shows of it: what authors are, and whether its page is open."""
    authors = {author.name: author for author in known.authors}
    changed = replace(changed, authors=tuple(authors.get(author.name, author) for author in changed.authors))
    return replace(changed, landing_access=known.landing_access) if changed.access is known.access else changed


def _topics(store: Store, values: Values, known: Release | None, faults: dict[str, str]) -> dict[str, list[str]]:
    """Return the topics that are meant, by slug: an alias leads to its topic, and several may stand in one field."""
    if "topics" not in values:
        return {}
    found: dict[str, None] = {}
    for name in (one.strip() for text in values["topics"] for one in text.split(";")):
        if name and (topic := store.topics.find(name)):
            found[topic.slug] = None
        elif name:
            faults["topics"] = (
                f"“{clean_line(name)[:100]}” is no topic; choose one of those that are there, or have it added by "
                "“publisher topic add”."
            )
    # Boxes are sent in the order of the form, which says nothing: those that stay keep theirs.
    before = [topic.slug for topic in known.topics if topic.slug in found] if known else []
    return {"topics": list(dict.fromkeys([*before, *found]))}


def _with_relations(
    store: Store, values: Values, release: Release, known: Release | None, faults: dict[str, str]
) -> Release:
    if "relations" not in values:
        return release
    texts = [line for text in values["relations"] for line in text.splitlines()]
    try:
        relations: tuple[Relation, ...] = relations_of(store, texts, known)
    except InvalidFieldError as error:
        faults["relations"] = f"{error.problem}; {error.remedy}."
    except NotFoundError as error:
        faults["relations"] = str(error)
    else:
        return replace(release, relations=relations)
    return release
