"""`validate`: what it says, what it ends with, and the site's feeds beside its catalogue."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Answer, CommandLine, Press
from tests.syndication.checks.samples import ATOM, MAIL, broken


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site with three releases in two topics, published."""
    for name in ("Rivers", "Roads"):
        fresh("topic", "add", name)
    for title, topic in (("Dykes", "rivers"), ("Floods", "rivers"), ("Bridges", "roads")):
        fresh("release", "add", "--title", title, "--topic", topic, "--summary", f"All about {title}.")
        fresh.wait(minutes=1)
        fresh("publish", "--feeds-only")
    return fresh


def rules(answer: Answer) -> list[str]:
    return [finding["rule"] for finding in answer.document["findings"]]


def change(file: Path, edit: Callable[[str], str]) -> None:
    before = file.read_text(encoding="utf-8")
    assert edit(before) != before
    file.write_text(edit(before), encoding="utf-8")


def id_of(press: CommandLine, title: str) -> str:
    [found] = [release["id"] for release in press.ask("release", "list") if release["title"] == title]
    return str(found)


def test_a_site_as_it_was_published_has_no_finding(press: CommandLine) -> None:
    files = [path for path in (press.site / "feeds").rglob("*") if path.suffix in (".atom", ".rss", ".json", ".opml")]
    assert press("validate").out == f"No findings in {len(files)} document(s), 3 entries.\n"
    assert press("-q", "validate").out == ""
    assert press.ask("validate") == {"documents": len(files), "entries": 3, "findings": [], "notes": [], "failed": []}


def test_each_feed_of_the_site_is_whole(press: CommandLine) -> None:
    feeds = press.site / "feeds"
    for name, entries in (("all.atom", 3), ("topics/rivers.rss", 2), ("topics/roads.json", 1)):
        assert (
            press("validate", "--crawl", str(feeds / name)).out == f"No findings in 1 document(s), {entries} entries.\n"
        )


@pytest.mark.R1
def test_an_id_that_is_not_in_the_catalogue_is_found_and_so_is_what_has_gone(press: CommandLine) -> None:
    own = id_of(press, "Floods")
    change(press.site / "feeds" / "all.json", lambda text: text.replace(own, "tag:example.org,2026:other"))
    answer = press("--json", "validate", ok=False)
    assert answer.code == 3
    assert [(finding["rule"], finding["entry"]) for finding in answer.document["findings"]] == [
        ("unknown-id", "tag:example.org,2026:other"),
        ("missing-entry", own),
    ]
    assert {finding["place"] for finding in answer.document["findings"]} == {str(press.site / "feeds" / "all.json")}


def test_a_notice_about_a_release_or_a_feed_may_have_an_id_of_its_own(press: CommandLine) -> None:
    own = id_of(press, "Floods")
    file = press.site / "feeds" / "topics" / "rivers.json"
    feed = json.loads(file.read_bytes())
    ended = feed["feed_url"].removesuffix(".json") + "#ended"
    for notice in (f"{own}#4", ended):
        feed["items"].insert(0, {"id": notice, "content_text": "A notice"})
    file.write_text(json.dumps(feed), encoding="utf-8")
    assert press("validate", str(file)).code == 0


def test_a_published_file_that_is_gone_is_found(press: CommandLine) -> None:
    (press.site / "feeds" / "topics" / "roads.rss").unlink()
    answer = press("validate", ok=False)
    assert answer.code == 3
    assert rules(press("--json", "validate", ok=False)) == ["missing-file"]
    assert "roads.rss: it was published and is not there; run “publisher publish”." in answer.out


def test_what_has_changed_since_the_last_publish_is_found_until_the_next(press: CommandLine) -> None:
    press("release", "edit", id_of(press, "Floods"), "--title", "Floods and droughts")
    answer = press("--json", "validate", str(press.site / "feeds" / "all.rss"), ok=False)
    assert (answer.code, rules(answer)) == (3, ["stale-entry"])
    press("publish", "--feeds-only")
    press("validate")


def test_a_withdrawn_release_stays_in_its_feeds_without_a_finding(press: CommandLine) -> None:
    press("release", "withdraw", id_of(press, "Dykes"), "--reason", "Wrong figures.")
    press.wait(minutes=1)
    press("publish", "--feeds-only")
    press("validate")


@pytest.mark.R1
def test_two_files_are_compared_by_their_ids(press: CommandLine, tmp_path: Path) -> None:
    old, new = tmp_path / "old.atom", tmp_path / "new.atom"
    old.write_text(ATOM, encoding="utf-8")
    new.write_text(broken(ATOM, "tag:example.org,2026:release/floods", "tag:example.org,2026:floods"), encoding="utf-8")
    press.wait(days=10)
    assert press("validate", "--against", str(old), str(old)).code == 0
    answer = press("validate", "--against", str(old), str(new), ok=False)
    assert (answer.code, answer.out.splitlines()) == (
        3,
        [
            f"{new}:9: entry tag:example.org,2026:floods: the id was “tag:example.org,2026:release/floods” before; "
            "give the entry its first id back, or readers see it as new.",
            "1 finding(s) in 1 document(s), 2 entries.",
        ],
    )


def test_mails_in_the_outbox_have_no_finding(press: CommandLine, tmp_path: Path) -> None:
    press("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    press("release", "add", "--title", "Tides")
    press.wait(days=1)
    press("publish")
    press.wait(days=1)
    press("publish")
    [mail] = (press.site / "data" / "outbox" / "new").iterdir()
    assert press("validate", str(mail)).out.endswith("No findings in 1 document(s), 0 entries.\n")
    spoilt = tmp_path / "spoilt.eml"
    spoilt.write_text(broken(MAIL, "To: ada@example.org\n", ""), encoding="utf-8")
    assert "exactly one header “To”" in press("validate", str(spoilt), ok=False).out


@pytest.mark.R12
def test_what_cannot_be_read_is_said_and_the_rest_is_checked(press: CommandLine, tmp_path: Path) -> None:
    missing, feed = str(tmp_path / "missing.atom"), str(press.site / "feeds" / "all.atom")
    answer = press("validate", missing, ok=False)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"{missing}: cannot be read: no such file or directory; check its name and rights.\n"
    assert press("validate", str(tmp_path), ok=False).code == 1
    both = press("--json", "validate", missing, feed, ok=False)
    assert (both.code, both.document["documents"], len(both.document["failed"])) == (3, 1, 1)


@pytest.mark.R12
@pytest.mark.parametrize("words", [("--crawl",), ("--against", "a.atom"), ("--against", "a.atom", "b.atom", "c.atom")])
def test_options_that_lack_a_document_are_wrong_usage(press: CommandLine, words: tuple[str, ...]) -> None:
    assert press("validate", *words, ok=False).code == 2


@pytest.mark.R12
def test_a_site_that_has_published_nothing_says_so(run: CommandLine, site: Path) -> None:
    answer = run("validate", ok=False)
    assert (answer.code, answer.err) == (
        1,
        f"{site / 'feeds'}: holds no feeds; run “publisher publish”, or name a file or an address.\n",
    )


def test_a_file_is_checked_where_there_is_no_site(run: CommandLine, tmp_path: Path) -> None:
    run.site.mkdir()
    (tmp_path / "rivers.atom").write_text(ATOM, encoding="utf-8")
    run.wait(days=10)
    assert run("validate", str(tmp_path / "rivers.atom")).out == "No findings in 1 document(s), 2 entries.\n"
