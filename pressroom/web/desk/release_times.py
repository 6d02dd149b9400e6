"""When a release is to go out, as its form says it. A moment that stands as it was shown keeps its stored value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from pressroom.errors import InvalidFieldError
from pressroom.models.dates import parse_moment
from pressroom.models.release import Release, State
from pressroom.web.desk.release_form import Typed, local
from pressroom.web.desk.wording import sentence

PAST = "That time is past; choose one to come."
EARLIER = "It is under embargo until later than that; a publisher may bring that forward."


@dataclass(frozen=True, slots=True)
class Times:
    """The moment at which a release goes out and its embargo, and what is wrong with them, by field."""

    at: datetime | None
    embargo: datetime | None
    faults: Mapping[str, str] = field(default_factory=dict)


def times_of(typed: Typed, known: Release | None, now: datetime, zone: ZoneInfo, *, may_shorten: bool) -> Times:
    """Return when a form wants its release to go out: the one of the two that is chosen, and the other as it was.

    An embargo is never taken away (R9), and brought forward by who `may_shorten` it alone.
    """
    at, embargo = (known.publish_at, known.embargo) if known else (None, None)
    faults: dict[str, str] = {}
    chosen, is_scheduled = typed.value("when"), known is not None and known.state is State.SCHEDULED
    if chosen == "at":
        at = _moment(typed, "at", at, now, zone, faults) or (at if is_scheduled else None)
    elif chosen == "embargo":
        before, embargo = embargo, _moment(typed, "embargo", embargo, now, zone, faults) or embargo
        if before and embargo and embargo < before and not may_shorten:
            faults["embargo"] = EARLIER
    elif not is_scheduled:
        at = None
    return Times(at, embargo, faults)


def _moment(
    typed: Typed, name: str, stored: datetime | None, now: datetime, zone: ZoneInfo, faults: dict[str, str]
) -> datetime | None:
    text = typed.value(name).strip()
    if not text or text == local(stored, zone):
        return stored if text else None
    try:
        moment = parse_moment(name, text, zone)
    except InvalidFieldError as error:
        faults[name] = sentence(error)
        return stored
    if moment <= now:
        faults[name] = PAST
    return moment
