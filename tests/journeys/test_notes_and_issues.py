"""What an editor says at the head of a digest, and the public page of a run."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from pressroom.tools import Tools
from tests.conftest import CommandLine, Press, text_of
from tests.journeys.before import ADA, BO, CY, DI, a_site_with_readers, issue_page, masked, size_of


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_readers(fresh)


class TestNote:
    def test_stands_at_the_head_of_the_next_digest_of_its_frequency_and_of_no_other(self, press: CommandLine) -> None:
        press("digest", "note", "Start with the bridges.\n\nThen swim.", "--signed", "Jo, editor", "--lead", "bridges")
        press("digest", "send", "--frequency", "daily", "--yes")
        assert "Start with" not in text_of(press.mails(CY)[0])
        press("digest", "send", "--frequency", "weekly", "--yes")
        [mail] = press.mails(ADA)
        assert str(mail["Subject"]) == "Bridges, and 2 more"
        said = text_of(mail)
        assert said.index("Start with the bridges.") < said.index("Jo, editor") < said.index("Bridges Report")
        assert said.index("Bridges Report") < said.index("Floods Report")
        assert press.ask("digest", "note") == []
        press("release", "add", "--title", "Canals", "--topic", "rivers")
        press("publish")
        press("digest", "send", "--frequency", "weekly", "--yes")
        assert not any("Start with" in text_of(mail) for mail in press.mails() if "Canals" in str(mail["Subject"]))

    def test_of_each_frequency_is_read_by_somebody_or_goes_on_waiting(self, press: CommandLine) -> None:
        for pace in ("immediate", "daily", "weekly", "monthly"):
            press("digest", "note", f"Of the {pace}.", "--frequency", pace)
        press("subscriber", "unsubscribe", DI)
        press("digest", "send", "--yes")
        read = text_of(press.mails(CY)[0])
        assert ("Of the weekly." in read, "Of the daily." in read) == (True, True)
        assert {note["frequency"] for note in press.ask("digest", "note")} == {"immediate", "monthly"}
        _, page = issue_page(press, 1)
        assert ("Of the daily." in page, "Of the monthly." in page) == (True, False)

    def test_is_changed_one_half_at_a_time(self, press: CommandLine) -> None:
        press("digest", "note", "Hello.", "--signed", "Jo")
        press("digest", "note", "--lead", "floods")
        [note] = press.ask("digest", "note")
        assert (note["text"], note["signed"], note["lead"]) == ("Hello.", "Jo", "floods")
        said = press("digest", "note", "Hi.").out
        assert said == "At the head of the next weekly digest: “Hi.” (Jo); it leads with “floods”.\n"

    def test_waits_while_a_run_goes_to_nobody(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        press("digest", "note", "Hello.")
        press("digest", "send", "--frequency", "weekly", "--yes")
        assert [note["text"] for note in press.ask("digest", "note")] == ["Hello."]
        press("digest", "note", "Better.", "--lead", "floods")
        assert [(note["text"], note["lead"]) for note in press.ask("digest", "note")] == [("Better.", "floods")]
        press("digest", "note", "--drop")
        assert press("digest", "note").out == "No note waits.\n"

    @pytest.mark.R12
    @pytest.mark.parametrize(
        ("words", "problem"),
        [(("--lead", "nothing"), "no release"), (("x" * 2_001,), "note"), (("\u200b",), "is empty"),
         (("   ",), "is empty"), (("--signed", "Jo"), "is empty"), (("Hello.", "--drop"), "either")],
    )  # fmt: skip
    def test_that_cannot_be_is_refused(self, press: CommandLine, words: tuple[str, ...], problem: str) -> None:
        answer = press("digest", "note", *words, ok=False)
        assert answer.code in (1, 2)
        assert problem in answer.err

    def test_of_a_lead_that_was_withdrawn_meanwhile_does_no_harm(self, press: CommandLine) -> None:
        press("digest", "note", "--lead", "bridges")
        press("release", "withdraw", "bridges", "--reason", "Wrong.")
        press("digest", "send", "--frequency", "weekly", "--yes")
        assert "Bridges" not in text_of(press.mails(ADA)[0])


class TestIssue:
    def test_holds_all_that_the_run_told_anyone_and_nothing_personal(self, press: CommandLine) -> None:
        press("digest", "note", "A word before.")
        press("digest", "send", "--yes")
        [run] = press.ask("digest", "list")
        links = re.findall(r"http://localhost:8000/issues/\d+", text_of(press.mails(ADA)[0]))
        assert links == [f"http://localhost:8000/issues/{run['run']}"]
        status, html = issue_page(press, run["run"])
        assert status == 200
        page = lxml_html.fromstring(html)
        titles = [" ".join(title.text_content().split()) for title in page.xpath("//article/h2 | //article/h3")]
        assert [title for title in titles if title in ("Floods", "Bridges", "Ferries")] == titles
        assert len(titles) == 3
        assert len(page.findall(".//h1")) == 1
        assert "A word before." in html
        with sqlite3.connect(press.site / "data" / "catalogue.db") as connection:
            people = list(connection.execute("SELECT address, unsubscribe_token FROM subscribers"))
        connection.close()
        assert not any(secret in html for person in people for secret in person)
        assert "/unsubscribe" not in html

    def test_stays_as_it_was_when_releases_change(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        before = issue_page(press, 1)
        press("release", "edit", "floods", "--title", "High water")
        assert issue_page(press, 1) == before

    def test_marks_what_has_been_withdrawn_since_and_says_no_more_of_it(self, press: CommandLine) -> None:
        press("release", "edit", "floods", "--summary", "Things that were not so.")
        press("digest", "send", "--yes")
        assert "Things that were not so." in issue_page(press, 1)[1]
        press("release", "withdraw", "floods", "--reason", "It was wrong.", "--replacement", "ferries")
        press("publish")
        _, html = issue_page(press, 1)
        assert "Things that were not so." not in html
        assert "It was wrong." in html
        with Tools.of(press.site).open_store() as store:
            assert store.issues.outdated() == []
        assert "Withdrawn" in html
        assert "Ferries" in html

    @pytest.mark.R12
    @pytest.mark.parametrize("number", ["9223372036854775808", "9" * 5_000, "01", "-1", "1x", "1/"])
    def test_of_a_number_that_cannot_be_is_not_there(self, press: CommandLine, number: str) -> None:
        press("digest", "send", "--yes")
        assert issue_page(press, number)[0] == 404

    @pytest.mark.R12
    def test_whose_template_is_broken_asks_for_another_try(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        (press.site / "templates" / "web").mkdir(parents=True)
        (press.site / "templates" / "web" / "base.html").write_text("{{ no_such_fact }}")
        assert issue_page(press, 1)[0] == 503

    def test_stands_in_the_list_of_all_newest_first_and_page_by_page(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        with Tools.of(press.site).open_store() as store:
            for run in range(2, 121):
                store.write(
                    """INSERT INTO runs (pk, key, opened_at, up_to_no, state, closed_at)
                    VALUES (?, hex(randomblob(16)), '2026-01-26T09:00:00Z', 0, 'closed', '2026-01-26T09:00:00Z')""",
                    (run,),
                )
                store.write("INSERT INTO issues SELECT ?, 'Issue ' || ?, 'en', published_at, 1, '', 0 FROM issues "
                            "WHERE run = 1", (run, run))  # fmt: skip
        seen, address = [], ""
        while True:
            status, html = issue_page(press, address)
            assert status == 200
            links = lxml_html.fromstring(html).xpath("//article/h2/a/@href")
            seen += links
            following = lxml_html.fromstring(html).xpath("//a[@rel='next']/@href")
            if not following:
                break
            address = following[0].removeprefix("/issues/")
        assert seen == [f"/issues/{run}" for run in range(120, 0, -1)]
        assert issue_page(press, "?before=1")[0] == 404
        assert issue_page(press, "?before=x")[0] == 200

    def test_names_every_part_in_its_order(self, press: CommandLine, tmp_path: Path) -> None:
        facts = {"collection": "The whole", "topics": ["Rivers"]}
        parts = [{"title": f"Chapter {number}", "part": number, **facts} for number in range(1, 13)]
        file = tmp_path / "parts.jsonl"
        rows = [*parts, {"title": "The whole", "kind": "collection", "topics": ["Rivers"]}]
        file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        press("import", str(file), "--announce", "all")
        press("digest", "send", "--yes", "--frequency", "daily")
        press("publish")
        press("digest", "send", "--yes")
        _, html = issue_page(press, press.ask("digest", "list")[-1]["run"])
        assert re.findall(r">(Chapter \d+)</a>", html) == [f"Chapter {n}" for n in range(1, 13)]
        said = text_of(press.mails(BO)[-1])
        assert re.findall(r"(Chapter \d+) \[", said) == [f"Chapter {n}" for n in range(1, 9)]
        assert "En nog 4 online: [" in said

    def test_of_a_run_that_went_to_nobody_or_never_was_is_not_there(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        press("digest", "send", "--yes")
        assert [issue_page(press, number)[0] for number in (1, 2, 99)] == [200, 404, 404]

    def test_tells_each_release_once_as_news_though_readers_were_told_differently(self, press: CommandLine) -> None:
        press("digest", "send", "--frequency", "daily", "--yes")
        press("release", "revise", "floods", "--note", "A figure mended.")
        press("digest", "send", "--yes")
        _, html = issue_page(press, press.ask("digest", "list")[-1]["run"])
        assert html.count(">Floods</span></a>") == 1
        assert "Revised" not in html
        assert any("Revised" in text_of(mail) for mail in press.mails(CY))

    def test_is_in_the_sites_language_and_says_so(self, press: CommandLine) -> None:
        settings = press.site / "publisher.toml"
        settings.write_text(settings.read_text().replace("[site]", '[site]\nlanguage = "nl"'))
        press("digest", "send", "--yes")
        _, html = issue_page(press, 1)
        page = lxml_html.fromstring(html)
        assert page.get("lang") == "nl"
        assert [one.get("dir") for one in page.xpath("//div[@lang='nl']")] == ["ltr"]
        assert "Lees het rapport" in html

    def test_takes_what_a_mail_has_no_room_for(self, press: CommandLine, tmp_path: Path) -> None:
        rows = [
            {"title": f"Weir {n} and what the readings of forty winters say", "summary": "Water. " * 60,
             "published": f"2026-01-{n % 25 + 1:02}", "topics": ["Rivers"], "url": f"https://example.org/weir-{n}"}
            for n in range(60)
        ]  # fmt: skip
        file = tmp_path / "weirs.jsonl"
        file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        press("import", str(file), "--announce", "all")
        press("publish")
        press("digest", "send", "--yes")
        [mail] = press.mails(ADA)
        assert size_of(press, mail) <= 95_000
        more: Any = re.search(r"And (\d+) more on the web: \[\d+\] http://localhost:8000/issues/1", text_of(mail))
        assert more
        html = masked(mail)["html"]
        titles = [" ".join(title.text_content().split()) for title in lxml_html.fromstring(html).iter("h3")]
        assert 30 < len(titles) == 63 - int(more[1])
        assert "and 62 more" in str(mail["Subject"])
        assert len(html.encode()) < 102_400
        _, page = issue_page(press, 1)
        assert len(set(re.findall(r"Weir \d+ and", page))) == 60
