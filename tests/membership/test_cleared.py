"""Who is mailed again after mail came back, and whose own word goes before that."""

from __future__ import annotations

import pytest

from pressroom.membership import confirm
from pressroom.membership.bounces import Outcome, clear
from pressroom.membership.moving import ask_to_move
from pressroom.membership.stopping import stop
from pressroom.models.bounces import BounceClass
from pressroom.models.consent import How
from pressroom.models.people import LEFT
from pressroom.stops import Stop
from tests.delivery.returned import STOP, a_mail, a_postfix_report, an_abuse_report
from tests.membership.returns import ADA, BO, Make, Site, sign_up, suppressed

DOMAIN = [f"p{number}@big.example.org" for number in range(6)]


def clicks(site: Site, address: str = ADA) -> None:
    """Let a mail program press the button of one click."""
    token = site.store.subscribers.get(address).unsubscribe_token
    assert stop(site.store, site.tools, Stop(token, site.press.now, is_by_program=True), How.UNSUBSCRIBE_LINK)


def choices(site: Site) -> list[str]:
    return list(site.press.ask("subscriber", "show", ADA)["choices"])


@pytest.mark.R7
@pytest.mark.R8
@pytest.mark.parametrize("minutes", [0, 1, 120])
@pytest.mark.parametrize("by", ["link", "mail"])
def test_who_leaves_while_mail_came_back_stays_away_when_cleared(make: Make, by: str, minutes: int) -> None:
    site = suppressed(make())
    site.press.wait(minutes=minutes)
    if by == "link":
        clicks(site)
    else:
        site.take(a_mail(STOP, link=site.store.subscribers.get(ADA).unsubscribe_token))
    assert [
        one["how"] for one in site.store.consents.of(site.store.subscribers.get(ADA).pk) if one["what"] == LEFT
    ] == [
        How.CAME_BACK,
        How.UNSUBSCRIBE_LINK if by == "link" else How.UNSUBSCRIBE_MAIL,
    ]
    clear(site.store, site.tools, ADA, "their server was down", site.press.now)
    assert (site.state(), site.reason(), choices(site)) == ("ended", None, [])


@pytest.mark.R7
def test_who_leaves_while_mail_came_back_stays_away_after_an_incident(make: Make) -> None:
    site = make(*DOMAIN, ADA)
    site.send()
    site.comes_back(DOMAIN[0])
    site.send()
    assert site.comes_back(DOMAIN[0]).outcome is Outcome.SUPPRESSED
    clicks(site, DOMAIN[0])
    assert [site.comes_back(reader).outcome for reader in DOMAIN[1:]][-1] is Outcome.INCIDENT
    assert (site.state(DOMAIN[0]), site.reason(DOMAIN[0])) == ("ended", None)


def test_one_click_that_is_told_twice_while_mail_came_back_is_noted_once(make: Make) -> None:
    site = suppressed(make())
    clicks(site)
    before = site.rows()
    clicks(site)
    assert site.rows() == before


@pytest.mark.parametrize("days", [0, 10])
def test_a_request_by_anybody_keeps_nobody_from_being_cleared(make: Make, days: int) -> None:
    site = suppressed(make())
    site.press.wait(days=1)
    sign_up(site)
    site.press("publish")
    site.press.wait(days=days)
    site.press("publish")
    assert site.state() == ("ended" if days else "pending")  # nobody has confirmed it
    clear(site.store, site.tools, ADA, "their server was down", site.press.now)
    assert (site.state(), site.reason(), choices(site)) == ("active", None, ["all=daily"])


def test_who_reported_spam_after_mail_came_back_is_as_before_when_they_ask(make: Make) -> None:
    site = suppressed(make())
    assert site.take(an_abuse_report(token=site.message().envelope_id)).outcome is Outcome.SUPPRESSED
    clear(site.store, site.tools, ADA, "they rang", site.press.now, has_asked=True)
    assert (site.state(), choices(site)) == ("active", ["all=daily"])


def test_who_asks_anew_is_not_held_to_what_came_back_before(make: Make) -> None:
    site = suppressed(make())
    site.press.wait(days=1)
    sign_up(site)
    site.press("publish")
    token = site.letter().envelope_id
    delay = a_postfix_report(token, ADA, action="delayed", status="4.4.1", said="timed out")
    assert site.take(delay).outcome is Outcome.NOTED
    assert site.take(a_postfix_report(token, ADA)).outcome is Outcome.NOTED
    assert site.state() == "pending"
    confirm(site.store, site.tools, ADA, site.press.now, "test")
    assert (site.state(), site.reason()) == ("active", None)


def test_a_delay_suppresses_nobody_from_whom_enough_came_back_before(make: Make) -> None:
    site = make()
    site.send()
    site.comes_back()
    site.send()
    token = site.message().envelope_id
    site.store.bounces.add(
        site.store.subscribers.get(ADA).pk,
        site.delivery(),
        address=ADA,
        bounce_class=BounceClass.DEAD,
        status="",
        text="",
        now=site.press.now,
    )
    assert site.take(a_postfix_report(token, ADA, action="delayed")).outcome is Outcome.NOTED
    assert site.state() == "active"


def test_reports_that_come_after_clearing_about_mail_before_it_count_for_nothing(make: Make) -> None:
    site = make()
    late = []
    for _ in range(2):
        site.send()
        late.append(a_postfix_report(site.message().envelope_id, ADA))
    suppressed(site)
    clear(site.store, site.tools, ADA, "their server was down", site.press.now)
    assert [site.take(one).outcome for one in late] == [Outcome.NOTED] * 2
    assert site.state() == "active"
    assert not any(one.counts for one in site.store.bounces.of(site.store.subscribers.get(ADA).pk))
    suppressed(site)  # what is sent from now on counts


def test_an_address_that_is_no_subscribers_is_cleared_once_somebody_has_asked(make: Make) -> None:
    site = make()
    ask_to_move(site.store, site.tools, site.store.subscribers.get(ADA), BO, site.press.now)
    site.take(an_abuse_report(token=site.letter().envelope_id))
    refused = site.press("subscriber", "add", BO, ok=False)
    assert (refused.code, f"“bounce clear {BO} --asked --reason TEXT”" in refused.err) == (4, True)
    assert site.press("bounce", "clear", BO, "--reason", "they rang", ok=False).code == 4
    cleared = site.press("bounce", "clear", BO, "--reason", "they rang", "--asked")
    assert (cleared.out, site.reason(BO)) == (f"{BO} is nobody's; nothing is held against it.\n", None)
    assert site.press("subscriber", "add", BO).code == 0


def test_nobodys_address_with_another_opt_out_is_not_cleared(make: Make) -> None:
    site = make()
    site.store.suppressions.add(site.tools.signer.address_hash(BO), "opted out elsewhere", site.press.now)
    assert site.press("bounce", "clear", BO, "--reason", "why", "--asked", ok=False).code == 1
    assert site.reason(BO) == "opted out elsewhere"
