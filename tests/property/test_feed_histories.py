"""Random histories of releases, topics, settings and other programs: after each publish feeds tell what is (R1, R3).

Archives hold three releases here and live documents two, so that a short history fills many.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import feedparser
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pressroom.membership.merging import merge_topics
from pressroom.models.dates import PartialDate
from pressroom.models.feeds import Format
from pressroom.models.release import Access, File, Kind, Release, Series, State
from pressroom.operations.validating import validate
from pressroom.publishing import entering
from pressroom.publishing.feeds import publish_feeds
from pressroom.publishing.journey import make_live
from pressroom.signing import make_secret
from pressroom.storage import Store
from pressroom.storage.feed_files import FeedFiles
from pressroom.tools import Tools
from tests.conftest import NOW

HISTORIES = int(os.environ.get("PRESSROOM_HISTORIES", "12"))
ARCHIVED_TOGETHER = 3
PUBLISHERS = ("", "River Trust", "RIVER TRUST", "Example association")
PUBLIC = "state IN ('live', 'withdrawn')"
SHELVES = {
    "all": f"SELECT 'all' AS path, pk FROM releases WHERE {PUBLIC}",
    "topics": f"""SELECT 'topics/' || topics.slug, releases.pk FROM release_topics JOIN topics ON topics.pk = topic
        JOIN releases ON releases.pk = release WHERE {PUBLIC}""",
    "kinds": f"SELECT 'kinds/' || kind, pk FROM releases WHERE {PUBLIC}",
    "series": f"""SELECT 'series/' || series.slug, releases.pk FROM releases JOIN series ON series.pk = series
        WHERE {PUBLIC}""",
    "languages": f"SELECT 'languages/' || substr(language, 1, 2), pk FROM releases WHERE {PUBLIC}",
}
BY_OTHERS = (
    "UPDATE releases SET title = title || '!' WHERE pk = :pk",
    "UPDATE releases SET title = title || '?', version = version - 1 WHERE pk = :pk",
    "UPDATE releases SET kind = 'guide', summary = 'By another program' WHERE pk = :pk",
    "UPDATE releases SET sorted_at = '2020-01-01T00:00:00Z'",
    "UPDATE releases SET slug = slug || '-x' WHERE pk = :pk",
    "UPDATE announcements SET note = note || ' (reworded)' WHERE release = :pk AND note <> ''",
    "UPDATE OR REPLACE release_topics SET release = :pk",
    "REPLACE INTO release_topics (release, topic) SELECT :pk, pk FROM topics",
    "DELETE FROM release_topics WHERE release = :pk",
    "UPDATE release_topics SET topic = (SELECT min(pk) FROM topics) WHERE release = :pk AND topic = (SELECT max(pk) "
    "FROM topics) AND NOT EXISTS (SELECT 1 FROM release_topics WHERE release = :pk AND topic <> (SELECT max(pk) "
    "FROM topics))",
    "REPLACE INTO release_authors (release, position, name) VALUES (:pk, 0, 'Ada')",
    "REPLACE INTO release_files (release, position, format, url) VALUES (:pk, 0, 'pdf', 'https://example.org/o.pdf')",
    "UPDATE release_files SET access = 'members', url = 'https://example.org/members-9.pdf' WHERE release = :pk",
    "INSERT OR IGNORE INTO release_relations (release, kind, target) SELECT :pk, 'replaces', max(pk) FROM releases "
    "WHERE pk <> :pk HAVING max(pk) IS NOT NULL",
    "UPDATE topics SET slug = slug || '-y' WHERE pk = (SELECT max(pk) FROM topics)",
    "UPDATE series SET slug = slug || '-y', name = name || ' Y'",
    "INSERT INTO releases (title, kind) VALUES ('By another program ' || abs(random()), 'blog')",
    "INSERT INTO releases (title, state) VALUES ('SECRET draft', 'draft')",
    "DELETE FROM releases WHERE title = 'SECRET draft'",
    "UPDATE feed_files SET recipe = '' WHERE path GLOB 'all*'",
)
PRAGMAS = ("PRAGMA foreign_keys = ON", "PRAGMA recursive_triggers = ON", "PRAGMA foreign_keys = OFF")


class Killed(BaseException):
    """What ends a publish in its middle."""


@pytest.mark.R3
class FeedHistories(RuleBasedStateMachine):
    """One site whose feeds are looked at after each publish."""

    @initialize()
    def open_site(self) -> None:
        self.patches = [
            patch(f"pressroom.{where}.ARCHIVED_TOGETHER", ARCHIVED_TOGETHER)
            for where in ("models.feeds", "storage.shelves")
        ]
        for one in self.patches:
            one.start()
        self.folder, self.now = Path(tempfile.mkdtemp()), NOW
        self.site, self.newest, self.number = {"name": "Example association", "publisher": ""}, 2, 0
        self.full: dict[str, set[str]] = {}
        self.ids: dict[str, str] = {}
        self._use_settings()
        self.tools.data.mkdir()
        make_secret(self.tools.secret_key)
        self.store = Store.create(self.tools.catalogue, now=self.now, authority="example.org,2026")
        for topic in ("Rivers", "Roads"):
            self.store.topics.add(topic)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)
            for one in self.patches:
                one.stop()

    def _use_settings(self) -> None:
        site = "".join(f'{key} = "{value}"\n' for key, value in self.site.items())
        (self.folder / "publisher.toml").write_text(f"[site]\n{site}[feeds]\nnewest = {self.newest}\n")
        self.tools = Tools.of(self.folder)

    def _facts(self, data: st.DataObject) -> dict[str, Any]:
        self.number += 1
        access = data.draw(st.sampled_from([Access.PUBLIC, Access.PUBLIC, Access.MEMBERS]))
        name = "members" if access is Access.MEMBERS else "public"
        series = data.draw(st.sampled_from(["", "", "Quarterly", "Annual & more"]))
        topics = data.draw(st.sets(st.sampled_from(self.store.topics.all()), max_size=2))
        return {
            "topics": tuple(sorted(topics, key=lambda topic: topic.slug)),
            "kind": data.draw(st.sampled_from([Kind.REPORT, Kind.GUIDE])),
            "language": data.draw(st.sampled_from(["en", "en-GB", "nl"])),
            "publisher": data.draw(st.sampled_from(PUBLISHERS)),
            "partners": tuple(data.draw(st.sets(st.sampled_from(PUBLISHERS[1:]), max_size=1))),
            "series": Series("", series) if series else None,
            "files": (File("pdf", f"https://example.org/{name}-{self.number}.pdf", access=access),),
        }

    @rule(data=st.data(), embargo=st.sampled_from([0, 0, 0, 30]))
    def add(self, data: st.DataObject, embargo: int) -> None:
        facts = self._facts(data)
        until = self.now + timedelta(hours=embargo) if embargo else None
        entering.add_release(self.store, Release(f"Release {self.number} SECRET", embargo=until, **facts))

    @rule(data=st.data(), year=st.sampled_from(["1931", "2001", "2001-05-05", "2030", ""]), many=st.integers(1, 5))
    def bring_in_silently(self, data: st.DataObject, year: str, many: int) -> None:
        facts, own = self._facts(data), PartialDate.parse("own date", year)
        with self.store.atomic():
            for place in range(many):
                release = Release(f"Old {self.number}.{place}", own_date=own, **facts)
                entering.add_silently(self.store, release, self.store.releases.seconds(), self.now)

    def _any(self, data: st.DataObject, *states: State) -> Release | None:
        known = [one for state in states for one in self.store.releases.all(state) if one.id]
        return self.store.releases.get(data.draw(st.sampled_from([str(one.id) for one in known]))) if known else None

    @rule(data=st.data(), quietly=st.booleans())
    def edit(self, data: st.DataObject, quietly: bool) -> None:
        if release := self._any(data, *State):
            facts = replace(release, title=f"{release.title} edited"[:200], **self._facts(data))
            entering.edit_release(self.store, release, facts, self.now, quietly=quietly)

    @rule(data=st.data())
    def revise(self, data: st.DataObject) -> None:
        if release := self._any(data, State.LIVE):
            entering.revise_release(self.store, release, release, f"A note, {self.number}.", self.now)

    @rule(data=st.data(), is_replaced=st.booleans())
    def withdraw(self, data: st.DataObject, is_replaced: bool) -> None:
        release = self._any(data, State.LIVE)
        replacement = self._any(data, *State) if is_replaced else None
        if release and (replacement is None or replacement.pk != release.pk):
            entering.withdraw_release(self.store, release, "A reason.", replacement, self.now)

    @rule()
    def add_topic(self) -> None:
        self.number += 1
        self.store.topics.add(f"Topic {self.number}")

    @rule(data=st.data())
    def rename_topic(self, data: st.DataObject) -> None:
        self.number += 1
        topic = data.draw(st.sampled_from(self.store.topics.all()))
        self.store.topics.rename(topic, f"Named {self.number}")

    @precondition(lambda self: len(self.store.topics.all()) > 1)
    @rule(data=st.data())
    def merge_topics(self, data: st.DataObject) -> None:
        old, new = data.draw(st.permutations(self.store.topics.all()))[:2]
        merge_topics(self.store, old, new, self.now)

    @rule(data=st.data(), sql=st.sampled_from(BY_OTHERS), pragma=st.sampled_from(PRAGMAS))
    def let_another_program_write(self, data: st.DataObject, sql: str, pragma: str) -> None:
        if release := self._any(data, *State):
            with sqlite3.connect(self.tools.catalogue) as other:
                other.execute(pragma)
                other.execute(sql, {"pk": release.pk} if ":pk" in sql else {})
            other.close()

    @rule(newest=st.sampled_from([1, 2, 4, 50]), name=st.sampled_from(["Example association", "Other"]),
          publisher=st.sampled_from(PUBLISHERS))  # fmt: skip
    def change_settings(self, newest: int, name: str, publisher: str) -> None:
        self.newest, self.site = newest, {"name": name, "publisher": publisher}
        self._use_settings()

    @rule(hours=st.sampled_from([1, 31, -24 * 365]))
    def let_time_pass(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(data=st.data(), cut=st.booleans())
    def lose_files(self, data: st.DataObject, cut: bool) -> None:
        files = sorted(path for path in (self.folder / "feeds").rglob("*.*") if path.is_file())
        for path in data.draw(st.lists(st.sampled_from(files), max_size=3)) if files else ():
            if cut and path.suffix not in (".gz", ".br"):
                path.write_bytes(b"{")
            else:
                path.unlink(missing_ok=True)

    @rule(step=st.integers(0, 40), where=st.sampled_from(["mark", "move"]))
    def be_killed(self, step: int, where: str) -> None:
        """Publish, and die in the middle of it."""
        left = [step]

        def counted(act: Any) -> Any:
            def act_or_die(*arguments: Any, **named: Any) -> Any:
                left[0] -= 1
                if left[0] < 0:
                    raise Killed
                return act(*arguments, **named)

            return act_or_die

        owner, name = (FeedFiles, "mark_written") if where == "mark" else (Path, "replace")
        with patch.object(owner, name, counted(getattr(owner, name))):
            try:
                self._publish(self.now)
            except Killed:
                return

    def _publish(self, now: datetime) -> None:
        _, faults = make_live(self.store, now)
        assert not faults, faults
        assert not publish_feeds(self.store, self.tools, now).faults

    @rule()
    def publish(self) -> None:
        self._publish(self.now)
        before = self._files()
        self._look_at(before)
        assert publish_feeds(self.store, self.tools, self.now + timedelta(days=2)).written == 0
        shutil.rmtree(self.folder / "feeds")
        publish_feeds(self.store, self.tools, self.now + timedelta(days=3))
        after = self._files()
        assert sorted(before) == sorted(after)
        assert [name for name in before if before[name] != after[name]] == []

    @rule()
    def publish_once_more(self) -> None:
        """Publish as often again as all else happens: what is looked at often is found early."""
        self.publish()

    def _files(self) -> dict[str, tuple[bytes, float]]:
        folder = self.folder / "feeds"
        return {
            str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime)
            for path in folder.rglob("*")
            if path.is_file()
        }

    def _look_at(self, files: dict[str, tuple[bytes, float]]) -> None:
        content = {name: content for name, (content, _) in files.items()}
        for name, packed in content.items():
            if name.endswith(".gz"):
                assert gzip.decompress(packed) == content[name.removesuffix(".gz")]
            elif not name.endswith(".br"):
                assert b"members-" not in packed
        self._check_secrets(content)
        self._check_archives(content)
        self._check_crawls(content)
        found = validate(self.tools, self.now + timedelta(days=3650), ())
        assert not found.findings, [str(one) for one in found.findings[:3]]
        assert not found.unread

    def _check_secrets(self, content: dict[str, bytes]) -> None:
        """Nothing of what waits is anywhere."""
        rows = self.store.rows(f"SELECT title FROM releases WHERE NOT {PUBLIC}")
        hidden = {row["title"] for row in rows} - {
            row["title"] for row in self.store.rows(f"SELECT title FROM releases WHERE {PUBLIC}")
        }
        texts = b"\n".join(one for name, one in content.items() if not name.endswith((".gz", ".br")))
        for title in hidden:
            assert f">{title}<".encode() not in texts, title
            assert f'"{title}"'.encode() not in texts, title

    def _check_archives(self, content: dict[str, bytes]) -> None:
        """The set of a full archive is fixed, and no id ever means another release."""
        for name, text in content.items():
            if name.endswith(".json"):
                items = [item["id"] for item in json.loads(text)["items"]]
                assert len(set(items)) == len(items), name
                updated = [item["date_modified"] for item in json.loads(text)["items"]]
                assert len(set(updated)) == len(updated), name
                if name.startswith("archive/") and len(items) == ARCHIVED_TOGETHER:
                    key = self._lasting(name)
                    assert self.full.setdefault(key, set(items)) == set(items), name
        for row in self.store.rows("SELECT pk, id FROM releases WHERE id IS NOT NULL"):
            assert self.ids.setdefault(row["id"], row["pk"]) == row["pk"]

    def _lasting(self, name: str) -> str:
        """Return a name of the archive that outlives a change of slug by another program."""
        kind, _, slug = name.removeprefix("archive/").rpartition("/")[0].partition("/")
        if kind in ("topics", "series"):
            return f"{kind} {self.store.value(f'SELECT pk FROM {kind} WHERE slug = ?', (slug,))} {name[-9:]}"
        return name

    def _check_crawls(self, content: dict[str, bytes]) -> None:
        expected: dict[str, set[tuple[str, str]]] = {}
        for sql in SHELVES.values():
            for path, pk in self.store.rows(sql):
                release = self.store.row("SELECT id, title, state FROM releases WHERE pk = ?", (pk,))
                assert release
                mark = "[Withdrawn] " if release["state"] == "withdrawn" else ""
                expected.setdefault(path, set()).add((release["id"], f"{mark}{release['title']}"))
        for path, entries in expected.items():
            for form in Format:
                found = crawl(content, f"{path}.{form}")
                assert entries <= found, (path, form, entries - found)


def crawl(content: dict[str, bytes], name: str) -> set[tuple[str, str]]:
    """Return id and title of each entry in its newest state, back from a live document."""
    found: dict[str, tuple[datetime, str]] = {}
    while name:
        if name.endswith(".json"):
            document = json.loads(content[name])
            entries = [(item["id"], item["date_modified"], item["title"]) for item in document["items"]]
            onward = document.get("next_url", "")
        else:
            parsed = feedparser.parse(content[name])
            assert not parsed.bozo
            entries = [(entry.id, entry.updated, entry.title) for entry in parsed.entries]
            onward = next((link.href for link in parsed.feed.links if link.rel == "prev-archive"), "")
        for one, updated, title in entries:
            moment = datetime.fromisoformat(updated)
            if one not in found or moment > found[one][0]:
                found[one] = moment, title
        name = urlsplit(onward).path.removeprefix("/feeds/")
    return {(one, title) for one, (_, title) in found.items()}


FeedHistories.TestCase.settings = settings(
    max_examples=HISTORIES,
    stateful_step_count=25,
    deadline=None,
    derandomize="PRESSROOM_HISTORIES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
TestFeedHistories = FeedHistories.TestCase
