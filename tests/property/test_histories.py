"""Random histories of releases, people and runs: the product pays exactly what the model says (R4, R5).

`./run bench histories` runs ten thousand new ones; here a few dozen, always the same, keep watch.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pressroom import membership
from pressroom.accounts import end_pauses
from pressroom.digest.explanation import Outcome, explain
from pressroom.membership import Wish
from pressroom.membership.by_link import stop_frequency
from pressroom.membership.leaving import undo_by_token, undo_token
from pressroom.models.dates import PartialDate
from pressroom.models.people import Frequency, Subscriber
from pressroom.models.release import Kind, Release, State, Topic
from pressroom.models.runs import DigestRun, RunState
from pressroom.publishing import entering
from pressroom.publishing.digests import open_due_run, open_run_by_hand
from pressroom.publishing.explaining import case_of
from pressroom.publishing.journey import cancel_run, make_live
from pressroom.signing import make_secret
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.property.model import ALL, LONDON, Reader, Told, immediate_is_due, latest_due

TOPICS = ("rivers", "roads", "data")
PEOPLE = ("ada", "bo")
SCHEDULED = ("daily", "weekly", "monthly")
# A Monday in winter, and the days before summer time begins and ends.
BEGINNINGS = (
    datetime(2026, 1, 26, 9, tzinfo=UTC),
    datetime(2026, 3, 27, 9, tzinfo=UTC),
    datetime(2026, 10, 23, 9, tzinfo=UTC),
)
HISTORIES = int(os.environ.get("PRESSROOM_HISTORIES", "60"))
frequencies = st.sampled_from([str(frequency) for frequency in Frequency])
wishes = st.dictionaries(st.sampled_from([*TOPICS, ALL]), frequencies, min_size=1, max_size=3)
people = st.sampled_from(PEOPLE)
kinds = st.sampled_from(["report", "guide"])
some_topics = st.sets(st.sampled_from(TOPICS), max_size=2)


@pytest.mark.R4
class Histories(RuleBasedStateMachine):
    """One site, two people and three topics; every rule does the same to the product and to the model."""

    template: Path | None = None

    @initialize(ada=wishes, bo=wishes, begun=st.sampled_from(BEGINNINGS))
    def open_site(self, ada: dict[str, str], bo: dict[str, str], begun: datetime) -> None:
        self.folder = Path(tempfile.mkdtemp())
        (self.folder / "publisher.toml").write_text('[site]\ntimezone = "Europe/London"\n')
        self.now = begun
        self.tools = Tools.of(self.folder)
        self.store = self._new_catalogue()
        self.readers: dict[str, Reader] = {}
        self.topics: dict[str, frozenset[str]] = {}
        self.withdrawn: set[str] = set()
        self.kinds: dict[str, str] = {}
        self.first_held: dict[str, datetime] = {}
        self.stopped_at: dict[str, datetime] = {}
        self.runs: dict[int, set[str]] = {}
        self.has_deleted = False
        self.filled: dict[str, list[tuple[datetime, datetime]]] = {name: [] for name in SCHEDULED}
        self.subscribe("ada", ada, True)
        self.subscribe("bo", bo, True)

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
        from dataclasses import replace

        release = self._one(data)
        further = frozenset(topics) - self.topics[release.title]
        facts = replace(release, topics=(*release.topics, *(Topic(name, name) for name in sorted(further))))
        entering.edit_release(self.store, release, facts, self.now)
        self.topics[release.title] |= further
        if further:
            self._tell(release.title, "filed", further, release.urgent, self.store.announcements.newest_no)

    @rule(who=people, wanted=wishes, confirmed=st.booleans())
    def subscribe(self, who: str, wanted: dict[str, str], confirmed: bool) -> None:
        known = self.readers.get(who)
        if known and (known.active or known.pending):
            return
        person = Subscriber(f"{who}@example.org")
        membership.subscribe(self.store, self.tools, person, _wishes(wanted), self.now, confirmed=confirmed, how="test")
        reader = Reader(dict(wanted), active=confirmed, pending=not confirmed)
        if known:
            reader.payments, reader.settled = known.payments, known.settled
            reader.struck, reader.held_back, reader.gone = known.struck, known.held_back, known.gone
            reader.reach, reader.passed = known.reach, known.passed
            reader.had_limit = known.had_limit
        self.readers[who] = reader
        self._hold(wanted)

    @rule(who=people)
    def confirm(self, who: str) -> None:
        reader = self.readers.get(who)
        if reader and reader.pending:
            membership.confirm(self.store, self.tools, f"{who}@example.org", self.now, "test")
            reader.confirm()
            self._hold(reader.choices)

    def _hold(self, wanted: dict[str, str]) -> None:
        """Note when a frequency was first held by anyone."""
        for how in wanted.values():
            self.first_held[how] = min(self.now, self.first_held.get(how, self.now))

    @rule(who=people, wanted=wishes, drop=st.booleans())
    def change(self, who: str, wanted: dict[str, str], drop: bool) -> None:
        reader = self.readers.get(who)
        if not reader or not (reader.active or reader.pending):
            return
        gone = [topic for topic in reader.choices if drop and topic not in wanted]
        membership.change_preferences(
            self.store, f"{who}@example.org", self.now, wishes=_wishes(wanted), drop=gone, how="test"
        )
        kept = {topic: how for topic, how in reader.choices.items() if topic not in gone}
        begun = {topic: how for topic, how in wanted.items() if kept.get(topic) != how}  # one that stays is left alone
        reader.choose(kept | wanted)
        self._hold(begun)

    @rule(who=people, kind=st.none() | kinds)
    def limit(self, who: str, kind: str | None) -> None:
        """Want one kind only from now on, or all again."""
        reader = self.readers.get(who)
        if reader and (reader.active or reader.pending):
            address = f"{who}@example.org"
            membership.change_filter(self.store, address, self.now, kinds=[kind or "all"], how="test")
            reader.kind, reader.had_limit = kind, reader.had_limit or kind is not None

    @rule(who=people, days=st.sampled_from([None, 1, 9]))
    def pause_or_resume(self, who: str, days: int | None) -> None:
        reader = self.readers.get(who)
        if not reader or not reader.active:
            return
        if reader.paused:
            membership.resume(self.store, f"{who}@example.org", self.now, "test")
            reader.go_on()
        else:
            reader.pause(self._today() + timedelta(days=days) if days else None)
            membership.pause(self.store, self.tools, f"{who}@example.org", reader.until, self.now, "test")

    @rule(who=people)
    def leave(self, who: str) -> None:
        reader = self.readers.get(who)
        if reader and reader.active:
            self._stopping(who)
            membership.unsubscribe(self.store, self.tools, f"{who}@example.org", self.now, "test")
            reader.leave()

    def _stopping(self, who: str) -> None:
        """Note when, each time at a second of its own, for who may take it back."""
        self.now += timedelta(seconds=1)
        self.stopped_at[who] = self.now

    @rule(who=people)
    def undo(self, who: str) -> None:
        """Press the button on the page that answered an unsubscribe."""
        reader, moment = self.readers.get(who), self.stopped_at.get(who)
        if not reader or not reader.undo or moment is None:
            return
        subscriber = self.store.subscribers.get(f"{who}@example.org")
        token = undo_token(self.tools, subscriber, moment)
        undone = undo_by_token(self.store, self.tools, token, self.now, "test")
        assert (undone is not None) is (self.now < moment + timedelta(hours=24))
        if undone:
            runs = self.store.runs.all()
            kept_runs = {run.pk for run in runs if self.store.deliveries.find(run.pk, subscriber.pk)}
            reader.take_back({run.pk for run in runs if run.state in (RunState.OPEN, RunState.PAUSED)}, kept_runs)
            self._hold(reader.choices)

    @rule(who=people, does_run_end=st.booleans())
    def regret(self, who: str, does_run_end: bool) -> None:
        """Leave while a digest waits, and take it back, perhaps after the digest has gone out to others."""
        self.run_everything()
        self.leave(who)
        if does_run_end:
            self.send_what_waits()
        self.undo(who)

    @rule(who=people, frequency=frequencies)
    def stop(self, who: str, frequency: str) -> None:
        """Press the button of one frequency on the page of an unsubscribe link."""
        reader = self.readers.get(who)
        if reader and reader.active:
            if frequency in reader.choices.values():
                self._stopping(who)
            token = self.store.subscribers.get(f"{who}@example.org").unsubscribe_token
            stop_frequency(self.store, self.tools, token, Frequency(frequency), self.now, "test")
            if frequency in reader.choices.values():
                reader.stop(frequency, self.runs)

    @rule(which=st.sets(frequencies, min_size=1))
    def run_digests(self, which: set[str]) -> None:
        self._run(which)

    @rule()
    def run_everything(self) -> None:
        self._run({str(frequency) for frequency in Frequency})

    def _run(self, which: set[str]) -> None:
        run = open_run_by_hand(self.store, self.tools, self.now, [Frequency(name) for name in which])
        self._compare(run, which)

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Stop a run of which nothing has left yet."""
        runs = [run.pk for run in self.store.runs.all() if run.counts.waiting]
        if runs:
            number = data.draw(st.sampled_from(runs))
            assert cancel_run(self.store, self.tools, number, self.now).counts.waiting == 0
            for reader in self.readers.values():
                reader.cancel(number)

    @rule()
    def send_what_waits(self) -> None:
        """Let everything that waits have been sent, and close the runs: nothing undoes what they paid any more."""
        for run in [run for run in self.store.runs.all() if run.counts.waiting]:
            self.store.write(
                "UPDATE deliveries SET state = 'sent', finished_at = ? WHERE run = ? AND state = 'queued'",
                ("2026-01-26T09:00:00Z", run.pk),
            )
            for reader in self.readers.values():
                reader.settled += reader.payments.pop(run.pk, [])
        self.store.runs.close_finished(self.now)

    @rule(which=st.sets(frequencies, min_size=1), most=st.sampled_from([1, 3, 100]))
    def delete_old_deliveries(self, which: set[str], most: int) -> None:
        """Delete records of runs that have ended: nothing that anybody gets later changes by it."""
        self._run(which)
        self.send_what_waits()
        before = [(run.pk, run.counts) for run in self.store.runs.all()]
        if self.store.deliveries.delete_closed(self.now + timedelta(days=9_999), most):
            self.has_deleted = True
        assert [(run.pk, run.counts) for run in self.store.runs.all()] == before
        assert self.store.faults() == []
        for who in self.readers:
            self.read_own_feed(who)
            self.ask_why(who)

    @rule(who=people)
    def read_own_feed(self, who: str) -> None:
        """A private feed holds the releases that were paid, whatever has been deleted since."""
        if who in self.readers:
            told = self.store.private_feeds.told(self.store.subscribers.get(f"{who}@example.org").pk, 1_000)
            names = [self.store.releases.by_pk([pk])[pk].title for pk in told]
            assert sorted(names) == sorted(self.readers[who].paid)

    @rule()
    def look(self) -> None:
        """Do what a publish does: go live, end pauses, and open the run that is due by the clock."""
        self._go_live()
        end_pauses(self.store, self.now, LONDON)
        for reader in self.readers.values():
            if reader.until and reader.until <= self._today():
                reader.go_on()
        due = {name for name in SCHEDULED if self._is_due(name)}
        waiting = [told for reader in self.readers.values() for told in reader.due({"immediate"})]
        if immediate_is_due(waiting, self.now):
            due.add("immediate")
        self._compare(open_due_run(self.store, self.tools, self.now), due)
        for name in due & set(SCHEDULED):
            self.filled[name].append((latest_due(name, self.now), self.now))

    def _is_due(self, name: str) -> bool:
        latest = latest_due(name, self.now)
        has_run = any(due == latest and opened <= self.now for due, opened in self.filled[name])
        return name in self.first_held and self.first_held[name] < latest and not has_run

    def _compare(self, run: DigestRun | None, which: set[str]) -> None:
        """Let the model pay what a run at these frequencies pays, and see that the product did just that."""
        if which:
            assert run is not None
            assert set(run.frequencies) == which
        paid = {
            self._name(delivery.subscriber): {
                (offered.item.title, offered.item.change) for offered in self.store.runs.bundle(delivery.bundle)
            }
            for delivery in (self.store.deliveries.of_run(run.pk) if run else ())
        }
        number = run.pk if run else 0
        self.runs[number] = set(which)
        newest = self.store.announcements.newest_no
        expected = {
            who: reader.run(number, newest, which, self.withdrawn, self.kinds) for who, reader in self.readers.items()
        }
        assert paid == {who: items for who, items in expected.items() if items}

    @precondition(lambda self: self.topics)
    @rule(who=people)
    def ask_why(self, who: str) -> None:
        """`subscriber explain` tells of each announcement what the model says became of it."""
        for slug in list(self.topics)[-3:] if who in self.readers else ():
            self._ask_why(who, slug)

    def _ask_why(self, who: str, slug: str) -> None:
        reader = self.readers[who]
        for answer in explain(case_of(self.store, self.tools, f"{who}@example.org", slug, self.now)):
            expected = {self._outcome(reader, slug, answer.no)}
            # What is left of a deleted record is that the release was told, by a run up to some number.
            if self.has_deleted and answer.outcome is Outcome.OFFERED and slug in reader.paid:
                continue
            # Which came first, a filter or the withdrawal, is not kept: after a pause or a cancelled run it is a guess.
            if reader.had_limit and expected == {Outcome.WITHDRAWN}:
                expected = {Outcome.WITHDRAWN, Outcome.HELD_BACK}
            assert answer.outcome in expected, answer

    def _outcome(self, reader: Reader, release: str, no: int) -> Outcome:
        if no in reader.offered:
            return Outcome.OFFERED
        if reader.active and no in reader.owed:
            is_gone = release in self.withdrawn and reader.owed[no].is_first
            return Outcome.WITHDRAWN if is_gone else Outcome.OWED
        if no in reader.struck:
            return Outcome.STRUCK
        if no in reader.gone:
            return Outcome.WITHDRAWN
        if no in reader.held_back:
            return Outcome.HELD_BACK
        is_silent = all(one.silent for one in self.store.announcements.of_release(self._pk(release)) if one.no == no)
        return Outcome.SILENT if is_silent else Outcome.NOT_OWED

    def _pk(self, release: str) -> int:
        return self.store.releases.get(release).pk

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
