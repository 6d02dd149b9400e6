"""Published files on a real disk."""

from __future__ import annotations

import gzip
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest

from pressroom.errors import OutputError, RefusedError
from pressroom.models.feeds import FeedDocument, etag_of
from pressroom.output import Output, is_whole

THEN = datetime(2026, 2, 3, 9, 30, 1, tzinfo=UTC)
TWINS = [".br", ".gz"]


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
    assert output.write(a_document(b"rivers", "archive/topics/rivers.atom"), THEN) is True
    assert (output.folder / "archive/topics/rivers.atom").read_bytes() == b"rivers"
    assert hidden_files(output.folder) == []


def test_a_file_that_has_its_bytes_already_is_left_alone(output: Output) -> None:
    output.write(a_document(), THEN)
    path = output.folder / "topics/rivers.atom"
    inodes = {one.name: one.stat().st_ino for one in path.parent.iterdir()}
    assert output.write(a_document(), THEN) is False
    assert {one.name: one.stat().st_ino for one in path.parent.iterdir()} == inodes


@pytest.mark.parametrize("content", [b"brooks", b"rivers and lakes", b""])
def test_a_changed_file_is_replaced_in_one_move(output: Output, content: bytes) -> None:
    output.write(a_document(b"rivers"), THEN)
    path = output.folder / "topics/rivers.atom"
    with path.open("rb") as reader:
        assert output.write(a_document(content), THEN) is True
        assert reader.read() == b"rivers"  # who reads at that moment has the old one, whole
    assert path.read_bytes() == content
    assert hidden_files(output.folder) == []


def test_a_file_is_as_readable_as_the_process_allows(output: Output) -> None:
    former = os.umask(0o022)
    try:
        output.write(a_document(), THEN)
    finally:
        os.umask(former)
    assert (output.folder / "topics/rivers.atom").stat().st_mode & 0o777 == 0o644


@pytest.mark.R12
def test_a_full_disk_is_said_in_words_and_leaves_the_old_file_and_no_other(output: Output) -> None:
    output.write(a_document(b"rivers"), THEN)
    with no_file_longer_than(100), pytest.raises(OutputError, match="cannot be written: file too large"):
        output.write(a_document(b"x" * 1_000), THEN)
    assert (output.folder / "topics/rivers.atom").read_bytes() == b"rivers"
    assert hidden_files(output.folder) == []


@pytest.mark.R12
@pytest.mark.parametrize("obstacle", ["topics", "topics/rivers.atom/x"])
def test_an_obstacle_on_the_way_is_said_in_words(output: Output, obstacle: str) -> None:
    (output.folder / obstacle).parent.mkdir(parents=True)
    (output.folder / obstacle).touch()
    with pytest.raises(OutputError) as raised:
        output.write(a_document(), THEN)
    assert raised.value.path == str(output.folder / "topics/rivers.atom")
    assert [path for path in hidden_files(output.folder) if path.endswith(".tmp")] == []


@pytest.mark.parametrize(
    "path", ["../evil", "topics/../../evil", "/etc/evil", "", ".", "..", "topics/\0evil", "a/b/../../../evil"]
)
def test_a_path_that_leaves_the_folder_is_refused(output: Output, path: str) -> None:
    with pytest.raises(RefusedError):
        output.write(a_document(path=path), THEN)
    assert not output.folder.exists()


def test_a_file_is_whole_if_it_has_its_length_its_moment_and_its_twins(output: Output) -> None:
    output.write(a_document(b"rivers"), THEN)
    assert is_whole("topics/rivers.atom", 6, THEN, output.seen())
    assert not is_whole("topics/rivers.atom", 7, THEN, output.seen())
    assert not is_whole("topics/brooks.atom", 6, THEN, output.seen())
    (output.folder / "topics/rivers.atom.gz").unlink()
    assert not is_whole("topics/rivers.atom", 6, THEN, output.seen())


def test_a_file_is_not_whole_if_it_says_another_moment(output: Output) -> None:
    output.write(a_document(b"rivers"), THEN)
    path = output.folder / "topics/rivers.atom"
    os.utime(path, (THEN.timestamp(), THEN.timestamp() + 1))
    assert not is_whole("topics/rivers.atom", 6, THEN, output.seen())


def test_a_link_that_leads_nowhere_hides_no_other_file(output: Output) -> None:
    output.write(a_document(b"rivers"), THEN)
    for name in ("a", "z"):
        (output.folder / "topics" / name).symlink_to("nothing")
    assert is_whole("topics/rivers.atom", 6, THEN, output.seen())


def test_a_file_has_twins_that_are_the_same_compressed_and_all_say_when_they_changed(output: Output) -> None:
    output.write(a_document(b"rivers" * 100), THEN)
    path = output.folder / "topics/rivers.atom"
    compressed = [path.with_name(path.name + ending).read_bytes() for ending in TWINS]
    assert [brotli.decompress(compressed[0]), gzip.decompress(compressed[1])] == [b"rivers" * 100] * 2
    assert {one.stat().st_mtime for one in path.parent.iterdir()} == {THEN.timestamp()}
    assert len(list(path.parent.iterdir())) == 3


def test_twins_have_the_same_bytes_whenever_they_are_made(output: Output, tmp_path: Path) -> None:
    other = Output(tmp_path / "others")
    output.write(a_document(), THEN)
    other.write(a_document(), THEN)
    for ending in TWINS:
        twins = [one.folder / f"topics/rivers.atom{ending}" for one in (output, other)]
        assert twins[0].read_bytes() == twins[1].read_bytes()


def test_a_twin_that_was_lost_is_mended(output: Output) -> None:
    output.write(a_document(), THEN)
    (output.folder / "topics/rivers.atom.br").unlink()
    assert output.write(a_document(), THEN) is True
    assert is_whole("topics/rivers.atom", 6, THEN, output.seen())


@pytest.mark.R10
def test_sweeping_removes_what_killed_processes_left(output: Output) -> None:
    output.write(a_document(), THEN)
    names = (f".rivers.atom.{pid}.0123abcd.tmp" for pid in (a_pid_of_nobody(), os.getpid(), 2**80))
    for name in names:
        (output.folder / "topics" / name).write_bytes(b"riv")
    assert output.sweep() == 3
    assert hidden_files(output.folder) == []
    assert is_whole("topics/rivers.atom", 6, THEN, output.seen())


def test_sweeping_leaves_what_is_not_its_own(output: Output) -> None:
    output.write(a_document(), THEN)
    kept = [f".rivers.atom.{os.getppid()}.0123abcd.tmp", ".htaccess", ".mine.tmp"]
    for name in kept:
        (output.folder / name).touch()
    assert output.sweep() == 0
    assert hidden_files(output.folder) == sorted(kept)


def test_sweeping_before_anything_was_published_finds_nothing(output: Output) -> None:
    assert output.sweep() == 0


WRITE_WITHOUT_END = """
import itertools, sys
from datetime import UTC, datetime
from pathlib import Path
from pressroom.models.feeds import FeedDocument
from pressroom.output import Output

output = Output(Path(sys.argv[1]))
for letter in itertools.cycle((b"a", b"b")):
    output.write(FeedDocument("rivers.atom", letter * 3_000_000, "", ""), datetime(2026, 2, 3, tzinfo=UTC))
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
    assert output.write(a_document(b"rivers", "rivers.atom"), THEN)
