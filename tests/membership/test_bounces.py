"""What follows when mail comes back: who is mailed no more, when, and who can bring that about."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pressroom.delivery.reports import parse_report
from pressroom.membership import forget
from pressroom.membership.bounces import Outcome, clear, record_refusal, why_halted
from pressroom.models.bounces import BounceClass
from pressroom.models.consent import How
from pressroom.models.people import BOUNCED
from tests.delivery.returned import REPLY, VACATION, a_mail, a_postfix_report, an_abuse_report
from tests.membership.returns import ADA, BO, Make, Site

DOMAIN = [f"p{number}@big.example.org" for number in range(6)]


def test_a_dead_address_is_mailed_no_more_after_two_days(make: Make) -> None:
    site = make()
    site.send()
    assert site.comes_back().outcome is Outcome.NOTED
    assert site.state() == "active"
    site.send()
    taken = site.comes_back()
    assert (taken.outcome, taken.address, taken.bounce_class) == (Outcome.SUPPRESSED, ADA, BounceClass.DEAD)
    assert (site.state(), site.reason()) == ("suppressed", BOUNCED)
    shown = site.press.ask("subscriber", "show", ADA)
    assert shown["choices"] == []
    assert shown["consents"][-1]["how"] == How.CAME_BACK


def test_two_dead_on_one_day_count_as_one(make: Make) -> None:
    site = make()
    site.send()
    site.comes_back()
    site.press.wait(hours=1)
    site.press("release", "add", "--title", "Urgent", "--urgent")
    site.press("publish")
    assert site.comes_back().outcome is Outcome.NOTED
    assert site.state() == "active"


def test_a_report_that_is_replayed_changes_nothing(make: Make) -> None:
    site = make()
    site.send()
    site.comes_back()
    before = site.rows()
    site.press.wait(days=3)
    assert site.comes_back().outcome is Outcome.KNOWN
    assert site.rows() == before


def test_what_came_back_long_ago_is_held_against_nobody(make: Make) -> None:
    site = make()
    site.send()
    site.comes_back()
    site.send(days=91)
    assert site.comes_back().outcome is Outcome.NOTED
    site.send(days=89)
    assert site.comes_back().outcome is Outcome.SUPPRESSED


def test_a_report_that_comes_late_counts_as_of_when_the_message_left(make: Make) -> None:
    site = make()
    site.send()
    first = a_postfix_report(site.message().envelope_id, ADA)
    site.send()
    second = a_postfix_report(site.message().envelope_id, ADA)
    assert [site.take(one).outcome for one in (first, second)] == [Outcome.NOTED, Outcome.SUPPRESSED]


def test_an_unclear_answer_takes_three_messages(make: Make) -> None:
    site = make()
    outcomes = []
    for _ in range(3):
        site.send()
        outcomes.append(site.comes_back(status="5.2.1", said="disabled").outcome)
    assert outcomes == [Outcome.NOTED, Outcome.NOTED, Outcome.SUPPRESSED]


def test_a_full_mailbox_takes_five_messages_over_four_weeks(make: Make) -> None:
    site = make()
    outcomes = []
    for days in (1, 7, 7, 7, 7):
        site.send(days)
        outcomes.append(site.comes_back(status="5.2.2", said="mailbox full").outcome)
    assert outcomes == [*[Outcome.NOTED] * 4, Outcome.SUPPRESSED]


def test_a_mailbox_that_is_full_for_a_fortnight_is_mailed_on(make: Make) -> None:
    site = make()
    for _ in range(14):
        site.send()
        assert site.comes_back(status="4.2.2", said="mailbox full").outcome is Outcome.NOTED
    assert site.state() == "active"


def test_what_minds_us_is_held_against_nobody_and_kept_for_the_operator(make: Make) -> None:
    site = make(ADA, BO)
    for _ in range(6):
        run = site.send()
        assert site.comes_back(status="5.7.26", said="DMARC did not pass").outcome is Outcome.NOTED
    assert site.state() == "active"
    assert site.store.bounces.ours(run) == (1, 1, 2, "550 5.7.26 DMARC did not pass")
    kept = site.store.bounces.of(site.store.subscribers.get(ADA).pk)
    assert [(one.bounce_class, one.status, one.counts) for one in kept] == [(BounceClass.OURS, "5.7.26", False)] * 6
    assert "DMARC did not pass" in kept[0].text


def test_answers_of_one_domain_halt_no_run_and_those_of_three_do(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    others = [f"q{number}@other{number}.example.org" for number in range(2)]
    site = make(*DOMAIN, *others)
    run = site.send()
    for reader in (*DOMAIN, others[0]):
        site.comes_back(reader, status="5.7.1", said="blocked")
    assert (why_halted(site.store, run), caplog.records) == (None, [])
    site.comes_back(others[1], status="5.7.1", said="blocked")
    assert "8 of 8 message(s)" in str(why_halted(site.store, run))


def test_what_comes_back_in_the_second_in_which_a_run_was_resumed_halts_it_again(make: Make) -> None:
    others = [f"q{number}@other{number}.example.org" for number in range(3)]
    site = make(*DOMAIN, *others)
    run = site.send()
    for reader in (*DOMAIN, *others):
        site.comes_back(reader, status="5.7.1", said="blocked")
    site.store.write("UPDATE runs SET resumed_at = (SELECT max(sent_at) FROM bounces)")
    assert "9 of 9 message(s)" in str(why_halted(site.store, run))
    site.store.write("UPDATE runs SET resumed_at = strftime('%Y-%m-%dT%H:%M:%SZ', resumed_at, '+1 second')")
    assert why_halted(site.store, run) is None


def test_a_delay_is_noted_and_no_more(make: Make) -> None:
    site = make()
    for _ in range(3):
        site.send()
        report = a_postfix_report(site.message().envelope_id, ADA, action="delayed", status="4.4.1", said="timed out")
        assert site.take(report).bounce_class is BounceClass.INFORMATION
    assert site.state() == "active"


def test_many_dead_of_one_domain_in_one_run_count_for_nothing(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    site = make(*DOMAIN, ADA)
    site.send()
    assert site.comes_back(DOMAIN[0]).outcome is Outcome.NOTED
    site.send()
    for reader in DOMAIN[:4]:
        site.comes_back(reader)
    assert site.state(DOMAIN[0]) == "suppressed"
    assert [site.comes_back(reader).outcome for reader in DOMAIN[4:]] == [Outcome.INCIDENT] * 2
    assert [site.state(reader) for reader in DOMAIN] == ["active"] * 6
    assert site.reason(DOMAIN[0]) is None
    assert site.press.ask("subscriber", "show", DOMAIN[0])["choices"] == ["all=daily"]
    assert [record.getMessage() for record in caplog.records] == [
        "Many at big.example.org are called dead in digest run 2: that counts for nothing."
    ]
    site.send()
    assert site.comes_back(DOMAIN[0]).outcome is Outcome.SUPPRESSED  # this is the second day that counts
    assert site.comes_back(DOMAIN[1]).outcome is Outcome.NOTED


@pytest.mark.parametrize("status", ["", "5.0.0"])
def test_many_refused_without_a_reason_by_one_domain_count_for_nothing(make: Make, status: str) -> None:
    site = make(*DOMAIN)
    for _ in range(4):
        site.send()
        outcomes = [site.comes_back(reader, status=status, said="go away").outcome for reader in DOMAIN]
        assert outcomes == [*[Outcome.NOTED] * 4, *[Outcome.INCIDENT] * 2]
    assert [site.state(reader) for reader in DOMAIN] == ["active"] * 6


def test_a_domain_that_refuses_its_readers_is_named_by_health_as_long_as_it_does(make: Make) -> None:
    site = make(*DOMAIN, ADA)
    for run in (1, 2):
        site.send()
        for reader in DOMAIN:
            site.comes_back(reader, status="5.1.2", said="no such domain")
        said = site.press("health", ok=False).out
        assert said.count("big.example.org") == 1
        assert f"big.example.org refused 6 of its 6 reader(s) for good in digest run {run}, which counts" in said
    site.press.wait(days=4)
    assert "big.example.org" not in site.press("health", ok=False).out


def test_few_dead_of_a_small_domain_are_no_incident(make: Make) -> None:
    site = make(*DOMAIN[:4])
    for _ in range(2):
        site.send()
        outcomes = [site.comes_back(reader).outcome for reader in DOMAIN[:4]]
    assert outcomes == [Outcome.SUPPRESSED] * 4


@pytest.mark.R7
def test_who_is_suppressed_between_freeze_and_handing_over_gets_nothing(make: Make) -> None:
    site = make(ADA, BO)
    site.send()
    site.comes_back()
    site.send()
    token = site.message().envelope_id
    site.press.wait(days=1)
    site.press("release", "add", "--title", "Last")
    site.press("publish", "--feeds-only")
    site.take(a_postfix_report(token, ADA))
    site.press("publish")
    assert len(site.press.mails(ADA)) == 2
    assert len(site.press.mails(BO)) == 3


# Who may bring it about.


@pytest.mark.parametrize("kind", ["other key", "other number", "cut", "made up"])
def test_a_report_with_a_forged_token_changes_nothing(make: Make, kind: str) -> None:
    site = make(ADA, BO)
    site.send()
    token, other = site.message(ADA).envelope_id, site.message(BO).envelope_id
    forged = {
        "other key": token[:-1] + ("a" if token[-1] != "a" else "b"),
        "other number": token[:9] + other[9:],
        "cut": token[:-1],
        "made up": "d" + "a" * 28,
    }[kind]
    before = site.rows()
    assert site.take(a_postfix_report(forged, ADA, link="z" * 26)).outcome is Outcome.NOBODYS
    assert site.take(an_abuse_report(token=forged, sender="x", link="z" * 26)).outcome is Outcome.NOBODYS
    assert site.rows() == before


def test_an_address_alone_is_believed_by_nobody(make: Make) -> None:
    site = make()
    site.send()
    before = site.rows()
    assert site.take(a_postfix_report("none", ADA, envid=False)).outcome is Outcome.NOBODYS
    assert site.rows() == before


@pytest.mark.parametrize("sender", ["ada@example.org", "MAILER-DAEMON@example.org"])
def test_a_report_that_is_from_somebody_changes_nothing(make: Make, sender: str) -> None:
    site = make()
    site.send()
    content, before = a_postfix_report(site.message().envelope_id, ADA), site.rows()
    assert site.take(content, sender=sender).outcome is Outcome.REPLY
    assert site.rows() == before


def test_a_vacation_note_and_an_answer_change_nothing(make: Make) -> None:
    site = make()
    site.send()
    token, before = site.message().envelope_id, site.rows()
    assert site.take(a_mail(VACATION, token=token)).outcome is Outcome.AUTOMATIC
    assert site.take(a_mail(REPLY, token=token)).outcome is Outcome.REPLY
    assert site.rows() == before


def test_a_report_on_an_earlier_address_is_held_against_nobody(make: Make) -> None:
    site = make()
    site.send()
    content = a_postfix_report(site.message().envelope_id, ADA)
    site.store.subscribers.set_address(site.store.subscribers.get(ADA).pk, "ada@new.example.org")
    assert site.take(content).outcome is Outcome.NOBODYS


def test_a_report_by_a_forwarding_server_counts_by_the_mildest_of_its_answers(make: Make) -> None:
    site = make()
    site.send()
    token = site.message().envelope_id
    elsewhere = a_postfix_report(token, "ada@elsewhere.example.net")
    assert site.take(elsewhere).bounce_class is BounceClass.DEAD
    second = b"\nFinal-Recipient: rfc822; b@elsewhere.example.net\nAction: failed\nStatus: 4.4.1\n\n--4QyX"
    both = elsewhere.replace(b"\n--4QyX", second, 3).replace(second, b"\n--4QyX", 2)
    assert site.take(both).bounce_class is BounceClass.SOFT


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_mail_without_a_token_of_ours_changes_a_row(
    forgeable: tuple[Site, list[bytes]], data: st.DataObject
) -> None:
    """Reports of what was sent, with each token changed in one letter, their lines mixed at will."""
    site, lines = forgeable
    content = b"".join(data.draw(st.permutations(lines)) if data.draw(st.booleans()) else lines)
    cut = data.draw(st.integers(0, len(content)))
    before = site.rows()
    taken = site.take(content[:cut], sender=data.draw(st.sampled_from(["", "ada@example.org"])))
    assert taken.outcome in (Outcome.NOBODYS, Outcome.REPLY, Outcome.AUTOMATIC)
    assert site.rows() == before


@pytest.fixture
def forgeable(make: Make) -> tuple[Site, list[bytes]]:
    site = make()
    site.send()
    token, link = site.message().envelope_id, site.store.subscribers.get(ADA).unsubscribe_token
    other = {"2": "3"}
    forged, broken = (text[:-1] + other.get(text[-1], "2") for text in (token, link))
    reports = a_postfix_report(forged, ADA, link=broken), an_abuse_report(token=forged, sender=forged, link=broken)
    return site, [line for one in reports for line in one.splitlines(keepends=True)]


# Letters.


def test_a_letter_that_comes_back_counts_like_a_digest(make: Make) -> None:
    site = make(BO)
    site.press("subscriber", "add", ADA)
    site.press("publish")
    assert site.take(a_postfix_report(site.letter().envelope_id, ADA)).outcome is Outcome.NOTED
    site.press.wait(days=1)
    site.press("subscriber", "letter", ADA, "confirmation")
    site.press("publish")
    assert site.take(a_postfix_report(site.letter().envelope_id, ADA)).outcome is Outcome.SUPPRESSED
    assert site.state() == "suppressed"


# Our own session.


def test_a_refusal_in_our_own_session_counts_by_the_same_rules(make: Make) -> None:
    site = make()
    for expected in ("active", "suppressed"):
        site.send()
        found = record_refusal(
            site.store, site.tools, site.press.now, site.delivery(), f"550 5.1.1 <{ADA}>: User unknown", 550
        )
        assert found is BounceClass.DEAD
        assert site.state() == expected
    clear(site.store, site.tools, ADA, "test", site.press.now)
    site.send()
    for _ in range(2):
        answer = "550 5.7.1 blocked by a blocklist"
        assert record_refusal(site.store, site.tools, site.press.now, site.delivery(), answer, 550) is BounceClass.OURS
    assert len(site.store.bounces.of(site.store.subscribers.get(ADA).pk)) == 3


# What is kept.


def test_whoever_is_erased_takes_what_came_back_along(make: Make) -> None:
    site = make()
    site.send()
    site.comes_back(said=f"<{ADA}> unknown")
    assert forget(site.store, site.tools, ADA, site.press.now)
    assert site.store.bounces.all() == []


def test_a_report_about_an_erased_person_is_nobodys(make: Make) -> None:
    site = make()
    site.send()
    content = a_postfix_report(site.message().envelope_id, ADA)
    forget(site.store, site.tools, ADA, site.press.now)
    assert site.take(content).outcome is Outcome.NOBODYS


def test_what_came_back_is_deleted_after_its_time(make: Make) -> None:
    site = make()
    site.send()
    site.comes_back()
    for days, kept in ((119, 1), (2, 0)):
        site.press.wait(days=days)
        site.press("publish")
        assert len(site.store.bounces.all()) == kept


def test_a_report_after_its_delivery_was_deleted_is_nobodys(make: Make) -> None:
    site = make()
    site.send()
    content = a_postfix_report(site.message().envelope_id, ADA)
    site.press.wait(days=91)
    site.press("publish")
    assert site.take(content).outcome is Outcome.NOBODYS


def test_a_bounce_outlives_its_delivery(make: Make) -> None:
    site = make()
    site.send()
    site.comes_back()
    site.press.wait(days=91)
    site.press("publish")
    ((address, bounce),) = site.store.bounces.all()
    assert (address, bounce.run) == (ADA, 1)


def test_a_report_without_any_recipient_says_nothing(make: Make) -> None:
    site = make()
    site.send()
    content = a_postfix_report(site.message().envelope_id, ADA).replace(b"Final-Recipient", b"X-Recipient")
    assert parse_report(content).recipients == ()
    assert site.take(content).outcome is Outcome.NOBODYS
