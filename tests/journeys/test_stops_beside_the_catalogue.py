"""What was asked to stop while the catalogue could not be used is done before any mail leaves (R7)."""

from __future__ import annotations

import os
import pkgutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import pytest

from pressroom.delivery.maildir import MaildirTransport
from pressroom.delivery.queue import Answer
from pressroom.errors import StopTroubleError
from pressroom.membership.stopping import heed_stops
from pressroom.models.people import Frequency
from pressroom.models.runs import Message
from pressroom.signing import new_token
from pressroom.stops import Stop, Stops
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine

ROOT = Path(__file__).parent.parent.parent
ADA, BEN = "ada@example.org", "ben@example.org"

pytestmark = pytest.mark.R7


@pytest.fixture
def press(run: CommandLine, tools: Tools) -> CommandLine:
    """A site with two daily readers and one release that is owed to them, on Monday 26 January 2026, 09:00."""
    for address in (ADA, BEN):
        run("subscriber", "add", address, "--frequency", "daily", "--confirmed")
    run("release", "add", "--title", "Floods")
    run("publish")
    run.wait(hours=1)
    tools.stops.prepare()
    return run


def keep(store: Store, tools: Tools, press: CommandLine, address: str, frequency: Frequency | None = None) -> None:
    tools.stops.keep(Stop(store.subscribers.get(address).unsubscribe_token, press.now, frequency))


def digests(press: CommandLine, address: str) -> int:
    return sum("Floods" in str(mail) for mail in press.mails(address))


@pytest.mark.parametrize("command", [["publish"], ["digest", "send", "--frequency", "daily", "--yes"]])
def test_a_run_is_not_frozen_for_who_has_stopped(
    press: CommandLine, store: Store, tools: Tools, command: list[str]
) -> None:
    keep(store, tools, press, ADA)
    press.wait(days=1)
    press(*command)
    (last,) = press.ask("digest", "list")
    assert last["counts"]["enlisted"] == 1
    assert (digests(press, ADA), digests(press, BEN)) == (0, 1)


def test_one_that_comes_while_a_run_goes_out_keeps_back_the_very_next_message(
    press: CommandLine, store: Store, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = MaildirTransport.keep

    def send(transport: MaildirTransport, message: Message, content: bytes) -> Answer:
        if message.recipient == ADA:
            keep(store, tools, press, BEN)
        return really(transport, message, content)

    monkeypatch.setattr(MaildirTransport, "keep", send)
    press("digest", "send", "--frequency", "daily", "--yes")
    (last,) = press.ask("digest", "list")
    assert (last["counts"]["sent"], last["counts"]["suppressed"]) == (1, 1)
    assert (digests(press, ADA), digests(press, BEN)) == (1, 0)


def test_it_ends_as_of_when_it_was_asked(press: CommandLine, store: Store, tools: Tools) -> None:
    keep(store, tools, press, ADA)
    asked_at = press.now
    press.wait(hours=5)
    press("deliver")
    *_, last = store.consents.of(store.subscribers.get(ADA).pk)
    assert (last["what"], last["how"]) == ("unsubscribed from everything", "unsubscribe link")
    assert last["at"] == asked_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_command_heeds_it_before_it_acts(press: CommandLine, store: Store, tools: Tools) -> None:
    """So that people have what they asked for last, whatever the clock says."""
    keep(store, tools, press, ADA)
    press.wait(hours=-1)
    press("subscriber", "add", ADA, "--frequency", "weekly", "--confirmed")
    press("publish")
    assert press.ask("subscriber", "show", ADA)["choices"] == ["all=weekly"]
    assert not tools.stops.waiting()


def killed(_: Path) -> None:
    raise KeyboardInterrupt


def test_what_a_kill_has_left_behind_is_done_once(
    press: CommandLine, store: Store, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store, tools, press, ADA)
    (left,) = tools.stops.waiting()
    with monkeypatch.context() as patch:
        patch.setattr(Stops, "done", staticmethod(killed))
        with pytest.raises(KeyboardInterrupt):
            heed_stops(store, tools)
    assert store.subscribers.get(ADA).state == "ended"
    assert left.exists()
    press.wait(minutes=5)
    press("subscriber", "add", ADA, "--frequency", "weekly", "--confirmed")
    press("publish")
    assert press.ask("subscriber", "show", ADA)["state"] == "active"
    assert not tools.stops.waiting()


def test_one_that_comes_while_another_is_done_is_heeded_too(
    press: CommandLine, store: Store, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store, tools, press, ADA, Frequency.WEEKLY)
    done = Stops.done

    def and_another_comes(path: Path) -> None:
        monkeypatch.undo()
        keep(store, tools, press, ADA)
        done(path)

    monkeypatch.setattr(Stops, "done", staticmethod(and_another_comes))
    press("publish")
    press("publish")
    assert press.ask("subscriber", "show", ADA)["state"] == "ended"


def test_two_processes_do_each_once_without_a_word(press: CommandLine, store: Store, tools: Tools) -> None:
    for _ in range(200):
        tools.stops.keep(Stop(new_token(), press.now))
    keep(store, tools, press, ADA)
    command = [sys.executable, str(ROOT / "publisher.py"), "-C", str(press.site), "--clock", press.now.isoformat()]
    both = [subprocess.Popen([*command, "publish"], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(one.communicate()[1], one.returncode) for one in both] == [("", 0), ("", 0)]
    ends = [one for one in store.consents.of(store.subscribers.get(ADA).pk) if "unsubscribed" in one["what"]]
    assert len(ends) == 1


@pytest.mark.R12
@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("os.listdir", "{} cannot be looked into: permission denied; mend its rights.\n"),
        ("pressroom.stops.opened", "{}/{} cannot be read: permission denied; mend its rights.\n"),
    ],
)
def test_while_it_cannot_be_seen_who_has_stopped_no_mail_leaves_and_nobody_acts_but_feeds_go_out(
    press: CommandLine, store: Store, tools: Tools, monkeypatch: pytest.MonkeyPatch, method: str, told: str
) -> None:
    keep(store, tools, press, ADA)
    (path,) = tools.stops.waiting()
    press("release", "add", "--title", "Ferries")  # heeds it
    keep(store, tools, press, BEN)
    (path,) = tools.stops.waiting()
    press.wait(days=1)
    really = pkgutil.resolve_name(method)

    def refused(one: Path, *facts: object, **more: object) -> object:
        if "stops" in Path(one).parts:
            raise PermissionError(13, "Permission denied")
        return really(one, *facts, **more)

    with monkeypatch.context() as patch:
        patch.setattr(method, refused)
        answer = press("publish", ok=False)
        for command in (["deliver"], ["subscriber", "add", "cy@example.org"], ["digest", "send", "--yes"]):
            assert press(*command, ok=False).code == 3
        assert press.ask("subscriber", "show", BEN)["state"] == "active"
    assert (answer.code, answer.err) == (3, told.format(path.parent, path.name))
    assert "Ferries" in (press.site / "feeds" / "all.atom").read_text()
    assert digests(press, BEN) == 0
    press("publish")
    assert (digests(press, BEN), press.ask("subscriber", "show", BEN)["state"]) == (0, "ended")


def test_while_it_cannot_be_done_nobody_acts_in_between(
    press: CommandLine, store: Store, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who comes back while the catalogue is locked would be ended by what they asked before."""
    keep(store, tools, press, ADA)
    monkeypatch.setattr("pressroom.storage.store.BUSY_SECONDS", 0.2)
    other = sqlite3.connect(tools.catalogue, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    opened = Timer(0.3, other.rollback)  # when one wait is over, and a second one would not be
    opened.start()
    answer = press("subscriber", "set", ADA, "--frequency", "weekly", ok=False)
    opened.join()
    other.close()
    assert answer.code == 1
    assert "another program keeps it locked" in answer.err
    press("publish")
    assert press.ask("subscriber", "show", ADA)["state"] == "ended"


def test_one_that_another_process_does_meanwhile_is_not_done_again(
    press: CommandLine, store: Store, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it changed nothing, so that no record tells of it: it was told twice, or of what is not followed."""
    keep(store, tools, press, ADA, Frequency.WEEKLY)
    read = Stops.read

    def and_the_other_is_quicker(path: Path) -> Stop | None:
        asked = read(path)
        monkeypatch.undo()
        press("subscriber", "set", ADA, "--topic", "all=weekly")
        return asked

    monkeypatch.setattr(Stops, "read", staticmethod(and_the_other_is_quicker))
    press("publish")
    assert press.ask("subscriber", "show", ADA)["choices"] == ["all=weekly"]


def test_a_part_can_be_stopped_and_the_rest_goes_on(press: CommandLine, store: Store, tools: Tools) -> None:
    press("topic", "add", "Rivers")
    press("subscriber", "set", ADA, "--topic", "rivers=weekly")
    keep(store, tools, press, ADA, Frequency.DAILY)
    press("publish", "--feeds-only")
    assert press.ask("subscriber", "show", ADA)["choices"] == ["rivers=weekly"]


@pytest.mark.R12
@pytest.mark.parametrize(
    "content",
    [
        "buy milk\n",
        "",
        f"{'a' * 26} all yesterday button\n",
        f"{'a' * 26} yearly 2026-01-26T09:00:00Z button\n",
        f"{'a' * 25} all 2026-01-26T09:00:00Z button\n",
        f"{'a' * 26} all 2026-01-26T09:00:00Z b\u00fctton\n",
    ],
)
def test_a_file_that_asks_for_nothing_is_named_and_holds_up_no_other(
    press: CommandLine, store: Store, tools: Tools, content: str
) -> None:
    path = tools.data / "stops" / "notes"
    path.write_text(content)
    keep(store, tools, press, ADA)
    press.wait(days=1)
    answer = press("-v", "publish", ok=False)
    assert answer.code == 3
    assert answer.err == f"{path} is no unsubscribe that can be read; delete it.\n"
    assert (digests(press, ADA), digests(press, BEN)) == (0, 1)
    path.unlink()
    press("publish")


def link_to_what_never_ends(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.R12
@pytest.mark.parametrize("put", [Path.mkdir, os.mkfifo, link_to_what_never_ends])
def test_what_is_no_file_among_them_is_named_and_holds_up_nothing(
    press: CommandLine, store: Store, tools: Tools, put: Callable[[Path], None]
) -> None:
    path = tools.data / "stops" / "old"
    put(path)
    keep(store, tools, press, ADA)
    press.wait(days=1)
    assert press("-v", "publish", ok=False).err == f"{path} is no unsubscribe that can be read; delete it.\n"
    assert f"{path} is no unsubscribe that can be read; delete it." in press("health", ok=False).out
    assert (digests(press, ADA), digests(press, BEN)) == (0, 1)


def test_a_token_of_nobody_is_done_with(press: CommandLine, tools: Tools) -> None:
    tools.stops.keep(Stop("a" * 26, press.now))
    press("publish")
    assert not tools.stops.waiting()


def test_they_are_for_their_owner_only_and_their_names_hold_no_token(press: CommandLine, tools: Tools) -> None:
    tools.stops.keep(Stop("a" * 26, press.now))
    (path,) = tools.stops.waiting()
    assert tools.stops.read(path) == Stop("a" * 26, press.now)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert "a" * 26 not in path.name


def test_no_more_are_kept_than_anybody_asks_for(
    press: CommandLine, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.stops.MOST_KEPT", 2)
    for _ in range(2):
        tools.stops.keep(Stop(new_token(), press.now))
    with pytest.raises(StopTroubleError, match="too many wait already"):
        tools.stops.keep(Stop(new_token(), press.now))


def test_what_a_killed_process_left_half_written_is_removed(press: CommandLine, tools: Tools) -> None:
    half = tools.data / "stops" / f".20260126T090000Z-{'0' * 16}.999999999.{'0' * 8}.tmp"
    half.write_text("aaaa")
    tools.stops.prepare()
    assert not half.exists()
