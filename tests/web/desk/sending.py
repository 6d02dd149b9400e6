"""A site on which digests are owed, and what somebody at the desk does with them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from pressroom.locks import locked
from tests.conftest import CommandLine, Press
from tests.web.desk.working import Worker

ADA = "ada@readers.example"
ADDRESS = re.compile(r"[\w.]+@readers\.example")


def a_site_that_owes(fresh: Press) -> Press:
    """A site on which three readers are owed a release, and a fourth has not confirmed."""
    fresh("topic", "add", "Rivers")
    fresh("subscriber", "add", ADA, "--name", "Ada Byron", "--topic", "rivers=weekly", "--confirmed")
    fresh("subscriber", "add", "bo@readers.example", "--frequency", "weekly", "--confirmed")
    fresh("subscriber", "add", "cy@readers.example", "--frequency", "daily", "--language", "nl", "--confirmed")
    fresh("subscriber", "add", "di@readers.example", "--frequency", "daily")
    fresh("release", "add", "--title", "Floods", "--topic", "rivers")
    fresh("publish", "--feeds-only")
    return fresh


@contextmanager
def a_service_leads(press: CommandLine) -> Iterator[None]:
    with locked(press.site / "data" / "schedule.lock"):
        yield


def get(worker: Worker, path: str, status: int = 200) -> str:
    answer = worker.browser.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def post(worker: Worker, path: str, form: dict[str, object] | None = None, status: int = 200) -> str:
    answer = worker.browser.post(path, data=form or {})
    assert answer.status_code == status, answer.text
    return answer.text


def send(worker: Worker, *frequencies: str, **more: object) -> str:
    return post(worker, "/desk/digests/send", {"frequency": list(frequencies), **more})


def sent(press: CommandLine) -> int:
    """Return how many digests have left."""
    return sum(str(mail["Subject"]) == "Floods" for mail in press.mails())


def note_what_is_not_out(press: CommandLine) -> None:
    """Have the weekly digest say something that lint warns of."""
    press("release", "add", "--title", "The secret plan for all rivers", "--draft")
    press("digest", "note", "Soon: the secret plan for all rivers.")


def sql(press: CommandLine, statement: str) -> None:
    catalogue = sqlite3.connect(press.site / "data" / "catalogue.db")
    with catalogue:
        catalogue.execute(statement)
    catalogue.close()
