"""At most so many messages a minute, in all and to one domain: whoever sends, and however often they are restarted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pressroom.delivery.queue import Answer, Verdict
from pressroom.delivery.tally import Tally
from pressroom.delivery.worker import Worker
from pressroom.models.bodies import Body
from pressroom.models.pace import Pace
from pressroom.models.runs import Delivery, Message
from pressroom.storage import Store
from pressroom.storage.pace import KeptPace
from tests.conftest import CommandLine
from tests.delivery.killing import Dump, counts, make_site
from tests.delivery.test_worker import Wire
from tests.running import Service, eventually

NOW = datetime(2026, 1, 27, 9, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


class TestTheRamp:
    def test_begins_with_a_fiftieth_and_ends_with_the_whole(self) -> None:
        pace = Pace(1000, 100, date(2026, 12, 1), 28)
        assert pace.on(date(2026, 12, 1)) == Pace(20, 2)
        assert pace.on(date(2026, 12, 29)) == pace.on(date(2027, 12, 1)) == Pace(1000, 100)

    def test_grows_by_the_same_factor_each_day(self) -> None:
        pace = Pace(1_000_000, 0, date(2026, 12, 1), 10)
        days = [pace.on(date(2026, 12, day)).a_minute for day in range(1, 12)]
        factors = [later / earlier for earlier, later in pairwise(days)]
        assert min(factors) == pytest.approx(max(factors), rel=1e-3)

    def test_is_that_of_the_first_day_before_it_has_begun(self) -> None:
        assert Pace(1000, 0, date(2026, 12, 1)).on(date(2026, 11, 1)) == Pace(20, 0)

    def test_leaves_what_has_no_limit_without_one(self) -> None:
        assert Pace(0, 1, date(2026, 12, 1)).on(date(2026, 12, 1)) == Pace(0, 1)

    def test_follows_the_days_of_the_site(self, catalogue: Store) -> None:
        pace = KeptPace(catalogue, Pace(60_000, 0, date(2026, 7, 1), 2), LONDON)
        before, after = datetime(2026, 7, 1, 22, 59, tzinfo=UTC), datetime(2026, 7, 1, 23, 0, tzinfo=UTC)
        assert (pace.left(before), pace.left(after)) == (20, 142)


@pytest.fixture
def catalogue(run: CommandLine, site: Path, store: Store) -> Store:
    return store


@pytest.mark.R10
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.integers(0, 7), st.sampled_from("abc"), st.integers(0, 1)), min_size=1, max_size=120),
    in_all=st.integers(0, 9),
    to_one=st.integers(0, 5),
)
def test_in_no_minute_do_more_leave_than_may(
    catalogue: Store, steps: list[tuple[int, str, int]], in_all: int, to_one: int
) -> None:
    """Two processes that know nothing of each other, each started anew at every message; one is a second ahead."""
    catalogue.write("DELETE FROM left_lately")
    catalogue.write("DELETE FROM turns")
    now, left = NOW, list[tuple[datetime, str]]()
    for wait, domain, ahead in steps:
        now += timedelta(seconds=wait)
        clock = now + timedelta(seconds=ahead)
        pace = KeptPace(catalogue, Pace(in_all, to_one), LONDON)
        pace.left(clock)
        if (turn := pace.turn_of(f"x@{domain}.org", clock, [])) is None:
            left.append((now, domain))
        else:
            assert turn > clock
    for began, _ in left:
        minute = [domain for at, domain in left if began <= at <= began + timedelta(seconds=60)]
        assert not in_all or len(minute) <= in_all
        assert not to_one or max(Counter(minute).values()) <= to_one


@dataclass
class Clock:
    """A clock that goes on as it is told."""

    now: datetime = NOW


class People:
    """A builder of bare messages to those who wait, who have addresses at the domains given, by turns."""

    def __init__(self, store: Store, *domains: str) -> None:
        self._addresses = {}
        with store.atomic():
            for delivery in store.deliveries.of_run(1):
                address = f"{delivery.pk}@{domains[delivery.pk % len(domains)]}"
                self._addresses[delivery.pk] = address
                store.write("UPDATE subscribers SET address = ?, address_key = ? WHERE pk = ?",
                            (address, address, delivery.subscriber))  # fmt: skip

    def build(self, delivery: Delivery) -> Message | None:
        recipient = self._addresses[delivery.pk]
        return Message(f"<{delivery.pk}@x>", "a@example.org", recipient, (), Body.whole(""), Body.whole(""))


@pytest.fixture
def queue(run: CommandLine, site: Path, store: Store) -> Callable[[int], Store]:
    """A catalogue with an open run of so many deliveries to one person."""
    run("subscriber", "add", "ada@example.org", "--confirmed")

    def of(number: int) -> Store:
        opened = store.runs.open(key="k" * 26, now=NOW, up_to_no=0, frequencies=[], due_times={})
        bundle = store.runs.add_bundle(opened, [])
        people = [(f"p{one}@example.org", f"{one:026}") for one in range(number)]
        store.write_many("INSERT INTO subscribers (address, address_key, unsubscribe_token, created_at, state) "
                         "VALUES (?, ?, ?, '2026-01-01T00:00:00Z', 'active')",
                         [(address, address, token) for address, token in people])  # fmt: skip
        store.write("""INSERT INTO deliveries (run, subscriber, bundle)
            SELECT ?, pk, ? FROM subscribers WHERE address <> 'ada@example.org'""", (opened.pk, bundle))  # fmt: skip
        return store

    return of


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Noting(Wire):
    """A wire that notes when each message left."""

    def __init__(self, clock: Clock, *answers: Answer) -> None:
        super().__init__(*answers)
        self.clock = clock
        self.left: list[tuple[datetime, str]] = []

    def send(self, message: Message) -> Answer:
        self.left.append((self.clock.now, message.recipient.rpartition("@")[2]))
        return super().send(message)

    def most_in_a_minute(self, domain: str = "") -> int:
        times = [at for at, to in self.left if domain in ("", to)]
        return max(sum(first <= at <= first + timedelta(seconds=60) for at in times) for first in times)


@dataclass
class Sender:
    """Who sends what `worker` can, and waits for turns if that is wanted, as a command does."""

    worker: Worker[Delivery]
    clock: Clock
    waits: bool

    def deliver(self) -> Tally:
        tally = self.worker.deliver()
        while self.waits and self.worker.has_a_turn_soon():
            self.clock.now += timedelta(seconds=1)
            self.worker.deliver(tally)
        return tally


def worker(store: Store, wire: Noting, clock: Clock, pace: Pace, *domains: str, waits: bool = True) -> Sender:
    kept = KeptPace(store, pace, LONDON)
    people = People(store, *(domains or ("example.org",)))
    return Sender(Worker(store.deliveries, people, wire, lambda: clock.now, pace=kept), clock, waits)


def test_all_leave_at_the_pace_and_spread_over_the_minute(queue: Callable[[int], Store], clock: Clock) -> None:
    store, wire = queue(200), Noting(clock)
    assert worker(store, wire, clock, Pace(60)).deliver().sent == 200
    assert wire.most_in_a_minute() == 60
    assert max(Counter(at for at, _ in wire.left).values()) == 1
    assert clock.now - NOW < timedelta(seconds=210)


def test_a_domain_that_takes_few_keeps_no_other_waiting(queue: Callable[[int], Store], clock: Clock) -> None:
    store, wire = queue(60), Noting(clock)
    tally = worker(store, wire, clock, Pace(0, 10), "slow.example", "a.example", "b.example").deliver()
    assert tally.sent == 60
    for domain in ("slow.example", "a.example", "b.example"):
        assert wire.most_in_a_minute(domain) <= 10
    first_minute = Counter(to for at, to in wire.left if at == NOW)
    assert first_minute == {"slow.example": 10, "a.example": 10, "b.example": 10}


def test_turns_are_given_once_to_most_of_those_that_wait(queue: Callable[[int], Store], clock: Clock) -> None:
    """However many wait, each is taken up a few times and not once for every message that leaves."""
    store, wire = queue(120), Noting(clock)
    tally = worker(store, wire, clock, Pace(0, 20)).deliver()
    assert tally.sent == 120
    assert tally.put_off < 2 * 120


def test_who_does_not_wait_for_turns_leaves_the_rest_for_later(queue: Callable[[int], Store], clock: Clock) -> None:
    store, wire = queue(30), Noting(clock)
    assert worker(store, wire, clock, Pace(60), waits=False).deliver().sent == 1
    assert store.deliveries.has_due(clock.now)
    clock.now += timedelta(seconds=1)
    assert worker(store, wire, clock, Pace(60), waits=False).deliver().sent == 1


def test_a_new_process_counts_what_the_last_one_sent(queue: Callable[[int], Store], clock: Clock) -> None:
    store, wire = queue(30), Noting(clock)
    assert worker(store, wire, clock, Pace(0, 10), waits=False).deliver().sent == 10
    with Store.open(store.path) as another:
        assert worker(another, wire, clock, Pace(0, 10), waits=False).deliver().sent == 0
        clock.now += timedelta(seconds=62)
        assert worker(another, wire, clock, Pace(0, 10), waits=False).deliver().sent == 10


def test_a_clock_that_was_ahead_holds_nothing_up(queue: Callable[[int], Store], clock: Clock) -> None:
    store, wire = queue(30), Noting(clock)
    clock.now = NOW + timedelta(days=400)
    worker(store, wire, clock, Pace(0, 10), waits=False).deliver()
    clock.now = NOW
    assert worker(store, wire, clock, Pace(0, 10), waits=False).deliver().sent == 10


def test_a_halt_that_was_noted_by_a_clock_far_ahead_holds_nothing_up(
    queue: Callable[[int], Store], clock: Clock
) -> None:
    store, wire = queue(5), Noting(clock)
    KeptPace(store, Pace(), LONDON).halt("x@example.org", NOW + timedelta(days=400))
    assert worker(store, wire, clock, Pace()).deliver().sent == 5
    assert KeptPace(store, Pace(), LONDON).halted(NOW) == {}


def test_who_waits_for_a_turn_keeps_what_the_server_said_before(queue: Callable[[int], Store], clock: Clock) -> None:
    store = queue(3)
    busy = Answer(Verdict.LATER, "450 4.2.1 busy")
    worker(store, Noting(clock, busy), clock, Pace(0, 1), waits=False).deliver()
    clock.now += timedelta(minutes=5)
    KeptPace(store, Pace(0, 1), LONDON).turn_of("y@example.org", clock.now, [])
    worker(store, Noting(clock), clock, Pace(0, 1), waits=False).deliver()
    replies = [one.reply for one in store.deliveries.of_run(1)]
    assert replies[0] == "450 4.2.1 busy"
    assert replies[1].startswith("waits for its turn")


TOO_FAST = Answer(Verdict.LATER, "421 4.7.28 Gmail has detected an unusual rate of mail; try again later")


def test_a_domain_that_says_we_are_too_fast_is_left_alone_for_ten_minutes(
    queue: Callable[[int], Store], clock: Clock
) -> None:
    store, wire = queue(20), Noting(clock, TOO_FAST)
    worker(store, wire, clock, Pace(), "example.org", "gmail.com", waits=False).deliver()
    assert Counter(to for _, to in wire.left) == {"example.org": 10, "gmail.com": 1}
    clock.now = NOW + timedelta(minutes=9, seconds=59)
    worker(store, wire, clock, Pace(), "example.org", "gmail.com", waits=False).deliver()
    assert [to for _, to in wire.left].count("gmail.com") == 1
    clock.now = NOW + timedelta(minutes=11)
    worker(store, wire, clock, Pace(), "example.org", "gmail.com", waits=False).deliver()
    assert [to for _, to in wire.left].count("gmail.com") == 11


def test_after_that_one_message_at_a_time_goes_there(catalogue: Store) -> None:
    pace = KeptPace(catalogue, Pace(), LONDON)
    pace.halt("ada@gmail.com", NOW)
    later = NOW + timedelta(minutes=11)
    pace.left(later)
    assert pace.turn_of("bo@gmail.com", later, []) is None
    assert pace.turn_of("cy@gmail.com", later, ["bo@example.org"]) is None
    assert pace.turn_of("cy@gmail.com", later, ["bo@gmail.com"]) is not None
    assert pace.turn_of("cy@gmail.com", NOW + timedelta(minutes=59), ["bo@gmail.com"]) is not None
    pace.left(NOW + timedelta(hours=2))
    assert pace.turn_of("cy@gmail.com", NOW + timedelta(hours=2), ["bo@gmail.com"]) is None


def set_pace(site: Path, words: str) -> None:
    settings_file = site / "publisher.toml"
    settings_file.write_text(f"{settings_file.read_text()}\n[mail]\n{words}\n")


@pytest.mark.parametrize("by", ["deliver", "serve"])
def test_a_command_sends_all_and_a_service_goes_on_by_itself(site: Path, by: str) -> None:
    dump = Dump()
    try:
        make_site(site, 20, dump.port)
        set_pace(site, "a_minute = 600")
        if by == "deliver":
            from pressroom import commands

            assert commands.run(["-q", "-C", str(site), "deliver"]) == 0
        else:
            service = Service(site)
            try:
                eventually(lambda: counts(site).sent == 20)
            finally:
                assert service.stop() == 0
                service.process.communicate()
        assert (dump.number, set(dump.taken.values())) == (20, {1})
    finally:
        dump.shutdown()
        dump.server_close()


@pytest.mark.R12
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("a_minute = -1", "[mail] a_minute"),
        ('warm_up_from = "soon"', "[mail] warm_up_from is “soon”; write a day like 2026-12-01"),
        ("warm_up_from = 2026-12-01", "has warm_up_from but no pace to grow to"),
    ],
)
def test_a_pace_that_is_none_is_said_in_a_sentence(run: CommandLine, site: Path, words: str, said: str) -> None:
    (site / "publisher.toml").write_text(f"[mail]\n{words}\n")
    answer = run("deliver", ok=False)
    assert answer.code == 2
    assert said in answer.err
