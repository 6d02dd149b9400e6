"""What tests share: a site made by the real commands, its tools and catalogue, and the command line itself."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from io import StringIO
from pathlib import Path
from shutil import copytree, disk_usage
from typing import Any, TypeVar

import pytest

from pressroom import commands
from pressroom.rendering import Templates, Translations
from pressroom.settings import Settings
from pressroom.settings.loading import SETTINGS_FILE, load_settings
from pressroom.settings.outside import names_outside
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.running import Service

MEMORY = Path("/dev/shm")
"""Where Linux keeps files in memory."""
ROOM = 2 * 1024**3
"""Bytes that must be free there: many times what tests leave behind, also when many of them fail."""


def pytest_configure() -> None:
    lay_sites_in_memory()
    keep_what_is_compiled()


def lay_sites_in_memory() -> None:
    """Let sites lie in memory, where there is room and nobody named another place.

    Half of the time went into waiting for a disk to say that it has written, which no test can look into: a kill loses
    nothing that was handed to the system, on a disk or not.
    """
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and disk_usage(MEMORY).free > ROOM:
        tempfile.tempdir = str(MEMORY)


def keep_what_is_compiled() -> None:
    """Where Python is told to write nothing beside the source, let it keep in .venv what it has compiled.

    Otherwise each process that a test starts compiles all anew, which takes twice as long as all else that it does.
    """
    if sys.prefix != sys.base_prefix and os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(Path(sys.prefix, "compiled"))
        sys.dont_write_bytecode = False


@dataclass(frozen=True)
class Answer:
    """What a command said and ended with."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What `--json` printed."""
        return json.loads(self.out)


NOW = datetime(2026, 1, 26, 9, tzinfo=UTC)


class CommandLine:
    """Runs the real command line in this process on one site, with a clock that only the test moves."""

    def __init__(self, site: Path, capture: pytest.CaptureFixture[str], now: datetime) -> None:
        self.site, self.now, self._capture = site, now, capture

    def __call__(self, *words: str, ok: bool = True) -> Answer:
        """Run `publisher WORDS` at the present moment; `ok` says that it must end with 0."""
        self._capture.readouterr()
        code = commands.run(["-C", str(self.site), "--clock", self.now.isoformat(), *words])
        said = self._capture.readouterr()
        assert not ok or code == 0, said.err
        assert "Traceback" not in said.err
        return Answer(code, said.out, said.err)

    def ask(self, *words: str) -> Any:
        """Return the JSON document of a command."""
        return self("--json", *words).document

    def feed(self, name: str) -> Any:
        """Return a published JSON feed: `run.feed("topics/rivers")`."""
        return json.loads((self.site / "feeds" / f"{name}.json").read_bytes())

    def mails(self, address: str = "") -> list[EmailMessage]:
        """Return the mail in the outbox (for one address), oldest first."""
        files = (self.site / "data" / "outbox" / "new").glob("*")
        parsed = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        mails = [mail for mail in parsed if address in str(mail["To"])]
        return sorted(mails, key=lambda mail: str(mail["Date"].datetime))

    def titles(self, address: str) -> list[list[str]]:
        """Return, for each mail to `address`, which of the catalogue's titles stand in it."""
        known = sorted(release["title"] for release in self.ask("release", "list"))
        texts = map(text_of, self.mails(address))
        return [[title for title in known if title in text] for text in texts]

    def wait(self, **time: float) -> datetime:
        """Let time pass: `wait(days=1)`."""
        self.now += timedelta(**time)
        return self.now


class Press(CommandLine):
    """A command line that needs no fixture of a single test."""

    def __init__(self, site: Path, now: datetime) -> None:
        self.site, self.now = site, now

    def __call__(self, *words: str, ok: bool = True) -> Answer:
        with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
            code = commands.run(["-C", str(self.site), "--clock", self.now.isoformat(), *words])
        assert not ok or code == 0, err.getvalue()
        return Answer(code, out.getvalue(), err.getvalue())


def text_of(mail: EmailMessage) -> str:
    """Return the text part of a mail on one line."""
    part = mail.get_body(("plain",))
    assert part is not None
    return " ".join(str(part.get_content()).split())


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


@pytest.fixture(scope="session", autouse=True)
def built_in_templates_are_read_once() -> Iterator[None]:
    """Let all sites without templates of their own have the same ones: to read them is most of what a command does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pressroom.tools.Templates", made_once_for_sites_without(Templates))
        patch.setattr("pressroom.tools.Translations", made_once_for_sites_without(Translations))
        yield


@pytest.fixture(scope="session", autouse=True)
def settings_are_checked_once() -> Iterator[None]:
    """Let sites whose settings are word for word the same share what is read of them, unless some come from outside."""
    known: dict[bytes, Settings] = {}

    def load(site: Path) -> Settings:
        file = site / SETTINGS_FILE
        if any(names_outside()) or not os.access(file, os.R_OK) or not file.is_file():
            return load_settings(site)
        text = file.read_bytes()
        if text not in known:
            known[text] = load_settings(site)
        return known[text]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pressroom.tools.load_settings", load)
        yield


Made = TypeVar("Made")


def made_once_for_sites_without(make: Callable[..., Made]) -> Callable[[Path], Made]:
    built_in = cache(make)
    return lambda site: make(site) if (site / "templates").is_dir() else built_in()


def copy_site(site: Path, target: Path) -> Path:
    """Return the folder of a copy of a site that sends as that one does: copies do not, until they are armed."""
    copytree(site, target)
    tools = Tools.of(target)
    with Store.open(tools.catalogue) as store:
        tools.arm(store)
    return target


@pytest.fixture
def now() -> datetime:
    """A Monday, 09:00 in London."""
    return NOW


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], now: datetime) -> CommandLine:
    """The command line on a site that is not made yet."""
    return CommandLine(tmp_path / "site", capsys, now)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Press:
    """A made site, to be copied."""
    press = Press(tmp_path_factory.mktemp("bare") / "site", NOW)
    press("init")
    return press


@pytest.fixture
def site(run: CommandLine, bare: Press) -> Path:
    """A made site: its folder."""
    if not run.site.exists():
        copy_site(bare.site, run.site)
    return run.site


@pytest.fixture(scope="module")
def fresh(bare: Press, tmp_path_factory: pytest.TempPathFactory) -> Press:
    """A made site for the `pattern` of a module."""
    return copied(bare, tmp_path_factory.mktemp("fresh"))


@pytest.fixture(scope="session")
def pattern(bare: Press) -> Press:
    """What the sites of tests are copies of; a module whose tests begin with more has a pattern of its own."""
    return bare


@pytest.fixture
def press(run: CommandLine, pattern: Press) -> CommandLine:
    """The command line on a copy of the pattern, at the moment at which that was made."""
    copy_site(pattern.site, run.site)
    run.now = pattern.now
    return run


def copied(press: Press, folder: Path) -> Press:
    """Return the command line on a copy of a site, in `folder`, at the same moment."""
    return Press(copy_site(press.site, folder / "site"), press.now)


@pytest.fixture
def tools(site: Path) -> Tools:
    return Tools.of(site)


@pytest.fixture
def store(tools: Tools) -> Iterator[Store]:
    with Store.open(tools.catalogue) as opened:
        yield opened


@pytest.fixture
def serve(site: Path) -> Iterator[Callable[..., Service]]:
    started: list[Service] = []

    def start(*words: str, **environment: str) -> Service:
        started.append(Service(site, *words, **environment))
        return started[-1]

    yield start
    for service in started:
        if service.process.poll() is None:
            service.process.kill()
        service.process.communicate()
