"""One Chromium for all browser tests of a process, and one set of pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.mail_program import MailProgram
from tests.browser.pages import make_pages


@pytest.fixture(scope="session")
def mail_program() -> Iterator[MailProgram]:
    program = MailProgram()
    yield program
    program.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pages by name, as `make_pages` returns them."""
    return make_pages(tmp_path_factory.mktemp("pages") / "site")
