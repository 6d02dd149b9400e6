"""Signing in a process of its own: the same signatures, whatever becomes of that process, and nothing of it is left."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pressroom.delivery import signing
from pressroom.delivery.dkim import DkimKeys, DkimSigner
from pressroom.delivery.mime import encode
from pressroom.delivery.signing import SigningProcess
from tests.delivery.test_mime import a_message

PATIENCE = 10.0


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> DkimSigner:
    keys = DkimKeys(tmp_path_factory.mktemp("dkim"))
    return DkimSigner("news.example.org", [keys.generate("one", "rsa"), keys.generate("two", "ed25519")])


@pytest.fixture
def process(signer: DkimSigner) -> Iterator[SigningProcess]:
    begun = signer.apart()
    until(lambda: begun.is_ready)
    yield begun
    begun.close()
    assert begun.pid is None


CONTENTS = [encode(a_message(message_id=f"<{number}@example.org>")) for number in range(20)]


def until(is_so: Callable[[], bool]) -> None:
    last = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < last
        time.sleep(0.01)


def send(process: SigningProcess, what: signal.Signals) -> None:
    assert process.pid
    os.kill(process.pid, what)


def test_signatures_are_those_that_this_process_would_make(process: SigningProcess, signer: DkimSigner) -> None:
    several = [process.begin(CONTENTS[first : first + 5]) for first in range(0, 20, 5)]
    signed = [awaited.signed(place) for awaited in several for place in range(5)]
    assert signed == [signer.signed(content) for content in CONTENTS]


def test_what_nobody_asks_for_any_more_is_passed_over(process: SigningProcess, signer: DkimSigner) -> None:
    process.begin(CONTENTS[:2])
    assert process.begin(CONTENTS[2:4]).signed(1) == signer.signed(CONTENTS[3])


def test_that_signatures_are_there_shows_without_waiting(process: SigningProcess) -> None:
    awaited = process.begin(CONTENTS[:1])
    until(lambda: awaited.are_there)


@pytest.mark.parametrize("is_noticed", [True, False])
def test_where_the_process_is_lost_this_one_signs(
    process: SigningProcess, signer: DkimSigner, is_noticed: bool
) -> None:
    earlier = process.begin(CONTENTS[:1])
    earlier.signed(0)
    send(process, signal.SIGKILL)
    if is_noticed:
        until(lambda: process.pid is None)
    awaited = process.begin(CONTENTS[1:3])
    assert [awaited.signed(place) for place in (0, 1)] == [signer.signed(content) for content in CONTENTS[1:3]]
    assert not process.is_ready


def test_where_no_process_can_be_begun_this_one_signs(signer: DkimSigner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere")
    none = signer.apart()
    assert none.begin(CONTENTS[:1]).signed(0) == signer.signed(CONTENTS[0])
    none.close()


def test_where_no_handles_are_left_this_one_signs(signer: DkimSigner, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(signing, "Pipe", none_left)
    none = signer.apart()
    assert none.begin(CONTENTS[:1]).signed(0) == signer.signed(CONTENTS[0])
    none.close()


def test_a_process_that_stands_still_counts_as_lost(
    process: SigningProcess, signer: DkimSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "PATIENCE", 0.2)
    monkeypatch.setattr(signing, "SECONDS_TO_END", 0.2)
    send(process, signal.SIGSTOP)
    assert process.begin(CONTENTS[:1]).signed(0) == signer.signed(CONTENTS[0])
    assert not process.is_ready


def test_nothing_is_run_that_lies_in_the_present_folder(tmp_path: Path, signer: DkimSigner) -> None:
    """A job begun in a folder where others write must not run their code beside the key."""
    (tmp_path / "signal.py").write_text("open('was_run', 'w').close()\nSIGINT = SIGTERM = SIGHUP = None\n")
    begins = """if True:
        import sys, time
        from pathlib import Path
        from pressroom.delivery.dkim import DkimKeys, DkimSigner
        process = DkimSigner("example.org", DkimKeys(Path(sys.argv[1])).all()).apart()
        while not process.is_ready and process.pid:
            time.sleep(0.01)
        print(process.is_ready)
    """
    DkimKeys(tmp_path / "keys").generate("one", "ed25519")
    words = [sys.executable, "-P", "-c", begins, str(tmp_path / "keys")]
    said = subprocess.run(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True)
    assert said.stdout == "True\n"
    assert not (tmp_path / "was_run").exists()


def test_a_stop_that_reaches_it_too_does_not_end_it(process: SigningProcess, signer: DkimSigner) -> None:
    for one in (signal.SIGINT, signal.SIGTERM):
        send(process, one)
    assert process.begin(CONTENTS[:1]).signed(0) == signer.signed(CONTENTS[0])
    assert process.is_ready


def test_it_ends_with_the_process_that_began_it(tmp_path: Path) -> None:
    """A kill leaves nothing behind that holds the key."""
    begins = """if True:
        import os, sys
        from pathlib import Path
        from pressroom.delivery.dkim import DkimKeys, DkimSigner
        key = DkimKeys(Path(sys.argv[1])).generate("one", "ed25519")
        print(DkimSigner("example.org", [key]).apart().pid, flush=True)
        os.kill(os.getpid(), 9)
    """
    said = subprocess.run([sys.executable, "-c", begins, str(tmp_path)], stdout=subprocess.PIPE, text=True, check=False)
    until(lambda: not Path(f"/proc/{int(said.stdout)}").exists())
