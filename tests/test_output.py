"""Published files on a real disk."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pressroom.errors import OutputError, RefusedError
from pressroom.models.feeds import FeedDocument, etag_of
from pressroom.output import Output


@pytest.fixture
def output(tmp_path: Path) -> Output:
    return Output(tmp_path / "feeds")


def a_document(content: bytes = b"rivers", path: str = "topics/rivers.atom") -> FeedDocument:
    return FeedDocument(path, content, "application/atom+xml", etag_of(content))


def hidden_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob(".*"))


def a_pid_of_nobody() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Make the kernel refuse longer files, as a full disk does, and without the signal it would send."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


def test_a_new_file_is_written_with_the_folders_it_needs(output: Output) -> None:
    assert output.write(a_document(b"rivers", "archive/topics/rivers.atom")) is True
    assert (output.folder / "archive/topics/rivers.atom").read_bytes() == b"rivers"
    assert hidden_files(output.folder) == []


def test_a_file_that_has_its_bytes_already_is_left_alone(output: Output) -> None:
    output.write(a_document())
    path = output.folder / "topics/rivers.atom"
    os.utime(path, (1, 1))
    inode = path.stat().st_ino
    assert output.write(a_document()) is False
    assert (path.stat().st_ino, path.stat().st_mtime) == (inode, 1)


@pytest.mark.parametrize("content", [b"brooks", b"rivers and lakes", b""])
def test_a_changed_file_is_replaced_in_one_move(output: Output, content: bytes) -> None:
    output.write(a_document(b"rivers"))
    path = output.folder / "topics/rivers.atom"
    with path.open("rb") as reader:
        assert output.write(a_document(content)) is True
        assert reader.read() == b"rivers"  # who reads at that moment has the old one, whole
    assert path.read_bytes() == content
    assert hidden_files(output.folder) == []


def test_a_file_is_as_readable_as_the_process_allows(output: Output) -> None:
    former = os.umask(0o022)
    try:
        output.write(a_document())
    finally:
        os.umask(former)
    assert (output.folder / "topics/rivers.atom").stat().st_mode & 0o777 == 0o644


@pytest.mark.R12
def test_a_full_disk_is_said_in_words_and_leaves_the_old_file_and_no_other(output: Output) -> None:
    output.write(a_document(b"rivers"))
    with no_file_longer_than(100), pytest.raises(OutputError, match="cannot be written: file too large"):
        output.write(a_document(b"x" * 1_000))
    assert (output.folder / "topics/rivers.atom").read_bytes() == b"rivers"
    assert hidden_files(output.folder) == []


@pytest.mark.R12
@pytest.mark.parametrize("obstacle", ["topics", "topics/rivers.atom/x"])
def test_an_obstacle_on_the_way_is_said_in_words(output: Output, obstacle: str) -> None:
    (output.folder / obstacle).parent.mkdir(parents=True)
    (output.folder / obstacle).touch()
    with pytest.raises(OutputError) as raised:
        output.write(a_document())
    assert raised.value.path == str(output.folder / "topics/rivers.atom")
    assert [path for path in hidden_files(output.folder) if path.endswith(".tmp")] == []


@pytest.mark.parametrize(
    "path", ["../evil", "topics/../../evil", "/etc/evil", "", ".", "..", "topics/\0evil", "a/b/../../../evil"]
)
def test_a_path_that_leaves_the_folder_is_refused(output: Output, path: str) -> None:
    with pytest.raises(RefusedError):
        output.write(a_document(path=path))
    assert not output.folder.exists()


def test_a_file_is_present_if_it_has_its_length(output: Output) -> None:
    output.write(a_document(b"rivers"))
    assert output.is_present("topics/rivers.atom", 6)
    assert not output.is_present("topics/rivers.atom", 7)
    assert not output.is_present("topics/brooks.atom", 6)


@pytest.mark.R10
def test_sweeping_removes_what_killed_processes_left(output: Output) -> None:
    output.write(a_document())
    names = (f".rivers.atom.{pid}.0123abcd.tmp" for pid in (a_pid_of_nobody(), os.getpid(), 2**80))
    for name in names:
        (output.folder / "topics" / name).write_bytes(b"riv")
    assert output.sweep() == 3
    assert hidden_files(output.folder) == []
    assert output.is_present("topics/rivers.atom", 6)


def test_sweeping_leaves_what_is_not_its_own(output: Output) -> None:
    output.write(a_document())
    kept = [f".rivers.atom.{os.getppid()}.0123abcd.tmp", ".htaccess", ".mine.tmp"]
    for name in kept:
        (output.folder / name).touch()
    assert output.sweep() == 0
    assert hidden_files(output.folder) == sorted(kept)


def test_sweeping_before_anything_was_published_finds_nothing(output: Output) -> None:
    assert output.sweep() == 0


WRITE_WITHOUT_END = """
import itertools, sys
from pathlib import Path
from pressroom.models.feeds import FeedDocument
from pressroom.output import Output

output = Output(Path(sys.argv[1]))
for letter in itertools.cycle((b"a", b"b")):
    output.write(FeedDocument("rivers.atom", letter * 3_000_000, "", ""))
"""


@pytest.mark.crash
@pytest.mark.R10
def test_a_file_is_whole_after_any_kill(output: Output) -> None:
    path = output.folder / "rivers.atom"
    for turn in range(8):
        command = [sys.executable, "-c", WRITE_WITHOUT_END, str(output.folder)]
        process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        for _ in range(1_000):
            if list(output.folder.glob(f".*.{process.pid}.*.tmp")):
                break
            time.sleep(0.005)
        time.sleep(turn * 0.003)
        process.kill()
        process.wait()
        if path.exists():
            assert path.read_bytes() in (b"a" * 3_000_000, b"b" * 3_000_000)
    output.sweep()
    assert hidden_files(output.folder) == []
    assert output.write(a_document(b"rivers", "rivers.atom"))
