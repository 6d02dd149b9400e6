"""Disks that are full or may not be written, and files that somebody has deleted: what is left, and what is said."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pressroom.publishing.journey import publish_due
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press, text_of
from tests.delivery.killing import ROOT, Dump, make_site
from tests.journeys.disks import FILLER, There, own_mounts
from tests.journeys.faults import (
    ADA,
    a_site_with_something_due,
    check_all_is_well,
    in_service,
    said,
    sentences,
    until_it_sleeps,
)
from tests.running import PATIENCE, eventually, titles

READERS = 200
Cause = Callable[[There, Path], Callable[[], None]]
A_DISK = 6_000
"""Kilobytes: enough for the catalogue and its log."""
pytestmark = pytest.mark.R12


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_something_due(fresh)


@pytest.fixture
def there(press: CommandLine) -> Iterator[There]:
    with own_mounts() as mounts:
        yield There(mounts, press)


def files_of(press: CommandLine) -> dict[str, tuple[bytes, float]]:
    """Return the published files, each with its bytes and the moment that it says of itself."""
    folder = press.site / "feeds"
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != FILLER)
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime) for path in files}


def fill(there: There, folder: Path) -> Callable[[], None]:
    there.mounts.small_disk(folder, A_DISK)
    there("db", "arm", "--overdue", "send", "--yes")  # by its disk the catalogue is a copy now
    there.mounts.fill(folder)
    return lambda: there.mounts.make_room(folder)


def protect(there: There, folder: Path) -> Callable[[], None]:
    there.mounts.make_read_only(folder)
    return lambda: there.mounts.make_writable(folder)


@pytest.mark.R10
@pytest.mark.parametrize(
    ("cause", "fault"), [(fill, "The disk with `feeds/` is full"), (protect, "`feeds/` may not be written")]
)
def test_feeds_that_cannot_be_written_stay_as_they_were_and_keep_no_mail_back(
    there: There, cause: Cause, fault: str
) -> None:
    nothing_is_lost(there, cause, "feeds", fault, mails_meanwhile=1)


@pytest.mark.R10
@pytest.mark.parametrize(
    ("cause", "fault"),
    [(fill, "The disk with `data/` is full during a publish"), (protect, "`data/` may not be written")],
)
def test_a_catalogue_that_cannot_be_written_loses_nothing(there: There, cause: Cause, fault: str) -> None:
    nothing_is_lost(there, cause, "data", fault, mails_meanwhile=0)


def nothing_is_lost(there: There, cause: Cause, folder: str, fault: str, *, mails_meanwhile: int) -> None:
    """Bring a fault about in a folder, look at what stays as it is and how many mails go out meanwhile, and end it."""
    end = cause(there, there.within / folder)
    before = files_of(there)
    there.wait(days=1)
    for _ in range(2):
        assert said(there) == sentences(fault, SITE=there.within)
        assert len(there.mails(ADA)) == mails_meanwhile
        assert files_of(there) == before
    end()
    there("publish")
    assert titles(there.site) == ["Bridges", "Floods"]
    assert there.titles(ADA) == [["Bridges", "Floods"]]
    check_all_is_well(there)


@pytest.mark.R6
def test_an_outbox_that_may_not_be_written_holds_mail_back_and_no_feed(there: There) -> None:
    (there.site / "data" / "outbox").mkdir()
    end = protect(there, there.within / "data" / "outbox")
    there.wait(days=1)
    assert said(there) == sentences("`data/outbox/` may not be written", SITE=there.within)
    assert titles(there.site) == ["Bridges", "Floods"]
    end()
    there.wait(minutes=1)
    there("publish")
    assert there.titles(ADA) == [["Bridges", "Floods"]]
    check_all_is_well(there)


@pytest.mark.R6
@pytest.mark.R10
def test_a_disk_that_is_full_while_a_digest_is_sent_loses_and_doubles_no_message(run: CommandLine, dump: Dump) -> None:
    make_site(run.site, READERS, dump.port)
    run.now = datetime.now(UTC)
    with own_mounts() as mounts:
        there = There(mounts, run)
        fill(there, there.within / "data")()
        with there.start("deliver") as sender:
            eventually(lambda: dump.number > 9)
            mounts.fill(there.within / "data")
            fault = sentences("The disk with `data/` is full while a digest is sent", SITE=there.within)
            assert said(there, "deliver") == fault
            mounts.make_room(there.within / "data")
            assert sender.wait(PATIENCE) in (0, 1, 3)
        there("deliver")
        (counts,) = (one["counts"] for one in there.ask("digest", "list"))
        assert (counts["sent"], counts["unknown"]) == (READERS, 0)
        assert len(dump.taken) == dump.number == READERS
        check_all_is_well(there)


@pytest.mark.R3
def test_a_file_that_cannot_be_written_holds_up_no_other_and_is_written_once_it_can(press: CommandLine) -> None:
    folder = press.site / "feeds" / "topics"
    obstacles = [folder / "rivers.rss", folder / "rivers.json"]
    for place in obstacles:
        place.unlink()
        (place / "in the way").mkdir(parents=True)
    press("topic", "add", "Aqueducts")
    press("topic", "add", "Tunnels")
    press("release", "edit", "floods", "--title", "Floods of a year")
    press.wait(days=1)
    fault = "Something stands in the way of a file of `feeds/`, a folder of its name for instance"
    assert said(press) == sentences(fault, SITE=press.site)
    assert len(press.mails(ADA)) == 1
    found = etags_of(press)
    assert {"topics/aqueducts.rss", "topics/tunnels.json", "topics/rivers.atom", "kinds/report.atom"} < set(found)
    for feed in ("all.atom", "topics/rivers.atom"):
        assert "Floods of a year" in (press.site / "feeds" / feed).read_text()
    feeds = sum(name.endswith((".atom", ".rss", ".json")) for name in found)
    again = press("--json", "publish", ok=False)
    assert (again.code, again.document["feeds"]) == (3, {"written": 0, "unchanged": feeds - len(obstacles)})
    for place in obstacles:
        shutil.rmtree(place)
    assert press.ask("publish")["feeds"]["written"] == len(obstacles)
    assert "Floods of a year" in obstacles[0].read_text()
    check_all_is_well(press)


@pytest.mark.R3
def test_where_a_compressed_twin_cannot_be_written_its_feed_stays_as_it_was(press: CommandLine) -> None:
    feed = press.site / "feeds" / "topics" / "rivers.json"
    twin = feed.with_name("rivers.json.br")
    twin.unlink()
    twin.mkdir()
    press("release", "edit", "floods", "--title", "Floods of a year")
    before = feed.stat().st_ino, feed.stat().st_mtime_ns
    for _ in range(2):
        assert said(press)[0].startswith(f"{twin} cannot be written: is a directory")
    assert (feed.stat().st_ino, feed.stat().st_mtime_ns) == before
    twin.rmdir()
    press("publish")
    assert "Floods of a year" in feed.read_text()
    check_all_is_well(press)


@pytest.mark.R3
@pytest.mark.parametrize("name", ["topics/rivers.atom", "all.atom", "all.json.gz", "index.html"])
def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(press: CommandLine, name: str) -> None:
    place = press.site / "feeds" / name
    place.unlink()
    os.mkfifo(place)
    press("health", ok=False)
    press("release", "edit", "floods", "--title", "Floods of a year")
    press("publish")
    assert place.is_file()
    assert "Floods of a year" in (press.site / "feeds" / "topics" / "rivers.atom").read_text()
    press.wait(days=1)
    press("publish")
    check_all_is_well(press)


@pytest.mark.R3
@pytest.mark.parametrize(
    ("mode", "said_of_it"),
    [(0o555, "{}/rivers.atom and 2 more beside it cannot be written: permission denied"),
     (0o333, "{} cannot be written: permission denied")],
)  # fmt: skip
def test_a_folder_that_may_not_be_written_or_read_holds_up_no_other(
    press: CommandLine, mode: int, said_of_it: str
) -> None:
    folder = press.site / "feeds" / "topics"
    (folder / ".rivers.atom.999999.abcdef12.tmp").touch()  # which would be swept
    press("release", "edit", "floods", "--title", "Floods of a year")
    folder.chmod(mode)
    try:
        told = publish_without_rights(press.site, press.now)
        health = without_rights(press.site, press.now, "health")
    finally:
        folder.chmod(0o755)
    assert told.stderr.startswith(said_of_it.format(folder)), told.stderr
    assert told.returncode == 3
    assert f"Nothing can be written in {folder}: permission denied" in health.stdout
    for feed in ("all.atom", "kinds/report.atom"):
        assert "Floods of a year" in (press.site / "feeds" / feed).read_text()
    press("publish")
    press.wait(days=1)
    press("publish")
    check_all_is_well(press)


@pytest.mark.R3
def test_a_file_that_may_not_be_read_is_replaced(press: CommandLine) -> None:
    feed = press.site / "feeds" / "topics" / "rivers.atom"
    press("publish")
    whole = files_of(press)
    feed.chmod(0)
    told = publish_without_rights(press.site, press.now)
    assert (told.returncode, told.stderr) == (0, "")
    assert feed.stat().st_mode & 0o400
    assert files_of(press) == whole


@pytest.mark.R3
def test_a_file_of_somebody_else_that_may_not_be_read_is_replaced(press: CommandLine) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to somebody else")
    feed = press.site / "feeds" / "topics" / "rivers.atom"
    press("publish")
    whole = files_of(press)
    feed.chmod(0o600)
    os.chown(feed, 65534, 65534)
    told = publish_without_rights(press.site, press.now)
    assert (told.returncode, told.stderr) == (0, "")
    assert feed.stat().st_uid == 0
    assert files_of(press) == whole


def test_a_folder_that_may_not_be_looked_into_hides_nothing_else_from_health(press: CommandLine) -> None:
    press("publish")
    folder = press.site / "feeds" / "topics"
    (folder / "of-another-program").mkdir()
    (press.site / "data" / "secret.key").rename(press.site / "data" / "secret.away")
    folder.chmod(0o644)
    try:
        health = without_rights(press.site, press.now, "health")
    finally:
        folder.chmod(0o755)
    assert health.returncode == 1
    assert f"Nothing can be written in {folder}: permission denied; make room or mend its rights." in health.stdout
    assert "secret.key" in health.stdout
    assert health.stderr == ""


def publish_without_rights(site: Path, now: datetime) -> subprocess.CompletedProcess[str]:
    return without_rights(site, now, "publish")


def without_rights(site: Path, now: datetime, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody to whom the rights of files mean something, which they do not to root."""
    words = [sys.executable, str(ROOT / "publisher.py"), "-C", str(site), "--clock", now.isoformat(), command]
    drops = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    return subprocess.run([*drops, *words], capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.mark.R3
def test_a_file_that_takes_the_place_of_a_folder_holds_up_no_feed_elsewhere(press: CommandLine) -> None:
    folder = press.site / "feeds" / "topics"
    shutil.rmtree(folder)
    folder.write_text("in the way")
    press("release", "edit", "floods", "--title", "Floods of a year")
    told, known = said(press)
    assert told.startswith(
        f"{folder}/rivers.atom and 2 more beside it cannot be written: file exists; move away what is"
    )
    assert known.startswith(f"{folder}/rivers.atom and 2 more cannot be brought up to date")
    assert "Floods of a year" in (press.site / "feeds" / "kinds" / "report.atom").read_text()
    folder.unlink()
    press("publish")
    check_all_is_well(press)


@pytest.mark.R3
@pytest.mark.parametrize("lost", [".", "topics", "all.atom", "index.html", "all.json.br"])
def test_feeds_that_somebody_has_deleted_are_written_again_as_they_were(press: CommandLine, lost: str) -> None:
    press("publish")
    before = files_of(press)
    etags = etags_of(press)
    delete(press.site / "feeds" / lost)
    press.wait(hours=1)
    assert said(press) == sentences("A folder or file of `feeds/` is deleted")
    assert (files_of(press), etags_of(press)) == (before, etags)
    check_all_is_well(press)


@pytest.mark.R3
def test_a_service_writes_a_deleted_folder_of_feeds_again_at_once(press: CommandLine) -> None:
    with in_service(press) as schedule:
        until_it_sleeps(schedule)
        before = files_of(press)
        shutil.rmtree(press.site / "feeds")
        eventually(lambda: files_of(press) == before)


def test_a_template_of_one_s_own_that_is_deleted_gives_way_to_the_built_in_one(press: CommandLine) -> None:
    built_in = files_of(press)
    ours = own_template(press, "feeds/entry.html", "<p>Said our way</p>")
    press("publish")
    assert "Said our way" in (press.site / "feeds" / "all.json").read_text()
    ours.unlink()
    assert said(press) == sentences("A template of your own is deleted")
    assert "Said our way" not in (press.site / "feeds" / "all.json").read_text()
    assert files_of(press).keys() >= built_in.keys()
    check_all_is_well(press)


def test_mail_waits_for_what_a_template_asks_for_and_a_service_goes_on_by_what_it_has_read(press: CommandLine) -> None:
    whole = (ROOT / "templates" / "email" / "digest.txt").read_text()
    own_template(press, "email/digest.txt", f'{{% include "email/ours.txt" %}}{whole}')
    part = own_template(press, "email/ours.txt", "Said our way")
    tools = Tools.of(press.site)
    tools.templates.check("email/digest.txt")
    part.unlink()
    fault = sentences("What a template of your own asks for is deleted", SITE=press.site)
    press.wait(days=1)
    assert said(press) == fault
    assert titles(press.site) == ["Bridges", "Floods"]
    assert press.mails() == []
    with tools.open_store() as store:
        assert publish_due(store, tools, press.now).trouble == []
    assert press.titles(ADA) == [["Bridges", "Floods"]]
    assert "Said our way" in text_of(press.mails(ADA)[0])


def test_words_in_another_coding_are_told_in_a_sentence_and_keep_mail_back(press: CommandLine) -> None:
    file = own_template(press, "words/en.po", "")
    file.write_bytes('msgid "Topics"\nmsgstr "Thèmes"\n'.encode("latin-1"))
    press.wait(days=1)
    (told,) = press("-v", "publish", ok=False).err.splitlines()
    assert str(file) in told
    assert press.mails(ADA) == []
    file.unlink()
    press.wait(minutes=1)
    press("publish")
    assert len(press.mails(ADA)) == 1


def own_template(press: CommandLine, name: str, text: str) -> Path:
    place = press.site / "templates" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    return place


def delete(place: Path) -> None:
    shutil.rmtree(place) if place.is_dir() else place.unlink()


def etags_of(press: CommandLine) -> dict[str, str]:
    with Tools.of(press.site).open_store() as store:
        return {path: file.etag for path, file in store.feed_files.all().items()}
