"""Which turns write a letter, how many there may be, and what becomes of requests that nobody confirms."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pressroom import accounts, membership
from pressroom.accounts import end_requests
from pressroom.membership.letters import ask_to_confirm, send_preferences_link
from pressroom.models.letters import LetterKind
from pressroom.models.people import Subscriber, SubscriberState
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press

ADA = "ada@example.org"
ALL_LETTERS = '[digest]\nwelcome = true\ngoodbye = true\n[mail]\nfrom_address = "digest@press.example.org"\n'


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site that greets and says goodbye."""
    (fresh.site / "publisher.toml").write_text(ALL_LETTERS)
    return fresh


def subjects(press: CommandLine, address: str = ADA) -> list[str]:
    return [str(mail["Subject"]).partition(" ")[0] for mail in press.mails(address)]


def kinds(store: Store) -> list[str]:
    return [row["kind"] for row in store.rows("SELECT kind FROM letters ORDER BY pk")]


def test_who_is_added_is_asked_and_who_confirms_is_greeted_and_who_leaves_hears_so(press: CommandLine) -> None:
    assert "leaves with the next publish" in press("subscriber", "add", ADA).out
    assert "Mail: 1 sent." in press("publish").out
    press.wait(minutes=1)
    press("subscriber", "confirm", ADA)
    press("deliver")
    press.wait(minutes=1)
    press("subscriber", "unsubscribe", ADA)
    press("subscriber", "unsubscribe", ADA)
    press("deliver")
    assert subjects(press) == ["Please", "Welcome", "You"]
    assert [str(mail["From"].addresses[0].username) for mail in press.mails(ADA)] == ["confirm", "digest", "digest"]


def test_a_site_that_says_nothing_about_it_only_asks(run: CommandLine, site: object, store: Store) -> None:
    run("subscriber", "add", ADA)
    run("subscriber", "confirm", ADA)
    run("subscriber", "unsubscribe", ADA)
    assert kinds(store) == ["confirmation"]


def test_who_has_agreed_already_is_not_asked(press: CommandLine, store: Store) -> None:
    assert "letter" not in press("subscriber", "add", ADA, "--confirmed").out
    file = press.site / "people.csv"
    file.write_text("address\nbo@example.org\n")
    press("subscriber", "import", str(file), "--basis", "members since 2024")
    press("subscriber", "import", str(file), "--suppressed")
    press("publish")
    assert kinds(store) == []
    assert press.mails() == []


def test_who_never_confirmed_is_told_no_goodbye(press: CommandLine, store: Store) -> None:
    press("subscriber", "add", ADA)
    press("subscriber", "unsubscribe", ADA)
    press("publish")
    assert kinds(store) == ["confirmation"]
    assert press.mails() == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_letter_speaks_the_language_of_its_reader(press: CommandLine, language: str) -> None:
    press("subscriber", "add", ADA, "--language", language)
    press("publish")
    (mail,) = press.mails(ADA)
    assert str(mail["Subject"]).startswith({"nl": "Bevestig uw adres", "en": "Please confirm"}[language])


class TestLimits:
    def test_an_address_is_asked_once_a_day_and_three_times_for_a_request(self, press: CommandLine) -> None:
        press("subscriber", "add", ADA)
        refused = []
        for _ in range(20):
            refused.append(press("subscriber", "letter", ADA, "confirmation", ok=False).code)
            press("deliver")
            press.wait(hours=8)
        assert subjects(press) == ["Please"] * 3
        assert set(refused) == {0, 4}

    def test_the_refusal_says_the_limit(self, press: CommandLine) -> None:
        press("subscriber", "add", ADA)
        answer = press("subscriber", "letter", ADA, "confirmation", ok=False)
        assert "at most one in 24 hours and three for a request" in answer.err

    def test_a_link_to_the_preferences_comes_once_an_hour(self, press: CommandLine, store: Store) -> None:
        press("subscriber", "add", ADA, "--confirmed")
        reader = store.subscribers.get(ADA)
        sent = [send_preferences_link(store, reader, press.wait(minutes=20)) for _ in range(7)]
        assert sent == [True, False, False, True, False, False, True]

    @pytest.mark.R7
    @pytest.mark.parametrize("state", [state for state in SubscriberState if state != "active"])
    def test_a_link_to_the_preferences_is_for_the_active_only(
        self, press: CommandLine, store: Store, state: SubscriberState
    ) -> None:
        press("subscriber", "add", ADA, "--confirmed")
        store.subscribers.set_state(1, state)
        assert not send_preferences_link(store, store.subscribers.get(ADA), press.now)
        assert f"is {state}" in press("subscriber", "letter", ADA, "preferences", ok=False).err

    def test_who_left_and_asks_again_the_same_day_is_not_written_to_twice(self, press: CommandLine) -> None:
        press("subscriber", "add", ADA)
        press("publish")
        press("subscriber", "unsubscribe", ADA)
        assert "were asked to confirm within the last day" in press("subscriber", "add", ADA).out
        press.wait(hours=24)
        press("subscriber", "letter", ADA, "confirmation")
        press("publish")
        assert subjects(press) == ["Please", "Please"]

    def test_who_has_confirmed_and_left_is_asked_again_at_once(self, press: CommandLine) -> None:
        press("subscriber", "add", ADA)
        press("publish")
        press("subscriber", "confirm", ADA)
        press("subscriber", "unsubscribe", ADA)
        assert "leaves with the next publish" in press("subscriber", "add", ADA).out
        assert "at most one in 24 hours" in press("subscriber", "letter", ADA, "confirmation", ok=False).err

    def test_a_clock_that_was_ahead_keeps_no_letter_back(self, press: CommandLine, store: Store) -> None:
        press("subscriber", "add", ADA)
        reader = store.subscribers.get(ADA)
        assert ask_to_confirm(store, reader, press.wait(days=-30))


class TestRequestsThatNobodyConfirms:
    def test_are_deleted_after_seven_days_with_their_consents(self, press: CommandLine, store: Store) -> None:
        press("subscriber", "add", ADA, "--name", "Zebedee")
        press("publish")
        press.wait(days=6, hours=23)
        press("publish")
        assert [one["state"] for one in press.ask("subscriber", "list")] == ["pending"]
        press.wait(hours=1)
        press("publish")
        assert press.ask("subscriber", "list") == []
        everything = "\n".join(store.connection.iterdump())
        assert ADA not in everything
        assert "Zebedee" not in everything
        assert store.value("SELECT count(*) FROM consents") == 0
        assert [row["state"] for row in store.rows("SELECT state FROM letters")] == ["sent"]

    def test_may_be_made_again(self, press: CommandLine) -> None:
        press("subscriber", "add", ADA)
        press.wait(days=7)
        press("publish")
        press("subscriber", "add", ADA)
        press("publish")
        assert subjects(press) == ["Please"]

    @pytest.mark.R7
    def test_leave_who_had_left_before_where_they_were(self, press: CommandLine, store: Store) -> None:
        """Else an import could bring back who has opted out."""
        press("subscriber", "add", ADA, "--confirmed")
        press("subscriber", "unsubscribe", ADA)
        press.wait(days=30)
        press("subscriber", "add", ADA)
        press.wait(days=6)
        press("publish")
        assert press.ask("subscriber", "show", ADA)["state"] == "pending", "counted from the newest request"
        press.wait(days=1)
        press("publish")
        shown = press.ask("subscriber", "show", ADA)
        assert (shown["state"], shown["choices"]) == ("ended", [])
        assert [one["what"].partition(":")[0] for one in shown["consents"]] == [
            "subscribed", "unsubscribed from everything", "requested", "request not confirmed in time"
        ]  # fmt: skip
        file = press.site / "people.csv"
        file.write_text(f"address\n{ADA}\n")
        assert press("subscriber", "import", str(file), "--basis", "members", ok=False).code == 1

    def test_are_the_only_ones_that_end(self, press: CommandLine, store: Store, tools: Tools) -> None:
        press("subscriber", "add", ADA, "--confirmed")
        membership.subscribe(store, tools, Subscriber("bo@example.org"), [], press.now, how="test")
        membership.confirm(store, tools, "bo@example.org", press.now, "test")
        assert end_requests(store, press.now + timedelta(days=400), 7) == 0
        assert len(press.ask("subscriber", "list")) == 2

    def test_end_in_batches_that_let_others_write_in_between(
        self, press: CommandLine, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(accounts, "REQUESTS_AT_ONCE", 2)
        monkeypatch.setattr(accounts, "BREATH", 0)
        for number in range(5):
            press("subscriber", "add", f"person{number}@example.org")
        said: list[str] = []
        store.connection.set_trace_callback(said.append)
        assert end_requests(store, press.now + timedelta(days=7), 7) == 5
        assert sum(one.startswith("COMMIT") for one in said) >= 3
        assert store.subscribers.counts() == {}

    def test_end_later_where_the_service_is_told_to_stop(
        self, press: CommandLine, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(accounts, "REQUESTS_AT_ONCE", 1)
        for number in range(3):
            press("subscriber", "add", f"person{number}@example.org")
        assert end_requests(store, press.now + timedelta(days=7), 7, should_stop=lambda: True) == 1
        assert store.subscribers.counts() == {"pending": 2}


@pytest.mark.R6
def test_an_erasure_leaves_the_letters_in_the_accounts_and_nothing_of_the_person(
    press: CommandLine, store: Store
) -> None:
    press("subscriber", "add", ADA)
    press("publish")
    press.wait(days=2)
    press("subscriber", "letter", ADA, "confirmation")
    press("subscriber", "forget", ADA, "--yes")
    press("publish")
    kept = [tuple(row) for row in store.rows("SELECT subscriber, kind, state FROM letters ORDER BY pk")]
    assert kept == [(None, "confirmation", "sent"), (None, "confirmation", "suppressed")]
    assert ADA not in "\n".join(store.connection.iterdump())


def test_what_became_of_a_letter_is_shown(press: CommandLine) -> None:
    press("subscriber", "add", ADA)
    press("publish")
    (letter,) = press.ask("subscriber", "show", ADA)["letters"]
    assert (letter["kind"], letter["state"], letter["at"]) == ("confirmation", "sent", "2026-01-26T09:00:00Z")
    assert (
        "letter        2026-01-26T09:00:00Z  confirmation: sent  kept as new/" in press("subscriber", "show", ADA).out
    )


def test_letters_written_in_the_same_second_have_keys_of_their_own(press: CommandLine, store: Store) -> None:
    press("subscriber", "add", ADA)
    press("subscriber", "add", "bo@example.org")
    letters = [store.letters.of(pk, LetterKind.CONFIRMATION)[0] for pk in (1, 2)]
    assert len({letter.key for letter in letters}) == 2
