"""Whatever a row says and wherever an import is broken off: the catalogue stays sound, and nothing is half-written."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pressroom.models.extra import EXTRA_FIELDS
from pressroom.models.intake import FIELDS
from pressroom.publishing import importing
from pressroom.publishing.importing import Announce, ImportOrder, import_releases
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.publishing.rows import dump, write

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
LIKELY = st.sampled_from(
    ["Rivers", "https://example.org/r.pdf", "2026-01-20", "2026-13", "0001-01-01", "9999-12-31", "month", "guide", "nl",
     "scheduled", "draft", "members", "3 of 6", "2024-03-18/2024-03-19", "01:02:03", "10.1000/1", "urn:x:1", "yes",
     "Data; Roads", "March", "2026-07-01T00:01", "all", "???", " ", "a\x00\ufffe\ud800b", "x" * 1_001],
)  # fmt: skip
VALUES = JSON | LIKELY | st.lists(LIKELY, max_size=3)
ROWS = st.fixed_dictionaries(
    {"title": LIKELY | JSON},
    optional={name: VALUES for name in FIELDS if name not in ("title", "extra")}
    | {"extra": st.dictionaries(st.sampled_from(EXTRA_FIELDS) | st.text(max_size=3), VALUES, max_size=4) | JSON},
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fuzz") / "catalogue.db"
    Store.create(path, now=datetime(2026, 1, 1, tzinfo=UTC), authority="example.org,2026").close()
    return path


@pytest.mark.R12
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=st.lists(ROWS, min_size=1, max_size=4), announce=st.sampled_from(Announce))
def test_any_row_goes_in_or_is_refused_in_one_sentence_and_the_catalogue_stays_sound(
    rows: list[dict[str, Any]], announce: Announce, empty: Path, tools: Tools, now: datetime
) -> None:
    with TemporaryDirectory() as folder:
        path = write(Path(folder) / "rows.jsonl", rows)
        with Store.open(Path(shutil.copy(empty, folder))) as store:
            report = import_releases(store, tools, path, ImportOrder(announce.covers), now)
            assert report.added + report.unchanged + len(report.refused) == len(rows)
            assert report.added == report.scheduled + report.silent + report.waiting == len(list(store.releases.all()))
            for refusal in report.refused:
                assert re.fullmatch(r"[^\n\x00-\x1f]{10,300}\.", refusal.sentence), refusal
            assert store.faults() == []
            assert not FORBIDDEN.search(texts_of(store))
            before = dump(store)
            once = ImportOrder(announce.covers, update=True)
            if len(rows) == 1:
                assert import_releases(store, tools, path, once, now).unchanged == report.added
                assert dump(store) == before


def texts_of(store: Store) -> str:
    """Return every text of the catalogue in one piece; JSON unpacked, since escapes hide what stands in it."""
    texts = []
    tables = [row[0] for row in store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        for row in store.rows(f"SELECT * FROM {table}"):
            texts += [value for value in row if isinstance(value, str)]
    texts += [repr(json.loads(row[0])) for row in store.rows("SELECT extra FROM releases")]
    return "\n".join(texts)


@pytest.mark.R10
def test_an_import_that_is_broken_off_and_run_again_ends_the_same(
    tmp_path: Path, tools: Tools, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_A_TRANSACTION", 4)
    dates = [None, "2020-05-01", "2020"]
    rows = [{"title": f"Rivers {n}", "published": dates[n % 3], "topics": [f"Topic {n % 5}"]} for n in range(15)]
    path = write(tmp_path / "rows.jsonl", rows)

    def stop(rows: int, done: int, size: int) -> None:
        raise KeyboardInterrupt

    dumps = []
    for name, is_broken_off in (("one.db", False), ("two.db", True)):
        with Store.create(tmp_path / name, now=now, authority="example.org,2026") as store:
            if is_broken_off:
                with pytest.raises(KeyboardInterrupt):
                    import_releases(store, tools, path, ImportOrder(), now, progress=stop)
                assert len(list(store.releases.all())) == 4
            import_releases(store, tools, path, ImportOrder(), now)
            dumps.append([line for line in dump(store) if "_sqlite_migrations" not in line])
    assert dumps[0] == dumps[1]
