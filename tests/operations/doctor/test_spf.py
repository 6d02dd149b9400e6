"""SPF as receivers read it: records over a real socket, from a name server that answers as the test says."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pytest

from pressroom.operations.doctor.diagnosis import Diagnosis, Verdict
from pressroom.operations.doctor.dns import Dns
from pressroom.operations.doctor.spf import look_at_spf
from tests.operations.doctor.zone import answering, txt

HOME = "news.example.net"


def looked(records: Mapping[str, str], **hosts: str) -> list[Diagnosis]:
    """Look at HOME, where these domains have these records of SPF; `hosts` have addresses."""
    zone = {f"{name} TXT": [txt(text) for text in texts.split("|")] for name, texts in records.items()}
    zone |= {f"{name}.example.net A": [address] for name, address in hosts.items()}
    with answering(zone) as server:
        return list(look_at_spf(Dns(server.resolver), HOME))


def only(found: list[Diagnosis]) -> Diagnosis:
    (one,) = found
    return one


def test_a_record_in_order_is_told_with_its_lookups() -> None:
    found = only(looked({HOME: "v=spf1 ip4:192.0.2.0/24 a:mail.example.net include:_spf.provider.net ~all",
                         "_spf.provider.net": "v=spf1 ip6:2001:db8::/32 -all"}, mail="192.0.2.1"))  # fmt: skip
    assert (found.verdict, found.words) == (Verdict.OK, f"{HOME} says who may send for it, in 2 lookup(s) of 10")


def test_a_domain_without_a_record_gets_a_warning() -> None:
    assert only(looked({HOME: "google-site-verification=x"})).verdict is Verdict.WARNING
    assert only(looked({})).words.startswith(f"{HOME} has no SPF record")


def test_two_records_are_a_problem() -> None:
    found = only(looked({HOME: "v=spf1 -all|v=spf1 ~all"}))
    assert found.verdict is Verdict.PROBLEM
    assert "has 2 SPF records" in found.words


def test_a_text_that_only_begins_alike_is_no_record() -> None:
    assert only(looked({HOME: "v=spf10 +all|v=spf1 -all"})).verdict is Verdict.OK


@pytest.mark.parametrize(("includes", "verdict"), [(10, Verdict.OK), (11, Verdict.PROBLEM)])
def test_ten_lookups_pass_and_eleven_do_not(includes: int, verdict: Verdict) -> None:
    """A chain: each record includes the next (RFC 7208 §4.6.4 counts all of them)."""
    names = [HOME, *(f"spf{number}.example.net" for number in range(includes))]
    records = {
        name: f"v=spf1 include:{after} -all" for name, after in pairwise(names)
    } | {names[-1]: "v=spf1 ip4:192.0.2.1 -all"}  # fmt: skip
    found = only(looked(records))
    assert found.verdict is verdict
    assert f"{includes} lookup" in found.words


def test_a_record_that_goes_on_for_ever_is_counted_no_further() -> None:
    names = [f"spf{number}.example.net" for number in range(60)]
    records = {name: f"v=spf1 include:{after} -all" for name, after in pairwise(names)}
    found = only(looked({HOME: f"v=spf1 include:{names[0]} -all", names[-1]: "v=spf1 -all", **records}))
    assert "needs 40 or more lookups" in found.words


@pytest.mark.parametrize("term", ["include", "redirect"])
def test_records_that_lead_round_are_a_problem(term: str) -> None:
    sign = "=" if term == "redirect" else ":"
    found = only(looked({HOME: f"v=spf1 {term}{sign}b.example.net", "b.example.net": f"v=spf1 {term}{sign}{HOME}"}))
    assert found.verdict is Verdict.PROBLEM
    assert found.words == f"the SPF record of b.example.net leads round to {HOME} again"


def test_an_include_without_a_record_is_a_problem() -> None:
    found = only(looked({HOME: "v=spf1 include:gone.example.net -all"}))
    assert found.verdict is Verdict.PROBLEM
    assert "leads to gone.example.net, which has none" in found.words


@pytest.mark.parametrize("end", ["+all", "all"])
def test_whoever_lets_everybody_send_has_a_problem(end: str) -> None:
    found = only(looked({HOME: f"v=spf1 {end}"}))
    assert (found.verdict, found.remedy) == (Verdict.PROBLEM, "end it with ~all or -all")


def test_an_include_that_lets_everybody_pass_is_found() -> None:
    found = only(looked({HOME: "v=spf1 include:b.example.net -all", "b.example.net": "v=spf1 +all"}))
    assert found.verdict is Verdict.PROBLEM
    assert "b.example.net says +all" in found.words


def test_the_end_of_an_include_is_not_the_end_of_the_record() -> None:
    records = {HOME: "v=spf1 include:b.example.net", "b.example.net": "v=spf1 ip4:192.0.2.1 -all"}
    assert "ends without all" in only(looked(records)).words


def test_the_end_of_a_redirect_is_the_end_of_the_record() -> None:
    records = {HOME: "v=spf1 redirect=b.example.net", "b.example.net": "v=spf1 ip4:192.0.2.1 -all"}
    assert only(looked(records)).verdict is Verdict.OK


def test_a_redirect_beside_all_leads_nowhere() -> None:
    assert only(looked({HOME: "v=spf1 redirect=gone.example.net -all"})).verdict is Verdict.OK


def test_what_stands_behind_all_is_not_looked_at() -> None:
    found = only(looked({HOME: "v=spf1 -all include:gone.example.net +all"}))
    assert (found.verdict, found.words) == (Verdict.OK, f"{HOME} says who may send for it, in 0 lookup(s) of 10")


def test_names_that_are_gone_are_counted() -> None:
    found = only(looked({HOME: "v=spf1 a:x.example.net a:y.example.net mx:z.example.net -all"}))
    assert (found.verdict, found.remedy) == (Verdict.WARNING, "take out names that are gone")
    assert only(looked({HOME: "v=spf1 a:x.example.net a:y.example.net -all"})).verdict is Verdict.OK


def test_a_misspelt_term_is_a_problem() -> None:
    assert "“ipv4:192.0.2.1”, which means nothing" in only(looked({HOME: "v=spf1 ipv4:192.0.2.1 -all"})).words


def test_a_modifier_that_nobody_knows_is_passed_over_and_a_macro_counted() -> None:
    found = only(looked({HOME: "v=spf1 exists:%{i}._spf.example.net unknown=x exp=why.example.net -all"}))
    assert (found.verdict, found.words) == (Verdict.OK, f"{HOME} says who may send for it, in 1 lookup(s) of 10")


def test_ptr_and_a_neutral_end_are_warnings() -> None:
    assert [one.verdict for one in looked({HOME: "v=spf1 ptr ?all"})] == [Verdict.WARNING, Verdict.WARNING]
