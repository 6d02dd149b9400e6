"""The keys that sign, beside what the DNS tells of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pressroom.delivery.dkim import DkimKey, DkimKeys
from pressroom.operations.doctor.diagnosis import Diagnosis, Verdict
from pressroom.operations.doctor.dkim import look_at_key
from pressroom.operations.doctor.dns import Dns
from tests.operations.doctor.zone import answering, txt

NAME = "k1._domainkey.example.net"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> DkimKeys:
    made = DkimKeys(tmp_path_factory.mktemp("keys") / "dkim")
    for selector, algorithm in (("k1", "rsa"), ("other", "rsa"), ("e1", "ed25519")):
        made.generate(selector, algorithm)
    return made


def looked(key: DkimKey, *records: str) -> Diagnosis:
    zone = {f"{key.selector}._domainkey.example.net TXT": records} if records else {}
    with answering(zone) as server:
        (found,) = look_at_key(Dns(server.resolver), "example.net", key)
    return found


@pytest.mark.parametrize("selector", ["k1", "e1"])
@pytest.mark.parametrize("letters", [255, 40])
def test_the_record_that_is_printed_is_in_order_however_it_is_cut(keys: DkimKeys, selector: str, letters: int) -> None:
    key = keys.get(selector)
    assert looked(key, txt(key.record, at=letters)).verdict is Verdict.OK


@pytest.mark.parametrize(
    "written",
    [
        lambda record: record.replace("v=DKIM1; ", ""),
        lambda record: record.replace("k=rsa; ", ""),
        lambda record: record.replace("; ", " ;") + ";",
        lambda record: record[:200] + " " + record[200:],
        lambda record: f"{record}; h=sha1:sha256; s=email; t=s; n=note",
    ],
)
def test_what_means_the_same_is_in_order(keys: DkimKeys, written: Callable[[str], str]) -> None:
    assert looked(keys.get("k1"), txt(written(keys.get("k1").record))).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (lambda record: "v=DKIM1; k=rsa; p=", "says that its key is revoked (p= is empty)"),
        (lambda record: record.replace("DKIM1", "DKIM2"), "holds no key"),
        (lambda record: "something else", "holds no key"),
        (lambda record: record.replace("k=rsa", "k=ed25519"), "tells a key of the kind ed25519, and ours is rsa"),
        (lambda record: record[:-9] + "AAAA" + record[-5:], "tells another key than the one that signs"),
        (lambda record: f"{record}; h=sha1", "does not let signatures use SHA-256 (h=sha1)"),
        (lambda record: f"{record}; s=other", "is not for mail (s=other)"),
    ],
)
def test_what_makes_signatures_fail_is_a_problem(keys: DkimKeys, written: Callable[[str], str], said: str) -> None:
    found = looked(keys.get("k1"), txt(written(keys.get("k1").record)))
    assert found.verdict is Verdict.PROBLEM
    assert found.words.startswith(f"{NAME} {said}")


def test_the_record_of_another_key_is_a_problem(keys: DkimKeys) -> None:
    assert "tells another key" in looked(keys.get("k1"), txt(keys.get("other").record)).words


def test_test_mode_is_a_warning(keys: DkimKeys) -> None:
    found = looked(keys.get("k1"), txt(f"{keys.get('k1').record}; t=y:s"))
    assert (found.verdict, found.remedy) == (Verdict.WARNING, "take out t=y")


def test_no_record_and_two_records_are_problems(keys: DkimKeys, tmp_path: Path) -> None:
    key = keys.get("k1")
    assert looked(key).words == f"{NAME} has no record, so that no signature can be checked"
    assert looked(key, txt(key.record), txt("v=DKIM1; p=")).words.startswith(f"{NAME} has 2 TXT records")
