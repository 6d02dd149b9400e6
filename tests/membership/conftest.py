from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.membership.returns import ADA, Make, Site


@pytest.fixture
def make(run: CommandLine, site: Path) -> Iterator[Make]:
    """Make a site with readers, Ada if no other is named."""
    made: list[Site] = []

    def make_site(*readers: str) -> Site:
        made.append(Site(run, site, *(readers or (ADA,))))
        return made[-1]

    yield make_site
    for one in made:
        one.store.close()
