"""`publisher bounce`, and what other commands say of mail that came back."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from pressroom.delivery.incoming import content_of
from pressroom.membership.bounces import record_refusal
from tests.conftest import CommandLine
from tests.delivery.returned import QMAIL, REPLY, VACATION, a_mail, a_postfix_report, an_abuse_report
from tests.membership.returns import ADA, Site


@pytest.fixture
def ours(run: CommandLine, site: Path) -> Iterator[Site]:
    made = Site(run, site, ADA)
    made.send()
    yield made
    made.store.close()


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / name).mkdir(parents=True)
    return tmp_path / "Maildir"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_maildir_is_worked_off_and_what_somebody_wrote_stays_unread(ours: Site, maildir: Path) -> None:
    token = ours.message().envelope_id
    (maildir / "new" / "1.report").write_bytes(a_postfix_report(token, ADA))
    (maildir / "new" / "2.vacation").write_bytes(a_mail(VACATION, token=token))
    (maildir / "new" / "3.reply:2,F").write_bytes(a_mail(REPLY, token=token))
    (maildir / "new" / ".hidden").write_bytes(b"")
    answer = ours.press("bounce", "ingest", str(maildir))
    assert answer.out == f"{ADA}: dead, noted.\n1 noted, 1 automatic, 1 reply\n"
    assert names(maildir / "new") == [".hidden"]
    assert names(maildir / "cur") == ["1.report:2,S", "2.vacation:2,S", "3.reply:2,"]
    assert ours.press("bounce", "ingest", str(maildir)).out == "There is no new mail.\n"


def test_a_file_that_cannot_be_read_keeps_no_other_back(ours: Site, maildir: Path) -> None:
    (maildir / "new" / "1").write_bytes(a_postfix_report(ours.message().envelope_id, ADA))
    (maildir / "new" / "0").symlink_to("/proc/self/mem")  # no right of anybody lets that be read from its beginning
    answer = ours.press("--json", "bounce", "ingest", str(maildir), ok=False)
    assert answer.code == 3
    assert [one["outcome"] for one in answer.document["mails"]] == ["noted"]
    assert names(maildir / "new") == ["0"]
    assert "0 cannot be read" in answer.err.replace(":", "")


def test_one_mail_comes_by_file_or_on_standard_input(
    ours: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = a_postfix_report(ours.message().envelope_id, ADA)
    (tmp_path / "mail").write_bytes(content)
    assert ours.press.ask("bounce", "ingest", str(tmp_path / "mail")) == {
        "mails": [{"mail": str(tmp_path / "mail"), "outcome": "noted", "address": ADA, "class": "dead"}],
        "failed": [],
    }
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(content)))
    (mail,) = ours.press.ask("bounce", "ingest", "-")["mails"]
    assert (mail["mail"], mail["outcome"]) == ("-", "known already")


@pytest.mark.R12
def test_what_is_no_mail_is_said_with_the_remedy(ours: Site, tmp_path: Path) -> None:
    answer = ours.press("bounce", "ingest", str(tmp_path / "nothing"), ok=False)
    assert (answer.code, answer.err) == (1, f"{tmp_path}/nothing: cannot be read: no such file or directory; check its "
                                            "name and rights.\n")  # fmt: skip
    answer = ours.press("bounce", "ingest", str(tmp_path), ok=False)
    assert answer.code == 1
    assert "has no folder “new”, so that it is no Maildir; name one, or a file." in answer.err


def test_what_came_back_is_listed_with_what_counts(ours: Site) -> None:
    assert ours.press("bounce", "list").out == "Nothing came back.\n"
    ours.comes_back()
    ours.comes_back(status="5.7.26", said="DMARC")
    assert ours.press("bounce", "list", ADA).out == (
        "came back   address          class  status  counts  text\n"
        "2026-01-27  ada@example.org  dead   5.1.1   counts  550 5.1.1 550 5.1.1 unknown\n"
        "2026-01-27  ada@example.org  ours   5.7.26          550 5.7.26 DMARC\n"
    )
    first = ours.press.ask("bounce", "list")[0]
    assert first == {
        "address": ADA,
        "at": "2026-01-27T09:00:00Z",
        "sent_at": "2026-01-27T09:00:00Z",
        "run": 1,
        "class": "dead",
        "status": "5.1.1",
        "text": "550 5.1.1 550 5.1.1 unknown",
        "counts": True,
    }
    assert ours.press("bounce", "list", "bo@example.org", ok=False).code == 1


def test_an_address_is_cleared_with_a_reason_and_the_records_keep_it(ours: Site) -> None:
    assert ours.press("bounce", "clear", ADA, ok=False).code == 2
    ours.comes_back()
    ours.send()
    ours.comes_back()
    assert ours.press("bounce", "clear", ADA, "--reason", "their server was ill").out == (
        f"{ADA} is active; nothing is held against it.\n"
    )
    assert not any(one["counts"] for one in ours.press.ask("bounce", "list"))
    assert ours.press.ask("subscriber", "show", ADA)["consents"][-1]["how"] == "command line: their server was ill"
    assert ours.press("bounce", "clear", ADA, "--reason", "again", ok=False).code == 1


def test_who_reported_spam_is_cleared_only_if_they_asked(ours: Site) -> None:
    ours.take(an_abuse_report(token=ours.message().envelope_id))
    answer = ours.press("bounce", "clear", ADA, "--reason", "because", ok=False)
    assert (answer.code, answer.err) == (4, f"Mail to {ADA} was reported there as spam; give --asked if the person "
                                            "wants mail again.\n")  # fmt: skip
    assert ours.press("bounce", "clear", ADA, "--reason", "they rang", "--asked").code == 0
    assert ours.state() == "active"


def test_show_and_explain_tell_of_mail_that_came_back(ours: Site) -> None:
    ours.comes_back(said="no such user")
    assert "It came back: 550 5.1.1 no such user." in ours.press("subscriber", "explain", ADA, "floods-27-january").out
    ours.send()
    ours.comes_back()
    shown = ours.press("subscriber", "show", ADA).out
    assert "suppressed    mail to it came back too often\n" in shown
    assert "came back     2026-01-27T09:00:00Z  dead 5.1.1  550 5.1.1 no such user\n" in shown
    explained = ours.press("subscriber", "explain", ADA, "floods-27-january").out
    assert f"{ADA} must not be mailed: mail to it came back too often." in explained


def test_what_is_held_of_a_person_tells_of_what_came_back(ours: Site) -> None:
    ours.comes_back()
    assert ours.press.ask("subscriber", "export", ADA)["bounces"] == [
        {
            "at": "2026-01-27T09:00:00Z",
            "about": "dead",
            "status": "5.1.1",
            "answer": "550 5.1.1 550 5.1.1 unknown",
            "counts": True,
        }
    ]
    page = ours.press("subscriber", "export", ADA, "--format", "html").out
    assert "What came back of mail to you" in page
    assert "there is no such mailbox" in page


@pytest.mark.R12
def test_what_a_server_says_cannot_steer_a_terminal(ours: Site) -> None:
    odd = a_mail(QMAIL, token=ours.message().envelope_id)
    hostile = "no such \x1b]0;owned\x07\x1b[2J\x9b user\u202etxt\u2066".encode()
    ours.take(odd.replace(b"no such user", hostile))
    ours.press.wait(days=1)
    record_refusal(ours.store, ours.tools, ours.press.now, ours.delivery(), f"550 5.2.1 {hostile.decode()}", 550)
    for said in (ours.press("bounce", "list").out, ours.press("subscriber", "show", ADA).out):
        assert "no such ]0;owned[2J usertxt" in said
        assert not set(said) & set("\x1b\x07\x9b\u202e\u2066")


def test_a_file_that_another_process_has_taken_is_passed_over(
    ours: Site, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another `bounce ingest` takes one file before this one reads it, and the other before this one moves it."""
    token = ours.message().envelope_id
    for name in ("1", "2", "3"):
        (maildir / "new" / name).write_bytes(a_postfix_report(token, ADA))

    def taken_meanwhile(*taken: str) -> None:
        for one in taken:
            (maildir / "new" / one).rename(maildir / "cur" / f"{one}:2,S")

    def content_of_while_another_works(path: Path) -> bytes:
        if path.name == "1":
            taken_meanwhile("1")
        content = content_of(path)
        if path.name == "2":
            taken_meanwhile("2")
        return content

    monkeypatch.setattr("pressroom.delivery.incoming.content_of", content_of_while_another_works)
    answer = ours.press("bounce", "ingest", str(maildir))
    assert answer.out.endswith("1 noted, 1 known already\n")
    assert (names(maildir / "new"), names(maildir / "cur")) == ([], ["1:2,S", "2:2,S", "3:2,S"])
