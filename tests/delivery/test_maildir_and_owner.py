"""What must outlive a power cut, who may read it, and whose sender holds a claim."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pressroom.delivery.maildir import MaildirTransport
from pressroom.delivery.owner import an_owner, is_alive, is_of_another_boot
from pressroom.errors import LockError
from pressroom.output import Output
from tests.delivery.handing import send
from tests.delivery.test_smtp import MESSAGE
from tests.test_output import THEN, a_document


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was synced, as it is synced: "file" or "folder"."""
    seen: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        seen.append("folder" if Path(f"/proc/self/fd/{descriptor}").is_dir() else "file")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return seen


def refuse_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every process belong to another user."""

    def kill(pid: int, number: int) -> None:
        raise PermissionError(pid, number)

    monkeypatch.setattr(os, "kill", kill)


@pytest.mark.R10
def test_a_mail_is_taken_once_its_file_and_then_its_folder_are_on_the_disk(tmp_path: Path, synced: list[str]) -> None:
    send(MaildirTransport(tmp_path / "box"), MESSAGE)
    assert synced == ["file", "folder"]


@pytest.mark.R10
def test_a_mail_is_on_the_disk_before_a_mail_program_can_see_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "box" / "new"
    visible: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda _: visible.append(len(list(new.iterdir()))))
    send(MaildirTransport(tmp_path / "box"), MESSAGE)
    assert visible == [0, 1]


@pytest.mark.R9
def test_the_folders_of_a_maildir_are_for_the_sites_own_user_only(tmp_path: Path) -> None:
    send(MaildirTransport(tmp_path / "box"), MESSAGE)
    modes = [(tmp_path / "box" / part).stat().st_mode & 0o777 for part in ("tmp", "new", "cur")]
    assert modes == [0o700] * 3


@pytest.mark.R10
def test_published_files_are_synced_with_their_twins_and_then_their_folder(tmp_path: Path, synced: list[str]) -> None:
    output = Output(tmp_path / "feeds")
    output.write(a_document(b"rivers"), THEN)
    output.sync()
    synced.clear()
    output.write(a_document(b"roads"), THEN)
    output.write(a_document(b"bridges", "topics/bridges.atom"), THEN)
    output.sync()
    assert synced == ["file"] * 6 + ["folder"]


@pytest.mark.R10
def test_a_published_file_in_a_new_folder_syncs_the_folder_above_too(tmp_path: Path, synced: list[str]) -> None:
    (tmp_path / "feeds").mkdir()
    output = Output(tmp_path / "feeds")
    output.write(a_document(path="topics/rivers.atom"), THEN)
    output.sync()
    assert synced == ["folder", *["file"] * 3, "folder"]


def test_sweeping_leaves_the_files_of_another_users_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = Output(tmp_path / "feeds")
    output.write(a_document(), THEN)
    (output.folder / f".all.atom.{os.getppid()}.0123abcd.tmp").touch()
    refuse_kill(monkeypatch)
    assert output.sweep() == 0


@contextmanager
def a_living_sender(folder: Path) -> Iterator[str]:
    """Yield an owner of claims whose process lives within, and is killed then."""
    code = "from pathlib import Path; from pressroom.delivery.owner import an_owner\n"
    code += f"with an_owner(Path({str(folder)!r})) as owner: print(owner, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as it:
        assert it.stdout
        yield it.stdout.readline().strip()
        it.kill()


def test_a_sender_is_alive_until_it_ends(tmp_path: Path) -> None:
    with an_owner(tmp_path) as owner:
        assert is_alive(owner, tmp_path)
    assert not is_alive(owner, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.R10
def test_a_sender_that_was_killed_is_gone_and_nothing_is_left_of_it(tmp_path: Path) -> None:
    with a_living_sender(tmp_path) as owner:
        assert is_alive(owner, tmp_path)
    assert list(tmp_path.iterdir())
    assert not is_alive(owner, tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_killed_senders_left_goes_when_the_next_one_comes(tmp_path: Path) -> None:
    with a_living_sender(tmp_path):
        pass
    with an_owner(tmp_path) as owner:
        assert [one.name for one in tmp_path.iterdir()] == [owner.rpartition(":")[2]]


@pytest.mark.R10
def test_a_sender_in_another_container_is_alive(tmp_path: Path) -> None:
    """One whose process nobody can see here, and who sees another boot id."""
    with an_owner(tmp_path) as owner:
        assert is_alive(f"another-boot:{owner.rpartition(':')[2]}", tmp_path)
        assert is_of_another_boot(f"another-boot:{owner.rpartition(':')[2]}")


@pytest.mark.R10
@pytest.mark.parametrize("owner", ["a-boot:1234:5678", "a-boot:../../etc/passwd", "", "nonsense"])
def test_who_claimed_before_an_upgrade_is_gone(tmp_path: Path, owner: str) -> None:
    assert not is_alive(owner, tmp_path)


def test_where_senders_cannot_be_seen_it_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "senders").write_text("in the way")
    with pytest.raises(LockError, match="senders"), an_owner(tmp_path / "senders"):
        pass


def test_others_who_see_the_folder_may_ask_whether_a_sender_lives(tmp_path: Path) -> None:
    with an_owner(tmp_path):
        assert {one.stat().st_mode & 0o777 for one in tmp_path.iterdir()} == {0o644}


def test_a_sender_of_another_user_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse(path: str | Path, flags: int, *mode: int) -> int:
        if Path(path).parent == tmp_path:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, flags, *mode)

    with an_owner(tmp_path) as owner:
        monkeypatch.setattr(os, "open", refuse)
        assert is_alive(owner, tmp_path)
