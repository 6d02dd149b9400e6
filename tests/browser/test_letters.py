"""Letters in a browser: axe-core has nothing to say, nothing runs sideways, and nothing is fetched."""

from __future__ import annotations

import pytest

from pressroom.models.letters import LetterKind
from tests.browser.mail_program import MailProgram
from tests.browser.samples import WIDTHS
from tests.browser.test_axe import findings
from tests.digest.test_letters import composed

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", LetterKind)
def test_axe_finds_nothing(mail_program: MailProgram, kind: LetterKind, width: int, dark: bool) -> None:
    assert mail_program.show(composed(kind).html, findings, width=width, dark=dark) == []


@pytest.mark.parametrize("kind", LetterKind)
def test_it_fits_a_small_phone_and_fetches_nothing(mail_program: MailProgram, kind: LetterKind) -> None:
    wide = mail_program.show(
        composed(kind).html, lambda page: page.evaluate("document.documentElement.scrollWidth"), width=320
    )
    assert wide <= 320
    assert mail_program.requested == []
