"""What several journeys need: a mail server that thinks before each answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.delivery.killing import Dump


@pytest.fixture
def dump() -> Iterator[Dump]:
    server = Dump(thinks_for=0.01)
    yield server
    server.shutdown()
    server.server_close()
