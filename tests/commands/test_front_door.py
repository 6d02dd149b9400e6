"""The command line as a whole: help, exit codes, `--json`, and errors in one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pressroom import commands
from tests.conftest import CommandLine

ROOT = Path(__file__).parent.parent.parent


def publisher(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "publisher.py"), *words],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
    )


def test_help_names_every_command_and_imports_none_of_the_heavy_parts() -> None:
    script = (
        "import sys; from pressroom.commands import run; run(['--help']);"
        "heavy = {'pydantic_settings', 'sqlite_utils', 'uvicorn', 'feedgen', 'apscheduler', 'starlette', 'rich'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert answer.stderr.strip() == "[]"
    for name in commands.COMMANDS:
        assert f"  {name}" in answer.stdout


def test_version_and_the_module_are_the_same_program() -> None:
    assert publisher("--version").stdout.startswith("publisher ")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nonsense"], 2),
        (["release", "add"], 2),
        (["release", "show", "nothing"], 1),
        (["subscriber", "set", "nobody@example.org", "--frequency", "daily"], 1),
        (["subscriber", "set", "nobody@example.org"], 2),
        (["--clock", "soon", "publish"], 2),
        (["subscriber", "add", "no address"], 1),
        (["topic", "merge", "a", "b"], 1),
        (["digest", "send"], 4),
        (["release", "list"], 0),
    ],
)
def test_exit_codes(run: CommandLine, site: Path, words: list[str], code: int) -> None:
    assert run(*words, ok=False).code == code


@pytest.mark.R12
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[smtp]\nhots = 'x'\n", "hots"),
        ("[smpt]\n", "[smpt]"),
        ("[site\n", "line 1"),
        ("[site]\ntimezone = 'Europe/Londn'\n", "Europe/Londn"),
        ("[site]\nurl = 'javascript:alert(1)'\n", "url"),
        ("[smtp]\nhost = 'mail.example.org'\nsecurity = 'none'\n", "this machine only"),
    ],
)
def test_wrong_settings_are_named_by_their_key_and_end_with_2(
    run: CommandLine, site: Path, text: str, said: str
) -> None:
    (site / "publisher.toml").write_text(text)
    answer = run("publish", ok=False)
    assert answer.code == 2
    assert said in answer.err
    assert len(answer.err.strip().splitlines()) == 1


def test_settings_come_from_file_credentials_and_environment_in_that_order(
    run: CommandLine, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pressroom.settings import load_settings

    (site / "publisher.toml").write_text("[smtp]\nhost = 'file'\nuser = 'file'\npassword = 'file'\n")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "smtp__user").write_text("folder\n")
    (credentials / "smtp__password").write_text("folder\n")
    (credentials / "something-else").write_text("of another service")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    monkeypatch.setenv("PUBLISHER_SMTP__PASSWORD", "environment")
    smtp = load_settings(site).smtp
    assert (smtp.host, smtp.user, smtp.password.get_secret_value()) == ("file", "folder", "environment")
    assert "environment" not in repr(smtp)


def test_a_setting_in_the_environment_that_names_no_section_is_an_error(
    run: CommandLine, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISHER_SMPT__HOST", "x")
    assert run("publish", ok=False).code == 2


def test_a_wrong_value_in_the_environment_is_named_there(
    run: CommandLine, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISHER_SMTP__PORT", "abc")
    answer = run("publish", ok=False)
    assert answer.code == 2
    assert answer.err.startswith("PUBLISHER_SMTP__PORT in the environment")


def test_json_gives_one_document_and_words_go_elsewhere(run: CommandLine, site: Path) -> None:
    run("release", "add", "--title", "Floods")
    answer = run("--json", "publish")
    assert json.loads(answer.out)["live"] == 1
    added = run("--json", "release", "add", "--title", "Roads")
    assert json.loads(added.out)["slug"] == "roads"


def test_the_manual_publish_says_what_follows(run: CommandLine, site: Path) -> None:
    run("subscriber", "add", "ada@example.org", "--frequency", "immediate", "--confirmed")
    run("subscriber", "add", "bo@example.org", "--confirmed")
    run("release", "add", "--title", "Floods")
    said = run("publish").out
    assert "1 release(s) went live" in said
    assert "feeds now · 1 immediate at 09:10 · 1 weekly on Monday 08:00" in said


def test_an_unexpected_error_is_a_sentence_and_verbose_shows_where(
    run: CommandLine, site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pressroom.storage.topics import Topics

    def fail(_: Topics) -> None:
        raise RuntimeError("the roof has come down")

    monkeypatch.setattr(Topics, "shelves", fail)
    assert commands.run(["-C", str(site), "topic", "list"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert commands.run(["-v", "-C", str(site), "topic", "list"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_closed_pipe_is_no_error(site: Path) -> None:
    command = f"{sys.executable} {ROOT / 'publisher.py'} -C {site} release list | true"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_a_catalogue_locked_by_another_program_is_said_in_words(
    run: CommandLine, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    from pressroom.storage import store

    monkeypatch.setattr(store, "BUSY_SECONDS", 0.1)
    with sqlite3.connect(site / "data" / "catalogue.db") as other:
        other.execute("BEGIN IMMEDIATE")
        answer = run("topic", "add", "Rivers", ok=False)
    other.close()
    assert answer.code == 1
    assert "locked" in answer.err
