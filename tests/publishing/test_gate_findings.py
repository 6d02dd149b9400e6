"""What the look before a run tells lint, and how it words what is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pressroom.digest.lint import Finding
from pressroom.publishing.gate import each_once
from tests.conftest import CommandLine, Press

ADA, BO = "ada@example.org", "bo@example.org"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site whose next digest tells of “Floods”, a reader in each of two languages."""
    fresh("topic", "add", "Rivers")
    for address, language in ((ADA, "en"), (BO, "nl")):
        fresh("subscriber", "add", address, "--confirmed", "--topic", "rivers", "--language", language)
    fresh("release", "add", "--title", "Floods", "--topic", "rivers", "--url", "https://example.org/floods/")
    fresh("publish")
    return fresh


class TestGate:
    """What the look before a run tells lint, and how it words what is found."""

    def spoil(self, press: CommandLine, name: str, more: str) -> None:
        """Give the site a template of its own: the built-in one, with more at its end."""
        path = press.site / "templates" / "email" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        built_in = Path(__file__).parents[2] / "templates" / "email" / name
        path.write_text(built_in.read_text(encoding="utf-8") + more, encoding="utf-8")

    def link(self, press: CommandLine, url: str) -> None:
        self.spoil(press, "digest-foot.html", f'<p><a href="{url}">Soon</a></p>')
        self.spoil(press, "digest.txt", f"\n{url}\n")

    @pytest.mark.R9
    @pytest.mark.parametrize("url", ["https://example.org/dams", "http://localhost:8000/releases/dams"])
    def test_knows_both_addresses_of_what_is_not_out(self, press: CommandLine, url: str) -> None:
        press("release", "add", "--title", "Dams", "--topic", "rivers", "--draft", "--url", "https://example.org/dams")
        self.link(press, url)
        answer = press("digest", "send", "--yes", ok=False)
        assert answer.code == 4
        assert answer.err.count("unreleased-address: ") == 1
        press("release", "publish", "dams")
        press("publish")
        press("digest", "send", "--yes")

    @pytest.mark.R9
    def test_knows_the_page_of_what_has_no_landing_address(self, press: CommandLine) -> None:
        press("release", "add", "--title", "Dams", "--topic", "rivers", "--embargo", "2026-03-01T09:00")
        self.link(press, "http://localhost:8000/releases/dams")
        assert "unreleased-address: " in press("digest", "send", "--yes", ok=False).err

    @pytest.mark.R9
    @pytest.mark.parametrize(
        "url", ["https://example.org/floods/", "http://example.org/floods", "https://example.org/floods?utm_source=x"]
    )
    def test_lets_an_address_pass_that_something_out_has_too(self, press: CommandLine, url: str) -> None:
        press("release", "add", "--title", "Dams", "--topic", "rivers", "--embargo", "2026-03-01T09:00", "--url", url)
        press("digest", "send", "--yes")
        assert len(press.mails()) >= 2

    @pytest.mark.R9
    def test_lets_no_title_pass_for_an_editors_note(self, press: CommandLine) -> None:
        press("release", "add", "--title", "Dams of the county", "--topic", "rivers", "--draft")
        press("digest", "note", "Next week: Dams of the county. Ask {{x}} or jo@example.net.")
        answer = press("digest", "send", "--yes", ok=False)
        assert "unreleased-title (warning): " in answer.err
        assert answer.err.count("(warning)") == len(answer.err.split("\n  ")) - 1
        press("digest", "send", "--yes", "--despite", "unreleased-title")

    def test_says_each_fault_once(self, press: CommandLine) -> None:
        self.spoil(
            press, "digest.txt", "\n*|UNSUB|*\nhttp://localhost:8000/preferences/{{ digest.acts[2].url[-26:] }}/x\n"
        )
        said = press("digest", "send", "--yes", ok=False).err
        assert [said.count(name) for name in ("template-marks: ", "text-part: ", "in the mail to")] == [1, 1, 0]
        assert not re.search("[a-z2-7]{26}", said)

    def test_says_in_whose_mail_a_fault_is_that_not_all_have(self, press: CommandLine) -> None:
        self.spoil(
            press, "digest-foot.html", "{% if digest.language == 'nl' %}<p style='display:none'>Peek</p>{% endif %}"
        )
        said = press("digest", "send", "--yes", ok=False).err
        assert said.count("hidden: ") == 1
        assert f"(in the mail to {BO})." in said
        assert ADA not in said

    def test_blames_the_template_for_the_size_of_a_mail_of_one_item(self, press: CommandLine) -> None:
        self.spoil(press, "digest-foot.html", "<!-- " + "x" * 110_000 + " -->")
        assert "as it shows 1 item, make the template" in press("digest", "send", "--yes", ok=False).err


def test_findings_in_some_mails_say_in_how_many() -> None:
    one, other = Finding("hidden", "It is hidden.", cause="x"), Finding("hidden", "It is hidden too.", cause="x")
    found = {"a@example.org": [one], "b@example.org": [other], "c@example.org": []}
    [finding] = each_once(found)
    assert finding.words == "It is hidden (in the mail to a@example.org and 1 more of those looked at)."
    assert each_once({"a@example.org": [one], "b@example.org": [other]}) == [one]
    assert each_once({}) == []
