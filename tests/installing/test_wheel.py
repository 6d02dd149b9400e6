"""The wheel and the sdist work where there is no checkout."""

from __future__ import annotations

import tarfile
from email import message_from_bytes, policy
from pathlib import Path
from zipfile import ZipFile

import pressroom
from tests.conftest import text_of
from tests.installing.conftest import ROOT, built
from tests.installing.installed import SEEN, Installed


def contents(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def contents_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_wheel_of_the_sdist_is_the_same_as_one_of_the_checkout(wheel: Path, tmp_path: Path) -> None:
    ours, theirs = contents(wheel), contents(built("wheel", ROOT, tmp_path))
    assert ours.keys() == theirs.keys()
    assert ours == theirs


def test_the_wheel_holds_what_is_run_and_nothing_else(wheel: Path) -> None:
    names = contents(wheel).keys()
    assert {name.partition("/")[0] for name in names} == {
        "publisher.py",
        "pressroom",
        f"pressroom-{pressroom.__version__}.dist-info",
    }
    for folder in ("pressroom", "templates", "data/sample"):
        files = [path for path in (ROOT / folder).rglob("*.*") if "__pycache__" not in path.parts and path.is_file()]
        inside = "" if folder == "pressroom" else "pressroom/"
        assert {f"{inside}{path.relative_to(ROOT)}" for path in files} <= names
    assert not [name for name in names if name.endswith((".pyc", ".db", ".key", ".png"))]


def test_the_sdist_holds_what_is_read_as_well_and_no_pictures_and_tests(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2]: archive.getmember(name) for name in archive.getnames()}
    assert names["run"].mode & 0o111  # the README begins with it
    assert {"README.md", "LICENSE", "CHANGELOG.md", "requirements.lock", "docs/operations.md"} <= names.keys()
    assert {f"deploy/{path.name}" for path in (ROOT / "deploy").iterdir()} <= names.keys()
    assert not [name for name in names if name.startswith(("tests/", "docs/pictures/", "feeds/"))]
    assert sdist.stat().st_size < 1_000_000


def test_what_the_wheel_says_it_needs_is_what_the_lock_names(installed: Installed) -> None:
    assert installed.python("-m", "pip", "check").strip() == "No broken requirements found."


def test_a_read_of_the_checkout_would_be_seen(installed: Installed) -> None:
    installed.python("-c", f"open({str(ROOT / 'pyproject.toml')!r})", code=SEEN)


def test_a_site_is_made_filled_published_and_checked(installed: Installed, tmp_path: Path) -> None:
    assert installed(tmp_path, "--version") == f"publisher {pressroom.__version__}\n"
    assert installed(tmp_path, "init", "press").startswith("Made a site in")
    press = tmp_path / "press"
    installed(press, "topic", "add", "Rivers")
    choices = ("--confirmed", "--topic", "rivers=weekly", "--language", "nl")
    installed(press, "subscriber", "add", "reader@example.org", *choices)
    installed(press, "release", "add", "--title", "Floods", "--topic", "rivers")
    assert installed.ask(press, "publish")["live"] == 1
    installed(press, "digest", "send", "--yes")
    [mail] = (press / "data" / "outbox" / "new").iterdir()
    text = text_of(message_from_bytes(mail.read_bytes(), policy=policy.default))
    assert "Floods" in text
    assert "Wekelijks overzicht" in text
    assert installed.ask(press, "health") == {"is_well": True, "problems": []}
    installed(press, "validate")


def test_the_demo_runs_and_a_second_one_changes_nothing(installed: Installed, tmp_path: Path) -> None:
    demo = installed.ask(tmp_path, "demo", "press")
    assert demo["releases"]["in"] == 131
    assert sum(one["mails"] for one in demo["digests"]["delivered"]) == 5
    files = contents_below(tmp_path / "press" / "feeds")
    assert len(files) > 289
    installed(tmp_path, "demo", "press")
    assert contents_below(tmp_path / "press" / "feeds") == files
