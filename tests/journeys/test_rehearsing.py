"""What an editor is told of a run before it goes, and what stops it."""

from __future__ import annotations

import re

import pytest

from tests.conftest import CommandLine, Press
from tests.journeys.before import ADA, BO, DI, a_site_with_readers, as_it_is, masked, scheduled, size_of, spoil


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_readers(fresh)


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
            "held back by their filter": 1,
            "they follow at another frequency": 1,
            "paused": 1,
            "not confirmed yet": 1,
            "unsubscribed": 1,
        }
        words = press("digest", "rehearse", "--frequency", "weekly").out
        assert "would send 3 mail(s)" in words
        assert "Left out: 1 (paused)." in words

    def test_tells_who_is_left_out_since_all_was_withdrawn_from_who_has_a_filter(self, press: CommandLine) -> None:
        press("release", "withdraw", "bridges", "--reason", "Wrong.")
        left_out = press.ask("digest", "rehearse", "--frequency", "monthly")["left_out"]
        assert left_out["all withdrawn before they were told"] == 1
        assert "held back by their filter" not in left_out

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

    def test_counts_what_waits_from_before_and_would_leave_too(self, press: CommandLine) -> None:
        outbox = press.site / "data" / "outbox"
        outbox.write_text("in the way")
        press("digest", "send", "--yes", "--frequency", "daily", ok=False)
        press("subscriber", "letter", ADA, "preferences")
        rehearsed = press.ask("digest", "rehearse", "--frequency", "weekly")
        assert (rehearsed["mails"], rehearsed["waiting"]) == (3, 2)
        assert "Besides, 2 letter(s) and mail(s)" in press("digest", "rehearse", "--frequency", "weekly").out
        outbox.unlink()
        press.wait(minutes=2)
        press("deliver")
        assert press.ask("digest", "rehearse")["waiting"] == 0

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
