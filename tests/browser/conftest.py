"""One Chromium for all browser tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.mail_program import MailProgram


@pytest.fixture(scope="session")
def mail_program() -> Iterator[MailProgram]:
    program = MailProgram()
    yield program
    program.close()
