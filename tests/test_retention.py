"""What is kept for a while only, and what stays known of it (R4, R6, R10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from starlette.testclient import TestClient

from pressroom import retention
from pressroom.membership.complaints import complain
from pressroom.membership.signing_up import ask
from pressroom.models.people import LEFT_LONG_AGO
from pressroom.models.sign_ups import SignUp
from pressroom.retention import delete_what_is_old
from pressroom.storage import Store
from pressroom.storage.deliveries import Deliveries
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine, Press, text_of
from tests.journeys.shelves import a_site_with_topics, release

ADA, BO, DI = "ada@example.org", "bo@example.org", "di@example.org"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site with two daily readers, who have been told of “Floods” by run 1 on Tuesday 27 January 2026."""
    a_site_with_topics(fresh)
    for address in (ADA, BO):
        fresh("subscriber", "add", address, "--frequency", "daily", "--confirmed")
    release(fresh, "Floods", "rivers")
    after(fresh, days=1)
    return fresh


def after(run: CommandLine, **time: float) -> None:
    run.wait(**time)
    run("publish")


def configure(run: CommandLine, text: str) -> None:
    (run.site / "publisher.toml").write_text(f"[retention]\n{text}\n")


def count(store: Store, table: str) -> int:
    return int(store.value(f"SELECT count(*) FROM {table}"))


def sweep(store: Store, press: CommandLine, **time: float) -> None:
    delete_what_is_old(store, Tools.of(press.site), press.wait(**time))


@pytest.mark.R6
def test_deliveries_are_kept_for_90_days_and_their_numbers_for_ever(press: CommandLine, store: Store) -> None:
    before = press.ask("digest", "list")
    after(press, days=89)
    assert count(store, "deliveries") == 2
    after(press, days=1)
    assert count(store, "deliveries") == 0
    assert press.ask("digest", "list") == before
    assert before[0]["counts"] | {"enlisted": 2, "sent": 2} == before[0]["counts"]
    assert "is sound" in press("db", "check").out


@pytest.mark.R4
def test_what_was_paid_is_not_paid_again_and_is_owed_its_revision(press: CommandLine, store: Store) -> None:
    after(press, days=91)
    press("subscriber", "set", ADA, "--topic", "rivers=daily")
    after(press, days=2)
    assert press.titles(ADA) == [["Floods"]]
    press("release", "revise", "floods", "--note", "New figures.")
    after(press, days=1)
    assert press.titles(ADA) == press.titles(BO) == [["Floods"], ["Floods"]]
    assert "New figures." in text_of(press.mails(ADA)[1])


@pytest.mark.R6
def test_a_run_that_is_not_closed_keeps_its_deliveries(press: CommandLine, store: Store) -> None:
    (press.site / "data" / "outbox").rename(press.site / "data" / "away")
    (press.site / "data" / "outbox").write_text("in the way")
    release(press, "Dams", "rivers")
    press.wait(days=1)
    assert press("publish", ok=False).code == 3
    press("digest", "pause", "2")
    press.wait(days=100)
    press("publish", ok=False)
    assert [row["run"] for row in store.rows("SELECT DISTINCT run FROM deliveries")] == [2]


def test_letters_are_kept_for_90_days_and_those_that_wait_for_as_long_as_they_wait(
    press: CommandLine, store: Store
) -> None:
    press("subscriber", "letter", ADA, "preferences")
    press("publish")
    assert count(store, "letters") == 1
    after(press, days=89)
    assert count(store, "letters") == 1
    press("subscriber", "letter", BO, "preferences")
    sweep(store, press, days=2)
    assert [row["state"] for row in store.rows("SELECT state FROM letters")] == ["queued"]


@pytest.mark.R7
def test_who_left_is_erased_after_six_years_and_not_mailed_again(press: CommandLine, store: Store) -> None:
    configure(press, "deliveries_days = 0")
    press.now = datetime(2028, 2, 29, 9, tzinfo=UTC)
    press("subscriber", "unsubscribe", ADA)
    press.now = datetime(2034, 2, 28, 8, 59, tzinfo=UTC)
    press("publish")
    assert press.ask("subscriber", "show", ADA)["state"] == "ended"
    press.now = datetime(2034, 3, 1, 9, tzinfo=UTC)
    press("publish")
    assert [one["address"] for one in press.ask("subscriber", "list")] == [BO]
    assert press.ask("digest", "list")[0]["counts"]["enlisted"] == 2
    answer = press("subscriber", "add", ADA, ok=False)
    assert answer.code == 4
    assert LEFT_LONG_AGO in answer.err
    assert store.value("SELECT count(*) FROM consents JOIN subscribers ON subscribers.pk = subscriber") == 1


def test_what_happened_last_counts_and_not_what_happened_first(press: CommandLine, store: Store) -> None:
    configure(press, "consent_years = 1")
    press("subscriber", "unsubscribe", ADA)
    press.wait(days=300)
    press("subscriber", "add", ADA, "--confirmed")
    press("subscriber", "unsubscribe", ADA)
    sweep(store, press, days=300)
    assert count(store, "subscribers") == 2
    sweep(store, press, days=100)
    assert count(store, "subscribers") == 1


class TestComplaints:
    def complain(self, store: Store, press: CommandLine, text: str) -> int:
        told = complain(store, Tools.of(press.site), name="Di", contact=DI, text=text, place="192.0.2.1", now=press.now)
        return told.number

    def test_are_deleted_six_years_after_they_were_closed(self, press: CommandLine, store: Store) -> None:
        configure(press, "deliveries_days = 0")
        self.complain(store, press, "closed")
        self.complain(store, press, "still open")
        press("complaint", "close", "1", "answered")
        press.now = datetime(2032, 1, 26, 9, tzinfo=UTC)
        sweep(store, press)
        assert count(store, "complaints") == 2
        sweep(store, press, days=2)
        assert [one.text for one in store.complaints.all()] == ["still open"]

    def test_are_kept_for_ever_where_the_settings_say_so(self, press: CommandLine, store: Store) -> None:
        configure(press, "deliveries_days = 0\ncomplaints_years = 0")
        self.complain(store, press, "closed")
        press("complaint", "close", "1", "answered")
        sweep(store, press, days=40 * 366)
        assert count(store, "complaints") == 1

    def test_tell_for_a_day_from_where_they_came(self, press: CommandLine, store: Store) -> None:
        self.complain(store, press, "Too many mails")
        sweep(store, press, hours=23)
        assert store.value("SELECT place FROM complaints") != ""
        sweep(store, press, hours=2)
        assert store.value("SELECT place FROM complaints") == ""


class TestWhereNothingIsSent:
    """`publish --feeds-only` and `serve --passive`: what people have left there goes in time all the same."""

    def test_a_request_with_the_form_waits_for_seven_days(self, press: CommandLine, store: Store) -> None:
        ask(store, Tools.of(press.site), SignUp(DI, "en", [("rivers", "daily")]), "192.0.2.1", press.now)
        press.wait(days=6, hours=23)
        press("publish", "--feeds-only")
        assert store.sign_ups.count_waiting() == 1
        press.wait(days=1)
        press("publish", "--feeds-only")
        assert count(store, "sign_ups") == 0

    def test_a_request_that_nobody_confirms_and_old_deliveries_go_too(self, press: CommandLine, store: Store) -> None:
        press("subscriber", "add", DI)
        press.wait(days=91)
        press("publish", "--feeds-only")
        assert store.subscribers.find(DI) is None
        assert count(store, "deliveries") == 0


def test_nothing_is_deleted_where_the_settings_say_so(press: CommandLine, store: Store) -> None:
    configure(press, "pending_days = 0\ndeliveries_days = 0\nletters_days = 0\nconsent_years = 0")
    press("subscriber", "unsubscribe", ADA)
    press("subscriber", "add", "cy@example.org")
    after(press, days=1)
    before = [count(store, table) for table in ("deliveries", "letters", "subscribers")]
    after(press, days=3_000)
    assert [count(store, table) for table in ("deliveries", "letters", "subscribers")] == before == [2, 1, 3]


def test_a_request_is_kept_for_as_long_as_it_is_set(press: CommandLine) -> None:
    configure(press, "pending_days = 30")
    press("subscriber", "add", "cy@example.org")
    after(press, days=29)
    assert len(press.ask("subscriber", "list")) == 3
    after(press, days=1)
    assert len(press.ask("subscriber", "list")) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pending_days = 2", "has pending_days 2; give at least 3, or 0 for ever"),
        ("letters_days = 6", "has letters_days 6; give at least 7, or 0 for ever"),
        ("deliveries_days = -1", "should be greater than or equal to 0"),
    ],
)
@pytest.mark.R12
def test_a_time_that_links_would_outlive_is_refused(press: CommandLine, text: str, words: str) -> None:
    configure(press, text)
    answer = press("publish", ok=False)
    assert answer.code == 2
    assert words in answer.err


@pytest.mark.R8
def test_the_links_of_a_mail_work_when_its_record_is_gone(press: CommandLine, store: Store) -> None:
    mail: EmailMessage = press.mails(ADA)[0]
    path = str(mail["List-Unsubscribe"]).split("localhost:8000")[1].split(">")[0]
    after(press, days=400)
    assert count(store, "deliveries") == 0
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as browser:
        assert browser.get(path).status_code == 200
        assert browser.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
        assert press.ask("subscriber", "show", ADA)["state"] == "ended"
        after(press, days=7 * 366)
        assert browser.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200


def test_why_something_came_is_told_as_far_as_it_is_known(press: CommandLine) -> None:
    after(press, days=91)
    said = press("subscriber", "explain", ADA, "floods").out
    assert "It was offered; the record of that mail has been deleted since: records are kept for 90 days." in said
    press("release", "revise", "floods", "--note", "New figures.")
    after(press, days=1)
    answers = press.ask("subscriber", "explain", ADA, "floods")["announcements"]
    assert [one["outcome"] for one in answers] == ["offered", "offered"]
    assert "has been deleted since" in answers[0]["sentences"][-1]
    assert "It was sent in digest run" in answers[1]["sentences"][-1]


def test_a_welcome_still_leads_to_the_newest_issue(press: CommandLine, store: Store) -> None:
    after(press, days=91)
    assert store.letters.latest_issue(press.now) == 1


def test_what_somebody_had_set_who_left_is_kept_for_an_undo_alone(press: CommandLine, store: Store) -> None:
    press("subscriber", "unsubscribe", ADA)
    sweep(store, press)
    assert count(store, "left_with") == 1
    after(press, days=1)
    assert count(store, "left_with") == 0


@pytest.mark.parametrize("later", [0, 3])
def test_a_request_that_lapses_leaves_who_had_left_as_they_were(press: CommandLine, store: Store, later: int) -> None:
    press("subscriber", "set", ADA, "--only-kind", "report", "--language", "nl")
    press("subscriber", "unsubscribe", ADA)
    after(press, days=later)
    ask(store, Tools.of(press.site), SignUp(ADA, "en", [("all", "daily")], ["guide"]), "192.0.2.1", press.now)
    press("publish")
    after(press, days=8)
    shown = press.ask("subscriber", "show", ADA)
    assert (shown["state"], shown["language"], shown["filter"]["kinds"]) == ("ended", "nl", ["report"])


class TestASweep:
    def test_comes_once_a_day_and_whatever_the_clock_does(self, press: CommandLine, store: Store) -> None:
        tools = Tools.of(press.site)
        assert store.swept_at == press.now
        for later, is_due in ((timedelta(hours=23), False), (timedelta(days=1), True), (-timedelta(days=1), True)):
            assert retention.is_due(store, press.now + later) is is_due
        delete_what_is_old(store, tools, press.now + timedelta(hours=2))
        assert store.swept_at == press.now

    @pytest.mark.R10
    def test_goes_on_where_it_was_killed(
        self, press: CommandLine, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retention, "ROWS_AT_ONCE", 1)
        monkeypatch.setattr(retention, "BREATH", 0)
        before, real = press.ask("digest", "list"), Deliveries.delete_closed

        def killed(self: Deliveries, before: datetime, most: int) -> int:
            if self._store.value("SELECT count(*) FROM deliveries") == 1:
                raise KeyboardInterrupt
            return real(self, before, most)

        press.wait(days=100)
        with monkeypatch.context() as patch:
            patch.setattr(Deliveries, "delete_closed", killed)
            with pytest.raises(KeyboardInterrupt):
                sweep(store, press)
        assert (count(store, "deliveries"), press.ask("digest", "list")) == (1, before)
        sweep(store, press)
        assert (count(store, "deliveries"), press.ask("digest", "list")) == (0, before)

    def test_leaves_the_rest_for_later_when_the_service_is_told_to_end(
        self, press: CommandLine, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retention, "ROWS_AT_ONCE", 1)
        monkeypatch.setattr(retention, "BREATH", 0)
        now = press.wait(days=100)
        delete_what_is_old(store, Tools.of(press.site, should_stop=lambda: True), now)
        assert count(store, "deliveries") == 1
        assert retention.is_due(store, now)
        delete_what_is_old(store, Tools.of(press.site), now)
        assert count(store, "deliveries") == 0


@pytest.mark.R6
@pytest.mark.parametrize("state", ["queued", "sent"])
def test_a_delivery_deleted_by_hand_before_its_run_ended_is_a_fault(
    press: CommandLine, store: Store, state: str
) -> None:
    if state == "queued":
        store.write("UPDATE deliveries SET state = 'queued', finished_at = NULL")
    else:
        store.write("UPDATE runs SET state = 'open', closed_at = NULL")
    store.write("DELETE FROM deliveries WHERE pk = 1")
    assert "run 1: deliveries deleted before they ended" in store.faults()
