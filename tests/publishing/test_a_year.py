"""A year of a site as `serve` goes through it: from each moment at which it would wake to the next."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pressroom.models.people import Frequency
from pressroom.publishing.journey import publish_due
from pressroom.publishing.outlook import next_look
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine

BEGIN, END = datetime(2026, 1, 26, 9, tzinfo=UTC), datetime(2027, 1, 26, 9, tzinfo=UTC)
REPORTS = 34
READERS = {f"{name}@example.org": name for name in ("daily", "weekly", "monthly")}


@pytest.fixture(params=["08:00", "01:30"])
def at(request: pytest.FixtureRequest) -> str:
    """When digests are due: in London there is no 01:30 on 29 March 2026, and there are two on 25 October."""
    return str(request.param)


@pytest.fixture
def year(run: CommandLine, site: Path, at: str) -> CommandLine:
    (site / "publisher.toml").write_text(f'[digest]\nat = "{at}"\n')
    for address, name in READERS.items():
        run("subscriber", "add", address, "--frequency", name, "--confirmed")
    for number in range(REPORTS):  # one every nine days and some hours, until all have time to come
        moment = BEGIN + timedelta(days=9 * number, hours=5 * number)
        run("release", "add", "--title", f"Report {number}", "--embargo", moment.isoformat())
    return run


def live_through(store: Store, tools: Tools) -> None:
    """Do what is due at each moment at which something is."""
    now = BEGIN
    while now < END:
        assert not publish_due(store, tools, now).trouble
        following = next_look(store, tools, now)
        assert following > now
        now = following


@pytest.mark.parametrize("at", ["01:30"], indirect=True)
def test_every_due_time_has_one_run_and_everybody_gets_everything_once(
    year: CommandLine, store: Store, tools: Tools
) -> None:
    listed = year.ask("digest", "schedule", "--until", END.isoformat())
    live_through(store, tools)
    filled = store.runs.filled(BEGIN, END - timedelta(seconds=1))
    assert [one["at"] for one in listed] == [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in filled]
    assert [one["frequencies"] for one in listed] == [
        sorted((str(due.frequency) for due in dues), key=["daily", "weekly", "monthly"].index)
        for dues in filled.values()
    ]
    assert not any(due.missed for dues in filled.values() for due in dues)
    assert Counter(due.frequency for dues in filled.values() for due in dues) == {
        Frequency.DAILY: 365,
        Frequency.WEEKLY: 52,
        Frequency.MONTHLY: 12,
    }
    for address in READERS:
        told = Counter(
            line.strip() for mail in year.mails(address) for line in str(mail.get_body(["plain"])).splitlines()
        )
        assert [told[f"Report {number}"] for number in range(REPORTS)] == [1] * REPORTS


def test_digests_are_due_at_one_time_of_the_day_by_the_clocks_of_the_site_all_year(year: CommandLine, at: str) -> None:
    listed = year.ask("digest", "schedule", "--until", END.isoformat())
    days = [datetime.fromisoformat(one["local"]) for one in listed]
    assert [day.date() for day in days] == [date(2026, 1, 27) + timedelta(days=number) for number in range(365)]
    odd = {day.date(): f"{day:%H:%M}" for day in days if f"{day:%H:%M}" != at}
    assert odd == ({date(2026, 3, 29): "02:30"} if at == "01:30" else {})
    london = ZoneInfo("Europe/London")
    assert {day.utcoffset() for day in days} == {timedelta(), timedelta(hours=1)}
    assert all(day.utcoffset() == day.astimezone(london).utcoffset() for day in days)
    assert {day.weekday() for day, one in zip(days, listed, strict=True) if "weekly" in one["frequencies"]} == {0}
    assert {day.day for day, one in zip(days, listed, strict=True) if "monthly" in one["frequencies"]} == {1}


def test_what_became_of_each_due_time_is_listed(year: CommandLine, store: Store, tools: Tools) -> None:
    for moment in (BEGIN, BEGIN + timedelta(days=1), BEGIN + timedelta(days=2), BEGIN + timedelta(days=4)):
        publish_due(store, tools, moment)
    year.now = BEGIN + timedelta(days=5)
    lines = year("digest", "schedule", "--since", "2026-01-27", "--until", "2026-02-01").out.splitlines()
    assert [" ".join(line.split()) for line in lines][1:4] == [
        f"Tue 27 Jan 2026 {store.runs.get(1).due:%H:%M} GMT daily run 1: 1 enlisted, 1 sent",
        f"Wed 28 Jan 2026 {store.runs.get(1).due:%H:%M} GMT daily run 2: 0 items: nothing sent",
        f"Thu 29 Jan 2026 {store.runs.get(1).due:%H:%M} GMT daily missed; run 3 made up for it (0 items: nothing sent)",
    ]
    assert "0 items: nothing sent" in year("digest", "status", "2").out
