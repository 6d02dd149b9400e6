"""DMARC: which record counts for a domain, what it asks for, and whether our mail passes by it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pressroom.operations.doctor.diagnosis import Diagnosis, Verdict
from pressroom.operations.doctor.dmarc import Senders, look_at_dmarc
from pressroom.operations.doctor.dns import Dns
from tests.operations.doctor.zone import answering, txt

STRICT = "v=DMARC1; p=reject; rua=mailto:dmarc@example.net"


def looked(
    records: Mapping[str, str], author: str = "example.net", signing: str = "example.net", envelope: str = "example.net"
) -> list[Diagnosis]:
    """Look at the records of these domains; several of one are parted by |."""
    zone = {f"_dmarc.{name} TXT": [txt(text) for text in texts.split("|")] for name, texts in records.items()}
    with answering(zone) as server:
        return list(look_at_dmarc(Dns(server.resolver), Senders(author, signing, envelope)))


def only(found: list[Diagnosis]) -> Diagnosis:
    (one,) = found
    return one


@pytest.mark.parametrize("policy", ["quarantine", "reject"])
def test_a_strict_policy_by_which_our_mail_passes_is_in_order(policy: str) -> None:
    found = only(looked({"example.net": STRICT.replace("reject", policy)}))
    assert found.verdict is Verdict.OK
    assert f"has p={policy} by the record of example.net" in found.words


def test_without_a_record_there_is_a_problem() -> None:
    found = only(looked({}))
    assert found.verdict is Verdict.PROBLEM
    assert "_dmarc.example.net" in found.remedy


def test_two_records_are_a_problem() -> None:
    assert "several DMARC records" in only(looked({"example.net": f"{STRICT}|v=DMARC1; p=none"})).words


def test_two_records_above_are_told_where_they_are() -> None:
    found = only(looked({"example.net": f"{STRICT}|v=DMARC1; p=none"}, "news.example.net"))
    assert found.remedy == "leave one at _dmarc.example.net"


def test_a_text_of_another_kind_is_no_record() -> None:
    assert only(looked({"example.net": f"v=DMARC10; p=none|{STRICT}"})).verdict is Verdict.OK


def test_p_none_is_a_warning() -> None:
    found = only(looked({"example.net": STRICT.replace("reject", "none")}))
    assert (found.verdict, found.remedy) == (
        Verdict.WARNING,
        "once reports show that all of your mail passes, ask for p=quarantine",
    )


def test_the_record_above_counts_with_its_sp() -> None:
    above = {"example.net": f"{STRICT}; sp=none"}
    assert only(looked(above, "news.example.net")).verdict is Verdict.WARNING
    assert only(looked(above, "example.net")).verdict is Verdict.OK
    assert only(looked({"example.net": STRICT}, "news.example.net")).verdict is Verdict.OK


def test_a_record_of_its_own_counts_before_the_one_above() -> None:
    records = {"example.net": STRICT, "news.example.net": STRICT.replace("reject", "none")}
    assert only(looked(records, "news.example.net")).verdict is Verdict.WARNING


@pytest.mark.parametrize("policy", ["p=rejct", "sp=reject", "p="])
def test_a_policy_that_nobody_knows_is_a_problem(policy: str) -> None:
    found = only(looked({"example.net": f"v=DMARC1; {policy}; rua=mailto:a@example.net"}))
    assert "asks for nothing that receivers know" in found.words


def test_what_rfc_9989_and_reports_want_is_told() -> None:
    found = looked({"example.net": "v=DMARC1; p=reject; pct=50; t=y"})
    assert [one.remedy for one in found] == [
        "add rua=mailto:… to it",
        "take that out once reports look well",
        "take it out",
    ]
    assert {one.verdict for one in found} == {Verdict.WARNING}


@pytest.mark.parametrize(
    ("modes", "signing", "envelope", "verdict"),
    [
        ("", "example.net", "bounce.example.net", Verdict.OK),  # relaxed, as both are if nothing is said
        ("", "mail.example.net", "example.net", Verdict.OK),
        ("aspf=s", "example.net", "bounce.example.net", Verdict.WARNING),
        ("adkim=s", "mail.example.net", "example.net", Verdict.WARNING),
        ("adkim=s; aspf=s", "mail.example.net", "bounce.example.net", Verdict.PROBLEM),
        ("", "provider.org", "example.net", Verdict.WARNING),
        ("", "provider.org", "provider.org", Verdict.PROBLEM),
        ("", "", "example.net", Verdict.OK),  # who signs elsewhere is not seen from here
        ("", "", "provider.org", Verdict.PROBLEM),
    ],
)
def test_alignment_strict_and_relaxed(modes: str, signing: str, envelope: str, verdict: Verdict) -> None:
    found = only(looked({"example.net": f"{STRICT}; {modes}"}, "example.net", signing, envelope))
    assert found.verdict is verdict


def test_two_organisations_below_a_public_suffix_are_not_aligned() -> None:
    """`psd=y` says that each name below is somebody else's (RFC 9989 §4.10.2)."""
    records = {"co.example": "v=DMARC1; p=reject; psd=y; rua=mailto:a@co.example", "one.co.example": STRICT}
    assert only(looked(records, "one.co.example", "two.co.example", "two.co.example")).verdict is Verdict.PROBLEM
    assert only(looked(records, "one.co.example", "m.one.co.example", "one.co.example")).verdict is Verdict.OK


def test_psd_n_ends_the_walk() -> None:
    records = {"example.net": STRICT, "unit.example.net": f"{STRICT}; psd=n"}
    assert only(looked(records, "unit.example.net", "example.net", "example.net")).verdict is Verdict.PROBLEM


def test_no_more_than_eight_names_are_asked_for_one_domain() -> None:
    name = ".".join([*"abcdefghij", "example", "net"])
    with answering({"_dmarc.example.net TXT": [txt(STRICT)]}) as server:
        (found,) = look_at_dmarc(Dns(server.resolver), Senders(name, name, name))
    assert found.verdict is Verdict.OK
    assert len(server.asked) == 8
    assert server.asked[:2] == [f"_dmarc.{name} TXT", "_dmarc.f.g.h.i.j.example.net TXT"]
