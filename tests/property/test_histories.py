"""Random histories of releases, people and runs: the product pays exactly what the model says (R4, R5).

`./run bench histories` runs ten thousand new ones; here a few dozen, always the same, keep watch.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pressroom import membership
from pressroom.membership import Wish
from pressroom.models.people import Frequency, Subscriber
from pressroom.models.release import Release, State, Topic
from pressroom.publishing import entering
from pressroom.publishing.digests import open_run_by_hand
from pressroom.publishing.journey import make_live
from pressroom.signing import make_secret
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.property.model import ALL, Reader, Told

TOPICS = ("rivers", "roads", "data")
PEOPLE = ("ada", "bo")
HISTORIES = int(os.environ.get("PRESSROOM_HISTORIES", "60"))
frequencies = st.sampled_from([str(frequency) for frequency in Frequency])
wishes = st.dictionaries(st.sampled_from([*TOPICS, ALL]), frequencies, min_size=1, max_size=3)
people = st.sampled_from(PEOPLE)
some_topics = st.sets(st.sampled_from(TOPICS), max_size=2)


@pytest.mark.R4
class Histories(RuleBasedStateMachine):
    """One site, two people and three topics; every rule does the same to the product and to the model."""

    template: Path | None = None

    @initialize(ada=wishes, bo=wishes)
    def open_site(self, ada: dict[str, str], bo: dict[str, str]) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.now = datetime(2026, 1, 26, 9, tzinfo=UTC)
        self.tools = Tools.of(self.folder)
        self.store = self._new_catalogue()
        self.readers: dict[str, Reader] = {}
        self.topics: dict[str, frozenset[str]] = {}
        self.withdrawn: set[str] = set()
        self.subscribe("ada", ada)
        self.subscribe("bo", bo)

    def _new_catalogue(self) -> Store:
        cls = type(self)
        if cls.template is None or not cls.template.exists():
            cls.template = Path(tempfile.mkdtemp()) / "catalogue.db"
            with Store.create(cls.template, now=self.now, authority="example.org,2026") as store:
                for topic in TOPICS:
                    store.topics.add(topic)
        self.tools.data.mkdir()
        make_secret(self.tools.secret_key)
        shutil.copy(cls.template, self.tools.catalogue)
        return Store.open(self.tools.catalogue)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)

    @rule(topics=some_topics, urgent=st.booleans())
    def release(self, topics: set[str], urgent: bool) -> None:
        title = f"release-{len(self.topics) + 1}"
        release = Release(title, topics=tuple(Topic(name, name) for name in sorted(topics)), urgent=urgent)
        entering.add_release(self.store, release)
        make_live(self.store, self.now)
        self.topics[title] = frozenset(topics)
        self._tell(title, "new", self.topics[title], urgent)

    @precondition(lambda self: self.topics)
    @rule(data=st.data())
    def revise(self, data: st.DataObject) -> None:
        release = self._one(data)
        entering.revise_release(self.store, release, release, "A note.", self.now)
        self._tell(release.title, "revised", frozenset(), release.urgent)

    @precondition(lambda self: self.topics)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        release = self._one(data)
        entering.withdraw_release(self.store, release, "A reason.", None, self.now)
        self.withdrawn.add(release.title)
        self._tell(release.title, "withdrawn", frozenset(), release.urgent)

    @precondition(lambda self: self.topics)
    @rule(data=st.data(), topics=some_topics)
    def file(self, data: st.DataObject, topics: set[str]) -> None:
        from dataclasses import replace

        release = self._one(data)
        further = frozenset(topics) - self.topics[release.title]
        facts = replace(release, topics=(*release.topics, *(Topic(name, name) for name in sorted(further))))
        entering.edit_release(self.store, release, facts, self.now)
        self.topics[release.title] |= further
        if further:
            self._tell(release.title, "filed", further, release.urgent)

    @rule(who=people, wanted=wishes)
    def subscribe(self, who: str, wanted: dict[str, str]) -> None:
        known = self.readers.get(who)
        if known and known.active:
            return
        person = Subscriber(f"{who}@example.org")
        membership.subscribe(self.store, self.tools, person, _wishes(wanted), self.now, confirmed=True, how="test")
        self.readers[who] = Reader(dict(wanted), paid=known.paid if known else {})

    @rule(who=people, wanted=wishes, drop=st.booleans())
    def change(self, who: str, wanted: dict[str, str], drop: bool) -> None:
        reader = self.readers.get(who)
        if not reader or not reader.active:
            return
        gone = [topic for topic in reader.choices if drop and topic not in wanted]
        membership.change_preferences(
            self.store, f"{who}@example.org", self.now, wishes=_wishes(wanted), drop=gone, how="test"
        )
        kept = {topic: how for topic, how in reader.choices.items() if topic not in gone}
        reader.choose(kept | wanted)

    @rule(who=people)
    def pause_or_resume(self, who: str) -> None:
        reader = self.readers.get(who)
        if not reader or not reader.active:
            return
        if reader.paused:
            membership.resume(self.store, f"{who}@example.org", self.now, "test")
        else:
            membership.pause(self.store, self.tools, f"{who}@example.org", None, self.now, "test")
        reader.paused = not reader.paused

    @rule(who=people)
    def leave(self, who: str) -> None:
        reader = self.readers.get(who)
        if reader and reader.active:
            membership.unsubscribe(self.store, f"{who}@example.org", self.now, "test")
            reader.active = reader.paused = False

    @rule(which=st.sets(frequencies, min_size=1))
    def run_digests(self, which: set[str]) -> None:
        self._run(which)

    @rule()
    def run_everything(self) -> None:
        self._run({str(frequency) for frequency in Frequency})

    def _run(self, which: set[str]) -> None:
        run = open_run_by_hand(self.store, self.tools, self.now, [Frequency(name) for name in which])
        paid = {
            self._name(delivery.subscriber): {
                (offered.item.title, offered.item.change) for offered in self.store.runs.bundle(delivery.bundle)
            }
            for delivery in self.store.deliveries.of_run(run.pk)
        }
        newest = self.store.announcements.newest_no
        expected = {who: reader.run(which, newest, self.withdrawn) for who, reader in self.readers.items()}
        assert paid == {who: items for who, items in expected.items() if items}

    @rule(hours=st.integers(-30, 200))
    def let_time_pass(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def _one(self, data: st.DataObject) -> Release:
        """Return one of the live releases; a withdrawn one is passed over by drawing again."""
        live = list(self.store.releases.all(State.LIVE))
        if not live:
            self.release(set(), False)
            live = list(self.store.releases.all(State.LIVE))
        return data.draw(st.sampled_from(sorted(live, key=lambda release: release.title)))

    def _tell(self, release: str, change: str, topics: frozenset[str], urgent: bool) -> None:
        told = Told(self.store.announcements.newest_no, release, change, topics, urgent)
        for reader in self.readers.values():
            reader.hear(told)

    def _name(self, pk: int | None) -> str:
        subscriber = self.store.subscribers.by_pk(pk or 0)
        assert subscriber is not None
        return subscriber.address.partition("@")[0]


def _wishes(wanted: dict[str, str]) -> list[Wish]:
    return [Wish(topic, Frequency(how)) for topic, how in wanted.items()]


Histories.TestCase.settings = settings(
    max_examples=HISTORIES,
    stateful_step_count=40,
    deadline=None,
    derandomize="PRESSROOM_HISTORIES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestHistories = Histories.TestCase
