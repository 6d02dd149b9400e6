"""The tour: every page is filled before readers see it, on a site that is thrown away."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pressroom.tools import Tools
from pressroom.web import tour
from pressroom.web.tour import faults_of_pages
from tests.conftest import CommandLine
from tests.web.test_every_word import TEMPLATES

PAGES_OF_THE_DESK = {
    "audit.html", "digests.html", "home.html", "me.html", "no-release.html", "no-run.html", "old-link.html",
    "people.html", "rehearsal.html", "release.html", "releases.html", "run-mails.html", "run.html", "send.html",
    "sign-in.html", "test.html", "withdraw.html",
}  # fmt: skip
FILES = {"site.css", "feed.css", "desk.css", "icon.svg", "feeds-index.html"}


def test_every_page_of_readers_is_filled_and_each_of_the_desk_that_can_be_opened(run: CommandLine) -> None:
    names = {*TEMPLATES, *FILES, *(f"desk/{name}" for name in PAGES_OF_THE_DESK)}
    for name in names:
        path = run.site / "templates" / "web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{{ no_such_fact }}")
    folder = f"{run.site}/templates/web/"
    told = {str(error).partition(", line")[0].partition(folder)[2] for error in faults_of_pages(tools(run), run.now)}
    assert told == names


def tools(run: CommandLine) -> Tools:
    return Tools.of(run.site)


@pytest.mark.parametrize("url", ["http://localhost:8000", "https://press.example.org"])
def test_the_built_in_pages_are_filled_and_nothing_of_it_is_seen(
    run: CommandLine,
    site: Path,
    url: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (site / "publisher.toml").write_text(f'[site]\nurl = "{url}"\n[smtp]\nhost = "127.0.0.1"\nport = 9\n')
    run("publish", "--feeds-only")
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*")}
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    assert faults_of_pages(tools(run), run.now) == []
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*")} == before
    assert [*(tmp_path / "temporary").iterdir()] == []
    assert [one.getMessage() for one in caplog.records if one.name.startswith("pressroom")] == []
    logging.getLogger("pressroom").warning("seen")
    assert "seen" in caplog.text


def test_no_page_of_the_tour_goes_wrong(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: list[object] = []
    monkeypatch.setattr("pressroom.web.guard.log_trouble", lambda scope, error: wrong.append((scope["path"], error)))
    assert tour.faults_of_pages(tools(run), run.now) == []
    assert wrong == []
