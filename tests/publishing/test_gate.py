"""The gate before a run is frozen: what an organisation may well do passes, and what must not leave does not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.conftest import CommandLine, Press, text_of

ADA, BO = "ada@example.org", "bo@example.org"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site at example.org with one reader of everything."""
    settings = fresh.site / "publisher.toml"
    text = settings.read_text().replace("http://localhost:8000", "https://example.org")
    settings.write_text(text.replace("[mail]", '[mail]\nreply_to = "editor@example.org"'))
    fresh("subscriber", "add", ADA, "--confirmed", "--name", "Ada Byron")
    return fresh


def live(press: CommandLine, *facts: str, title: str = "Rivers") -> None:
    press("release", "add", "--title", title, *facts)
    press("publish")


def waiting(press: CommandLine, title: str, *facts: str) -> None:
    press("release", "add", "--title", title, "--embargo", "2026-12-24T10:00", *facts)


def goes(press: CommandLine) -> bool:
    """Send the digest and return whether it went; what stopped it is shown when the test fails."""
    answer = press("digest", "send", "--yes", ok=False)
    print(answer.err)
    return answer.code == 0


class TestPasses:
    @pytest.mark.parametrize(
        "url", ["https://socitm.net/r/", "http://socitm.net/r", "https://socitm.net/r?utm_source=x"]
    )
    def test_a_landing_page_shared_with_something_under_embargo_however_it_is_spelt(
        self, press: CommandLine, url: str
    ) -> None:
        live(press, "--url", "https://socitm.net/r")
        waiting(press, "A chapter to come", "--url", url)
        assert goes(press)

    def test_a_mail_address_on_the_host_of_something_that_is_not_out(self, press: CommandLine) -> None:
        live(press, "--url", "https://socitm.net/rivers", "--summary", "Ask ann@socitm.net or see socitm.net.")
        waiting(press, "A chapter to come", "--url", "https://socitm.net")
        assert goes(press)

    @pytest.mark.parametrize(
        "title",
        ["Digital trends 2026", "Weekly digest", "Read the report", "Some parts for members only", "Case study"],
    )
    def test_a_draft_that_is_called_what_the_mail_says_anyway(self, press: CommandLine, title: str) -> None:
        live(press, "--series", "Digital trends", "--edition", "2026", "--access", "mixed")
        live(press, "--kind", "case-study", title="Roads")
        press("release", "add", "--title", title, "--draft")
        assert goes(press)

    def test_a_long_word_in_an_address_of_the_site(self, press: CommandLine) -> None:
        live(press, "--url", "https://example.org/publicaties/informatiebeveiligingsplan")
        assert goes(press)

    def test_a_public_page_that_is_also_the_file_of_members(self, press: CommandLine) -> None:
        page = "https://socitm.net/trends"
        live(press, "--access", "members", "--url", f"{page}-members", "--download-url", page, title="For members")
        live(press, "--url", page, title="For all")
        assert goes(press)

    def test_a_page_whose_address_begins_like_that_of_a_members_file(self, press: CommandLine) -> None:
        file = "https://socitm.net/download"
        live(press, "--access", "members", "--url", "https://socitm.net/m", "--download-url", file, title="For members")
        live(press, "--url", f"{file}?id=7", title="For all")
        assert goes(press)

    def test_the_address_that_people_answer_to_in_a_note(self, press: CommandLine) -> None:
        live(press)
        press("digest", "note", "Write to editor@example.org.")
        assert goes(press)


class TestStops:
    @pytest.mark.R9
    def test_what_is_expected_but_under_embargo_in_a_note(self, press: CommandLine) -> None:
        live(press)
        press("release", "add", "--title", "The secret plan of rivers", "--draft", "--url", "https://socitm.net/secret")
        with sqlite3.connect(press.site / "data" / "catalogue.db") as connection:
            connection.execute(
                """UPDATE releases SET state = 'expected', expected = '2026-12', embargo = '2026-12-01T00:00:00Z'
                WHERE title LIKE 'The secret%'"""
            )
        connection.close()
        press("digest", "note", "Soon: https://socitm.net/secret")
        answer = press("digest", "send", "--yes", ok=False)
        assert (answer.code, "unreleased-address" in answer.err) == (4, True)

    @pytest.mark.R9
    def test_the_page_of_something_that_is_not_out_in_a_note(self, press: CommandLine) -> None:
        live(press)
        waiting(press, "Budget review of the year")
        press("digest", "note", "See https://example.org/releases/budget-review-of-the-year")
        assert "unreleased-address" in press("digest", "send", "--yes", ok=False).err
        press("digest", "note", "Soon comes the Budget review of the year.")
        assert "--despite unreleased-title" in press("digest", "send", "--yes", ok=False).err

    def test_the_name_of_another_recipient(self, press: CommandLine) -> None:
        press("subscriber", "add", BO, "--confirmed", "--name", "Bo Berg", "--topic", "all=weekly", "--language", "nl")
        live(press)
        foot(press, "<p>Dear Bo Berg,</p>")
        assert "other-person" in press("digest", "send", "--yes", ok=False).err

    def test_what_is_wrong_only_in_the_longest_list(self, press: CommandLine) -> None:
        press("subscriber", "unsubscribe", ADA)
        for number, topic in enumerate(("First", "Second", "Third")):
            press("topic", "add", topic)
            press("subscriber", "add", f"r{number}@example.org", "--confirmed", "--topic", topic.lower())
        live(press, "--topic", "first", "--topic", "third", title="One")
        live(press, "--topic", "second", "--topic", "third", title="Two")
        condition = '{% if digest.sections[0]["items"]|length > 1 %}'
        foot(press, f'{condition}<p><img src="https://example.org/x.png"></p>{{% endif %}}')
        answer = press("digest", "send", "--yes", ok=False)
        assert "alt-text" in answer.err
        assert "in the mail to r2@example.org" in answer.err

    def test_a_mail_with_somebody_elses_links_though_the_sample_was_fine(self, press: CommandLine) -> None:
        press("subscriber", "add", BO, "--confirmed")
        live(press)
        token = "b" * 26
        condition = '{% if "' + BO + '" in digest.why or digest.acts[2].url.endswith(tail) %}'
        with sqlite3.connect(press.site / "data" / "catalogue.db") as connection:
            [(own,)] = connection.execute("SELECT unsubscribe_token FROM subscribers WHERE address = ?", (BO,))
        connection.close()
        foot(press, condition.replace("tail", f'"{own}"') + f"https://example.org/unsubscribe/{token}{{% endif %}}")
        answer = press("digest", "send", "--yes", ok=False)
        assert f"in the mail to {BO}" in answer.err
        assert token not in answer.err
        assert [str(mail["To"]) for mail in press.mails()] == [f"Ada Byron <{ADA}>"]
        assert "Rivers" in text_of(press.mails()[0])
        rehearsed = press("--json", "digest", "rehearse", "--frequency", "weekly", ok=False)
        assert rehearsed.code in (0, 3)


def foot(press: CommandLine, before: str) -> None:
    """Give the site a foot of its own that begins with something more."""
    path = press.site / "templates" / "email" / "digest-foot.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    built_in = Path(__file__).parents[2] / "templates" / "email" / "digest-foot.html"
    path.write_text(before + built_in.read_text(encoding="utf-8"), encoding="utf-8")
