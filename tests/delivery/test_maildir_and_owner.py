"""What must outlive a power cut, who may read it, and whose process holds a claim."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pressroom.delivery.maildir import MaildirTransport
from pressroom.delivery.owner import is_alive, this_owner
from pressroom.output import Output
from tests.delivery.handing import send
from tests.delivery.test_smtp import MESSAGE
from tests.test_output import THEN, a_document, a_pid_of_nobody


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
def test_a_published_file_is_synced_with_its_twins_and_then_their_folder(tmp_path: Path, synced: list[str]) -> None:
    output = Output(tmp_path / "feeds")
    output.write(a_document(b"rivers"), THEN)
    synced.clear()
    output.write(a_document(b"roads"), THEN)
    assert synced == ["file"] * 3 + ["folder"]


@pytest.mark.R10
def test_a_published_file_in_a_new_folder_syncs_the_folder_above_too(tmp_path: Path, synced: list[str]) -> None:
    (tmp_path / "feeds").mkdir()
    Output(tmp_path / "feeds").write(a_document(path="topics/rivers.atom"), THEN)
    assert synced == ["folder", *["file"] * 3, "folder"]


def test_sweeping_leaves_the_files_of_another_users_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = Output(tmp_path / "feeds")
    output.write(a_document(), THEN)
    (output.folder / f".all.atom.{os.getppid()}.0123abcd.tmp").touch()
    refuse_kill(monkeypatch)
    assert output.sweep() == 0


def test_this_process_is_alive_and_one_that_ended_is_not() -> None:
    boot, _, started = this_owner().rsplit(":", 2)
    assert is_alive(this_owner())
    assert not is_alive(f"{boot}:{a_pid_of_nobody()}:{started}")


@pytest.mark.R10
def test_a_process_number_used_again_is_not_taken_for_the_process_that_had_it() -> None:
    boot, pid, _ = this_owner().rsplit(":", 2)
    assert not is_alive(f"{boot}:{pid}:1")


@pytest.mark.R10
def test_a_process_before_the_machine_was_started_anew_is_gone_although_its_number_lives() -> None:
    _, pid, started = this_owner().rsplit(":", 2)
    assert not is_alive(f"another-boot:{pid}:{started}")


@pytest.mark.R10
def test_a_process_of_another_user_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_kill(monkeypatch)
    assert is_alive(this_owner())
