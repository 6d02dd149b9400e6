"""What an editor sees before a digest goes, and what stops it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine, text_of

ADA, BO, CY, DI, ED = (f"{name}@example.org" for name in ("ada", "bo", "cy", "di", "ed"))


@pytest.fixture
def press(run: CommandLine) -> CommandLine:
    """A site with five readers and three releases to tell them of."""
    run("init")
    for topic in ("Rivers", "Roads"):
        run("topic", "add", topic)
    for who, *options in (
        (ADA, "--topic", "all=weekly", "--name", "Ada Byron"),
        (BO, "--topic", "rivers=weekly", "--language", "nl"),
        (CY, "--topic", "rivers=daily", "--topic", "roads=weekly"),
        (DI, "--topic", "roads=monthly"),
        (ED, "--topic", "rivers=weekly"),
    ):
        run("subscriber", "add", who, "--confirmed", *options)
    run("subscriber", "set", ED, "--only-kind", "guide")
    for title, topic in (("Floods", "rivers"), ("Bridges", "roads"), ("Ferries", "rivers")):
        run("release", "add", "--title", title, "--topic", topic, "--url", f"https://example.org/{title.lower()}")
    run("publish")
    return run


def as_it_is(site: Path) -> tuple[list[str], dict[str, bytes]]:
    """Return all that a site holds: its catalogue as SQL, and its files."""
    with sqlite3.connect(site / "data" / "catalogue.db") as connection:
        rows = list(connection.iterdump())
    connection.close()
    files = {str(path): path.read_bytes() for path in site.rglob("*") if path.is_file() and ".db" not in path.name}
    return rows, files


def masked(mail: EmailMessage) -> dict[str, str]:
    """Return what two runs of the same kind have in common in a mail: all but what the run's random key makes."""
    body = {kind: str(part.get_content()) for kind in ("plain", "html") if (part := mail.get_body((kind,)))}
    return {"to": str(mail["To"]), "subject": str(mail["Subject"]), **body}


class TestRehearsal:
    def test_changes_nothing(self, press: CommandLine) -> None:
        press.wait(days=1)
        before = as_it_is(press.site)
        press("digest", "rehearse")
        press("digest", "rehearse", "--frequency", "weekly")
        press("digest", "preview", "--subscriber", ADA)
        assert as_it_is(press.site) == before

    def test_is_what_the_run_then_does(self, press: CommandLine) -> None:
        press("release", "schedule", *scheduled(press, "Tolls", "2026-02-01T12:00"))
        press.now = press.now.replace(month=2, day=2, hour=7)
        press("digest", "note", "A word before.", "--signed", "Jo")
        press("publish")  # daily and monthly went on Sunday: what is left is weekly
        rehearsed = press.ask("digest", "rehearse")
        assert rehearsed["at"] == "2026-02-02T08:00:00Z"
        before = {str(mail["Message-ID"]) for mail in press.mails()}
        press.wait(hours=1)
        press("publish")
        real = [mail for mail in press.mails() if str(mail["Message-ID"]) not in before]
        [run] = [run for run in press.ask("digest", "list") if run["due"] == "2026-02-02T08:00:00Z"]
        assert run["frequencies"] == rehearsed["frequencies"]
        assert rehearsed["mails"] == run["counts"]["enlisted"] == len(real) == 3
        weights = {one["to"]: one["octets"] for one in rehearsed["messages"]}
        assert weights == {str(mail["To"]).split("<")[-1].strip(">"): size_of(press, mail) for mail in real}
        [rarest] = [mail for mail in real if rehearsed["rarest"]["to"] in str(mail["To"])]
        assert masked(rarest)["plain"].split() == rehearsed["rarest"]["text"].split()
        assert masked(rarest)["html"].split() == rehearsed["rarest"]["html"].split()
        assert masked(rarest)["subject"] == rehearsed["rarest"]["subject"]

    def test_counts_whom_it_reaches_and_says_who_is_left_out_and_why(self, press: CommandLine) -> None:
        press("subscriber", "add", "fay@example.org")
        press("subscriber", "add", "gus@example.org", "--confirmed")
        press("subscriber", "unsubscribe", "gus@example.org")
        press("subscriber", "add", "hal@example.org", "--confirmed")
        press("subscriber", "pause", "hal@example.org")
        rehearsed = press.ask("digest", "rehearse", "--frequency", "weekly")
        assert rehearsed["mails"] == 3
        assert {(one["follows"], one["frequency"]): one["mails"] for one in rehearsed["to"]} == {
            ("all", "weekly"): 1, ("rivers", "weekly"): 1, ("roads", "weekly"): 1,
        }  # fmt: skip
        assert rehearsed["left_out"] == {
            "held back by their filter, or withdrawn before it was told": 1,
            "they follow at another frequency": 1,
            "paused": 1,
            "not confirmed yet": 1,
            "unsubscribed": 1,
        }
        words = press("digest", "rehearse", "--frequency", "weekly").out
        assert "would send 3 mail(s)" in words
        assert "Left out: 1 (paused)." in words

    def test_shows_the_mail_whose_items_the_fewest_share(self, press: CommandLine) -> None:
        for number in range(3):
            press("subscriber", "add", f"r{number}@example.org", "--confirmed", "--topic", "rivers=weekly")
        press("release", "add", "--title", "Canals", "--topic", "rivers")
        press("publish")
        rehearsed = press.ask("digest", "rehearse", "--frequency", "weekly")
        assert (rehearsed["rarest"]["to"], rehearsed["rarest"]["shared_by"]) == (ADA, 1)
        page = press.site / "rarest.html"
        press("digest", "rehearse", "--frequency", "weekly", "--html", str(page))
        assert "Bridges" in page.read_text(encoding="utf-8")
        assert rehearsed["largest"]["octets"] >= rehearsed["smallest"]["octets"] > 1_000
        assert rehearsed["octets"] == sum(one["octets"] for one in rehearsed["messages"])

    def test_finds_the_next_run_that_pays_anybody_and_what_goes_live_before(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        assert press.ask("digest", "rehearse")["mails"] == 0
        press("release", "schedule", *scheduled(press, "Tolls", "2026-02-03T12:00"))
        rehearsed = press.ask("digest", "rehearse")
        assert (rehearsed["at"], rehearsed["mails"], rehearsed["live"]) == ("2026-02-04T08:00:00Z", 1, ["Tolls"])
        assert rehearsed["frequencies"] == ["daily"]

    def test_by_hand_counts_who_is_back_from_a_pause(self, press: CommandLine) -> None:
        press("subscriber", "pause", BO, "--until", "2026-01-27")
        assert press.ask("digest", "rehearse", "--frequency", "weekly")["mails"] == 2
        press.wait(days=1)
        assert press.ask("digest", "rehearse", "--frequency", "weekly")["mails"] == 3

    def test_waits_for_who_is_still_away(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        press("subscriber", "pause", DI, "--until", "2026-02-10")
        press("release", "add", "--title", "Tolls", "--topic", "roads")
        press("publish")
        press("digest", "send", "--yes")
        rehearsed = press.ask("digest", "rehearse")
        assert (rehearsed["at"], rehearsed["messages"][0]["to"]) == ("2026-03-01T08:00:00Z", DI)

    def test_counts_who_follows_at_a_frequency_of_the_run_as_without_news(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        press("release", "add", "--title", "Dam", "--topic", "roads", "--urgent")
        press("publish", "--feeds-only")
        press.now = press.now.replace(month=2, day=2, hour=8)  # daily and weekly are due, monthly comes along
        rehearsed = press.ask("digest", "rehearse")
        assert rehearsed["mails"] == 3
        assert rehearsed["left_out"] == {"nothing new for them": 2}

    def test_by_hand_says_what_is_not_published_yet(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        press("release", "add", "--title", "Tolls", "--topic", "roads")
        said = press("digest", "rehearse", "--frequency", "weekly").out
        assert "1 release(s) wait for “publish”" in said
        assert "scheduled" not in said

    def test_of_urgent_news_is_now(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        press("release", "add", "--title", "Dam", "--topic", "roads", "--urgent")
        rehearsed = press.ask("digest", "rehearse")
        assert (rehearsed["at"], rehearsed["frequencies"]) == ("2026-01-26T09:00:00Z", [])
        assert rehearsed["mails"] == 3

    def test_says_what_lint_would_stop_it_for(self, press: CommandLine) -> None:
        spoil(press, "digest-foot.html", lambda text: text.replace("{{ digest.why }}", "{{ '{{ why }}' }}"))
        answer = press("--json", "digest", "rehearse", "--frequency", "weekly", ok=False)
        assert answer.code == 3
        assert [finding["name"] for finding in answer.document["findings"]] == ["template-marks"]
        assert "This stops it (template-marks)" in press("digest", "rehearse", "--frequency", "weekly", ok=False).err


def scheduled(press: CommandLine, title: str, at: str) -> tuple[str, ...]:
    press("release", "add", "--title", title, "--topic", "rivers", "--draft")
    return (title.lower(), "--at", at)


def size_of(press: CommandLine, mail: EmailMessage) -> int:
    files = (press.site / "data" / "outbox" / "new").glob("*")
    return next(len(data) for data in (file.read_bytes() for file in files) if str(mail["Message-ID"]).encode() in data)


def spoil(press: CommandLine, name: str, change: Callable[[str], str]) -> Path:
    """Give the site a template of its own: the built-in one, changed."""
    path = press.site / "templates" / "email" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    built_in = Path(__file__).parents[2] / "templates" / "email" / name
    changed = change(built_in.read_text(encoding="utf-8"))
    assert changed != built_in.read_text(encoding="utf-8")
    path.write_text(changed, encoding="utf-8")
    return path


class TestPreview:
    def test_is_the_mail_that_then_comes(self, press: CommandLine) -> None:
        shown = press.ask("digest", "preview", "--subscriber", BO)
        assert (shown["at"], shown["owed"], shown["to"]) == ("2026-02-02T08:00:00Z", True, BO)
        press.now = press.now.replace(month=2, day=2, hour=8)
        press("publish")
        [mail] = press.mails(BO)
        assert str(mail["Subject"]) == shown["subject"]
        same = re.compile(r"/issues/\d+")  # the runs of the days between are numbered too
        assert same.sub("", masked(mail)["plain"]).split() == same.sub("", shown["text"]).split()
        assert "Wekelijks overzicht · 26 januari – 1 februari 2026" in text_of(mail)

    def test_of_nobody_in_particular_is_of_everything_weekly(self, press: CommandLine) -> None:
        shown = press.ask("digest", "preview")
        assert [title in shown["text"] for title in ("Floods", "Bridges", "Ferries")] == [True] * 3
        assert "Weekly digest" in shown["text"]
        dutch = press.ask("digest", "preview", "--language", "nl", "--frequency", "daily")
        assert "Dagelijks overzicht" in dutch["text"]

    def test_of_nobody_in_particular_begins_after_the_last_digest(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        press("release", "add", "--title", "Canals", "--topic", "rivers")
        shown = press.ask("digest", "preview")
        assert ("Canals" in shown["text"], "Floods" in shown["text"]) == (True, False)

    def test_shows_what_was_announced_last_where_nothing_waits(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        answer = press("digest", "preview", "--subscriber", DI)
        assert "nothing waits; this was announced last" in answer.out
        assert "Bridges" in answer.out
        assert "Floods" not in answer.out

    @pytest.mark.R12
    def test_of_a_site_without_anything_says_so(self, run: CommandLine) -> None:
        run("init")
        answer = run("digest", "preview", ok=False)
        assert (answer.code, "add a release" in answer.err) == (1, True)

    @pytest.mark.R9
    def test_shows_nothing_that_is_still_under_embargo_when_it_is_due(self, press: CommandLine) -> None:
        press("release", "add", "--title", "Secret", "--topic", "rivers", "--embargo", "2026-02-02T09:00")
        assert "Secret" not in press.ask("digest", "preview")["text"]
        press("release", "add", "--title", "Sooner", "--topic", "rivers", "--embargo", "2026-02-02T07:00")
        assert "Sooner" in press.ask("digest", "preview")["text"]

    def test_writes_the_formatted_part_where_asked(self, press: CommandLine, tmp_path: Path) -> None:
        page = tmp_path / "page.html"
        answer = press("digest", "preview", "--html", str(page))
        assert "Floods" in page.read_text(encoding="utf-8")
        assert "Floods" not in answer.out.partition("\n")[2]

    def test_of_two_frequencies_due_together_is_one_mail(self, press: CommandLine) -> None:
        press.now = press.now.replace(month=2, day=1, hour=12)  # a Sunday: daily and weekly are due on Monday
        press("publish")
        press("release", "add", "--title", "Canals", "--topic", "rivers")
        press("release", "add", "--title", "Tolls", "--topic", "roads")
        press("publish")
        shown = press.ask("digest", "preview", "--subscriber", CY)
        assert shown["at"] == "2026-02-02T08:00:00Z"
        assert [title for title in ("Canals", "Tolls") if title in shown["text"]] == ["Canals", "Tolls"]
        assert "\nDigest · " in shown["text"]

    def test_of_what_is_overdue_is_due_now(self, press: CommandLine) -> None:
        press.now = press.now.replace(month=2, day=2, hour=8, minute=5)
        shown = press.ask("digest", "preview", "--subscriber", BO)
        assert shown["at"] == "2026-02-02T08:05:00Z"
        assert "26 januari – 1 februari 2026" in shown["text"]

    def test_of_urgent_news_comes_when_that_goes_live(self, press: CommandLine) -> None:
        press("release", "add", "--title", "Dam", "--topic", "rivers", "--embargo", "2026-02-01T07:30", "--urgent")
        shown = press.ask("digest", "preview", "--subscriber", BO)
        assert (shown["at"], shown["live"]) == ("2026-02-01T07:30:00Z", ["Dam"])

    def test_says_why_nothing_comes(self, press: CommandLine) -> None:
        press("subscriber", "pause", BO)
        assert "paused until somebody resumes them" in press("digest", "preview", "--subscriber", BO).out
        press("subscriber", "add", "fay@example.org", "--topic", "rivers")
        assert "not confirmed yet" in press("digest", "preview", "--subscriber", "fay@example.org").out
        press("subscriber", "unsubscribe", ADA)
        assert "they have unsubscribed" in press("digest", "preview", "--subscriber", ADA).out
        press("subscriber", "pause", ED, "--until", "2026-02-04")
        press("subscriber", "set", ED, "--only-kind", "all")
        assert press.ask("digest", "preview", "--subscriber", ED)["at"] == "2026-02-09T08:00:00Z"

    @pytest.mark.R12
    def test_writes_over_nothing_but_pages_and_never_into_the_data(self, press: CommandLine, tmp_path: Path) -> None:
        kept = tmp_path / "letter.txt"
        kept.write_text("Dear Ann")
        for place in (kept, press.site / "data" / "catalogue.db", press.site / "data" / "new.html"):
            assert press("digest", "preview", "--html", str(place), ok=False).code == 4
        assert kept.read_text() == "Dear Ann"
        press("db", "check")
        page = tmp_path / "page.html"
        press("digest", "preview", "--html", str(page))
        press("digest", "preview", "--html", str(page), "--language", "nl")
        assert "Wekelijks" in page.read_text(encoding="utf-8")

    @pytest.mark.R12
    @pytest.mark.parametrize(
        "options",
        [("--subscriber", ""), ("--language", ""), ("--language", "x y"), ("--subscriber", BO, "--language", "nl")],
    )
    def test_refuses_what_says_nothing(self, press: CommandLine, options: tuple[str, ...]) -> None:
        assert press("digest", "preview", *options, ok=False).code in (1, 2)


class TestTest:
    @pytest.mark.R9
    def test_holds_nothing_that_is_not_out_yet(self, press: CommandLine) -> None:
        press("release", "add", "--title", "Secret", "--topic", "rivers", "--embargo", "2026-02-02T07:00")
        assert "Secret" in press.ask("digest", "preview", "--subscriber", BO)["text"]
        press("digest", "test", "--to", "editor@example.org", "--subscriber", BO, "--yes")
        [mail] = press.mails()
        assert "Secret" not in text_of(mail)
        assert mail["Date"].datetime == press.now

    @pytest.mark.R9
    def test_names_nothing_expected_that_is_under_embargo(self, press: CommandLine) -> None:
        (press.site / "rows.jsonl").write_text(
            '{"title": "Weirs", "extra": {"status": "expected", "expected": "March"}}\n{"title": "Spies", "extra": '
            '{"status": "expected", "expected": "March", "embargo": "2026-01-28T09:00"}}\n'
        )
        press("import", str(press.site / "rows.jsonl"))
        assert {one["title"] for one in press.ask("release", "list", "--state", "expected")} == {"Weirs", "Spies"}
        press("digest", "test", "--to", ADA, "--yes")
        (mail,) = press.mails(ADA)
        assert ("Weirs" in text_of(mail), "Spies" in text_of(mail)) == (True, False)

    def test_that_lint_would_stop_does_not_leave(self, press: CommandLine) -> None:
        spoil(press, "digest-foot.html", lambda text: text.replace("<p ", '<p><img src="x.png"></p><p ', 1))
        answer = press("digest", "test", "--to", "editor@example.org", "--yes", ok=False)
        assert (answer.code, "alt-text" in answer.err) == (4, True)
        assert "alt-text" in press("digest", "preview").err

    @pytest.mark.R7
    def test_goes_to_nobody_who_has_unsubscribed(self, press: CommandLine) -> None:
        press("subscriber", "unsubscribe", DI)
        assert press("digest", "test", "--to", DI, "--yes", ok=False).code == 4

    def test_is_refused_where_mail_must_not_leave(self, press: CommandLine) -> None:
        settings = press.site / "publisher.toml"
        settings.write_text(settings.read_text() + '\n[smtp]\nhost = "smtp.example.org"\n')
        assert "--clock" in press("digest", "test", "--to", "editor@example.org", "--yes", ok=False).err
        assert "--clock" in press("digest", "rehearse", "--frequency", "weekly").err

    def test_goes_to_one_address_and_counts_for_nobody(self, press: CommandLine) -> None:
        before = as_it_is(press.site)[0]
        press("digest", "test", "--to", "editor@example.org", "--subscriber", ADA, "--yes")
        [mail] = press.mails()
        assert mail["To"] == "editor@example.org"
        assert str(mail["Subject"]).startswith("[Test] Ferries")
        assert as_it_is(press.site)[0] == before
        assert ADA not in mail.as_string()
        assert "Ada Byron" not in mail.as_string()

    @pytest.mark.R7
    def test_links_end_nobodys_subscription(self, press: CommandLine) -> None:
        press("digest", "test", "--to", "editor@example.org", "--subscriber", ADA, "--yes")
        [mail] = press.mails()
        with sqlite3.connect(press.site / "data" / "catalogue.db") as connection:
            tokens = [row[0] for row in connection.execute("SELECT unsubscribe_token FROM subscribers")]
        connection.close()
        assert not any(token in mail.as_string() for token in tokens)
        assert re.search(r"/unsubscribe/a{26}>", str(mail["List-Unsubscribe"]))

    def test_asks_first_and_never_goes_to_whom_it_must_not(self, press: CommandLine) -> None:
        assert press("digest", "test", "--to", "editor@example.org", ok=False).code == 4
        press("subscriber", "forget", DI, "--yes")
        assert press("digest", "test", "--to", DI, "--yes", ok=False).code == 4
        assert not press.mails()

    @pytest.mark.R12
    def test_that_is_not_taken_says_why(self, press: CommandLine) -> None:
        (press.site / "data" / "outbox").write_text("in the way")
        answer = press("--json", "digest", "test", "--to", "editor@example.org", "--yes", ok=False)
        assert (answer.code, answer.document["sent"]) == (1, False)
        assert "outbox" in answer.document["answer"]


class TestLint:
    def test_stops_a_digest_before_anybody_is_enlisted_and_nothing_else(self, press: CommandLine) -> None:
        path = spoil(press, "digest-foot.html", lambda text: text.replace("<p ", '<p><img src="x.png"></p><p ', 1))
        press.now = press.now.replace(month=2, day=2, hour=8)
        press("release", "add", "--title", "Canals", "--topic", "rivers")
        answer = press("publish", ok=False)
        assert answer.code == 4
        assert "The digest does not leave as it is" in answer.err
        assert "alt-text: " in answer.err
        assert "relative-links: " in answer.err
        assert "1 release(s) went live" in answer.out
        assert press.ask("digest", "list") == []
        assert press("digest", "send", "--yes", ok=False).code == 4
        path.unlink()
        press("publish")
        assert len(press.mails()) > 0

    def test_lets_a_warning_pass_when_told_to_and_never_an_error(self, press: CommandLine) -> None:
        title = "The secret plan for all rivers"
        press("release", "add", "--title", title, "--draft")
        spoil(press, "digest-foot.html", lambda text: text.replace("<p ", f"<p>{title}</p><p ", 1))
        answer = press("digest", "send", "--yes", ok=False)
        assert answer.code == 4
        assert "--despite unreleased-title" in answer.err
        press("digest", "send", "--yes", "--despite", "unreleased-title")
        assert len(press.mails()) == 4

    @pytest.mark.R9
    def test_stops_a_template_that_holds_somebody_elses_links(self, press: CommandLine) -> None:
        link = press.ask("digest", "preview", "--subscriber", DI)["text"]
        token = re.search(r"/unsubscribe/(\w{26})", link)
        assert token
        foot = f'<p><a href="http://localhost:8000/unsubscribe/{token[1]}">Stop</a></p>'
        spoil(press, "digest-foot.html", lambda text: foot + text)
        spoil(press, "digest.txt", lambda text: text + f"\nhttp://localhost:8000/unsubscribe/{token[1]}\n")
        assert "other-person: " in press("digest", "send", "--yes", ok=False).err


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
        _, page = TestIssue().page(press, 1)
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
    def page(self, press: CommandLine, number: int | str) -> tuple[int, str]:
        tools = Tools.of(press.site)
        with TestClient(make_app(tools, lambda: press.now), base_url="http://localhost:8000") as client:
            answer = client.get(f"/issues/{number}")
        return answer.status_code, answer.text

    def test_holds_all_that_the_run_told_anyone_and_nothing_personal(self, press: CommandLine) -> None:
        press("digest", "note", "A word before.")
        press("digest", "send", "--yes")
        [run] = press.ask("digest", "list")
        links = re.findall(r"http://localhost:8000/issues/\d+", text_of(press.mails(ADA)[0]))
        assert links == [f"http://localhost:8000/issues/{run['run']}"]
        status, html = self.page(press, run["run"])
        assert status == 200
        page = lxml_html.fromstring(html)
        titles = [" ".join(title.text_content().split()) for title in page.xpath("//h2 | //h3")]
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
        before = self.page(press, 1)
        press("release", "edit", "floods", "--title", "High water")
        assert self.page(press, 1) == before

    def test_marks_what_has_been_withdrawn_since_and_says_no_more_of_it(self, press: CommandLine) -> None:
        press("release", "edit", "floods", "--summary", "Things that were not so.")
        press("digest", "send", "--yes")
        assert "Things that were not so." in self.page(press, 1)[1]
        press("release", "withdraw", "floods", "--reason", "It was wrong.", "--replacement", "ferries")
        press("publish")
        _, html = self.page(press, 1)
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
        assert self.page(press, number)[0] == 404

    @pytest.mark.R12
    def test_whose_template_is_broken_asks_for_another_try(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        (press.site / "templates" / "web").mkdir(parents=True)
        (press.site / "templates" / "web" / "base.html").write_text("{{ no_such_fact }}")
        assert self.page(press, 1)[0] == 503

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
        _, html = self.page(press, press.ask("digest", "list")[-1]["run"])
        assert re.findall(r">(Chapter \d+)</a>", html) == [f"Chapter {n}" for n in range(1, 13)]
        said = text_of(press.mails(BO)[-1])
        assert re.findall(r"(Chapter \d+) \[", said) == [f"Chapter {n}" for n in range(1, 9)]
        assert "4 andere" in said

    def test_of_a_run_that_went_to_nobody_or_never_was_is_not_there(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        press("digest", "send", "--yes")
        assert [self.page(press, number)[0] for number in (1, 2, 99)] == [200, 404, 404]

    def test_tells_each_release_once_as_news_though_readers_were_told_differently(self, press: CommandLine) -> None:
        press("digest", "send", "--frequency", "daily", "--yes")
        press("release", "revise", "floods", "--note", "A figure mended.")
        press("digest", "send", "--yes")
        _, html = self.page(press, press.ask("digest", "list")[-1]["run"])
        assert html.count(">Floods</a>") == 1
        assert "Revised" not in html
        assert any("Revised" in text_of(mail) for mail in press.mails(CY))

    def test_is_in_the_sites_language_and_says_so(self, press: CommandLine) -> None:
        settings = press.site / "publisher.toml"
        settings.write_text(settings.read_text().replace("[site]", '[site]\nlanguage = "nl"'))
        press("digest", "send", "--yes")
        _, html = self.page(press, 1)
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
        _, page = self.page(press, 1)
        assert len(set(re.findall(r"Weir \d+ and", page))) == 60
