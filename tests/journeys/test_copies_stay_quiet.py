"""A copied catalogue writes feeds and sends nothing until somebody arms it (R11)."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from pressroom import arming
from pressroom.delivery import worker
from pressroom.delivery.worker import FEWEST_CLAIMED
from pressroom.models.people import Frequency
from pressroom.publishing import delivering
from pressroom.publishing.digests import open_run_by_hand
from pressroom.tools import Tools
from tests.conftest import Answer, CommandLine, Press

pytestmark = pytest.mark.R11
ADA = "ada@example.org"
SAID = "was restored or copied"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site with one daily reader who has had a digest, and for whom another is due, on Wednesday 28 January 2026."""
    fresh("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    fresh("release", "add", "--title", "Floods")
    fresh.wait(days=1)
    fresh("publish")
    fresh("release", "add", "--title", "Bridges")
    fresh.wait(days=1)
    return fresh


@pytest.fixture
def copy(press: CommandLine) -> CommandLine:
    """The command line on a copy of the whole site, as `cp -a` makes it."""
    kept = press.site.rename(press.site.with_name("original"))
    shutil.copytree(kept, press.site)
    return press


def armed(press: CommandLine) -> bool:
    tools = Tools.of(press.site)
    with tools.open_store() as store:
        return tools.is_armed(store)


def _require_births(file: Path) -> str:
    """Return what `data/armed` says of when it was made; skip the test where the disk does not tell that."""
    born = file.read_text().partition("\n")[0].partition(":")[2]
    if not born:
        pytest.skip("this disk does not tell when a file was made")
    return born


def new_mail(press: CommandLine) -> list[list[str]]:
    return press.titles(ADA)[1:]


def test_a_copied_site_publishes_feeds_and_mails_nobody(copy: CommandLine) -> None:
    answer = copy("publish", ok=False)
    assert answer.code == 3
    assert SAID in answer.err
    assert "db arm" in answer.err
    assert [item["title"] for item in copy.feed("all")["items"]] == ["Bridges", "Floods"]
    assert copy("publish", "--feeds-only").err == ""
    refused: list[Answer] = [
        copy(*words.split(), ok=False) for words in ("deliver", "digest send --yes", f"digest test --to {ADA} --yes")
    ]
    assert [(one.code, SAID in one.err) for one in refused] == [(4, True)] * 3
    assert SAID in copy("health", ok=False).out
    assert copy.ask("digest", "rehearse")["mails"] == 1
    assert SAID in copy.ask("digest", "rehearse")["refusal"]
    assert new_mail(copy) == []


def test_the_original_goes_on_beside_its_copy(press: CommandLine, tmp_path: Path) -> None:
    shutil.copytree(press.site, tmp_path / "copy")
    press("publish")
    assert new_mail(press) == [["Bridges"]]


def test_a_site_that_is_moved_on_its_disk_stays_armed(press: CommandLine, tmp_path: Path) -> None:
    press.site = press.site.rename(tmp_path / "elsewhere")
    press("publish")
    assert new_mail(press) == [["Bridges"]]


def test_an_older_copy_of_the_file_that_is_written_over_the_catalogue_is_known(press: CommandLine) -> None:
    """It has the inode of the one before, and says of itself that it was armed here."""
    catalogue = press.site / "data" / "catalogue.db"
    older = catalogue.read_bytes()
    press("publish")
    assert armed(press)
    place = catalogue.stat().st_ino
    catalogue.write_bytes(older)
    assert catalogue.stat().st_ino == place
    assert press("publish", ok=False).code == 3
    assert new_mail(press) == [["Bridges"]]


@pytest.mark.R6
@pytest.mark.parametrize("at", ["its beginning", "its end"])
def test_a_copy_is_older_than_what_a_run_has_sent_however_the_run_ended(press: CommandLine, at: str) -> None:
    """A run renews the key at its beginning and at its end; one that was killed has done the first alone."""
    catalogue = press.site / "data" / "catalogue.db"
    tools = Tools.of(press.site)
    with tools.open_store() as store:
        if at == "its end":
            tools.arm(store)
        store.empty_log()
        older = catalogue.read_bytes()
        tools.arm(store)
        assert tools.is_armed(store)
    catalogue.write_bytes(older)
    assert not armed(press)


@pytest.mark.R6
def test_while_mail_leaves_the_key_is_renewed_and_the_file_looked_at(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for number in range(FEWEST_CLAIMED):
        press("subscriber", "add", f"r{number}@example.org", "--frequency", "daily", "--confirmed")
    press("publish", "--feeds-only")
    monkeypatch.setattr(delivering, "RENEWED_AFTER", -1.0)
    monkeypatch.setattr(worker, "GOES_ON_AFTER", -1.0)
    tools, keys = Tools.of(press.site), list[str | None]()
    shutil.copy(tools.catalogue, tmp_path / "copy.db")

    def look(_: datetime) -> bool:
        keys.append(store.armed_as[0])
        if len(set(keys)) == 2 and not (tmp_path / "again.db").exists():
            shutil.copy(tmp_path / "copy.db", tmp_path / "again.db")
            shutil.copy(tmp_path / "again.db", tmp_path / "in place.db")
            (tmp_path / "in place.db").replace(tools.catalogue)
        return False

    with tools.open_store() as store:
        open_run_by_hand(store, tools, press.now, [Frequency.DAILY])
        tally = delivering.deliver(store, tools, press.now, look)
    assert len(set(keys)) == 2
    assert tally.waiting > 0
    assert tally.sent <= FEWEST_CLAIMED
    assert SAID in str(tally.trouble[0])


@pytest.mark.parametrize("by", ["the content alone", "new files"])
def test_an_older_copy_of_the_folder_that_is_put_back_over_it_is_known(
    press: CommandLine, tmp_path: Path, by: str
) -> None:
    """As `cp -a` and `tar` do it: the first keeps the inodes, and the second may be given the same ones again."""
    data = press.site / "data"
    if by == "new files":
        _require_births(data / "armed")
    names = ("catalogue.db", "armed")
    for name in names:
        shutil.copy2(data / name, tmp_path / name)
    press("publish")
    with Tools.of(press.site).open_store() as store:
        store.empty_log()
    for name in names:
        if by == "new files":
            (data / name).unlink()
        shutil.copy2(tmp_path / name, data / name)
    assert not armed(press)
    assert SAID in press("publish", ok=False).err
    assert new_mail(press) == [["Bridges"]]


def test_the_same_folder_put_back_over_itself_stays_armed(press: CommandLine) -> None:
    file = press.site / "data" / "armed"
    file.write_bytes(file.read_bytes())
    assert armed(press)


def test_a_file_of_a_version_that_did_not_say_which_file_it_is_counts_until_the_next_mail(press: CommandLine) -> None:
    file = press.site / "data" / "armed"
    _, key = file.read_text().split()
    file.write_text(f"{key}\n")
    assert armed(press)
    press("publish")
    assert len(file.read_text().split()) == 2
    assert armed(press)


def test_where_the_disk_does_not_tell_when_a_file_was_made_its_inode_counts(press: CommandLine) -> None:
    file = press.site / "data" / "armed"
    born = _require_births(file)
    number, key = file.read_text().split()
    inode = number.partition(":")[0]
    file.write_text(f"{inode}:\n{key}\n")
    assert armed(press)
    file.write_text(f"{inode}:{int(born) - 1}\n{key}\n")
    assert not armed(press)


def test_a_key_that_a_copy_has_brought_along_is_not_kept_when_it_is_armed(press: CommandLine) -> None:
    catalogue = press.site / "data" / "catalogue.db"
    older = catalogue.read_bytes()
    press("publish")
    catalogue.write_bytes(older)
    press("db", "arm", "--overdue", "skip", "--yes")
    assert armed(press)
    catalogue.write_bytes(older)
    assert not armed(press)


def test_a_catalogue_without_the_file_beside_it_is_unarmed(press: CommandLine) -> None:
    (press.site / "data" / "armed").unlink()
    assert not armed(press)


def test_a_kill_between_the_new_key_and_its_commit_leaves_it_armed(press: CommandLine) -> None:
    catalogue = press.site / "data" / "catalogue.db"
    with Tools.of(press.site).open_store() as store:
        key, _ = store.armed_as
    arming.Arming(catalogue).next_key(key)
    assert armed(press)
    arming.Arming(catalogue).next_key(key)  # and killed once more
    assert armed(press)


def test_while_no_mail_can_leave_the_key_stays_so_that_no_write_wakes_the_service(press: CommandLine) -> None:
    outbox = press.site / "data" / "outbox"
    outbox.rename(outbox.with_name("aside"))
    outbox.write_text("in the way")
    keys = []
    for _ in range(2):
        assert press("publish", ok=False).code == 3
        with Tools.of(press.site).open_store() as store:
            keys.append(store.armed_as)
    assert keys[0] == keys[1]


def test_what_was_to_be_announced_when_it_was_copied_is_overdue_too(copy: CommandLine) -> None:
    copy("subscriber", "set", ADA, "--frequency", "immediate")
    copy("publish", ok=False)
    copy("release", "add", "--title", "Maps")
    said = copy("db", "arm", ok=False).err
    assert said.startswith("1 release(s) are to be announced and the immediate, daily digest is due.")
    copy("db", "arm", "--overdue", "skip", "--yes")
    copy.wait(hours=1)
    copy("publish")
    assert new_mail(copy) == []


def test_another_machine_is_another_place_and_a_container_has_no_machine(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("container", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setattr(arming, "CONTAINERS", ())
    monkeypatch.setattr(arming, "MACHINE", tmp_path / "machine-id")
    arming.MACHINE.write_text("one\n")
    tools = Tools.of(press.site)
    with tools.open_store() as store:
        tools.arm(store)
    assert armed(press)
    arming.MACHINE.write_text("another\n")
    assert not armed(press)
    monkeypatch.setenv("container", "podman")
    assert armed(press)


def test_arming_asks_what_becomes_of_what_is_overdue(copy: CommandLine) -> None:
    answer = copy("db", "arm", "--yes", ok=False)
    assert answer.code == 4
    assert "the daily digest is due" in answer.err
    assert "--overdue skip" in answer.err
    assert copy("db", "arm", "--overdue", "send", ok=False).code == 4  # nobody can be asked
    assert not armed(copy)


def test_armed_with_send_it_sends_what_is_overdue(copy: CommandLine) -> None:
    assert copy("db", "arm", "--overdue", "send", "--yes").out == "Armed: mail leaves from here.\n"
    copy("publish")
    assert new_mail(copy) == [["Bridges"]]
    assert "already" in copy("db", "arm").out


@pytest.mark.R6
def test_armed_with_skip_what_is_overdue_is_of_unknown_fate_and_never_sent(copy: CommandLine) -> None:
    assert "1 message(s) were skipped" in copy("db", "arm", "--overdue", "skip", "--yes").out
    copy("publish")
    assert new_mail(copy) == []
    assert copy.ask("digest", "list")[-1]["counts"]["unknown"] == 1
    copy("db", "check")
    copy("release", "add", "--title", "Maps")
    copy.wait(days=1)
    copy("publish")
    assert new_mail(copy) == [["Maps"]]


def test_what_waited_when_it_was_copied_is_skipped_or_sent(copy: CommandLine) -> None:
    original = CommandLine(copy.site.with_name("original"), copy._capture, copy.now)
    (original.site / "data" / "outbox").rename(original.site / "data" / "aside")
    (original.site / "data" / "outbox").write_text("in the way")
    assert original("publish", ok=False).code == 3
    shutil.rmtree(copy.site)
    shutil.copytree(original.site, copy.site)
    (copy.site / "data" / "outbox").unlink()
    assert "1 message(s) wait." in copy("db", "arm", "--yes", ok=False).err
    copy("db", "arm", "--overdue", "skip", "--yes")
    copy.wait(hours=1)
    copy("publish")
    assert copy.mails() == []
    counts = copy.ask("digest", "list")[-1]["counts"]
    assert (counts["unknown"], counts["waiting"]) == (1, 0)
