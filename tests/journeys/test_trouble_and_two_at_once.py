"""What goes wrong beside what goes well, and two processes on one site at once."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pressroom.accounts import end_pauses
from pressroom.errors import ChangedMeanwhileError
from pressroom.locks import locked
from pressroom.publishing import entering
from pressroom.publishing.journey import publish_due
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press

ROOT = Path(__file__).parent.parent.parent
ADA = "ada@example.org"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site with one daily reader, on Monday 26 January 2026, 09:00."""
    fresh("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    return fresh


def a_broken_template(press: CommandLine, name: str) -> Path:
    """Give the site a template of its own that cannot be filled, and return its place."""
    path = press.site / "templates" / name
    path.parent.mkdir(parents=True)
    shutil.copy(ROOT / "templates" / name, path)
    path.write_text(path.read_text() + "{{ no_such_fact }}\n")
    return path


def execute(site: Path, sql: str) -> None:
    with sqlite3.connect(site / "data" / "catalogue.db") as connection:
        connection.execute(sql)
    connection.close()


@pytest.mark.R12
def test_a_broken_mail_template_is_told_beside_what_was_done_and_delays_mail_only(press: CommandLine) -> None:
    template = a_broken_template(press, "email/digest.txt")
    press("release", "add", "--title", "Floods")
    press.wait(days=1)
    answer = press("publish", ok=False)
    assert answer.code == 2
    assert "1 release(s) went live" in answer.out
    assert "email/digest.txt" in answer.err
    assert not press.mails()
    again = press("--json", "publish", ok=False)
    assert "email/digest.txt" in again.document["trouble"][0]
    assert press.ask("digest", "list") == []
    assert "Nothing waits" in press("deliver").out
    template.unlink()
    press("publish")
    assert press.titles(ADA) == [["Floods"]]
    assert not press.ask("publish")["trouble"]


@pytest.mark.R12
def test_a_template_broken_during_a_run_stops_it_until_it_is_mended(press: CommandLine) -> None:
    frozen_and_not_sent(press)
    template = a_broken_template(press, "email/digest.txt")
    stopped = press("--json", "deliver", ok=False)
    assert (stopped.code, len(stopped.document["trouble"])) == (2, 1)
    assert "Nothing waits" not in press("deliver", ok=False).out
    template.unlink()
    press("deliver")
    assert press.titles(ADA) == [["Floods"]]


@pytest.mark.R12
def test_a_template_broken_for_one_language_keeps_back_the_mails_in_that_language_only(press: CommandLine) -> None:
    press("subscriber", "add", "daan@example.org", "--language", "nl", "--frequency", "daily", "--confirmed")
    frozen_and_not_sent(press)
    template = a_broken_template(press, "email/digest.txt")
    template.write_text(
        template.read_text().replace("{{ no_such_fact }}", "{% if digest.language == 'nl' %}{{ nix }}{% endif %}")
    )
    stopped = press("--json", "deliver", ok=False)
    assert (stopped.code, stopped.document["sent"], stopped.document["waiting"]) == (2, 1, 1)
    assert "email/digest.txt" in stopped.document["trouble"][0]
    assert press.titles(ADA) == [["Floods"]]
    template.unlink()
    press("deliver")
    assert press.titles("daan@example.org") == [["Floods"]]


def frozen_and_not_sent(press: CommandLine) -> None:
    """Leave a run of one message that nothing could be done with yet, and then nothing in its way."""
    outbox = press.site / "data" / "outbox"
    outbox.write_text("in the way")
    press("release", "add", "--title", "Floods")
    press.wait(days=1)
    assert press("publish", ok=False).code == 3
    outbox.unlink()
    press.wait(minutes=2)


@pytest.mark.R12
def test_feeds_that_cannot_be_written_keep_no_mail_back(press: CommandLine) -> None:
    template = a_broken_template(press, "feeds/entry.html")
    press("release", "add", "--title", "Floods")
    press("publish", ok=False)
    press.wait(days=1)
    answer = press("publish", ok=False)
    assert answer.code == 2
    assert "feeds/entry.html" in answer.err
    assert press.titles(ADA) == [["Floods"]]
    template.unlink()
    press("publish")
    assert [item["title"] for item in press.feed("all")["items"]] == ["Floods"]


@pytest.mark.R3
def test_a_publish_waits_while_another_process_writes_feeds(press: CommandLine) -> None:
    press("release", "add", "--title", "Floods")
    command = [sys.executable, str(ROOT / "publisher.py"), "-C", str(press.site), "publish"]
    with locked(press.site / "data" / "publish.lock"):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with sqlite3.connect(press.site / "data" / "catalogue.db") as connection:
            while not connection.execute("SELECT 1 FROM releases WHERE state = 'live'").fetchone():
                time.sleep(0.01)
        connection.close()
        time.sleep(0.3)  # enough for a process that does not wait to write its feeds
        assert not (press.site / "feeds" / "all.json").exists()
    assert process.wait(60) == 0
    assert [item["title"] for item in press.feed("all")["items"]] == ["Floods"]


@pytest.mark.R4
def test_a_pause_that_two_processes_end_at_once_ends_once(
    press: CommandLine, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    press("subscriber", "pause", ADA, "--until", "2026-01-28")
    press("release", "add", "--title", "Floods")
    press("publish")
    now = press.wait(days=2)
    with Store.open(tools.catalogue) as one, Store.open(tools.catalogue) as other:
        looked_up = one.subscribers.paused_past(now.date())

        def found_first(_: object) -> list[object]:
            """What `one` found before `other` did all of its work; the next look is at what is there."""
            monkeypatch.undo()
            publish_due(other, tools, now)
            return list(looked_up)

        monkeypatch.setattr(one.subscribers, "paused_past", found_first)
        assert end_pauses(one, now, tools.settings.site.zone) == 0
    press.wait(days=1)
    press("publish")
    assert press.titles(ADA) == [["Floods"]]


@pytest.mark.R4
def test_a_digest_by_hand_reaches_who_has_come_back_from_a_pause(press: CommandLine) -> None:
    press("subscriber", "pause", ADA, "--until", "2026-01-28")
    press("release", "add", "--title", "Floods")
    press("publish")
    press.wait(days=2)
    press("digest", "send", "--yes")
    assert press.titles(ADA) == [["Floods"]]


@pytest.mark.R6
def test_nothing_of_a_paused_run_leaves(press: CommandLine) -> None:
    frozen_and_not_sent(press)
    execute(press.site, "UPDATE runs SET state = 'paused' WHERE state = 'open'")
    press("publish")
    assert not press.mails()
    execute(press.site, "UPDATE runs SET state = 'open' WHERE state = 'paused'")
    press("publish")
    assert press.titles(ADA) == [["Floods"]]


@pytest.mark.R1
@pytest.mark.parametrize("verb", ["schedule", "edit", "revise", "withdraw"])
def test_what_was_read_before_somebody_else_changed_it_is_not_written_over(
    press: CommandLine, store: Store, now: datetime, verb: str
) -> None:
    press("release", "add", "--title", "Floods")
    stale = entering.complete_release(store, "floods")
    press("publish")
    verbs = {
        "schedule": lambda: entering.schedule_release(store, stale, at=now + timedelta(days=1)),
        "edit": lambda: entering.edit_release(store, stale, replace(stale, summary="Other."), now),
        "revise": lambda: entering.revise_release(store, stale, stale, "A note.", now),
        "withdraw": lambda: entering.withdraw_release(store, stale, "A reason.", None, now),
    }
    with pytest.raises(ChangedMeanwhileError):
        verbs[verb]()
    release = press.ask("release", "show", "floods")
    assert (release["state"], release["summary"]) == ("live", "")
    assert [one["change"] for one in release["announcements"]] == ["new"]


@pytest.mark.R12
def test_exit_code_3_stays_while_mail_waits_for_a_later_try(press: CommandLine) -> None:
    outbox = press.site / "data" / "outbox"
    outbox.write_text("in the way")
    press("release", "add", "--title", "Floods")
    press.wait(days=1)
    answer = press("publish", ok=False)
    assert answer.code == 3
    assert str(outbox) in answer.err
    for command in ("publish", "deliver"):
        assert press(command, ok=False).code == 3
    assert press("--json", "deliver", ok=False).document["waiting"] == 1
    outbox.unlink()
    press.wait(minutes=1)
    press("publish")
    assert press.titles(ADA) == [["Floods"]]
