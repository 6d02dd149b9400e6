"""The envelopes of digests and letters, and the way out by mail, where mail comes back to an address of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.membership.returns import ADA, BO, Site


@pytest.fixture
def ours(run: CommandLine, site: Path) -> Iterator[Site]:
    made = Site(run, site, ADA, BO)
    made.send()
    yield made
    made.store.close()


def test_each_message_has_a_sender_of_its_own_and_the_same_at_every_attempt(ours: Site) -> None:
    first, again, other = ours.message(ADA), ours.message(ADA), ours.message(BO)
    assert re.fullmatch(r"bounces\+[a-z2-7]{29}@news\.example\.org", first.sender)
    assert first.sender == f"bounces+{first.envelope_id}@news.example.org"
    assert first == again
    assert first.envelope_id != other.envelope_id


def test_the_longest_local_part_fits_rfc_5321(run: CommandLine, site: Path) -> None:
    ours = Site(run, site, ADA)
    (site / "publisher.toml").write_text(f'[bounces]\naddress = "{"b" * 34}@news.example.org"\n')
    ours.tools = type(ours.tools).of(site)
    ours.send()
    assert len(ours.message().sender.partition("@")[0]) == 64
    ours.store.close()


def test_a_letter_has_a_sender_of_its_own_too(ours: Site) -> None:
    ours.press("subscriber", "add", "cy@example.org")
    letter = ours.letter("cy@example.org")
    assert letter.sender == f"bounces+{letter.envelope_id}@news.example.org"
    assert letter.envelope_id[0] != ours.message().envelope_id[0]


def test_without_an_address_the_sender_is_who_the_mail_is_from(ours: Site, site: Path) -> None:
    (site / "publisher.toml").write_text("")
    ours.tools = type(ours.tools).of(site)
    message = ours.message()
    assert (message.sender, message.envelope_id) == ("digest@example.org", "")
    assert "mailto:" not in dict(message.headers)["List-Unsubscribe"]


def test_the_way_out_by_mail_stands_behind_the_one_https_address(ours: Site) -> None:
    token = ours.store.subscribers.get(ADA).unsubscribe_token
    assert str(ours.press.mails(ADA)[0]["List-Unsubscribe"]) == (
        f"<http://localhost:8000/unsubscribe/{token}>, "
        f"<mailto:unsubscribe+{token}@news.example.org?subject=unsubscribe>"
    )


def test_the_envelope_stands_in_no_header(ours: Site) -> None:
    message = ours.message()
    assert message.envelope_id not in "".join(value for _, value in message.headers)
    assert message.envelope_id not in message.html + message.text
