"""What tests of pings share: a site before it has a hub, and servers that answer as a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import Press
from tests.websub.listening import Answers, Heard, listening

Listen = Callable[[Answers], Heard]


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site with two topics, whose feeds are written."""
    for name in ("Rivers", "Roads"):
        fresh("topic", "add", name)
    fresh("publish")
    return fresh


@pytest.fixture
def listen() -> Iterator[Listen]:
    with ExitStack() as running:
        yield lambda answer: running.enter_context(listening(answer))
