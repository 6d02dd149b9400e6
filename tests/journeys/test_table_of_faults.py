"""The table of faults in docs/operations.md: a test brings about each of its rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.faults import faults

TESTS = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_faults_*.py")]


@pytest.mark.parametrize("fault", faults())
def test_every_row_is_held_beside_what_is_said(fault: str) -> None:
    assert any(f'"{fault}"' in test for test in TESTS)


def test_the_table_has_all_that_may_befall_a_site() -> None:
    assert len(faults()) >= 18
