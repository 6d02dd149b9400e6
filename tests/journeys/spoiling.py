"""A site whose releases have all that a release may have, for another program to write nonsense into."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing

from starlette.testclient import TestClient

from pressroom.operations.pulse import Pulse
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine, Press
from tests.journeys.faults import ADA, said
from tests.running import titles

READERS = {ADA: ["daily"], "bo@example.org": ["daily", "--topic", "rivers"], "cy@example.org": ["weekly"]}


def a_site_with_all_that_a_release_may_have(press: Press, *, releases: int, shelves: int) -> Press:
    """Give a made site readers, “Floods” with a revision, and so many others that are out, on so many topics."""
    (press.site / "publisher.toml").write_text(f"[feeds]\nnewest = {releases + 20}\n")
    press("topic", "add", "Rivers")
    for address, (frequency, *choice) in READERS.items():
        press("subscriber", "add", address, "--frequency", frequency, "--confirmed", *choice)
    rows = press.site / "rows.jsonl"
    made = (_a_row(number, number % shelves) for number in range(releases))
    rows.write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
    press("import", str(rows), "--announce", "none")
    press("release", "add", "--title", "Floods", "--topic", "rivers")
    press("publish")
    press("release", "revise", "floods", "--note", "A map more.")
    with writing(press.site) as catalogue:
        last = catalogue.execute("SELECT max(pk) FROM releases").fetchone()[0]
        for pk in range(1, releases + 1):
            catalogue.execute("INSERT INTO release_relations VALUES (?, 'part-of', ?)", (pk, last))
            catalogue.execute("INSERT INTO announcement_topics VALUES (?, 1)", (pk,))
        catalogue.commit()
    press("publish")
    return press


def _a_row(number: int, shelf: int) -> dict[str, object]:
    extra = {"series": f"Series {shelf}", "duplicate_url": f"https://example.org/old/{number}", "pages": "3"}
    return {
        "title": f"Dam {number}", "topics": [f"Topic {shelf}"], "authors": ["Ann Dee"], "partners": ["LOLA"],
        "url": f"https://example.org/{number}", "download_url": f"https://example.org/{number}.pdf", "extra": extra,
    }  # fmt: skip


def check_all_else_goes_on(press: CommandLine, whole: Iterable[str], visited: Iterable[int]) -> list[str]:
    """Publish, and return what is said; raise where feeds, mails or pages lack anything but what was spoiled.

    `whole` are titles that must be in the feed, `visited` the numbers of dams whose page must answer.
    """
    found = said(press)
    assert {"Good", *whole} <= set(titles(press.site))
    for address in READERS:
        assert [title for mail in press.titles(address) for title in mail].count("Good") == 1
    tools = Tools.of(press.site)
    with TestClient(make_app(tools, lambda: press.now, pulse=Pulse()), client=("127.0.0.1", 5)) as visitor:
        for path in ("/", "/releases/", "/releases/?q=good", "/releases/good", "/topics/rivers", "/feeds/", "/issues/"):
            assert visitor.get(path).status_code == 200, path
        assert "pressroom_catalogue_readable 1.0" in visitor.get("/metrics").text
        for number in visited:
            assert visitor.get(f"/releases/dam-{number}", follow_redirects=True).status_code == 200, number
    return found


def writing(site: object, *, checks: bool = True) -> closing[sqlite3.Connection]:
    catalogue = sqlite3.connect(f"{site}/data/catalogue.db")
    catalogue.execute(f"PRAGMA ignore_check_constraints = {'OFF' if checks else 'ON'}")
    return closing(catalogue)
