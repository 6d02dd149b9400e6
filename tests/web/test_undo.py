"""An unsubscribe taken back within a day by whoever did it, and why people leave."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from pressroom.membership import stopping
from pressroom.membership.signing_up import ask
from pressroom.models.people import Subscriber, SubscriberState
from pressroom.models.sign_ups import SignUp
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.web.conftest import ADA, Reader


def undo_of(active: Reader, path: str = "") -> str:
    answer = active.browser.post(f"/unsubscribe/{active.token}{path}")
    found = re.search(r'action="(/unsubscribe/\w+/undo)"', answer.text)
    assert found
    return found[1]


class TestUndo:
    def test_brings_everything_back_once_more_is_harmless(self, active: Reader) -> None:
        before = active.shown()
        undo = undo_of(active)
        assert active.shown()["state"] == "ended"
        active.press.wait(hours=23, minutes=59)
        for _ in range(2):
            answer = active.browser.post(undo)
            assert "You get your digests as before." in answer.text
            assert "Rivers" not in answer.text
        after = active.shown()
        assert (after["state"], after["choices"]) == ("active", before["choices"])
        consents = after["consents"]
        assert isinstance(consents, list)
        assert [one["what"] for one in consents[-2:]] == [
            "unsubscribed from everything",
            "unsubscribe undone of 2026-01-26T09:01:00Z: rivers=daily, roads=weekly",
        ]  # fmt: skip

    @pytest.mark.R8
    def test_only_shows_a_button_when_it_is_fetched(self, active: Reader) -> None:
        undo = undo_of(active)
        assert "Get digests again as before?" in active.browser.get(undo).text
        assert active.shown()["state"] == "ended"

    def test_of_a_part_brings_that_part_back(self, active: Reader) -> None:
        undo = undo_of(active, "/weekly")
        assert active.shown()["choices"] == ["rivers=daily"]
        active.browser.post(undo)
        assert active.shown()["choices"] == ["rivers=daily", "roads=weekly"]

    def test_ends_after_a_day(self, active: Reader) -> None:
        undo = undo_of(active)
        active.press.wait(days=1)
        assert active.browser.post(undo).status_code == 410
        assert active.browser.get(undo).status_code == 410
        assert active.shown()["state"] == "ended"

    def test_is_for_who_did_it_and_not_for_who_has_the_mail(self, active: Reader) -> None:
        link = f"/unsubscribe/{active.token}"
        assert "/undo" in active.browser.post(link).text
        active.press.wait(minutes=2)
        assert "/undo" not in active.browser.post(link).text
        assert active.browser.post(f"{link}/undo").status_code == 410
        assert active.browser.post(f"/unsubscribe/{'a' * 58}/undo").status_code == 410

    @pytest.mark.parametrize("part", ["", "/weekly"])
    def test_is_found_also_by_who_pressed_the_button_twice(self, active: Reader, part: str) -> None:
        before = active.shown()["choices"]
        first = undo_of(active, part)
        active.press.wait(seconds=1)
        assert undo_of(active, part) == first
        active.browser.post(first)
        assert active.shown()["choices"] == before

    def test_is_not_offered_for_what_was_changed_on_the_preferences_page(self, active: Reader) -> None:
        active.press("subscriber", "set", ADA, "--drop", "roads")
        assert "/undo" not in active.browser.post(f"/unsubscribe/{active.token}/weekly").text

    def test_ends_when_the_person_stops_mail_again(self, active: Reader) -> None:
        """Whoever has a mail that was passed on must not start again what its reader has stopped."""
        undo = undo_of(active)
        active.press.wait(minutes=2)
        active.browser.post(f"/unsubscribe/{active.token}?button")
        assert active.browser.post(undo).status_code == 410
        assert active.shown()["state"] == "ended"

    def test_goes_on_when_a_mail_program_tells_of_it_again_within_the_hour(self, active: Reader) -> None:
        undo = undo_of(active)
        active.press.wait(minutes=50)
        assert "/undo" not in active.browser.post(f"/unsubscribe/{active.token}").text
        assert active.browser.get(undo).status_code == 200
        active.press.wait(minutes=50)
        active.browser.post(f"/unsubscribe/{active.token}")
        assert active.browser.post(undo).status_code == 410

    @pytest.mark.parametrize("part", ["", "/weekly"])
    def test_stands_on_a_page_that_can_be_loaded_again(self, active: Reader, part: str) -> None:
        before = active.shown()["choices"]
        pressed = active.browser.post(f"/unsubscribe/{active.token}{part}?button", follow_redirects=False)
        assert (pressed.status_code, pressed.headers["cache-control"]) == (303, "no-store")
        done = pressed.headers["location"]
        active.press.wait(hours=23)
        for _ in range(2):
            shown = active.browser.get(done)
            assert ("You are unsubscribed." if not part else "The weekly digest has ended.") in shown.text
        (undo,) = re.findall(r'action="(/unsubscribe/\w+/undo)"', shown.text)
        active.browser.post(undo)
        assert active.shown()["choices"] == before
        assert "You get your digests as before." in active.browser.get(done).text
        active.press.wait(hours=1)
        assert active.browser.get(done).status_code == 410

    def test_is_not_taken_for_leaving_by_who_says_why_afterwards(self, active: Reader) -> None:
        page = active.browser.post(f"/unsubscribe/{active.token}").text
        key = re.findall(r'name="key" value="(\w+)"', page)[0]
        undo = re.findall(r'action="(/unsubscribe/\w+)/undo"', page)[0]
        active.browser.post(f"{undo}/undo")
        said = active.browser.post(f"{undo}/why", data={"why": "feed", "key": key}).text
        assert "Thank you for telling us why." in said
        assert "unsubscribed" not in said

    @pytest.mark.parametrize("until", ["2026-06-01", ""])
    def test_pauses_again_who_had_paused(self, active: Reader, until: str) -> None:
        active.press("subscriber", "pause", ADA, *(("--until", until) if until else ()))
        page = active.browser.post(undo_of(active)).text
        assert ("are paused until 1 June 2026" if until else "are paused until you end the pause") in page
        shown = active.shown()
        assert (shown["paused"], shown["paused_until"]) == (True, until or None)

    def test_follows_a_topic_into_what_it_has_become(self, active: Reader) -> None:
        undo = undo_of(active)
        active.press("topic", "merge", "rivers", "roads", "--yes")
        active.browser.post(undo)
        assert active.shown()["choices"] == ["roads=weekly"]

    @pytest.mark.R4
    def test_of_a_part_owes_what_it_was_owed_also_when_its_topic_has_become_another(self, active: Reader) -> None:
        active.press("release", "add", "--title", "More floods", "--topic", "rivers")
        active.press("publish", "--feeds-only")
        undo = undo_of(active, "/daily")
        active.press("topic", "merge", "rivers", "roads", "--yes")
        active.browser.post(undo)
        active.press.wait(days=8)
        active.press("publish")
        assert ["More floods"] in active.press.titles(ADA)

    @pytest.mark.R4
    def test_brings_everything_back_whatever_a_stranger_has_asked_for_with_the_address(
        self, active: Reader, store: Store
    ) -> None:
        press = active.press
        press("subscriber", "set", ADA, "--only-kind", "report", "--no-partners", "--language", "nl")
        press("release", "add", "--title", "Owed before", "--kind", "report", "--topic", "rivers")
        press("publish", "--feeds-only")
        press("subscriber", "pause", ADA, "--until", "2026-01-27")
        before = active.shown()
        undo = undo_of(active)
        ask(store, Tools.of(press.site), SignUp(ADA, "en", [("all", "immediate")], ["guide"]), "192.0.2.1", press.now)
        press("publish")
        assert (active.shown()["state"], active.shown()["choices"]) == ("pending", ["all=immediate"])
        link = active.link("/confirm/")
        for _ in range(2):
            assert active.browser.post(undo).status_code == 200
        after = active.shown()
        for name in ("state", "choices", "filter", "language", "paused", "paused_until"):
            assert (name, after[name]) == (name, before[name])
        assert active.browser.get(link).status_code == active.browser.post(link).status_code == 410
        press.wait(days=2)
        press("publish")
        assert press.titles(ADA)[1:] == [["Owed before"]]
        assert store.value("SELECT count(*) FROM left_with") == 0

    @pytest.mark.parametrize(("button", "wait"), [("", 5), ("?button", 0)])
    def test_and_a_new_request_outlive_an_unsubscribe_that_is_told_twice(
        self, active: Reader, store: Store, button: str, wait: int
    ) -> None:
        link = f"/unsubscribe/{active.token}{button}"
        undo = re.findall(r'"(/unsubscribe/\w+/undo)"', active.browser.post(link).text)[0]
        active.press.wait(minutes=wait)
        ask(store, Tools.of(active.press.site), SignUp(ADA, "en", [("all", "daily")]), "192.0.2.1", active.press.now)
        active.press("publish")
        active.press.wait(minutes=wait)
        active.browser.post(link)
        assert active.shown()["state"] == "pending"
        assert active.browser.get(active.link("/confirm/")).status_code == 200
        active.browser.post(undo)
        assert active.shown()["choices"] == ["rivers=daily", "roads=weekly"]

    def test_pressed_again_later_changes_nothing_that_was_chosen_since(self, active: Reader) -> None:
        undo = undo_of(active)
        active.browser.post(undo)
        active.press("subscriber", "set", ADA, "--drop", "roads", "--topic", "rivers=monthly")
        assert "You get your digests as before." in active.browser.post(undo).text
        assert active.shown()["choices"] == ["rivers=monthly"]

    def test_of_what_was_chosen_anew_by_hand_changes_no_choice_and_is_on_record(self, active: Reader) -> None:
        undo = undo_of(active, "/weekly")
        active.press("subscriber", "set", ADA, "--topic", "roads=daily")
        assert "You get your digests as before." in active.browser.post(undo).text
        shown = active.shown()
        assert shown["choices"] == ["rivers=daily", "roads=daily"]
        assert shown["consents"][-1]["what"].endswith("Z: what was owed")  # type: ignore[index]
        active.press("subscriber", "set", ADA, "--drop", "roads")
        active.browser.post(undo)
        assert active.shown()["choices"] == ["rivers=daily"]

    def test_of_what_ended_twice_in_a_second_and_has_become_another_since_works(self, active: Reader) -> None:
        active.press("subscriber", "set", ADA, "--topic", "roads=monthly")
        undo = undo_of(active)
        active.press("topic", "merge", "roads", "rivers", "--yes")
        assert active.browser.post(undo).status_code == 200
        assert active.shown()["choices"] == ["rivers=daily"]

    @pytest.mark.parametrize(("old", "new"), [("roads", "rivers"), ("rivers", "roads")])
    def test_after_a_merge_keeps_the_pace_of_the_topic_that_stays(self, active: Reader, old: str, new: str) -> None:
        pace = {"rivers": "daily", "roads": "weekly"}[new]
        undo = undo_of(active)
        active.press("topic", "merge", old, new, "--yes")
        active.browser.post(undo)
        assert active.shown()["choices"] == [f"{new}={pace}"]

    def test_ends_when_a_new_request_is_confirmed(self, active: Reader, store: Store) -> None:
        undo = undo_of(active)
        ask(store, Tools.of(active.press.site), SignUp(ADA, "en", [("all", "daily")]), "192.0.2.1", active.press.now)
        active.press("publish")
        active.browser.post(active.link("/confirm/"))
        assert active.browser.post(undo).status_code == 410
        assert active.shown()["choices"] == ["all=daily"]
        assert store.value("SELECT count(*) FROM left_with") == 0

    def test_is_not_for_an_address_that_must_not_be_mailed_any_more(self, active: Reader, store: Store) -> None:
        undo = undo_of(active)
        store.subscribers.set_state(store.subscribers.get(ADA).pk, SubscriberState.SUPPRESSED)
        assert active.browser.post(undo).status_code == 410

    def test_works_when_the_catalogue_was_busy_meanwhile(self, active: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
        def slowly(*facts: Any) -> Subscriber | None:
            reader = stopping.stop(*facts)
            active.press.now += timedelta(seconds=2)
            return reader

        monkeypatch.setattr("pressroom.web.unsubscribe.stop", slowly)
        assert "as before" in active.browser.post(undo_of(active)).text

    def test_of_an_earlier_leaving_is_gone_after_a_later_one(self, active: Reader) -> None:
        first = undo_of(active)
        active.browser.post(first)
        active.press.wait(minutes=1)
        active.browser.post(f"/unsubscribe/{active.token}")
        assert active.browser.post(first).status_code == 410
        assert active.shown()["state"] == "ended"

    def test_is_gone_when_the_person_is(self, active: Reader) -> None:
        undo = undo_of(active)
        active.press("subscriber", "forget", ADA, "--yes")
        assert active.browser.post(undo).status_code == 410

    @pytest.mark.R4
    def test_begins_nothing_anew(self, active: Reader) -> None:
        active.press("release", "add", "--title", "Owed before", "--topic", "rivers")
        active.press("publish", "--feeds-only")
        undo = undo_of(active)
        active.press("release", "add", "--title", "While gone", "--topic", "rivers")
        active.press("publish")
        active.browser.post(undo)
        active.press.wait(days=1)
        active.press("publish")
        assert [titles for titles in active.press.titles(ADA) if titles] == [["Owed before"]]

    @pytest.mark.R4
    def test_of_a_part_owes_what_the_part_was_owed(self, active: Reader) -> None:
        active.press("release", "add", "--title", "More bridges", "--topic", "roads")
        active.press("publish", "--feeds-only")
        active.browser.post(undo_of(active, "/weekly"))
        active.press.wait(days=7)
        active.press("publish")
        assert ["More bridges"] in active.press.titles(ADA)

    @pytest.mark.R7
    @pytest.mark.R4
    @pytest.mark.parametrize("is_told_before", [True, False])
    def test_of_a_part_tells_nothing_twice_that_was_filed_under_what_is_kept(
        self, active: Reader, is_told_before: bool
    ) -> None:
        press = active.press
        press("release", "add", "--title", "Tunnels", "--topic", "roads")
        press("publish", "--feeds-only")
        undo = undo_of(active, "/weekly")
        press("release", "edit", "tunnels", "--topic", "roads", "--topic", "rivers")
        press("publish", "--feeds-only")
        if is_told_before:
            press.wait(hours=23, minutes=30)
            press("publish")
        active.browser.post(undo)
        for _ in range(9):
            press.wait(days=1)
            press("publish")
        assert [titles for titles in press.titles(ADA) if "Tunnels" in titles] == [["Tunnels"]]

    @pytest.mark.R4
    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_of_two_parts_tells_once_what_was_filed_under_both(self, active: Reader, order: tuple[int, int]) -> None:
        press = active.press
        press("subscriber", "set", ADA, "--topic", "secret-matters=monthly")
        press("release", "add", "--title", "Tunnels", "--topic", "roads")
        press("publish", "--feeds-only")
        undos = [undo_of(active, "/weekly")]
        press("release", "edit", "tunnels", "--topic", "roads", "--topic", "rivers")
        press("publish", "--feeds-only")
        press.wait(minutes=1)
        undos.append(undo_of(active, "/daily"))
        for number in order:
            press.wait(minutes=1)
            active.browser.post(undos[number])
        for _ in range(9):
            press.wait(days=1)
            press("publish")
        assert [titles for titles in press.titles(ADA) if "Tunnels" in titles] == [["Tunnels"]]

    @pytest.mark.R7
    def test_and_a_new_request_outlive_that_the_last_frequency_is_stopped_twice(
        self, active: Reader, store: Store, tools: Tools
    ) -> None:
        active.press("subscriber", "set", ADA, "--drop", "roads")
        undo = undo_of(active, "/daily")
        active.press.wait(seconds=10)
        ask(store, tools, SignUp(ADA, "en", [("all", "daily")]), "192.0.2.1", active.press.now)
        active.press("publish")
        active.browser.post(f"/unsubscribe/{active.token}/daily")
        assert active.shown()["state"] == "pending"
        assert active.browser.post(undo).status_code == 200

    def test_lets_a_digest_leave_that_had_waited(self, active: Reader) -> None:
        active.press("release", "add", "--title", "More floods", "--topic", "rivers")
        active.press("publish", "--feeds-only")
        active.press.wait(days=1)
        (active.press.site / "publisher.toml").write_text('[smtp]\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\n')
        active.press("publish", ok=False)
        undo = undo_of(active)
        counts = active.press.ask("digest", "list")[-1]["counts"]
        assert (counts["suppressed"], counts["waiting"]) == (1, 0)
        active.browser.post(undo)
        (active.press.site / "publisher.toml").write_text("")
        active.press.wait(minutes=10)
        active.press("deliver")
        assert ["More floods"] in active.press.titles(ADA)

    @pytest.mark.R4
    def test_owes_again_what_waited_in_a_digest_that_has_gone_out_to_others_meanwhile(self, active: Reader) -> None:
        active.press("subscriber", "add", "bo@example.org", "--topic", "rivers=daily", "--confirmed")
        active.press("release", "add", "--title", "More floods", "--topic", "rivers")
        active.press("publish", "--feeds-only")
        active.press.wait(days=1)
        server = '[smtp]\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\n'
        (active.press.site / "publisher.toml").write_text(server)
        active.press("publish", ok=False)
        undo = undo_of(active)
        (active.press.site / "publisher.toml").write_text("")
        active.press.wait(minutes=10)
        active.press("deliver")
        assert active.press.ask("digest", "list")[-1]["state"] == "closed"
        active.browser.post(undo)
        assert "More floods" not in str(active.press.titles(ADA))
        active.press.wait(days=1)
        active.press("publish")
        assert active.press.titles(ADA) == [["More floods"]]
        counts = [one["counts"] for one in active.press.ask("digest", "list")[-2:]]
        assert [(one["enlisted"], one["cancelled"], one["sent"]) for one in counts] == [(2, 1, 1), (1, 0, 1)]
