"""What happens to releases in a random history, the same to the product and to the model; and the clock."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from pressroom.models.dates import PartialDate
from pressroom.models.release import Kind, Release, State, Topic
from pressroom.publishing import entering
from pressroom.publishing.journey import make_live
from pressroom.signing import make_secret
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.property.model import LONDON, Reader, Told

TOPICS = ("rivers", "roads", "data")
kinds = st.sampled_from(["report", "guide"])
some_topics = st.sets(st.sampled_from(TOPICS), max_size=2)


class Releasing(RuleBasedStateMachine):
    """One site with three topics, and its `readers` by name, who hear what is announced."""

    kept: tempfile.TemporaryDirectory[str] | None = None
    """Where the empty catalogue of all of them lies, until the process ends."""

    def begin(self, begun: datetime) -> None:
        self.folder = Path(tempfile.mkdtemp())
        (self.folder / "publisher.toml").write_text('[site]\ntimezone = "Europe/London"\n')
        self.now = begun
        self.tools = Tools.of(self.folder)
        self.store = self._new_catalogue()
        self.readers: dict[str, Reader] = {}
        self.topics: dict[str, frozenset[str]] = {}
        self.withdrawn: set[str] = set()
        self.kinds: dict[str, str] = {}

    def _new_catalogue(self) -> Store:
        cls = type(self)
        if cls.kept is None:
            cls.kept = tempfile.TemporaryDirectory()
        template = Path(cls.kept.name) / "catalogue.db"
        if not template.exists():
            with Store.create(template, now=self.now, authority="example.org,2026") as store:
                for topic in TOPICS:
                    store.topics.add(topic)
        self.tools.data.mkdir()
        make_secret(self.tools.secret_key)
        shutil.copy(template, self.tools.catalogue)
        return Store.open(self.tools.catalogue)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)

    @rule(
        topics=some_topics,
        urgent=st.booleans(),
        hours=st.sampled_from([0, 0, 1, 30]),
        age=st.sampled_from([0, 400]),
        kind=kinds,
    )
    def release(self, topics: set[str], urgent: bool, hours: int, age: int, kind: str = "report") -> None:
        """Add a release, perhaps under embargo for some hours, perhaps with an own date long ago."""
        title = f"release-{len(self.topics) + 1}"
        release = Release(
            title,
            kind=Kind(kind),
            topics=tuple(Topic(name, name) for name in sorted(topics)),
            urgent=urgent,
            embargo=self.now + timedelta(hours=hours) if hours else None,
            own_date=PartialDate.parse("own date", (self.now - timedelta(days=age)).date().isoformat()),
        )
        self.topics[title], self.kinds[title] = frozenset(topics), kind
        entering.add_release(self.store, release)
        self._go_live()

    @rule(topics=some_topics)
    def bring_in_silently(self, topics: set[str]) -> None:
        """Add a release of the back catalogue: a number, and no word to anyone."""
        title = f"release-{len(self.topics) + 1}"
        named = tuple(self.store.topics.get(name) for name in sorted(topics))
        entering.add_silently(self.store, Release(title, topics=named), self.store.releases.seconds(), self.now)
        self.topics[title], self.kinds[title] = frozenset(topics), str(self.store.releases.get(title).kind)

    def _go_live(self) -> None:
        live, trouble = make_live(self.store, self.now)
        assert not trouble
        first = self.store.announcements.newest_no - len(live)
        for place, release in enumerate(live, 1):
            self._tell(release.title, "new", self.topics[release.title], release.urgent, first + place)

    @precondition(lambda self: self.topics)
    @rule(data=st.data())
    def revise(self, data: st.DataObject) -> None:
        release = self._one(data)
        entering.revise_release(self.store, release, release, "A note.", self.now)
        self._tell(release.title, "revised", frozenset(), release.urgent, self.store.announcements.newest_no)

    @precondition(lambda self: self.topics)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        release = self._one(data)
        entering.withdraw_release(self.store, release, "A reason.", None, self.now)
        self.withdrawn.add(release.title)
        self._tell(release.title, "withdrawn", frozenset(), release.urgent, self.store.announcements.newest_no)

    @precondition(lambda self: self.topics)
    @rule(data=st.data(), topics=some_topics)
    def file(self, data: st.DataObject, topics: set[str]) -> None:
        release = self._one(data)
        further = frozenset(topics) - self.topics[release.title]
        facts = replace(release, topics=(*release.topics, *(Topic(name, name) for name in sorted(further))))
        entering.edit_release(self.store, release, facts, self.now)
        self.topics[release.title] |= further
        if further:
            self._tell(release.title, "filed", further, release.urgent, self.store.announcements.newest_no)

    @rule(hours=st.integers(-30, 200), minutes=st.sampled_from([0, 5, 11, 61]))
    def let_time_pass(self, hours: int, minutes: int) -> None:
        self.now += timedelta(hours=hours, minutes=minutes)

    @rule(minutes=st.sampled_from([0, 5, 11, 61]))
    def let_minutes_pass(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def _one(self, data: st.DataObject) -> Release:
        """Return one of the live releases; a withdrawn one is passed over by drawing again."""
        live = list(self.store.releases.all(State.LIVE))
        if not live:
            self.release(set(), False, 0, 0)
            live = list(self.store.releases.all(State.LIVE))
        return self.store.releases.get(data.draw(st.sampled_from(sorted(release.title for release in live))))

    def _tell(self, release: str, change: str, topics: frozenset[str], urgent: bool, no: int) -> None:
        told = Told(no, release, change, topics, urgent, self.now)
        for reader in self.readers.values():
            reader.hear(told)

    def _today(self) -> date:
        return self.now.astimezone(LONDON).date()
