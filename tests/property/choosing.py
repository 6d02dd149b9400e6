"""What people do in a random history, the same to the product and to the model."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from pressroom import membership
from pressroom.membership import Wish
from pressroom.membership.leaving import undo_by_token, undo_token
from pressroom.membership.stopping import stop
from pressroom.models.people import Frequency, Subscriber
from pressroom.models.runs import RunState
from pressroom.stops import Stop
from tests.property.model import ALL, Reader
from tests.property.releasing import TOPICS, Releasing, kinds

PEOPLE = ("ada", "bo")
frequencies = st.sampled_from([str(frequency) for frequency in Frequency])
wishes = st.dictionaries(st.sampled_from([*TOPICS, ALL]), frequencies, min_size=1, max_size=3)
people = st.sampled_from(PEOPLE)


class Choosing(Releasing):
    """Two people; `runs` are the frequencies of each run so far."""

    def begin(self, begun: datetime) -> None:
        super().begin(begun)
        self.first_held: dict[str, datetime] = {}
        self.stopped_at: dict[str, datetime] = {}
        self.runs: dict[int, set[str]] = {}

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
            reader.reach, reader.passed, reader.filed = known.reach, known.passed, known.filed
            reader.had_limit = known.had_limit
            reader.undo = None if confirmed else known.undo
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
            self.now += timedelta(seconds=1)

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

    @rule(who=people, frequency=frequencies)
    def stop(self, who: str, frequency: str) -> None:
        """Press the button of one frequency on the page of an unsubscribe link."""
        reader = self.readers.get(who)
        if reader and reader.active:
            if frequency in reader.choices.values():
                self._stopping(who)
            token = self.store.subscribers.get(f"{who}@example.org").unsubscribe_token
            stop(self.store, self.tools, Stop(token, self.now, Frequency(frequency)), "test")
            if frequency in reader.choices.values():
                reader.stop(frequency, self.runs)
            self.now += timedelta(seconds=1)


def _wishes(wanted: dict[str, str]) -> list[Wish]:
    return [Wish(topic, Frequency(how)) for topic, how in wanted.items()]
