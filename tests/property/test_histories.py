"""Random histories of releases, people and runs: the product pays exactly what the model says (R4, R5).

`./run bench histories` runs ten thousand new ones; here a few dozen, always the same, keep watch.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from pressroom.accounts import end_pauses
from pressroom.digest.explanation import Outcome, explain
from pressroom.models.people import Frequency
from pressroom.models.runs import DigestRun
from pressroom.publishing.digests import open_due_run, open_run_by_hand, readers_owed
from pressroom.publishing.explaining import case_of
from pressroom.publishing.journey import cancel_run
from pressroom.publishing.trying import count_owed
from tests.property.choosing import Choosing, frequencies, people, wishes
from tests.property.model import LONDON, Reader, immediate_is_due, latest_due

SCHEDULED = ("daily", "weekly", "monthly")
# A Monday in winter, and the days before summer time begins and ends.
BEGINNINGS = (
    datetime(2026, 1, 26, 9, tzinfo=UTC),
    datetime(2026, 3, 27, 9, tzinfo=UTC),
    datetime(2026, 10, 23, 9, tzinfo=UTC),
)
HISTORIES = int(os.environ.get("PRESSROOM_HISTORIES", "60"))


@pytest.mark.R4
class Histories(Choosing):
    """One site, two people and three topics; every rule does the same to the product and to the model."""

    @initialize(ada=wishes, bo=wishes, begun=st.sampled_from(BEGINNINGS))
    def open_site(self, ada: dict[str, str], bo: dict[str, str], begun: datetime) -> None:
        self.begin(begun)
        self.has_deleted = False
        self.filled: dict[str, list[tuple[datetime, datetime]]] = {name: [] for name in SCHEDULED}
        self.subscribe("ada", ada, True)
        self.subscribe("bo", bo, True)

    @rule(who=people, does_run_end=st.booleans(), asked=st.none() | wishes)
    def regret(self, who: str, does_run_end: bool, asked: dict[str, str] | None) -> None:
        """Leave while a digest waits, and take it back.

        Perhaps the digest has gone out to others meanwhile, and somebody has asked anew with the same address.
        """
        self.run_everything()
        self.leave(who)
        if does_run_end:
            self.send_what_waits()
        if asked:
            self.subscribe(who, asked, False)
        self.undo(who)

    @rule(which=st.sets(frequencies, min_size=1))
    def run_digests(self, which: set[str]) -> None:
        self._run(which)

    @rule()
    def run_everything(self) -> None:
        self._run({str(frequency) for frequency in Frequency})

    def _run(self, which: set[str]) -> None:
        owed = readers_owed(self.store, self.tools, self.now).readers
        due = {one: count_owed(self.store, [one]) for one in Frequency}
        assert owed == {one: number - gone for one, (number, gone) in due.items()}
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

    def _name(self, pk: int | None) -> str:
        subscriber = self.store.subscribers.by_pk(pk or 0)
        assert subscriber is not None
        return subscriber.address.partition("@")[0]


Histories.TestCase.settings = settings(
    max_examples=HISTORIES,
    stateful_step_count=40,
    deadline=None,
    derandomize="PRESSROOM_HISTORIES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestHistories = Histories.TestCase
