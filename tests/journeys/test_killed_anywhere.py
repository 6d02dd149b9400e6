"""kill -9 at any instant of a publish, then again: the same files, no delivery lost, none twice (R10)."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pressroom.membership.signing_up import ask
from pressroom.models.sign_ups import SignUp
from pressroom.publishing.journey import publish_due
from pressroom.stops import Stop
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press, copy_site, text_of

pytestmark = [pytest.mark.R10, pytest.mark.crash]
STRIDE = 61  # every commit and every mail is tried, and of the steps between them every 61st
SLICES = 4


class Steps:
    """Counts what a publish does to the disk, and dies by SIGKILL before step number `fatal`."""

    def __init__(self, fatal: int = -1) -> None:
        self.fatal, self.count = fatal, 0
        self.weighty: list[int] = []

    def step(self, *, weighty: bool = False) -> None:
        self.count += 1
        if weighty:
            self.weighty.append(self.count)
        if self.count == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Count every SQL statement, every sync and every move of a file into its place."""
        opened = Store.__init__

        def open_watched(store: Store, *arguments: Any) -> None:
            opened(store, *arguments)
            store.connection.set_trace_callback(lambda sql: self.step(weighty=sql.startswith(("COMMIT", "BEGIN"))))

        monkeypatch.setattr(Store, "__init__", open_watched)
        for owner, name, weighty in ((os, "fsync", False), (os, "replace", False), (Path, "rename", True)):
            monkeypatch.setattr(owner, name, self._counted(getattr(owner, name), weighty))

    def _counted(self, act: Callable[..., object], weighty: bool) -> Callable[..., object]:
        def counted(*arguments: object, **named: object) -> object:
            self.step(weighty=weighty)
            done = act(*arguments, **named)
            self.step(weighty=weighty)
            return done

        return counted


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site where a publish has everything to do.

    Two releases to make live, feeds to write, three digests and a letter to send, somebody who has sent the form, and
    somebody whose unsubscribe waits beside the catalogue.
    """
    for topic in ("Rivers", "Roads"):
        fresh("topic", "add", topic)
    for name, topics in (("ada", ["rivers=daily"]), ("bo", ["roads=daily"]), ("cy", ["rivers=daily", "roads=weekly"])):
        words = [word for topic in topics for word in ("--topic", topic)]
        fresh("subscriber", "add", f"{name}@example.org", *words, "--confirmed")
    fresh("release", "add", "--title", "Floods", "--topic", "rivers")
    fresh("release", "add", "--title", "Bridges", "--topic", "roads", "--topic", "rivers")
    fresh.wait(days=1)
    fresh("subscriber", "add", "dee@example.org")
    fresh("subscriber", "add", "fay@example.org", "--topic", "rivers=daily", "--confirmed")
    tools = Tools.of(fresh.site)
    tools.stops.prepare()
    with tools.open_store() as store:
        tools.stops.keep(Stop(store.subscribers.get("fay@example.org").unsubscribe_token, fresh.now))
        ask(store, tools, SignUp("eve@example.org", "en", [("all", "weekly")]), "192.0.2.1", fresh.now)
    return fresh


def publish_watched(press: CommandLine, steps: Steps) -> None:
    with pytest.MonkeyPatch.context() as patch:
        steps.watch(patch)
        tools = Tools.of(press.site)
        with Store.open(tools.catalogue) as store:
            publish_due(store, tools, press.now)


def publish_and_be_killed(press: CommandLine, fatal: int) -> None:
    """Publish in a child process that is killed at step `fatal`."""
    child = os.fork()
    if child == 0:
        try:
            publish_watched(press, Steps(fatal))
        finally:
            os._exit(0)  # the step was not reached: that publish was whole
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the child was to be killed"


def outcome(press: CommandLine) -> tuple[dict[str, bytes], list[tuple[str, str]], list[tuple[Any, ...]]]:
    """Return what readers see: feed files, (recipient, subject) of every mail, and the ledger by state."""
    folder = press.site / "feeds"
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    mails = sorted((str(mail["To"]), str(mail["Subject"]), text_of(mail).count("[1]")) for mail in press.mails())
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        ledger = catalogue.execute("SELECT state, count(*) FROM deliveries GROUP BY state").fetchall()
        ledger += catalogue.execute("SELECT state, count(*) FROM letters GROUP BY state").fetchall()
        announced = catalogue.execute("SELECT count(*) FROM announcements").fetchall()
        people = catalogue.execute(
            "SELECT state, what, count(*) FROM subscribers JOIN consents ON subscriber = subscribers.pk GROUP BY 1, 2"
        ).fetchall()
    catalogue.close()
    return files, [mail[:2] for mail in mails], [*ledger, *announced, *people]


@pytest.mark.parametrize("part", range(SLICES))
def test_a_publish_killed_at_any_step_ends_the_same_when_run_again(
    press: CommandLine, tmp_path: Path, part: int
) -> None:
    before = tmp_path / "before"
    shutil.copytree(press.site, before)
    steps = Steps()
    publish_watched(press, steps)
    whole = outcome(press)
    assert len(whole[1]) == 5
    tried = sorted({*steps.weighty, *range(1, steps.count, STRIDE)})
    assert len(tried) > 40
    for fatal in tried[part::SLICES]:
        shutil.rmtree(press.site)
        copy_site(before, press.site)
        publish_and_be_killed(press, fatal)
        press("publish")
        assert outcome(press) == whole, f"killed at step {fatal} of {steps.count}"


def test_a_third_publish_after_a_crash_changes_no_byte(press: CommandLine) -> None:
    publish_and_be_killed(press, 200)
    press("publish")
    first = outcome(press)
    assert press("publish").out.startswith("Nothing new")
    assert outcome(press) == first
