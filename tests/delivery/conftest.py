"""What tests of delivery share: a catalogue in which something waits."""

from __future__ import annotations

import pytest

from pressroom.storage import Store
from tests.conftest import CommandLine
from tests.delivery.test_worker import NAMES, NOW


@pytest.fixture
def waiting(run: CommandLine, site: object, store: Store) -> Store:
    """A catalogue with an open run of three queued deliveries."""
    for name in NAMES:
        run("subscriber", "add", f"{name}@example.org", "--confirmed")
    opened = store.runs.open(key="k" * 26, now=NOW, up_to_no=0, frequencies=[], due_times={})
    bundle = store.runs.add_bundle(opened, [])
    store.write_many("INSERT INTO deliveries (run, subscriber, bundle) VALUES (?, ?, ?)",
                     [(opened.pk, pk, bundle) for pk in (1, 2, 3)])  # fmt: skip
    return store
