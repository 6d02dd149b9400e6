"""What is kept for a round of digests is let go of after it: a service runs for years."""

from __future__ import annotations

import pytest

from pressroom import caches
from tests.conftest import CommandLine, Press
from tests.journeys.faults import ADA, a_site_with_something_due, in_service, until_it_sleeps


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_something_due(fresh)


def test_after_a_round_a_service_keeps_nothing_of_its_mails(press: CommandLine) -> None:
    press.wait(days=1)
    press("publish")
    assert sum(one.cache_info().currsize for one in caches._kept) > 0
    press("release", "add", "--title", "Maps")
    press.wait(days=1)
    with in_service(press) as schedule:
        until_it_sleeps(schedule)
    assert len(press.mails(ADA)) == 2
    assert sum(one.cache_info().currsize for one in caches._kept) == 0
