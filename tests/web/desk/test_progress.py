"""A run is watched as it goes out: by whom, how often the catalogue is looked at for it, and when it ends."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping
from contextlib import aclosing
from pathlib import Path

import pytest

from pressroom.operations.pulse import Pulse
from pressroom.tools import Tools
from pressroom.web.app import make_app
from pressroom.web.desk import progress
from pressroom.web.desk.progress import Lookout, Seen, Watch
from tests.conftest import CommandLine, Press
from tests.delivery.killing import Dump, make_site
from tests.running import PATIENCE, Service
from tests.web.desk.going_out import cookie_of_somebody, set_state, watching
from tests.web.desk.working import Worker

READERS = 120


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site on which somebody is owed a release."""
    fresh("subscriber", "add", "bo@readers.example", "--frequency", "daily", "--confirmed")
    fresh("release", "add", "--title", "Floods")
    fresh("publish", "--feeds-only")
    return fresh


class TestStream:
    @pytest.fixture
    def publisher(self, hire: Callable[..., Worker]) -> Worker:
        worker = hire("Pia", "publisher")
        worker.browser.post("/desk/digests/send", data={"frequency": "daily"})
        return worker

    def test_of_a_run_that_is_over_it_tells_how_it_ended_and_ends(self, publisher: Worker, press: CommandLine) -> None:
        press("deliver")
        answer = publisher.browser.get("/desk/digests/1/progress")
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        (told, over) = answer.text.strip().split("\n\n")
        assert re.match(r"id: [0-9a-f]{16}\ndata: ", told)
        assert "Done: nothing waits any more." in told
        assert "Refresh" not in told
        assert over == "event: over\ndata:"

    def test_what_was_told_already_is_not_told_again(self, publisher: Worker, press: CommandLine) -> None:
        press("deliver")
        first = publisher.browser.get("/desk/digests/1/progress").text
        last = first.partition("\n")[0].removeprefix("id: ")
        again = publisher.browser.get("/desk/digests/1/progress", headers={"last-event-id": last})
        assert again.text == "event: over\ndata:\n\n"

    def test_editors_are_told_numbers_alone(
        self, publisher: Worker, hire: Callable[..., Worker], press: CommandLine
    ) -> None:
        press("deliver")
        texts = [worker.browser.get("/desk/digests/1/progress").text for worker in (publisher, hire("Ed", "editor"))]
        assert ["/desk/digests/1/sent" in text for text in texts] == [True, False]

    def test_a_script_of_who_is_signed_out_is_told_that_it_is_over(self, publisher: Worker) -> None:
        publisher.browser.post("/desk/sign-out")
        for further in ({}, {"hx-request": "true"}):
            asked = {"accept": "text/html, text/event-stream", **further}
            answer = publisher.browser.get("/desk/digests/1/progress", headers=asked, follow_redirects=False)
            assert (answer.status_code, answer.text) == (200, "event: over\ndata:\n\n")

    @pytest.mark.parametrize("end", ["the session", "the user"])
    def test_it_ends_with_the_session_and_with_the_role(
        self, publisher: Worker, press: CommandLine, end: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(progress, "LOOKS_EVERY", 0.01)
        tools = Tools.of(press.site)
        token = publisher.browser.cookies["desk"]
        seen = asyncio.run(_seen_until_over(tools, press, token, end))
        assert ["Waiting to go out." in one.html for one in seen] == [True, False]
        assert "You are signed out." in seen[-1].html

    def test_watching_keeps_nobody_signed_in(self, publisher: Worker, press: CommandLine) -> None:
        tools = Tools.of(press.site)
        look = look_of(tools, press)
        watch = Watch(1, publisher.browser.cookies["desk"])
        for _ in range(4):
            press.wait(minutes=16)
            seen = look([watch])[watch]
        assert "You are signed out." in seen.html

    def test_nor_does_opening_the_stream_anew(self, publisher: Worker, press: CommandLine) -> None:
        press("deliver")
        answers = []
        for _ in range(7):
            press.wait(minutes=10)
            answers.append(publisher.browser.get("/desk/digests/1/progress", headers={"accept": progress.STREAM}).text)
        assert [answer == "event: over\ndata:\n\n" for answer in answers] == [*[False] * 5, *[True] * 2]


def look_of(tools: Tools, press: CommandLine) -> Callable[[Collection[Watch]], Mapping[Watch, Seen]]:
    return progress.look_at(tools, Pulse(), lambda: press.now)


async def _seen_until_over(tools: Tools, press: CommandLine, token: str, end: str) -> list[Seen]:
    """Return how a run stood at first, and what was seen last, once the session or its user has been ended."""
    lookout = Lookout(look_of(tools, press))
    first: Seen | None = None
    async with aclosing(lookout.watch(Watch(1, token))) as watched:
        async for seen in watched:
            assert seen is not None
            if seen.is_over:
                assert first is not None
                return [first, seen]
            if first is None:
                first = seen
                with tools.open_store() as store, store.atomic():
                    pia = store.staff.get("Pia")
                    if end == "the user":
                        store.staff.set_disabled(pia.pk, is_disabled=True)
                    else:
                        store.sessions.end_all(pia.pk)
    raise AssertionError("it went on")


class TestLookout:
    def test_however_many_watch_one_look_does_for_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(progress, "LOOKS_EVERY", 0.01)
        looks = list[int]()

        def look(watches: Collection[Watch]) -> Mapping[Watch, Seen]:
            looks.append(len(watches))
            return {watch: Seen(f"look {len(looks)}", is_over=False) for watch in watches}

        async def watch() -> list[list[str]]:
            lookout = Lookout(look)
            watches = [Watch(1, "ada"), Watch(1, "ada"), Watch(2, "bo")]
            return await asyncio.gather(*(_first(lookout.watch(one), 5) for one in watches))

        seen = asyncio.run(watch())
        assert seen[0] == seen[1] == seen[2]
        assert len(looks) <= 6
        assert looks[1:5] == [2] * 4

    def test_nobody_looks_when_nobody_watches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(progress, "LOOKS_EVERY", 0.01)
        looks = list[int]()

        def look(watches: Collection[Watch]) -> Mapping[Watch, Seen]:
            looks.append(len(watches))
            return {watch: Seen("", is_over=False) for watch in watches}

        async def watch() -> list[int]:
            lookout = Lookout(look)
            await _first(lookout.watch(Watch(1, "ada")), 2)
            before = len(looks)
            await asyncio.sleep(0.1)
            after = len(looks)
            await _first(lookout.watch(Watch(1, "ada")), 1)
            return [before, after, len(looks)]

        before, after, then = asyncio.run(watch())
        assert before == after < then

    def test_a_look_that_fails_is_outlived(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(progress, "LOOKS_EVERY", 0.01)
        looks = iter([RuntimeError("the disk"), None])

        def look(watches: Collection[Watch]) -> Mapping[Watch, Seen]:
            if error := next(looks, None):
                raise error
            return {watch: Seen("well", is_over=False) for watch in watches}

        async def watch() -> list[Seen | None]:
            async with aclosing(Lookout(look).watch(Watch(1, "ada"))) as watched:
                return [await anext(watched), await anext(watched)]

        assert asyncio.run(watch()) == [None, Seen("well", is_over=False)]

    def test_where_a_look_takes_long_there_are_fewer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        slept = list[float]()
        sleep = asyncio.sleep

        async def noted(seconds: float) -> None:
            slept.append(seconds)
            await sleep(0)

        clock = iter(range(0, 1_000, 3))  # a look takes three seconds
        monkeypatch.setattr(progress, "monotonic", lambda: next(clock))
        monkeypatch.setattr(asyncio, "sleep", noted)
        watch = Watch(1, "ada")
        asyncio.run(_first(Lookout(lambda _: {watch: Seen("", is_over=False)}).watch(watch), 1))
        assert slept == [27]

    def test_another_thread_ends_it_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("LOOKS_EVERY", "SAYS_SOMETHING_EVERY"):
            monkeypatch.setattr(progress, name, 3_600)
        lookout = Lookout(lambda watches: {one: Seen("", is_over=False) for one in watches})

        async def watch_on() -> int:
            number = 0
            async for _ in lookout.watch(Watch(1, "ada")):
                number += 1
                threading.Thread(target=lookout.end).start()
            return number

        assert asyncio.run(asyncio.wait_for(watch_on(), PATIENCE)) == 1


def test_settings_that_are_read_again_end_what_is_watched_so_that_it_is_asked_for_anew(press: CommandLine) -> None:
    tools, watch = Tools.of(press.site), Watch(1, "nobody")
    app, other = (make_app(tools, lambda: press.now) for _ in range(2))

    async def watch_on() -> list[bool]:
        lookouts: list[Lookout] = [one.app.state.lookout for one in (app, other)]
        app.become(other)
        return [[one async for one in lookouts[0].watch(watch)] == [], app.app.state.lookout is lookouts[1]]

    assert asyncio.run(asyncio.wait_for(watch_on(), PATIENCE)) == [True, True]


async def _first(watched: AsyncGenerator[Seen | None], number: int) -> list[str]:
    """Return the first of what somebody sees, and leave."""
    found = list[str]()
    async with aclosing(watched) as seen:
        async for one in seen:
            assert one is not None
            found.append(one.html)
            if len(found) == number:
                break
    return found


class TestService:
    @pytest.fixture
    def dump(self) -> Iterator[Dump]:
        dump = Dump(thinks_for=0.02)
        yield dump
        dump.shutdown()
        dump.server_close()

    @pytest.fixture
    def session(self, site: Path, dump: Dump) -> str:
        """The cookie of a publisher of a site that is about to send a digest slowly."""
        make_site(site, READERS, dump.port)
        return cookie_of_somebody(site)

    def test_numbers_grow_while_a_digest_goes_out_and_it_ends_with_the_run(
        self, session: str, serve: Callable[..., Service], site: Path
    ) -> None:
        set_state(site, "paused")
        service = serve()
        with watching(service, session) as stream:
            first = stream.readline()
            set_state(site, "open")
            told = (first + stream.read()).decode()
        done = [int(number) for number in re.findall(r"<strong>(\d+)</strong> of 120 done", told)]
        assert done == sorted(set(done))
        assert len(done) > 2
        assert (done[0], done[-1]) == (0, READERS)
        assert told.endswith("event: over\ndata:\n\n")

    def test_a_stream_holds_up_no_stop(
        self, session: str, serve: Callable[..., Service], dump: Dump, site: Path
    ) -> None:
        set_state(site, "paused")
        service = serve()
        with watching(service, session) as stream:
            assert stream.readline().startswith(b"id: ")
            assert service.stop() == 0
            assert not stream.read().endswith(b"event: over\ndata:\n\n")  # the script shall ask again
        _, said = service.process.communicate()
        assert "graceful shutdown exceeded" not in said  # as uvicorn says of what it has to cut off
