"""The tour: every page is filled before readers see it, on a site that is thrown away."""

from __future__ import annotations

import errno
import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pressroom.files import is_running
from pressroom.operations.doctor.diagnosis import Verdict
from pressroom.tools import Tools
from pressroom.web import template_trial
from pressroom.web.template_trial import look_at_templates_apart
from pressroom.web.tour import PREFIX, faults_of_pages
from tests.conftest import CommandLine
from tests.running import ROOT, eventually
from tests.web.test_every_word import TEMPLATES

PAGES_OF_THE_DESK = {
    "audit.html", "digests.html", "home.html", "me.html", "no-release.html", "no-run.html", "old-link.html",
    "people.html", "rehearsal.html", "release.html", "releases.html", "run-mails.html", "run.html", "send.html",
    "sign-in.html", "test.html", "withdraw.html",
}  # fmt: skip
FILES = {"site.css", "feed.css", "desk.css", "icon.svg", "feeds-index.html"}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


def template(site: Path, name: str, text: str) -> Path:
    path = site / "templates" / "web" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_every_page_of_readers_is_filled_and_each_of_the_desk_that_can_be_opened(run: CommandLine) -> None:
    names = {*TEMPLATES, *FILES, *(f"desk/{name}" for name in PAGES_OF_THE_DESK)}
    for name in names:
        template(run.site, name, "{{ no_such_fact }}")
    folder = f"{run.site}/templates/web/"
    faults = faults_of_pages(Tools.of(run.site), run.now)
    assert {str(error).partition(", line")[0].partition(folder)[2] for error in faults} == names


@pytest.mark.parametrize("url", ["http://localhost:8000", "https://press.example.org"])
def test_the_built_in_pages_are_filled_and_the_site_is_not_touched(
    run: CommandLine, site: Path, url: str, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong: list[object] = []
    monkeypatch.setattr("pressroom.web.guard.log_trouble", lambda scope, error: wrong.append((scope["path"], error)))
    (site / "publisher.toml").write_text(f'[site]\nurl = "{url}"\n[smtp]\nhost = "127.0.0.1"\nport = 9\n')
    run("publish", "--feeds-only")
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*")}
    assert faults_of_pages(Tools.of(site), run.now) == []
    assert wrong == []
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*")} == before
    assert [*temporary.iterdir()] == []


def test_a_process_of_its_own_says_what_is_wrong_and_leaves_nothing(
    run: CommandLine, site: Path, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    broken = template(site, "release.html", "{{ release.no.such }}")
    (found,) = look_at_templates_apart(Tools.of(site), run.now)
    assert (found.verdict, found.words.startswith(f"The template {broken}, line 1 is broken")) == (
        Verdict.PROBLEM,
        True,
    )
    broken.unlink()
    template(site, "faults.html", "")
    (found,) = look_at_templates_apart(Tools.of(site), run.now)
    assert (found.verdict, found.words) == (Verdict.OK, "1 template(s) of its own can be filled")
    assert [*temporary.iterdir()] == []
    assert caplog.records == []


def test_a_trial_ends_with_who_has_begun_it_and_the_next_one_tidies_up(
    run: CommandLine, site: Path, temporary: Path
) -> None:
    endless = template(site, "release.html", "{% for one in range(10 ** 9) %}{% endfor %}")
    doctor = subprocess.Popen(
        [sys.executable, str(ROOT / "publisher.py"), "-C", str(site), "doctor", "--offline"], stdout=subprocess.DEVNULL
    )
    eventually(lambda: any(temporary.iterdir()))
    (left,) = temporary.iterdir()
    number = int(left.name.removeprefix(PREFIX).partition("-")[0])
    for one in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):  # as when they go to all processes of a service
        os.kill(number, one)
    assert os.getsid(number) == number
    assert is_running(number)
    doctor.kill()
    doctor.wait()
    eventually(lambda: not is_running(number))
    endless.write_text("")
    assert [one.verdict for one in look_at_templates_apart(Tools.of(site), run.now)] == [Verdict.OK]
    assert [*temporary.iterdir()] == []


GROWS = "{% set x = [] %}{% for i in range(10 ** 9) %}{% if x.append('a' * (100000 + i)) %}{% endif %}{% endfor %}"


def test_a_template_that_does_not_come_to_an_end_is_told(
    run: CommandLine, site: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(template_trial, "LONGEST_SECONDS", 3.0)
    template(site, "release.html", "{% for one in range(10 ** 9) %}{% endfor %}")
    (found,) = look_at_templates_apart(Tools.of(site), run.now)
    assert found.sentence == (
        f"the 1 file(s) of {site}/templates are not filled within 3 seconds; look for a loop in them that does not end."
    )
    assert [*temporary.iterdir()] == []


@pytest.mark.parametrize("greedy", ["{{ 'x' * 2 * 10 ** 9 }}", GROWS])
def test_a_template_that_wants_all_memory_is_told(run: CommandLine, site: Path, temporary: Path, greedy: str) -> None:
    page = template(site, "release.html", greedy)
    (found,) = look_at_templates_apart(Tools.of(site), run.now)
    assert found.words == f"The template {page}, line 1 is broken: there is not enough memory for what it makes"
    assert [*temporary.iterdir()] == []


def test_what_is_tried_is_what_was_read(run: CommandLine, site: Path) -> None:
    page = template(site, "release.html", "{{ release.title }}")
    tools = Tools.of(site)
    assert tools.templates.files
    assert tools.translations.files
    words = site / "templates" / "words" / "nl.po"
    words.parent.mkdir()
    words.write_text('msgid "Report"\nmsgstr "Rapport"\n')
    (found,) = look_at_templates_apart(tools, run.now)
    assert found.sentence == (
        "settings or templates were changed while these were filled for a trial; try again when all is saved."
    )
    tools = Tools.of(site)
    (site / "publisher.toml").write_text('[site]\nname = "Another"\n')
    (found,) = look_at_templates_apart(tools, run.now)
    assert found.words.startswith("settings or templates were changed")
    tools = Tools.of(site)
    assert tools.templates.files
    assert tools.words("nl").kind("report") == "Rapport"
    page.write_text("{% if %}")
    words.write_text("{% if %}")
    assert Verdict.OK not in [one.verdict for one in look_at_templates_apart(tools, run.now)]
    assert tools.templates.render("web/release.html", release={"title": "Floods"}) == "Floods"


def test_templates_in_a_folder_that_is_linked_are_filled_too(run: CommandLine, site: Path, tmp_path: Path) -> None:
    theme = tmp_path / "theme"
    theme.mkdir()
    (site / "templates").mkdir()
    (site / "templates" / "web").symlink_to(theme)
    (theme / "release.html").write_text("{{ cycler().next() }}")
    (found,) = look_at_templates_apart(Tools.of(site), run.now)
    assert f"{site}/templates/web/release.html, line 1 is broken: at least one item has to be provided" in found.words


def test_where_no_process_can_be_begun_the_templates_are_not_taken_for_good(
    run: CommandLine, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    template(site, "release.html", "")
    monkeypatch.setattr(subprocess, "Popen", refuse)
    (found,) = look_at_templates_apart(Tools.of(site), run.now)
    assert (found.verdict, found.sentence) == (
        Verdict.PROBLEM,
        "the templates could not be filled for a trial: resource temporarily unavailable; "
        "see that another process can be begun, and try again.",
    )


def test_a_trial_that_is_killed_says_so(run: CommandLine, site: Path, temporary: Path) -> None:
    template(site, "release.html", "{% for one in range(10 ** 9) %}{% endfor %}")

    def kill() -> None:
        eventually(lambda: any(temporary.iterdir()))
        (left,) = temporary.iterdir()
        os.kill(int(left.name.removeprefix(PREFIX).partition("-")[0]), signal.SIGKILL)

    killing = threading.Thread(target=kill)
    killing.start()
    (found,) = look_at_templates_apart(Tools.of(site), run.now)
    killing.join()
    assert found.sentence == (
        "the templates could not be filled for a trial: its process was killed; "
        "see whether memory is short, and try again."
    )
