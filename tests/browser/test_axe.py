"""axe-core, the checks of accessibility that browsers and auditors use, has nothing to say about a digest."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.mail_program import MailProgram
from tests.browser.samples import SIZES, WIDTHS, digest_of
from tests.needs import need_from_npm

pytestmark = pytest.mark.browser

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A mail is no page: the landmarks around it are those of the mail program, and a second `main` would mislead.
NOT_FOR_MAIL = ["landmark-one-main", "region"]
FOR_MAIL = {"runOnly": STANDARDS, "rules": {rule: {"enabled": False} for rule in NOT_FOR_MAIL}}
FOR_PAGES = {"runOnly": STANDARDS, "resultTypes": ["violations", "incomplete"]}


@cache
def axe() -> str:
    return (need_from_npm("axe-core") / "axe.min.js").read_text("utf-8")


def findings(page: Page, options: dict[str, Any] = FOR_MAIL) -> list[str]:
    """Return what axe finds wrong, and what it cannot decide: rule, element, and how to mend it."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe())
    results: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    assert {"color-contrast", "target-size"} <= {rule["id"] for rule in results["passes"]}
    return [
        f"{rule['id']}: {node['html']}\n{node['failureSummary']}"
        for rule in results["violations"] + results["incomplete"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", SIZES)
def test_finds_nothing(mail_program: MailProgram, number: int, width: int, dark: bool) -> None:
    assert mail_program.show(digest_of(number).html, findings, width=width, dark=dark) == []


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("<p><img src='logo.png'></p>", "image-alt"),
        ("<p style='color:#999999'>Pale</p>", "color-contrast"),
        ("<h1>Rivers</h1><h4>Roads</h4>", "heading-order"),
        ("<p lang='dutch'>Rivieren</p>", "valid-lang"),
    ],
)
def test_finds_what_is_wrong(mail_program: MailProgram, fault: str, rule: str) -> None:
    html = digest_of(1).html.replace("</body>", f"{fault}</body>")
    assert rule in [found.partition(":")[0] for found in mail_program.show(html, findings)]
