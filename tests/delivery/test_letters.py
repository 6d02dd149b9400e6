"""Letters go through the same worker as deliveries: claims, retries, the last look, crashes (R6, R7, R10)."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from pressroom.delivery.queue import Answer, Verdict
from pressroom.delivery.tally import Tally
from pressroom.delivery.worker import Worker
from pressroom.models.dates import stamp
from pressroom.models.letters import Letter, LetterKind
from pressroom.models.people import SubscriberState
from pressroom.models.runs import DeliveryState, Message
from pressroom.publishing.digests import NOT_COUNTED
from pressroom.publishing.letters import LetterBuilder
from pressroom.publishing.outlook import look_ahead, next_look
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine, text_of
from tests.delivery.test_smtp import Mailbox
from tests.delivery.test_worker import EARLIER_BOOT, GONE, Wire
from tests.test_translations import a_language

ADA = "ada@example.org"


def a_waiting_letter(store: Store, kind: LetterKind, state: SubscriberState, run: CommandLine) -> Letter:
    """Queue a letter to a subscriber who is in that state."""
    run("subscriber", "add", ADA, "--confirmed")
    store.letters.add(1, kind, "k" * 26, run.now, address=ELSEWHERE.get(kind, ""))
    store.subscribers.set_state(1, state)
    return store.letters.of(1, kind)[0]


def worker(store: Store, tools: Tools, wire: Wire, run: CommandLine) -> Worker[Letter]:
    return Worker(store.letters, LetterBuilder(store, tools), wire, lambda: run.now)


def states(store: Store) -> list[tuple[str, str]]:
    return [tuple(row) for row in store.rows("SELECT state, reply FROM letters ORDER BY pk")]


ELSEWHERE = {LetterKind.ADDRESS: "new@example.org", LetterKind.MOVED: "old@example.org"}
MOVED = (SubscriberState.ACTIVE, SubscriberState.ENDED)
WANTED = {
    LetterKind.CONFIRMATION: SubscriberState.PENDING,
    LetterKind.WELCOME: SubscriberState.ACTIVE,
    LetterKind.PREFERENCES: SubscriberState.ACTIVE,
    LetterKind.GOODBYE: SubscriberState.ENDED,
    LetterKind.ALREADY: SubscriberState.ACTIVE,
    LetterKind.ADDRESS: SubscriberState.ACTIVE,
    LetterKind.MOVED: SubscriberState.ACTIVE,  # and when they have left
}


@pytest.mark.R7
@pytest.mark.parametrize("state", SubscriberState)
@pytest.mark.parametrize("kind", WANTED)
def test_the_last_look_lets_each_letter_go_in_one_state_only(
    run: CommandLine, store: Store, tools: Tools, kind: LetterKind, state: SubscriberState
) -> None:
    a_waiting_letter(store, kind, state, run)
    wire = Wire()
    tally = worker(store, tools, wire, run).deliver()
    is_right = state in MOVED if kind is LetterKind.MOVED else WANTED[kind] is state
    assert wire.sent == ([ELSEWHERE.get(kind, ADA)] if is_right else [])
    assert (tally.sent, tally.suppressed) == ((1, 0) if is_right else (0, 1))


@pytest.mark.R7
def test_the_last_look_comes_after_the_building(run: CommandLine, store: Store, tools: Tools) -> None:
    a_waiting_letter(store, LetterKind.PREFERENCES, SubscriberState.ACTIVE, run)

    class Meanwhile(LetterBuilder):
        def build(self, letter: Letter) -> None:
            store.subscribers.set_state(1, SubscriberState.SUPPRESSED)

    Worker(store.letters, Meanwhile(store, tools), Wire(), lambda: run.now).deliver()
    assert states(store) == [("suppressed", "suppressed")]


@pytest.mark.parametrize("kind", WANTED)
def test_a_letter_that_is_older_than_its_link_is_not_sent(
    run: CommandLine, store: Store, tools: Tools, kind: LetterKind
) -> None:
    letter = a_waiting_letter(store, kind, WANTED[kind], run)
    run.now = letter.expires
    wire = Wire()
    assert worker(store, tools, wire, run).deliver() == Tally()
    assert wire.sent == []
    assert states(store) == [("cancelled", "waited for longer than it is worth")]


def test_what_is_refused_for_now_is_tried_again_and_looked_for_at_that_time(
    run: CommandLine, store: Store, tools: Tools
) -> None:
    a_waiting_letter(store, LetterKind.PREFERENCES, SubscriberState.ACTIVE, run)
    assert worker(store, tools, Wire(Answer(Verdict.LATER, "450 wait")), run).deliver().retry == 1
    again = run.now + timedelta(minutes=5)
    assert next_look(store, tools, run.now) == again
    (coming,) = look_ahead(store, tools, run.now, NOT_COUNTED)
    assert (coming.what, coming.at, coming.number) == ("retry", again, 1)
    run.wait(minutes=5)
    assert worker(store, tools, Wire(), run).deliver().sent == 1


def test_a_letter_refused_for_good_is_told_and_not_tried_again(run: CommandLine, store: Store, tools: Tools) -> None:
    a_waiting_letter(store, LetterKind.PREFERENCES, SubscriberState.ACTIVE, run)
    tally = worker(store, tools, Wire(Answer(Verdict.NEVER, "550 no")), run).deliver()
    assert (tally.failed, tally.refusals) == (1, [(ADA, "550 no")])
    assert store.letters.next_attempt() is None


@pytest.mark.R10
@pytest.mark.parametrize(
    ("owner", "handed", "held", "state"),
    [
        (GONE, False, None, "sent"), (GONE, True, True, "sent"), (GONE, True, False, "sent"),
        (GONE, True, None, "unknown"), (EARLIER_BOOT, False, None, "unknown"), (EARLIER_BOOT, False, False, "sent"),
    ],
)  # fmt: skip
def test_what_a_dead_worker_had_claimed_is_lost_never_and_sent_once(
    run: CommandLine, store: Store, tools: Tools, owner: str, handed: bool, held: bool | None, state: str
) -> None:
    a_waiting_letter(store, LetterKind.PREFERENCES, SubscriberState.ACTIVE, run)
    (claimed,) = store.letters.claim(owner, run.now, 9)
    if handed:
        assert store.letters.mark_handed_over([claimed], run.now)
    wire = Wire(held=held)
    worker(store, tools, wire, run).deliver()
    assert [one for one, _ in states(store)] == [state]
    assert len(wire.sent) == (0 if held or state == "unknown" else 1)


@pytest.fixture
def both(run: CommandLine, site: Path) -> CommandLine:
    """A site where a letter and a digest wait."""
    run("subscriber", "add", "bo@example.org", "--frequency", "daily", "--confirmed")
    run("release", "add", "--title", "Floods")
    run.wait(days=1)
    run("subscriber", "add", ADA)
    return run


def order(run: CommandLine, monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> list[str]:
    wire = Wire(*answers)
    monkeypatch.setattr("pressroom.publishing.delivering.make_transport", lambda tools: wire)
    run("publish", ok=False)
    return wire.sent


def test_letters_leave_before_digests(both: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert order(both, monkeypatch) == [ADA, "bo@example.org"]


def test_a_letter_written_while_digests_go_out_does_not_stand_behind_all_of_them(
    both: CommandLine, store: Store, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    both("subscriber", "add", "cy@example.org", "--frequency", "daily", "--confirmed")
    both("release", "add", "--title", "Bridges")
    both("publish", "--feeds-only")
    both.wait(days=1)
    monkeypatch.setattr("pressroom.delivery.worker.FEWEST_CLAIMED", 1)
    monkeypatch.setattr("pressroom.delivery.worker.MOST_CLAIMED", 1)

    class Asking(Wire):
        def send(self, message: Message) -> Answer:
            if self.sent == [ADA]:
                store.letters.add(1, LetterKind.PREFERENCES, "p" * 26, both.now)
            return super().send(message)

    wire = Asking()
    monkeypatch.setattr("pressroom.publishing.delivering.make_transport", lambda tools: wire)
    both("publish")
    assert wire.sent == [ADA, "bo@example.org", "bo@example.org", "cy@example.org"]


def test_a_server_that_is_away_is_asked_once_for_letters_and_digests_together(
    both: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert order(both, monkeypatch, Answer(Verdict.CLOSED, "no route")) == [ADA]
    both.wait(minutes=1)
    assert order(both, monkeypatch) == [ADA, "bo@example.org"]


@pytest.mark.R12
def test_a_broken_letter_holds_up_letters_and_no_digest_and_is_told(both: CommandLine, store: Store) -> None:
    folder = both.site / "templates" / "email"
    folder.mkdir(parents=True)
    (folder / "letter.txt").write_text("{{ letter.no_such_fact }}")
    answer = both("publish", ok=False)
    assert answer.code == 2
    assert answer.err.count("letter.txt, line 1 is broken") == 1
    assert [mail["To"] for mail in both.mails()] == ["bo@example.org"]
    assert both.ask("digest", "list")[0]["counts"]["waiting"] == 0
    assert [state for state, _ in states(store)] == ["retry"]
    shutil.rmtree(folder)
    both("deliver")
    assert len(both.mails(ADA)) == 1


@pytest.mark.R12
def test_words_that_cannot_be_used_hold_up_letters_and_are_told(both: CommandLine) -> None:
    a_language(both.site, "en", 'msgid "Guide\nmsgstr "Gids"\n')
    answer = both("publish", ok=False)
    assert answer.code == 2
    assert "en.po, line 2 is broken" in answer.err
    assert both.mails() == []


def test_digests_are_accounted_for_without_the_letters(both: CommandLine) -> None:
    assert "Mail: 2 sent." in both("publish").out
    assert both.ask("digest", "list")[0]["counts"]["enlisted"] == 1


def test_the_command_that_delivers_counts_letters(both: CommandLine) -> None:
    assert both.ask("deliver")["sent"] == 1
    assert [mail["To"] for mail in both.mails()] == [ADA]


@contextmanager
def served(site: Path, mailbox: Mailbox) -> Iterator[None]:
    """Let the site send by SMTP to a server on this machine that puts what it takes into `mailbox`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    smtp = f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
    (site / "publisher.toml").write_text(smtp + '[mail]\nfrom_address = "d@press.example.org"\n')
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def test_a_letter_goes_by_smtp_from_its_own_address(both: CommandLine) -> None:
    mailbox = Mailbox()
    with served(both.site, mailbox):
        both("deliver")
    (envelope,) = mailbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("confirm@press.example.org", [ADA])
    assert isinstance(envelope.content, bytes)
    assert b"List-" not in envelope.content.partition(b"\r\n\r\n")[0]


def test_a_server_that_minds_the_address_of_confirmations_takes_digests_all_the_same(both: CommandLine) -> None:
    class Strict(Mailbox):
        async def handle_MAIL(self, server, session, envelope, address, options):  # type: ignore[no-untyped-def]  # noqa: N802
            if address.startswith("confirm@"):
                return "550 5.7.1 you may not send as that"
            envelope.mail_from = address
            return "250 ok"

    mailbox = Strict()
    with served(both.site, mailbox):
        answer = both("publish", ok=False)
        assert answer.code == 3
        assert f"{ADA}: 550 5.7.1 you may not send as that" in answer.err
        assert "No mail can leave now" not in answer.err
        both.wait(minutes=5)
        assert both("publish", ok=False).code == 3
    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == [["bo@example.org"]]


@pytest.mark.R10
def test_a_letter_found_in_the_maildir_is_not_delivered_again(both: CommandLine, store: Store) -> None:
    both("deliver")
    store.write("UPDATE letters SET state = 'handed-over', finished_at = NULL, claimed_by = ?, claimed_at = ?",
                (GONE, stamp(both.now)))  # fmt: skip
    both("deliver")
    assert states(store) == [("sent", "found where it was delivered")]
    assert len(both.mails(ADA)) == 1


def test_a_welcome_links_the_newest_issue_that_went_out_and_no_address_of_an_item(
    both: CommandLine, store: Store
) -> None:
    (both.site / "publisher.toml").write_text("[digest]\nwelcome = true\n")
    both("publish")
    both.wait(minutes=1)
    both("subscriber", "confirm", ADA)
    both("deliver")
    said = text_of(both.mails(ADA)[-1])
    assert "Read the latest issue: [1] http://localhost:8000/issues/1 " in said
    assert "Floods" not in said


def test_a_welcome_before_the_first_issue_links_none(run: CommandLine, site: Path) -> None:
    (site / "publisher.toml").write_text("[digest]\nwelcome = true\n")
    run("subscriber", "add", ADA)
    run("subscriber", "confirm", ADA)
    run("publish")
    (mail,) = run.mails(ADA)
    assert "issue" not in text_of(mail)


def test_the_states_of_letters_are_those_of_deliveries(store: Store) -> None:
    sql = store.value("SELECT sql FROM sqlite_master WHERE name = 'letters'")
    assert all(f"'{state}'" in sql for state in DeliveryState)
