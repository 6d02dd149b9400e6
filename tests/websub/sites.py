"""Sites that have hubs."""

from __future__ import annotations

from pressroom.models.feeds import Format
from pressroom.storage import Store
from tests.conftest import CommandLine

NOBODY = "http://127.0.0.1:1/hub"
"""A hub that is down."""
SITE = "http://localhost:8000"


def set_up(press: CommandLine, *hubs: str, url: str = SITE) -> None:
    (press.site / "publisher.toml").write_text(f'[site]\nurl = "{url}"\n[feeds]\nhubs = {list(hubs)}\n')


def add(press: CommandLine, title: str = "Floods", topic: str = "rivers") -> None:
    press("release", "add", "--title", title, "--topic", topic)


def with_one_topic_waiting(press: CommandLine, hub: str) -> None:
    """Leave a site in which one hub is to be told of one topic, and was not told yet."""
    set_up(press, hub)
    with Store.open(press.site / "data" / "catalogue.db") as store:
        store.pings.put([hub], f"{SITE}/feeds/all.atom")


def live(press: CommandLine) -> dict[str, bytes]:
    """Return the live documents of all feeds by their addresses; neither archives nor pages are any."""
    folder = press.site / "feeds"
    paths = [path for form in Format for path in folder.rglob(f"*.{form}") if folder / "archive" not in path.parents]
    return {f"{SITE}/feeds/{path.relative_to(folder)}": path.read_bytes() for path in paths}


def published(press: CommandLine) -> set[str]:
    return set(live(press))


def changed(press: CommandLine, before: dict[str, bytes]) -> set[str]:
    """Return the live documents that are others than they were, or new."""
    return {topic for topic, content in live(press).items() if before.get(topic) != content}


def pings(press: CommandLine) -> dict[str, int]:
    """Publish when no feed has changed, and return what it says of hubs."""
    document = press.ask("publish")
    assert document["feeds"]["written"] == 0
    counts: dict[str, int] = document["pings"]
    return counts
