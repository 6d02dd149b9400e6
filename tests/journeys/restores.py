"""A site with readers for whom a digest is due, and the steps that tests of backups take again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import CommandLine, Press, text_of

READERS = [f"r{number}@example.org" for number in range(6)]


def a_site_with_daily_readers(fresh: Press) -> Press:
    """Let a site have six daily readers of two topics, who have had a digest, and for whom the next is due."""
    for name in ("Rivers", "Roads"):
        fresh("topic", "add", name)
    for address in READERS:
        fresh("subscriber", "add", address, "--topic", "rivers=daily", "--topic", "roads=daily", "--confirmed")
    add(fresh, "Floods")
    fresh.wait(days=1)
    fresh("publish")
    add(fresh, "Bridges")
    fresh.wait(days=1)
    return fresh


def add(press: CommandLine, title: str, topic: str = "rivers", *words: str) -> None:
    press("release", "add", "--title", title, "--topic", topic, *words)


def back_up(press: CommandLine, name: str = "backup.db") -> Path:
    file = press.site.parent / name
    press("db", "backup", str(file))
    return file


def restore(press: CommandLine, file: Path) -> str:
    answer = press("db", "restore", str(file), "--yes")
    return answer.out + answer.err


def replaced(press: CommandLine) -> Path:
    """Return the catalogue that the only restore so far has put aside."""
    (kept,) = (press.site / "data").glob("catalogue-replaced-*.db")
    return kept


@contextmanager
def server_away(press: CommandLine) -> Iterator[None]:
    """Let no mail leave within."""
    outbox = press.site / "data" / "outbox"
    aside = outbox.rename(outbox.with_name("aside"))
    outbox.write_text("in the way")
    yield
    outbox.unlink()
    aside.rename(outbox)


def publish_in_vain(press: CommandLine) -> None:
    """Publish while the server is away: the digest is made, and waits."""
    with server_away(press):
        assert press("publish", ok=False).code == 3


def sent_by_next_publish(press: CommandLine) -> dict[str, list[str]]:
    """Return the titles that each reader gets by arming the site and publishing."""
    press("db", "arm", "--overdue", "send", "--yes")
    return sent_by_publish(press)


def sent_by_publish(press: CommandLine) -> dict[str, list[str]]:
    """Return the titles that each reader gets by publishing, in one mail."""
    before = {mail["Message-ID"] for mail in press.mails()}
    press("publish")
    sent = [mail for mail in press.mails() if mail["Message-ID"] not in before and mail["To"] in READERS]
    known = sorted(release["title"] for release in press.ask("release", "list"))
    assert len({mail["To"] for mail in sent}) == len(sent)
    return {str(mail["To"]): [title for title in known if title in text_of(mail)] for mail in sent}
