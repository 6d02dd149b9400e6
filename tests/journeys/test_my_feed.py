"""A subscriber's own feed beside the mails of a few random months: the same releases, at the same time (R4)."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine, Press
from tests.journeys.shelves import a_site_with_topics

ADA = "ada@example.org"
TOPICS = ("rivers", "roads", "data")
FREQUENCIES = ("immediate", "daily", "weekly")
STEPS = 20


class Months:
    """A site on which anything happens, and what Ada has been told by mail and by her feed."""

    def __init__(self, press: CommandLine, seed: int) -> None:
        self.press, self.chance, self.slugs = press, random.Random(seed), list[str]()
        (press.site / "publisher.toml").write_text(
            "[feeds]\nnewest = 500\n[retention]\ndeliveries_days = 20\nletters_days = 20\n"
        )
        press("subscriber", "add", ADA, "--topic", "rivers=daily", "--topic", "all=weekly", "--confirmed")

    def release(self) -> None:
        kind = self.chance.choice(["report", "guide"])
        words = ["--title", f"Volume {len(self.slugs):03}", "--kind", kind, "--topic", self.chance.choice(TOPICS)]
        self.slugs.append(self.press.ask("release", "add", *words)["slug"])
        self.press("publish")

    def change(self) -> None:
        slug = self.chance.choice(self.slugs or ["none"])
        word = self.chance.choice([("revise", "--note", "New."), ("withdraw", "--reason", "Wrong.")])
        self.press("release", word[0], slug, *word[1:], ok=False)
        self.press("publish")

    def choose(self) -> None:
        topic = f"{self.chance.choice(TOPICS)}={self.chance.choice(FREQUENCIES)}"
        self.press("subscriber", "set", ADA, "--topic", topic, "--only-kind", self.chance.choice(["all", "report"]))

    def pause_or_resume(self) -> None:
        if self.press("subscriber", "resume", ADA, ok=False).code:
            self.press("subscriber", "pause", ADA, "--until", str(self.press.now.date() + timedelta(days=5)))

    def cancel(self) -> None:
        """Have the digest of the next day stopped before anything of it has left."""
        outbox = self.press.site / "data" / "outbox"
        outbox.rename(outbox.with_name("away"))
        outbox.write_text("in the way")
        self.press.wait(days=1)
        self.press("publish", ok=False)
        for run in self.press.ask("digest", "list"):
            self.press("digest", "cancel", str(run["run"]), "--yes", ok=False)
        outbox.unlink()
        outbox.with_name("away").rename(outbox)

    def wait(self) -> None:
        self.press.wait(days=self.chance.choice([1, 2, 7]), minutes=20)
        self.press("publish")

    def go_by(self) -> None:
        steps = [self.release, self.release, self.release, self.change, self.choose, self.pause_or_resume, self.cancel]
        self.chance.choice([*steps, self.wait, self.wait, self.wait, self.wait])()

    @property
    def told_by_mail(self) -> set[str]:
        return {title for mail in self.press.titles(ADA) for title in mail}

    @property
    def told_by_feed(self) -> list[str]:
        path = self.press.ask("subscriber", "feed", ADA)["feeds"]["json"]
        with TestClient(make_app(Tools.of(self.press.site), lambda: self.press.now)) as browser:
            items = json.loads(browser.get(path.partition(":8000")[2]).content)["items"]
        return [item["title"].removeprefix("[Withdrawn] ") for item in items]


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_topics(fresh)


@pytest.mark.R4
@pytest.mark.parametrize("seed", [1, 2])
def test_the_feed_holds_what_the_mails_have_told(press: CommandLine, seed: int) -> None:
    months = Months(press, seed)
    (press.site / "data" / "outbox").mkdir(exist_ok=True)
    for _ in range(STEPS):
        months.go_by()
        assert sorted(months.told_by_feed) == sorted(months.told_by_mail)
    assert months.told_by_mail
