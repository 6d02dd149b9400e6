"""On a trial site mail goes to a few addresses, and what would have gone to all others is accounted for."""

from __future__ import annotations

import logging
import sqlite3

import pytest

from tests.conftest import CommandLine, Press


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    for address in ("ada@example.org", "bo@example.net", "cy@example.com"):
        fresh("subscriber", "add", address, "--frequency", "daily", "--confirmed")
    fresh("release", "add", "--title", "Floods")
    fresh("publish")
    fresh.wait(days=1)
    return fresh


def allow(press: CommandLine, *allowed: str) -> None:
    named = ", ".join(f'"{one}"' for one in allowed)
    (press.site / "publisher.toml").write_text(f"[mail]\nonly_to = [{named}]\n")


def test_mail_goes_to_the_addresses_and_domains_that_are_named(
    press: CommandLine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pressroom.delivery")
    allow(press, "Ada@EXAMPLE.org", "@example.net")
    press("publish")
    (run,) = press.ask("digest", "list")
    assert {name: n for name, n in run["counts"].items() if n} == {"enlisted": 3, "sent": 2, "suppressed": 1}
    assert sorted(str(mail["To"]) for mail in press.mails()) == ["ada@example.org", "bo@example.net"]
    held = [record.getMessage() for record in caplog.records if record.name == "pressroom.delivery"]
    assert len(held) == 1
    assert "cy@" not in held[0]
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        [(reply,)] = catalogue.execute("SELECT reply FROM deliveries WHERE state = 'suppressed'")
    catalogue.close()
    assert reply == "[mail] only_to does not name this address"


def test_letters_are_held_too_and_nothing_waits(press: CommandLine) -> None:
    allow(press, "ada@example.org")
    press("subscriber", "add", "dee@example.org")
    press("deliver")
    assert press.mails("dee@example.org") == []
    assert press("publish").code == 0


def test_a_test_mail_goes_only_to_who_is_named(press: CommandLine) -> None:
    allow(press, "ada@example.org")
    assert "only_to does not name" in press("digest", "test", "--to", "eve@example.org", "--yes", ok=False).out
    press("digest", "test", "--to", "ada@example.org", "--yes")
    assert len(press.mails("ada@example.org")) == 1


@pytest.mark.R12
@pytest.mark.parametrize("wrong", ["nobody", "@", "@no domain", "a@b@c"])
def test_what_is_no_address_and_no_domain_is_named(press: CommandLine, wrong: str) -> None:
    allow(press, wrong)
    answer = press("publish", ok=False)
    assert answer.code == 2
    assert "[mail] only_to" in answer.err
    assert press.mails() == []
