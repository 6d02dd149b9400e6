"""A site with readers and news for them, and how tests look at what would come and what did."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from starlette.testclient import TestClient

from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine, Press

ADA, BO, CY, DI, ED = (f"{name}@example.org" for name in ("ada", "bo", "cy", "di", "ed"))


def a_site_with_readers(fresh: Press) -> Press:
    """Let a site have five readers and three releases to tell them of."""
    for topic in ("Rivers", "Roads"):
        fresh("topic", "add", topic)
    for who, *options in (
        (ADA, "--topic", "all=weekly", "--name", "Ada Byron"),
        (BO, "--topic", "rivers=weekly", "--language", "nl"),
        (CY, "--topic", "rivers=daily", "--topic", "roads=weekly"),
        (DI, "--topic", "roads=monthly"),
        (ED, "--topic", "rivers=weekly"),
    ):
        fresh("subscriber", "add", who, "--confirmed", *options)
    fresh("subscriber", "set", ED, "--only-kind", "guide")
    for title, topic in (("Floods", "rivers"), ("Bridges", "roads"), ("Ferries", "rivers")):
        fresh("release", "add", "--title", title, "--topic", topic, "--url", f"https://example.org/{title.lower()}")
    fresh("publish")
    return fresh


def as_it_is(site: Path) -> tuple[list[str], dict[str, bytes]]:
    """Return all that a site holds: its catalogue as SQL, and its files."""
    with sqlite3.connect(site / "data" / "catalogue.db") as connection:
        rows = list(connection.iterdump())
    connection.close()
    files = {str(path): path.read_bytes() for path in site.rglob("*") if path.is_file() and ".db" not in path.name}
    return rows, files


def masked(mail: EmailMessage) -> dict[str, str]:
    """Return what two runs of the same kind have in common in a mail: all but what the run's random key makes."""
    body = {kind: str(part.get_content()) for kind in ("plain", "html") if (part := mail.get_body((kind,)))}
    return {"to": str(mail["To"]), "subject": str(mail["Subject"]), **body}


def scheduled(press: CommandLine, title: str, at: str) -> tuple[str, ...]:
    press("release", "add", "--title", title, "--topic", "rivers", "--draft")
    return (title.lower(), "--at", at)


def size_of(press: CommandLine, mail: EmailMessage) -> int:
    files = (press.site / "data" / "outbox" / "new").glob("*")
    return next(len(data) for data in (file.read_bytes() for file in files) if str(mail["Message-ID"]).encode() in data)


def spoil(press: CommandLine, name: str, change: Callable[[str], str]) -> Path:
    """Give the site a template of its own: the built-in one, changed."""
    path = press.site / "templates" / "email" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    built_in = Path(__file__).parents[2] / "templates" / "email" / name
    changed = change(built_in.read_text(encoding="utf-8"))
    assert changed != built_in.read_text(encoding="utf-8")
    path.write_text(changed, encoding="utf-8")
    return path


def issue_page(press: CommandLine, number: int | str) -> tuple[int, str]:
    """Return status and content of the public page of a run."""
    tools = Tools.of(press.site)
    with TestClient(make_app(tools, lambda: press.now), base_url="http://localhost:8000") as client:
        answer = client.get(f"/issues/{number}")
    return answer.status_code, answer.text
