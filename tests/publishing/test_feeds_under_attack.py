"""Feeds while other programs write, files are exchanged and publishes are cut short."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pressroom.publishing.feed_plans import Contents, Plan, Plans
from pressroom.storage.feed_files import FeedFile, FeedFiles
from tests.conftest import CommandLine, Press
from tests.publishing.test_feeds import add, files_of


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    fresh("topic", "add", "Rivers")
    fresh("topic", "add", "Roads")
    return fresh


def another_program(press: CommandLine, *statements: str, pragmas: str = "") -> None:
    """Let another program write, with settings of SQLite of its own."""
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        catalogue.executescript(pragmas)
        for statement in statements:
            catalogue.execute(statement)
    catalogue.close()


def version_of(press: CommandLine, slug: str) -> int:
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        found = catalogue.execute("SELECT version FROM releases WHERE slug = ?", (slug,)).fetchone()
    catalogue.close()
    return int(found[0])


def titles(press: CommandLine, feed: str = "all") -> list[str]:
    return [item["title"] for item in press.feed(feed)["items"]]


def check_a_rebuild_is_the_same(press: CommandLine) -> None:
    grown = files_of(press)
    shutil.rmtree(press.site / "feeds")
    press("publish")
    assert files_of(press) == grown


@pytest.mark.R3
def test_a_release_edited_while_feeds_are_planned_is_not_taken_for_published(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(press, "Floods")
    press("publish")
    add(press, "Bridges")
    planned = Plans.stale

    def edit_meanwhile(plans: Plans, changed: Any) -> Any:
        another_program(press, "UPDATE releases SET title = 'Floods, edited' WHERE title = 'Floods'")
        return planned(plans, changed)

    with monkeypatch.context() as patched:
        patched.setattr(Plans, "stale", edit_meanwhile)
        press("publish")
    press("publish")
    assert titles(press) == ["Bridges", "Floods, edited"]


@pytest.mark.R3
def test_a_release_edited_between_two_documents_is_published_in_both(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that was made before is not in the state that the later document finds."""
    for title in ("Floods", "Bridges"):
        add(press, title)
    asked = Plans.contents

    def edit_meanwhile(plans: Plans, plan: Plan) -> Contents:
        another_program(press, "UPDATE releases SET title = title || '!' WHERE title LIKE 'Floods%'")
        return asked(plans, plan)

    with monkeypatch.context() as patched:
        patched.setattr(Plans, "contents", edit_meanwhile)
        press("publish")
    press("publish")
    assert len({tuple(titles(press, feed)) for feed in ("all", "kinds/report", "languages/en")}) == 1
    check_a_rebuild_is_the_same(press)


@pytest.mark.R10
def test_a_file_that_is_not_the_one_that_was_noted_is_written_again(press: CommandLine) -> None:
    """Whether another catalogue made it, or somebody wrote it; its length tells nothing."""
    add(press, "Floods")
    press("publish")
    whole = files_of(press)
    path = press.site / "feeds" / "all.json"
    path.write_bytes(path.read_bytes()[::-1])
    press("publish")
    assert files_of(press) == whole


@pytest.mark.R10
@pytest.mark.parametrize("moves", range(1, 5))
def test_a_publish_that_was_killed_and_whose_change_is_undone_leaves_the_files_of_before(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    press("publish")
    whole = files_of(press)
    settings = press.site / "publisher.toml"
    before = settings.read_text()
    press.wait(days=1)
    settings.write_text(before.replace("Example Association", "Another Association"))
    moved = Path.replace

    def die_at_last(path: Path, target: Path) -> Path:
        nonlocal moves
        moves -= 1
        if moves < 0:
            raise KeyboardInterrupt
        return moved(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", die_at_last)
        press("publish", ok=False)
    assert files_of(press) != whole
    settings.write_text(before)
    press("publish")
    assert files_of(press) == whole


@pytest.mark.R3
def test_a_catalogue_that_is_restored_publishes_what_it_holds(press: CommandLine, tmp_path: Path) -> None:
    add(press, "Report A", "--topic", "rivers")
    press("publish")
    then = files_of(press)
    saved = shutil.copy(press.site / "data" / "catalogue.db", tmp_path)
    press.wait(days=1)
    press("release", "edit", "report-a", "--title", "Report B")
    press("publish")
    for beside in (press.site / "data").glob("catalogue.db-*"):
        beside.unlink()
    shutil.copy(saved, press.site / "data" / "catalogue.db")
    press("publish")
    assert files_of(press) == then


@pytest.mark.R3
def test_archives_that_were_begun_go_on_though_the_live_document_shows_more(press: CommandLine) -> None:
    settings = press.site / "publisher.toml"
    before = settings.read_text()
    settings.write_text(f"{before}\n[feeds]\nnewest = 2\n")
    for title in ("Floods", "Bridges", "Dams"):
        add(press, title)
    press("publish")
    settings.write_text(f"{before}\n[feeds]\nnewest = 40\n")
    press("release", "revise", "floods", "--note", "Better.")
    press("publish")
    assert "Better." in press.feed("archive/all/0001")["items"][-1]["content_html"]
    assert press.feed("all")["next_url"].endswith("archive/all/0001.json")
    check_a_rebuild_is_the_same(press)


@pytest.mark.R9
def test_a_topic_that_ends_does_not_name_a_successor_that_waits(press: CommandLine) -> None:
    press("publish")
    press("topic", "add", "Takeover")
    add(press, "Secret", "--topic", "takeover", "--embargo", "2026-02-01T00:00")
    press("topic", "merge", "rivers", "takeover", "--yes")
    press("publish")
    assert not [name for name, content in files_of(press).items() if b"akeover" in content]
    press.wait(days=10)
    press("publish")
    assert titles(press, "topics/rivers") == ["Rivers has ended, and goes on as Takeover"]


@pytest.mark.R9
def test_a_series_that_nothing_public_was_ever_in_has_no_feed(press: CommandLine) -> None:
    add(press, "Secret", "--series", "Merger of A and B", "--embargo", "2026-02-01T00:00")
    press("release", "edit", "secret", "--series", "Quarterly")
    press("publish")
    assert not [name for name, content in files_of(press).items() if "merger" in name or b"Merger of A" in content]


@pytest.mark.R3
def test_feeds_of_publishers_follow_the_settings(press: CommandLine) -> None:
    add(press, "Ours")
    add(press, "Theirs", "--publisher", "River Trust")
    press("publish")
    assert titles(press, "publishers/example-association") == ["Ours"]
    settings = press.site / "publisher.toml"
    settings.write_text(settings.read_text().replace("[site]", '[site]\npublisher = "River Trust"', 1))
    press("publish")
    assert sorted(titles(press, "publishers/example-association")) == ["Ours", "Theirs"]
    assert titles(press, "publishers/river-trust") == []
    assert (press.site / "feeds" / "feeds.opml").read_text().count('text="River Trust"') == 1
    check_a_rebuild_is_the_same(press)


@pytest.mark.R3
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE announcements SET note = 'Told otherwise.' WHERE change = 'revised'",
        "UPDATE releases SET title = 'Told otherwise.', version = 1 WHERE slug = 'floods'",
        """UPDATE release_files SET release = (SELECT pk FROM releases WHERE slug = 'bridges'),
            url = 'https://example.org/Told' WHERE release = (SELECT pk FROM releases WHERE slug = 'floods')""",
        "INSERT OR REPLACE INTO release_authors (release, position, name) SELECT pk, 0, 'Told' FROM releases",
        "UPDATE OR REPLACE release_topics SET release = (SELECT pk FROM releases WHERE slug = 'bridges')",
        "UPDATE topics SET name = 'Told otherwise.' WHERE slug = 'rivers'",
        "REPLACE INTO release_partners (release, position, name) SELECT pk, 0, 'Told' FROM releases",
        "DELETE FROM release_files",
    ],
)
@pytest.mark.parametrize(
    "pragmas", ["", "PRAGMA recursive_triggers = ON; PRAGMA foreign_keys = ON; PRAGMA defer_foreign_keys = ON"]
)
def test_whatever_another_program_changes_is_published_next(press: CommandLine, statement: str, pragmas: str) -> None:
    add(press, "Floods", "--topic", "rivers", "--download-url", "https://example.org/floods.pdf", "--author", "Ada")
    add(press, "Bridges")
    press("publish")
    press("release", "revise", "floods", "--note", "New figures.")
    press("publish")
    if "version = 1" in statement:
        was = version_of(press, "floods")
        press("release", "edit", "floods", "--summary", "Not published.")
        statement = statement.replace("version = 1", f"version = {was}")
    another_program(press, statement, pragmas=pragmas)
    press("publish")
    followed = files_of(press)
    another_program(press, "UPDATE feed_files SET made_from = '', recipe = ''")
    press("publish")
    assert files_of(press) == followed


@pytest.mark.R12
def test_a_program_without_foreign_keys_may_take_the_number_of_a_row_again(press: CommandLine) -> None:
    add(press, "Floods")
    press("publish")
    off = "PRAGMA foreign_keys = OFF"
    another_program(press, "INSERT INTO releases (title, state) VALUES ('Draft', 'draft')", pragmas=off)
    another_program(press, "DELETE FROM releases WHERE title = 'Draft'", pragmas=off)
    another_program(press, "INSERT INTO releases (title) VALUES ('Dams')", pragmas=off)
    press("publish")
    assert titles(press) == ["Dams", "Floods"]


@pytest.mark.R3
@pytest.mark.parametrize("shelf", ["topics", "series"])
def test_a_feed_whose_slug_another_program_has_changed_lies_at_the_new_address_alone(
    press: CommandLine, shelf: str
) -> None:
    add(press, "Floods", "--topic", "rivers", "--series", "Rivers")
    press("publish")
    another_program(press, f"UPDATE {shelf} SET slug = 'streams' WHERE slug = 'rivers'")
    press("publish")
    assert titles(press, f"{shelf}/streams") == ["Floods"]
    press("release", "revise", "floods", "--note", "New figures.")
    press("publish")
    press("validate")
    check_a_rebuild_is_the_same(press)


@pytest.mark.R3
def test_what_stood_on_a_topic_that_another_program_merges_stands_on_the_other(press: CommandLine) -> None:
    add(press, "Floods", "--topic", "rivers")
    press("publish")
    another_program(press, merged("rivers", "roads"))
    press("publish")
    assert titles(press, "topics/rivers") == ["Rivers has ended, and goes on as Roads", "Floods"]
    assert titles(press, "topics/roads") == ["Floods"]


def merged(slug: str, successor: str) -> str:
    return f"""UPDATE topics SET merged_into = (SELECT pk FROM topics WHERE slug = '{successor}'),
        merged_at = '2026-01-26T10:00:00Z' WHERE slug = '{slug}'"""


@pytest.mark.R12
def test_a_chain_of_merged_topics_by_another_program_leads_to_the_last(press: CommandLine) -> None:
    press("topic", "add", "Water")
    add(press, "Floods", "--topic", "rivers")
    press("publish")
    press("topic", "merge", "rivers", "roads", "--yes")
    press("publish")
    another_program(press, merged("roads", "water"))
    press("publish")
    assert titles(press, "topics/rivers")[0] == "Rivers has ended, and goes on as Water"
    for slug, successor in (("water", "rivers"), ("water", "roads")):
        with pytest.raises(sqlite3.IntegrityError, match="merged into one that is in use"):
            another_program(press, merged(slug, successor))
    add(press, "Dams")
    press("publish")
    assert titles(press)[0] == "Dams"


@pytest.mark.R12
def test_moments_that_another_program_has_spoilt_keep_no_feed_back(press: CommandLine) -> None:
    add(press, "Floods", "--topic", "rivers")
    press("publish")
    another_program(press, "UPDATE releases SET sorted_at = 'sometimes, perhaps on a Tuesday'")
    add(press, "Dams")
    assert "sorted_at: “sometimes, perhaps on a Tuesday” cannot be read" in press("publish", ok=False).err
    assert "Dams" in titles(press)


@pytest.mark.R12
def test_a_folder_of_feeds_that_has_become_a_file_is_named_and_mended_once_it_is_gone(press: CommandLine) -> None:
    add(press, "Floods", "--topic", "rivers")
    press("publish")
    whole = files_of(press)
    folder = press.site / "feeds" / "topics"
    shutil.rmtree(folder)
    folder.write_text("not a folder")
    answer = press("publish", ok=False)
    assert answer.code == 3
    assert str(folder) in answer.err
    folder.unlink()
    press("publish")
    assert files_of(press) == whole
    (press.site / "feeds" / "nowhere").symlink_to("gone")
    assert press.ask("publish")["feeds"]["written"] == 0


@pytest.mark.R12
def test_an_announcement_keeps_a_moment_that_is_one(press: CommandLine) -> None:
    add(press, "Floods")
    press("publish")
    with pytest.raises(sqlite3.IntegrityError, match="moment of an announcement"):
        another_program(press, "UPDATE announcements SET at = 'yesterday'")


@pytest.mark.R12
def test_a_correction_whose_release_another_program_has_destroyed_keeps_no_feed_back(press: CommandLine) -> None:
    """REPLACE takes away what has the same slug, and asks nobody where foreign keys are off."""
    add(press, "Floods")
    press("publish")
    press("release", "revise", "floods", "--note", "New figures.")
    add(press, "Dams")
    another_program(press, "REPLACE INTO releases (title, slug) VALUES ('Weirs', 'floods')")
    press("publish")
    assert titles(press) == ["Weirs", "Dams"]
    assert "points at nothing" in press("db", "check", ok=False).out


@pytest.mark.R10
def test_a_new_feed_that_a_killed_publish_has_written_is_not_forgotten(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though nobody would make it any more: its topic is merged before the next publish."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pressroom.output.Output.sync", die)
        press("publish", ok=False)
    assert (press.site / "feeds" / "topics" / "rivers.atom").exists()
    press("topic", "merge", "rivers", "roads", "--yes")
    press("publish")
    assert titles(press, "topics/rivers") == ["Rivers has ended, and goes on as Roads"]
    check_a_rebuild_is_the_same(press)


@pytest.mark.R10
def test_pages_that_a_killed_publish_has_written_are_noted_by_the_next(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(press, "Floods")
    press("publish")
    add(press, "Bridges")
    marked = FeedFiles.mark_written

    def die_at_pages(files: FeedFiles, path: str, file: FeedFile) -> None:
        if path == "index.html":
            raise KeyboardInterrupt
        marked(files, path, file)

    with monkeypatch.context() as patched:
        patched.setattr(FeedFiles, "mark_written", die_at_pages)
        press("publish", ok=False)
    press("publish")
    page = press.site / "feeds" / "index.html"
    moment = page.stat().st_mtime
    page.unlink()
    press.wait(days=1)
    press("publish")
    assert page.stat().st_mtime == moment
