"""The Maildir: any mail program opens it, and the same message twice is one."""

from __future__ import annotations

import mailbox
from pathlib import Path

import pytest

from pressroom.delivery.maildir import MaildirTransport
from pressroom.delivery.queue import Verdict
from tests.delivery.handing import send
from tests.delivery.test_smtp import MESSAGE


def test_a_mail_program_finds_the_message(tmp_path: Path) -> None:
    assert send(MaildirTransport(tmp_path / "box"), MESSAGE).verdict is Verdict.TAKEN
    box = mailbox.Maildir(tmp_path / "box", create=False)
    assert [message["Subject"] for message in box] == ["Rivers"]


@pytest.mark.R10
def test_the_same_message_twice_is_one(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path / "box")
    send(transport, MESSAGE)
    send(transport, MESSAGE)
    assert len(list((tmp_path / "box" / "new").iterdir())) == 1


def test_it_knows_what_it_holds_also_when_the_message_was_read(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path / "box")
    assert transport.holds(MESSAGE) is False
    send(transport, MESSAGE)
    assert transport.holds(MESSAGE) is True
    (file,) = (tmp_path / "box" / "new").iterdir()
    file.rename(tmp_path / "box" / "cur" / f"{file.name}:2,S")
    assert transport.holds(MESSAGE) is True


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "box").write_text("a file where the folder should be")
    answer = send(MaildirTransport(tmp_path / "box"), MESSAGE)
    assert answer.verdict is Verdict.CLOSED
    assert str(tmp_path / "box") in answer.reply
