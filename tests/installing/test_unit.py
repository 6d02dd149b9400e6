"""`deploy/pressroom.service` and `deploy/press`: systemd takes the unit, and both mean the same site."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from pressroom.settings.loading import check_settings
from tests.installing.conftest import ROOT
from tests.installing.installed import Installed
from tests.needs import need_program
from tests.test_docs import COMMANDS, read

MOST_EXPOSED = 1.5
"""Of ten; a service that says nothing is 9.6."""
DRAINS = 10
"""Seconds in which `serve` ends after SIGTERM."""


def value(name: str) -> str:
    [only] = re.findall(rf"^{name}=(.*)$", read("deploy/pressroom.service"), re.MULTILINE)
    return str(only)


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    command = [need_program("systemd-analyze"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def unit(installed: Installed, tmp_path: Path) -> Path:
    """The unit, with the program where it is installed here."""
    unit = tmp_path / "pressroom.service"
    text = read("deploy/pressroom.service")
    unit.write_text(text.replace("/opt/pressroom/bin/publisher", str(installed.program)))
    return unit


def test_systemd_understands_every_line_of_the_unit(unit: Path) -> None:
    found = analyze("verify", str(unit))
    assert (found.returncode, found.stderr) == (0, "")


def test_the_unit_exposes_little(unit: Path) -> None:
    found = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED * 10:.0f}", "--no-pager", str(unit))
    assert found.returncode == 0, found.stdout


@pytest.mark.R6
def test_the_unit_lets_the_service_see_that_the_machine_was_started_anew() -> None:
    assert not re.search(r"^ProcSubset=", read("deploy/pressroom.service"), re.MULTILINE)


def test_the_unit_starts_a_command_and_leaves_it_time_to_stop() -> None:
    program, *words = shlex.split(value("ExecStart"))
    assert " ".join((Path(program).name, *words)) in COMMANDS
    assert int(value("TimeoutStopSec")) > DRAINS


def test_a_reload_sends_sighup_to_the_service() -> None:
    command = shlex.split(value("ExecReload").replace("$$", "$"))
    with subprocess.Popen(["sleep", "60"]) as service:
        subprocess.run(command, env=os.environ | {"MAINPID": str(service.pid)}, check=True)
        assert service.wait(20) == -signal.SIGHUP


def test_the_credential_of_the_unit_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, _, source = value("LoadCredential").partition(":")
    assert Path(source).name == name
    (tmp_path / name).write_text("secret\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert check_settings({}, "deploy/pressroom.service").smtp.password.get_secret_value() == "secret"


@pytest.mark.parametrize("is_linked", [False, True], ids=["itself", "by a link"])
def test_press_calls_the_publisher_as_the_service_does(tmp_path: Path, is_linked: bool) -> None:
    program, state = shlex.split(value("ExecStart"))[0], f"/var/lib/{value('StateDirectory')}"
    credentials = Path(value("LoadCredential").partition(":")[2]).parent
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "smtp__password").write_text("two words\n")
    (tmp_path / "etc" / "other").write_text("left alone")
    runuser = tmp_path / "runuser"
    runuser.write_text('#!/bin/sh\nenv\nprintf "<%s>" "$@"\n')
    runuser.chmod(0o755)
    script = (ROOT / "deploy" / "press").read_text()
    assert f"{credentials}/*__*" in script
    press = tmp_path / "press"
    press.write_text(script.replace(str(credentials), str(tmp_path / "etc")).replace("/usr/sbin", str(tmp_path)))
    press.chmod(0o755)
    if is_linked:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "press").symlink_to(press)
        press = tmp_path / "bin" / "press"
    command, of_cron = [str(press), "release", "add a"], {"PATH": "/usr/bin:/bin"}  # crontab(5)
    said = subprocess.run(command, env=of_cron, capture_output=True, text=True, check=True)
    *variables, called = said.stdout.splitlines()
    assert called == f"<-u><{value('User')}><--><{program}><-C><{state}><release><add a>"
    assert "PUBLISHER_smtp__password=two words" in variables
    assert "left alone" not in said.stdout


def test_a_password_that_press_passes_on_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLISHER_smtp__password", "two words")
    assert check_settings({}, "deploy/press").smtp.password.get_secret_value() == "two words"
