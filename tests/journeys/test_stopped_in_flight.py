"""What a reader stops while it is being handed over does not leave at the next attempt either (R4, R7)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pressroom.delivery.maildir import MaildirTransport
from pressroom.delivery.queue import Answer, Verdict
from pressroom.membership import Wish, change_preferences
from pressroom.membership.leaving import undo_by_token, undo_token
from pressroom.membership.stopping import stop
from pressroom.models.people import Frequency
from pressroom.models.runs import Message
from pressroom.stops import Stop
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine

ADA = "ada@example.org"

pytestmark = pytest.mark.R7

Act = Callable[[], object]


class Reader:
    """Ada, who follows rivers daily and roads weekly, and to whom a release on rivers is owed."""

    def __init__(self, press: CommandLine, store: Store, tools: Tools) -> None:
        self.press, self.store, self.tools = press, store, tools

    def stop(self, frequency: Frequency | None = None) -> None:
        with self.tools.open_store() as store:
            token = store.subscribers.get(ADA).unsubscribe_token
            stop(store, self.tools, Stop(token, self.press.now, frequency), "test")

    def undo(self) -> None:
        subscriber = self.store.subscribers.get(ADA)
        moment = self.store.consents.last_ended_at(subscriber.pk)
        assert moment is not None
        token = undo_token(self.tools, subscriber, moment)
        assert undo_by_token(self.store, self.tools, token, self.press.now, "test")

    @property
    def counts(self) -> dict[str, int]:
        counts = self.press.ask("digest", "list")[-1]["counts"]
        return {name: number for name, number in counts.items() if number and name != "enlisted"}

    def titles_after(self, days: int) -> list[list[str]]:
        for _ in range(days):
            self.press.wait(days=1)
            self.press("publish")
        return self.press.titles(ADA)


@pytest.fixture
def ada(run: CommandLine, store: Store, tools: Tools) -> Reader:
    for topic in ("Rivers", "Roads"):
        run("topic", "add", topic)
    run("subscriber", "add", ADA, "--topic", "rivers=daily", "--topic", "roads=weekly", "--confirmed")
    run("release", "add", "--title", "Floods", "--topic", "rivers")
    run("publish", "--feeds-only")
    run.wait(days=1)
    return Reader(run, store, tools)


@pytest.fixture
def refused_for_now_while(monkeypatch: pytest.MonkeyPatch, ada: Reader) -> Callable[[Act], None]:
    """Publish, with a server that refuses the digest for now; meanwhile somebody acts."""

    def publish(act: Act) -> None:
        def send(_: MaildirTransport, __: Message, ___: bytes) -> Answer:
            act()
            return Answer(Verdict.LATER, "451 4.3.0 later")

        with monkeypatch.context() as patch:
            patch.setattr(MaildirTransport, "keep", send)
            ada.press("publish", ok=False)

    return publish


def test_a_frequency(ada: Reader, refused_for_now_while: Callable[[Act], None]) -> None:
    refused_for_now_while(lambda: ada.stop(Frequency.DAILY))
    assert ada.counts == {"cancelled": 1}
    assert ada.titles_after(8) == []


def test_another_frequency_than_the_digests_stops_it_not(
    ada: Reader, refused_for_now_while: Callable[[Act], None]
) -> None:
    refused_for_now_while(lambda: ada.stop(Frequency.WEEKLY))
    assert ada.counts == {"waiting": 1}
    ada.press.wait(minutes=6)
    ada.press("publish")
    assert ada.press.titles(ADA) == [["Floods"]]


@pytest.mark.R4
def test_everything_also_for_who_comes_back_at_once(ada: Reader, refused_for_now_while: Callable[[Act], None]) -> None:
    refused_for_now_while(ada.stop)
    assert ada.counts == {"suppressed": 1}
    ada.press.wait(minutes=2)
    ada.press("subscriber", "add", ADA, "--topic", "rivers=daily", "--confirmed")
    assert ada.titles_after(3) == []


@pytest.mark.R4
@pytest.mark.parametrize("is_before_the_answer", [True, False])
def test_a_topic_that_is_taken_up_again_starts_afresh_whenever_the_server_answers(
    ada: Reader, refused_for_now_while: Callable[[Act], None], is_before_the_answer: bool
) -> None:
    def take_up() -> None:
        with ada.tools.open_store() as store:
            change_preferences(store, ADA, ada.press.now, wishes=[Wish("rivers", Frequency.DAILY)], how="test")

    def stop_and_take_up() -> None:
        ada.stop(Frequency.DAILY)
        take_up()

    if is_before_the_answer:
        refused_for_now_while(stop_and_take_up)
    else:
        refused_for_now_while(lambda: ada.stop(Frequency.DAILY))
        take_up()
    assert ada.titles_after(9) == []


@pytest.mark.R4
@pytest.mark.parametrize("frequency", [None, Frequency.DAILY])
@pytest.mark.parametrize("minutes", [1, 10])
def test_what_is_taken_back_comes_once(
    ada: Reader, refused_for_now_while: Callable[[Act], None], frequency: Frequency | None, minutes: int
) -> None:
    refused_for_now_while(lambda: ada.stop(frequency))
    ada.press.wait(minutes=minutes)
    ada.press("publish")
    ada.undo()
    assert ada.titles_after(9) == [["Floods"]]


@pytest.mark.R4
@pytest.mark.parametrize("frequency", [None, Frequency.DAILY])
def test_what_is_taken_back_while_it_is_handed_over_is_tried_again(
    ada: Reader, refused_for_now_while: Callable[[Act], None], frequency: Frequency | None
) -> None:
    def stop_and_undo() -> None:
        ada.stop(frequency)
        ada.undo()

    refused_for_now_while(stop_and_undo)
    assert ada.counts == {"waiting": 1}
    assert ada.titles_after(9) == [["Floods"]]


def test_what_was_taken_is_sent_whoever_has_stopped_meanwhile(ada: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    really = MaildirTransport.keep

    def send(transport: MaildirTransport, message: Message, content: bytes) -> Answer:
        ada.stop()
        return really(transport, message, content)

    monkeypatch.setattr(MaildirTransport, "keep", send)
    ada.press("publish")
    assert ada.counts == {"sent": 1}
