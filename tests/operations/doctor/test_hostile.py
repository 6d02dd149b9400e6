"""Whatever stands in the DNS or comes from a server: the doctor says something of it, and never stumbles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.delivery.dkim import DkimKey, DkimKeys
from pressroom.operations.doctor.diagnosis import Diagnosis, Verdict
from pressroom.operations.doctor.dkim import look_at_key
from pressroom.operations.doctor.dmarc import Senders, look_at_dmarc
from pressroom.operations.doctor.dns import Dns
from pressroom.operations.doctor.spf import MOST_COUNTED, look_at_spf

pytestmark = pytest.mark.R12

NAMES = st.sampled_from(["a.net", "b.net", "news.example.net", "_spf.a.net", ""])
TERMS = st.one_of(
    st.builds("{}{}{}{}".format, st.sampled_from(["", "+", "-", "~", "?"]),
              st.sampled_from(["include", "a", "mx", "ptr", "exists", "redirect", "all", "ip4", "exp", "unknown"]),
              st.sampled_from([":", "=", "/24", ""]), NAMES),
    st.text(max_size=12),
)  # fmt: skip
SPF = st.lists(TERMS, max_size=8).map(lambda terms: " ".join(["v=spf1", *terms]))
TAGS = st.lists(
    st.builds("{}={}".format, st.sampled_from(["v", "p", "sp", "k", "t", "h", "s", "adkim", "aspf", "psd", "rua", "é"]),
              st.one_of(st.sampled_from(["DKIM1", "DMARC1", "none", "reject", "y", "s", ""]), st.text(max_size=8))),
    max_size=8,
)  # fmt: skip
RECORDS = st.one_of(TAGS.map("; ".join), TAGS.map(lambda tags: "; ".join(["v=DMARC1", *tags])), st.text(max_size=40))


class Made(Dns):
    """A DNS in which every name has the same texts, and hosts are there or not."""

    def __init__(self, texts: list[str], addresses: list[str]) -> None:
        self._texts, self._addresses, self.number = texts, addresses, 0

    def texts(self, name: str) -> list[str]:
        self.number += 1
        return self._texts

    def addresses(self, name: str) -> list[str]:
        return self._addresses

    def exchangers(self, name: str) -> None:
        return None


def judged(found: Iterator[Diagnosis]) -> list[Diagnosis]:
    diagnoses = list(found)
    assert diagnoses
    for one in diagnoses:
        assert one.words
        assert bool(one.remedy) is (one.verdict is not Verdict.OK)
    return diagnoses


@given(st.lists(SPF, max_size=2), st.lists(st.just("192.0.2.1"), max_size=1))
def test_any_spf_record_is_judged_with_so_many_questions_at_most(texts: list[str], addresses: list[str]) -> None:
    asked = Made(texts, addresses)
    judged(look_at_spf(asked, "news.example.net"))
    assert asked.number <= MOST_COUNTED + 1


@given(st.lists(RECORDS, max_size=2))
def test_any_dmarc_record_is_judged(texts: list[str]) -> None:
    judged(look_at_dmarc(Made(texts, []), Senders("news.example.net", "mail.example.net", "bounce.example.com")))


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> DkimKey:
    return DkimKeys(tmp_path_factory.mktemp("keys") / "dkim").generate("k1", "ed25519")


@given(text=RECORDS)
def test_no_other_record_of_a_key_is_in_order(key: DkimKey, text: str) -> None:
    (found,) = judged(look_at_key(Made([text], []), "example.net", key))
    assert found.verdict is Verdict.PROBLEM
