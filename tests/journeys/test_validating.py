"""The site's own proof: its feeds have no finding, on the disk and as the service gives them out."""

from __future__ import annotations

import socket
from pathlib import Path

from pressroom.models.feeds import Format
from pressroom.tools import Tools
from tests.conftest import CommandLine
from tests.web.served import served


def test_the_feeds_and_mails_of_the_demo_have_no_finding(run: CommandLine) -> None:
    run("demo")
    run.wait(days=7)
    found = run.ask("validate")
    files = [file for file in (run.site / "feeds").rglob("*") if file.suffix in (".atom", ".rss", ".json", ".opml")]
    assert (found["documents"], found["entries"]) == (len(files), 128)
    assert (found["findings"], found["failed"]) == ([], [])
    mails = [str(file) for file in (run.site / "data" / "outbox" / "new").iterdir()]
    assert run.ask("validate", *mails)["findings"] == []


def test_a_feed_over_http_is_whole_in_every_format(run: CommandLine, site: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        settings = site / "publisher.toml"
        settings.write_text(settings.read_text().replace("http://localhost:8000", url), encoding="utf-8")
        for title in ("Floods", "Dykes & dams", "Brücken"):
            facts = ("--summary", f"On {title}.", "--url", "https://example.org/a?b=1&c=2")
            run("release", "add", "--title", title, *facts)
        run("publish", "--feeds-only")
        with served(Tools.of(site), lambda: run.now, listening=listening):
            feeds = [f"{name}.{form.value}" for name in ("all", "kinds/report") for form in Format]
            addresses = [f"{url}/feeds/{feed}" for feed in feeds]
            found = run.ask("validate", "--crawl", *addresses)
            assert (found["documents"], found["entries"], found["findings"]) == (6, 3, [])
            [floods] = (one["id"] for one in run.ask("release", "list") if one["title"] == "Floods")
            feed = site / "feeds" / "all.atom"
            feed.write_bytes(feed.read_bytes().replace(floods.encode(), b"tag:example.org,2026:x"))
            answer = run("--json", "validate", addresses[0], ok=False)
            assert answer.code == 3
            assert [one["rule"] for one in answer.document["findings"]] == ["unknown-id", "missing-entry"]
