"""Who takes mail for a domain, what the host that sends is called, and a DNS that fails."""

from __future__ import annotations

import pytest

from pressroom.errors import DnsError
from pressroom.operations.doctor.diagnosis import Diagnosis, Verdict
from pressroom.operations.doctor.dns import Dns, Exchanger
from pressroom.operations.doctor.hosts import look_at_exchangers, look_at_sender
from tests.operations.doctor.zone import SERVFAIL, SILENCE, Records, answering

HOST, ADDRESS = "mail.example.net", "192.0.2.7"
BACK = "7.2.0.192.in-addr.arpa PTR"


def exchangers(records: Records) -> Diagnosis:
    with answering(records) as server:
        (found,) = look_at_exchangers(Dns(server.resolver), "example.net", "mail that comes back")
    return found


def sender(records: Records) -> Diagnosis:
    with answering(records) as server:
        (found,) = look_at_sender(Dns(server.resolver), HOST)
    return found


def test_a_domain_that_takes_mail_is_told_with_the_host_that_is_asked_first() -> None:
    found = exchangers({"example.net MX": ["20 b.example.net.", "10 a.example.net."],
                        "a.example.net A": [ADDRESS], "b.example.net AAAA": ["2001:db8::1"]})  # fmt: skip
    assert (found.verdict, found.words) == (Verdict.OK, "example.net takes mail at a.example.net")


@pytest.mark.parametrize(
    ("records", "verdict", "said"),
    [
        ({}, Verdict.PROBLEM, "there is no domain example.net, and mail that comes back goes there"),
        ({"example.net MX": ["0 ."]}, Verdict.PROBLEM, "example.net says that it takes no mail (RFC 7505)"),
        ({"example.net TXT": ['"x"']}, Verdict.PROBLEM, "example.net takes no mail"),
        ({"example.net A": [ADDRESS]}, Verdict.WARNING, "example.net has no MX record"),
        ({"example.net MX": ["10 a.example.net."]}, Verdict.PROBLEM, "example.net names a.example.net for its mail"),
        (
            {"example.net MX": ["10 a.example.net.", "20 b.example.net."], "b.example.net A": [ADDRESS]},
            Verdict.WARNING,
            "example.net names a.example.net for its mail, which has no address",
        ),
    ],
)
def test_a_domain_that_takes_no_mail_is_told(records: Records, verdict: Verdict, said: str) -> None:
    found = exchangers(records)
    assert found.verdict is verdict
    assert found.words.startswith(said)


def test_a_name_that_leads_back_is_in_order() -> None:
    found = sender({f"{HOST} A": [ADDRESS], BACK: [f"{HOST}."]})
    assert (found.verdict, found.words) == (Verdict.OK, f"{ADDRESS} is called {HOST}, and that leads back")


def test_one_of_several_names_that_leads_back_is_enough() -> None:
    assert sender({f"{HOST} A": [ADDRESS], BACK: ["x.example.net.", f"{HOST}."]}).verdict is Verdict.OK


def test_an_address_of_ipv6_is_looked_at_too() -> None:
    back = ".".join(reversed("20010db8" + "0" * 23 + "1")) + ".ip6.arpa PTR"
    assert sender({f"{HOST} AAAA": ["2001:db8::1"], back: [f"{HOST}."]}).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("records", "verdict", "said"),
    [
        ({f"{HOST} A": [ADDRESS]}, Verdict.PROBLEM, f"{ADDRESS}, which {HOST} sends from, has no name in the DNS"),
        (
            {f"{HOST} A": [ADDRESS], BACK: ["pool-7.provider.org."], "pool-7.provider.org A": ["192.0.2.8"]},
            Verdict.PROBLEM,
            "is called pool-7.provider.org, which has another address",
        ),
        ({f"{HOST} A": ["127.0.1.1"]}, Verdict.WARNING, f"{HOST}, has no address in the DNS"),
        ({}, Verdict.WARNING, f"{HOST}, has no address in the DNS"),
    ],
)
def test_a_sender_without_a_name_that_leads_back_is_told(records: Records, verdict: Verdict, said: str) -> None:
    found = sender(records)
    assert found.verdict is verdict
    assert said in found.words


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (SILENCE, "The DNS does not answer in time, asked for example.net; see which resolver"),
        (SERVFAIL, "The DNS answers with a failure, asked for example.net; look at the zone"),
    ],
)
def test_a_dns_that_fails_is_told_with_the_name(answer: str, said: str) -> None:
    with answering({"example.net MX": answer}) as server, pytest.raises(DnsError) as refused:
        Dns(server.resolver, 0.4).exchangers("example.net")
    assert str(refused.value).startswith(said)
    assert refused.value.name == "example.net"


def test_all_questions_of_a_check_share_its_time() -> None:
    with answering({"a.example.net TXT": SILENCE, "b.example.net TXT": ['"x"']}) as server:
        asking = Dns(server.resolver, 0.2)
        for name in ("a.example.net", "b.example.net"):
            with pytest.raises(DnsError):
                asking.texts(name)
    assert "b.example.net TXT" not in server.asked


@pytest.mark.parametrize("name", ["a" * 64 + ".net", "a..net", ".".join(["abcdefgh"] * 40)])
def test_what_can_be_no_name_is_told(name: str) -> None:
    with answering({}) as server, pytest.raises(DnsError, match="cannot be asked"):
        Dns(server.resolver).texts(name)


def test_no_mail_at_all_is_a_blank_host() -> None:
    with answering({"example.net MX": ["0 ."]}) as server:
        assert Dns(server.resolver).exchangers("example.net") == [Exchanger(0, "")]
