"""A test without its tool skips, says what it needs, and fails where the tool must be."""

from __future__ import annotations

import pytest

from tests.needs import need_from_npm, need_program


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_a_test_without_its_tool_skips_but_fails_on_ci(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESSROOM_CI", ci)
    with pytest.raises(outcome, match="needs no-such-thing: CONTRIBUTING"):
        need_program("no-such-thing")
    with pytest.raises(outcome, match="needs no-such-thing from npm"):
        need_from_npm("no-such-thing")


def test_the_environment_names_another_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "sh")
    assert need_program("chromium").endswith("/sh")
