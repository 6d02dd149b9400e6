"""Reports of spam, mails to unsubscribe, and how those come back who were mailed no more."""

from __future__ import annotations

import pytest

from pressroom.errors import NothingToClearError, ReportedAsSpamError
from pressroom.membership import confirm
from pressroom.membership.bounces import Outcome, clear
from pressroom.membership.moving import ask_to_move
from pressroom.models.consent import How
from pressroom.models.people import BOUNCED, FORGIVEN, REPORTED
from tests.delivery.returned import STOP, a_mail, a_postfix_report, an_abuse_report
from tests.membership.returns import ADA, BO, Make, sign_up, suppressed

DOMAIN = [f"p{number}@big.example.org" for number in range(6)]


# Reports of abuse.


def test_a_report_of_abuse_ends_everything_at_once(make: Make) -> None:
    site = make()
    site.send()
    token = site.message().envelope_id
    report = an_abuse_report(sender=f"bounces+{token}@news.example.org", token=token)
    assert site.take(report).outcome is Outcome.SUPPRESSED
    assert (site.state(), site.reason()) == ("suppressed", REPORTED)
    before = site.rows()
    assert site.take(report).outcome is Outcome.KNOWN
    assert site.rows() == before


def test_a_redacted_report_of_abuse_does_what_one_click_does_and_does_it_once(make: Make) -> None:
    site = make()
    site.send()
    report = an_abuse_report(sender="x", token="redacted", link=site.store.subscribers.get(ADA).unsubscribe_token)
    assert site.take(report).outcome is Outcome.STOPPED
    assert (site.state(), site.reason()) == ("ended", None)
    before = site.rows()
    site.press.wait(days=1)
    assert site.take(report).outcome is Outcome.KNOWN
    assert site.rows() == before
    sign_up(site)
    confirm(site.store, site.tools, ADA, site.press.now, "test")
    assert site.take(report).outcome is Outcome.KNOWN
    assert site.state() == "active"
    assert site.take(an_abuse_report(token=site.message().envelope_id)).outcome is Outcome.SUPPRESSED


def test_what_is_called_no_spam_changes_nothing(make: Make) -> None:
    site = make()
    site.send()
    token, before = site.message().envelope_id, site.rows()
    assert site.take(an_abuse_report("not-spam", token=token)).outcome is Outcome.NOT_SPAM
    assert site.rows() == before


def test_abuse_goes_before_what_came_back(make: Make) -> None:
    site = make()
    for _ in range(2):
        site.send()
        site.comes_back()
    token = site.message().envelope_id
    assert site.take(an_abuse_report(token=token)).outcome is Outcome.SUPPRESSED
    assert site.reason() == REPORTED


# Mail to unsubscribe.


def test_a_mail_to_unsubscribe_ends_everything_whoever_it_is_from(make: Make) -> None:
    site = make(ADA, BO)
    link = site.store.subscribers.get(ADA).unsubscribe_token
    taken = site.take(a_mail(STOP, link=link, address=BO))
    assert (taken.outcome, taken.address) == (Outcome.STOPPED, ADA)
    assert (site.state(ADA), site.state(BO)) == ("ended", "active")
    assert site.press.ask("subscriber", "show", ADA)["consents"][-1]["how"] == How.UNSUBSCRIBE_MAIL
    before = site.rows()
    assert site.take(a_mail(STOP, link=link)).outcome is Outcome.STOPPED
    assert site.rows() == before
    assert site.take(a_mail(STOP, link="q" * 26, address=BO)).outcome is Outcome.NOBODYS
    assert site.state(BO) == "active"


# Coming back.


def test_who_signs_up_again_and_confirms_is_mailed_and_starts_afresh(make: Make) -> None:
    site = suppressed(make())
    refused = site.press("subscriber", "add", ADA, "--confirmed", ok=False)
    assert (refused.code, "only who signs up there undoes that" in refused.err) == (4, True)
    sign_up(site)
    assert (site.state(), site.reason()) == ("pending", BOUNCED)
    confirm(site.store, site.tools, ADA, site.press.now, "test")
    assert (site.state(), site.reason()) == ("active", None)
    site.send()
    assert site.comes_back().outcome is Outcome.NOTED
    assert len(site.store.bounces.of(site.store.subscribers.get(ADA).pk)) == 3


def test_who_has_called_it_spam_is_not_brought_back_by_the_form(make: Make) -> None:
    site = make()
    site.send()
    site.take(an_abuse_report(token=site.message().envelope_id))
    sign_up(site)
    assert (site.state(), site.reason()) == ("suppressed", REPORTED)
    with pytest.raises(ReportedAsSpamError, match="--asked"):
        clear(site.store, site.tools, ADA, "why", site.press.now)
    clear(site.store, site.tools, ADA, "they rang us", site.press.now, has_asked=True)
    assert (site.state(), site.reason()) == ("active", None)
    assert site.take(an_abuse_report(token=site.message().envelope_id)).outcome is Outcome.KNOWN
    assert site.state() == "active"


def test_who_had_opted_out_elsewhere_stays_so_whatever_is_reported(make: Make) -> None:
    site = make()
    site.send()
    site.store.suppressions.add(site.tools.signer.address_hash(ADA), "opted out elsewhere", site.press.now)
    before = site.rows()
    link = site.store.subscribers.get(ADA).unsubscribe_token
    assert site.take(an_abuse_report(sender="x", token="redacted", link=link)).outcome is Outcome.KNOWN
    assert site.rows() == before


def test_a_report_of_abuse_about_a_letter_to_another_address_ends_mail_there(make: Make) -> None:
    site = make()
    ask_to_move(site.store, site.tools, site.store.subscribers.get(ADA), BO, site.press.now)
    token = site.letter().envelope_id
    assert site.take(a_postfix_report(token, BO)).outcome is Outcome.NOBODYS
    assert site.take(an_abuse_report(token=token)).outcome is Outcome.SUPPRESSED
    assert (site.reason(BO), site.reason(ADA), site.state(ADA)) == (REPORTED, None, "active")


def test_an_operator_clears_an_address_and_it_is_as_it_was(make: Make) -> None:
    site = suppressed(make(ADA, BO))
    site.send()
    clear(site.store, site.tools, ADA, "their server was broken", site.press.now)
    shown = site.press.ask("subscriber", "show", ADA)
    assert (shown["state"], shown["choices"], site.reason()) == ("active", ["all=daily"], None)
    assert shown["consents"][-1]["what"] == FORGIVEN
    assert shown["consents"][-1]["how"] == f"{How.COMMAND}: their server was broken"
    site.send()
    assert site.comes_back().outcome is Outcome.NOTED


def test_there_is_nothing_to_clear_where_nothing_came_back(make: Make) -> None:
    site = make()
    with pytest.raises(NothingToClearError):
        clear(site.store, site.tools, ADA, "why", site.press.now)
