"""A mail that an editor looks at before it goes, on the screen or in a mailbox."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from tests.conftest import CommandLine, Press, text_of
from tests.journeys.before import ADA, BO, CY, DI, ED, a_site_with_readers, as_it_is, masked, spoil


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_readers(fresh)


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

    def test_shows_of_what_was_announced_last_only_what_the_reader_would_have_had(self, press: CommandLine) -> None:
        press("digest", "send", "--yes")
        press("release", "add", "--title", "Weirs", "--kind", "guide", "--topic", "rivers")
        for number in range(12):
            press("release", "add", "--title", f"Lanes {number}", "--kind", "guide", "--topic", "roads")
        press("publish")
        press("digest", "send", "--yes")
        shown = press.ask("digest", "preview", "--subscriber", ED)
        assert shown["owed"] is False
        assert [title for title in ("Floods", "Ferries", "Weirs", "Lanes") if title in shown["text"]] == ["Weirs"]

    @pytest.mark.R12
    def test_that_a_filter_leaves_nothing_for_names_the_filter(self, press: CommandLine) -> None:
        answer = press("digest", "preview", "--subscriber", ED, ok=False)
        assert f"Nothing that {ED} follows and their filter lets through (kinds guide) was announced yet" in answer.err

    @pytest.mark.parametrize("choice", ["all=weekly", "rivers=weekly", "series:annual=weekly"])
    def test_finds_what_is_scheduled_and_would_come_to_the_reader(self, press: CommandLine, choice: str) -> None:
        tolls = ("release", "add", "--title", "Tolls", "--topic", "rivers", "--series", "Annual")
        press(*tolls, "--at", "2026-02-20T12:00")
        press("subscriber", "add", "fay@example.org", "--confirmed", "--topic", choice)
        shown = press.ask("digest", "preview", "--subscriber", "fay@example.org")
        assert (shown["at"], shown["owed"], shown["live"]) == ("2026-02-23T08:00:00Z", True, ["Tolls"])

    @pytest.mark.R12
    def test_of_a_site_without_anything_says_so(self, run: CommandLine, site: Path) -> None:
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
        refused = press("digest", "test", "--to", "editor@example.org", "--yes", ok=False)
        assert (refused.code, "needs an https address" in refused.err) == (4, True)
        settings.write_text('[site]\nurl = "https://press.example.org"\n[smtp]\nhost = "smtp.example.org"\n')
        assert "--clock" in press("digest", "test", "--to", "editor@example.org", "--yes", ok=False).err
        assert "--clock" in press("digest", "rehearse", "--frequency", "weekly").err

    def test_goes_to_one_address_and_counts_for_nobody(self, press: CommandLine) -> None:
        before = as_it_is(press.site)[0]
        press("digest", "test", "--to", "editor@example.org", "--subscriber", ADA, "--yes")
        [mail] = press.mails()
        assert mail["To"] == "editor@example.org"
        assert str(mail["Subject"]).startswith("[Test] Ferries")
        changed = set(as_it_is(press.site)[0]) ^ set(before)
        assert all('INSERT INTO "audit_log"' in line for line in changed)
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
