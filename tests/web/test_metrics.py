"""The numbers at `/metrics` are what the catalogue holds, and hold nothing about anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from pressroom.models.bounces import BounceClass
from pressroom.models.people import SubscriberState
from pressroom.models.release import State
from pressroom.models.runs import DeliveryState, RunState
from pressroom.operations.pulse import Pulse
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine
from tests.test_docs import blocks, chapters, read, rows

ALWAYS = {"state": {*State, *SubscriberState, *DeliveryState, *RunState}, "class": {*BounceClass}}


class Numbers:
    """What a site tells Prometheus, each time it is asked."""

    def __init__(self, press: CommandLine) -> None:
        self.pulse = Pulse()
        self.client = TestClient(make_app(Tools.of(press.site), lambda: press.now, pulse=self.pulse), client=("::1", 1))

    @property
    def text(self) -> str:
        answer = self.client.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        return answer.text

    @property
    def families(self) -> list[Metric]:
        return [one for one in text_string_to_metric_families(self.text) if one.name.startswith("pressroom_")]

    def __getitem__(self, name: str) -> float:
        """Return the number of a series: `numbers["releases live"]`."""
        wanted, *labels = name.split()
        found = [
            sample.value
            for family in self.families
            for sample in family.samples
            if sample.name == f"pressroom_{wanted}" and list(sample.labels.values()) == labels
        ]
        assert len(found) == 1, name
        return float(found[0])


@pytest.fixture
def numbers(press: CommandLine) -> Iterator[Numbers]:
    numbers = Numbers(press)
    with numbers.client:
        yield numbers


@pytest.fixture
def store(press: CommandLine) -> Iterator[Store]:
    with Tools.of(press.site).open_store() as opened:
        yield opened


def test_releases_are_counted_as_they_come_out(press: CommandLine, numbers: Numbers, store: Store) -> None:
    assert (numbers["releases live"], numbers["releases scheduled"], numbers["announcements_total"]) == (2, 1, 2)
    press("release", "add", "--title", "Dykes")
    assert (numbers["releases scheduled"], numbers["releases_due"]) == (2, 1)
    press("publish")
    assert (numbers["releases live"], numbers["releases_due"], numbers["announcements_total"]) == (3, 0, 3)
    assert numbers["feeds_changed_timestamp_seconds"] == press.now.timestamp()
    assert numbers["releases_not_in_feeds"] == 0
    store.write("UPDATE releases SET title = 'Sluices' WHERE title = 'Dykes'")
    assert numbers["releases_not_in_feeds"] == 1


def test_messages_are_counted_by_what_became_of_them(press: CommandLine, numbers: Numbers, store: Store) -> None:
    for name in ("ada", "bo"):
        press("subscriber", "add", f"{name}@example.org", "--frequency", "daily", "--confirmed")
    press("subscriber", "add", "cy@example.org")
    assert (numbers["subscribers active"], numbers["subscribers pending"], numbers["letters queued"]) == (2, 1, 1)
    press("release", "add", "--title", "Dykes")
    press("publish", "--feeds-only")
    press.wait(days=1)
    assert numbers["run_lateness_seconds daily"] == timedelta(hours=1, minutes=1).total_seconds()
    assert numbers["problems"] == 1
    press("publish")
    assert (numbers["deliveries sent"], numbers["letters sent"], numbers["runs closed"]) == (2, 1, 1)
    assert (numbers["run_lateness_seconds daily"], numbers["problems"]) == (0, 0)
    assert numbers["last_run_lateness_seconds"] == timedelta(hours=1, minutes=1).total_seconds()
    assert numbers["last_run_closed_timestamp_seconds"] >= press.now.timestamp()
    with store.atomic():
        store.write("DELETE FROM deliveries")
        store.write("INSERT INTO deleted_deliveries (run, state, n) VALUES (1, 'sent', 2) ON CONFLICT DO NOTHING")
    assert numbers["deliveries sent"] == 2


def test_what_comes_back_and_who_is_suppressed_is_counted(press: CommandLine, numbers: Numbers, store: Store) -> None:
    press("subscriber", "add", "ada@example.org", "--confirmed")
    subscriber = store.subscribers.get("ada@example.org").pk
    store.bounces.add(subscriber, None, address="ada@example.org", bounce_class=BounceClass.SOFT, status="4.2.2",
                      text="full", now=press.now)  # fmt: skip
    store.suppressions.add("0" * 64, "asked", press.now)
    assert (numbers["bounces soft"], numbers["bounces dead"], numbers["suppressions"]) == (1, 0, 1)


@pytest.mark.R11
def test_a_copy_says_that_it_mails_nothing(press: CommandLine, numbers: Numbers) -> None:
    assert numbers["armed"] == 1
    (press.site / "data" / "armed").unlink()
    assert (numbers["armed"], numbers["problems"]) == (0, 1)


def test_what_the_schedule_does_is_told(numbers: Numbers) -> None:
    assert (numbers["leader"], numbers["looks_total"], numbers["look_running_seconds"]) == (0, 0, 0)
    numbers.pulse.leads = True
    numbers.pulse.watch()
    numbers.pulse.notice()
    numbers.pulse.begin()
    assert numbers["look_running_seconds"] > 0
    numbers.pulse.end(is_well=False)
    assert (numbers["leader"], numbers["looks_total"], numbers["troubled_looks_total"]) == (1, 1, 1)
    assert numbers["change_lag_seconds"] > 0
    assert numbers["watch_lag_seconds"] > 0


def test_a_catalogue_that_cannot_be_read_is_a_number_too(press: CommandLine, numbers: Numbers) -> None:
    assert numbers["catalogue_readable"] == 1
    away = (press.site / "data" / "catalogue.db").rename(press.site / "away.db")
    assert numbers["catalogue_readable"] == 0
    assert "process_resident_memory_bytes" in numbers.text
    assert "pressroom_releases" not in numbers.text
    away.rename(press.site / "data" / "catalogue.db")


def test_who_writes_is_not_waited_for_and_not_seen(numbers: Numbers, store: Store) -> None:
    with store.atomic():
        store.write("INSERT INTO releases (title) VALUES ('Dykes')")
        assert numbers["releases scheduled"] == 1
    assert numbers["releases scheduled"] == 2


@pytest.mark.R9
def test_no_number_names_a_person_or_a_release(press: CommandLine, numbers: Numbers) -> None:
    press("subscriber", "add", "ada@example.org", "--name", "Ada", "--frequency", "daily", "--confirmed")
    press("release", "add", "--title", "Dykes")
    press.wait(days=1)
    press("publish")
    assert not re.search(r"@|example\.org|Ada|Floods|Bridges|Spies|Dykes|rivers", numbers.text)


def test_each_number_says_what_it_is_and_goes_by_the_rules_for_names(numbers: Numbers) -> None:
    numbers.pulse.watch()
    numbers.pulse.notice()
    numbers.pulse.begin()
    numbers.pulse.end(is_well=True)
    for family in numbers.families:
        assert family.documentation.endswith(".")
        assert family.type in ("gauge", "counter", "info")
        assert re.fullmatch(r"pressroom(_[a-z]+)+", family.name)
        assert ("seconds" in family.name) <= family.name.endswith("_seconds")
        assert all(set(sample.labels) <= {"state", "class", "frequency", "version"} for sample in family.samples)


def test_every_state_has_a_number_also_where_there_is_none(numbers: Numbers) -> None:
    for family in numbers.families:
        labels = [sample.labels for sample in family.samples]
        for kinds in (State, SubscriberState, DeliveryState, RunState, BounceClass):
            values = {value for one in labels for value in one.values()}
            if values and values <= set(kinds):
                assert values == set(kinds)
                break
        else:
            assert not {"state", "class"} & set(labels[0])


def everything_told(press: CommandLine) -> set[str]:
    """Return the names of all series that a site with a run behind it tells."""
    press("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    press("release", "add", "--title", "Dykes")
    press.wait(days=1)
    press("publish")
    numbers = Numbers(press)
    with numbers.client:
        numbers.pulse.watch()
        numbers.pulse.notice()
        numbers.pulse.begin()
        numbers.pulse.end(is_well=True)
        return {sample.name for family in numbers.families for sample in family.samples}


def test_every_number_is_documented_and_no_other(press: CommandLine) -> None:
    table = [cells[0] for cells in rows(chapters(read("docs/operations.md"))["What to watch"])]
    documented = {name for cell in table for name in re.findall(r"pressroom_\w+", cell)}
    assert documented == everything_told(press)


def test_the_alarms_of_the_docs_ask_for_numbers_that_there_are(press: CommandLine) -> None:
    (alarms,) = [block for block in blocks(read("docs/operations.md"), "yaml") if "alert:" in block]
    asked = set(re.findall(r"pressroom_\w+", alarms))
    assert len(asked) > 5
    assert asked <= everything_told(press)


def test_what_publish_refuses_to_do_is_a_problem(press: CommandLine) -> None:
    (press.site / "publisher.toml").write_text('[smtp]\nhost = "smtp.example.org"\n')
    numbers = Numbers(press)
    with numbers.client:
        assert numbers["problems"] == 1
