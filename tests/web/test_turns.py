"""Whoever waits for the catalogue keeps nobody waiting who only reads, and nobody who stops mail (R7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.web.conftest import Reader

THREADS = 60
"""More than all the threads that answer."""
PATIENCE = 20


@contextmanager
def waiting(browser: TestClient, path: str, monkeypatch: pytest.MonkeyPatch, act: str) -> Iterator[None]:
    """Let many forms wait within `act`, as they would for a lock."""
    begun, opened = Event(), Event()

    def wait(*_: Any, **__: Any) -> None:
        begun.set()
        opened.wait(PATIENCE)

    monkeypatch.setattr(act, wait)
    threads = [Thread(target=browser.post, args=(path,)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    assert begun.wait(PATIENCE)
    yield
    opened.set()
    for thread in threads:
        thread.join(PATIENCE)


def answered(ask: Any, *facts: Any) -> int:
    """Return the status of an answer that comes while others wait."""
    statuses: list[int] = []
    thread = Thread(target=lambda: statuses.append(ask(*facts).status_code))
    thread.start()
    thread.join(PATIENCE / 2)
    assert statuses, "it was kept waiting"
    return statuses[0]


def test_forms_that_wait_keep_no_reader_and_no_stop_waiting(active: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, token = active.browser, active.token
    with waiting(browser, f"/preferences/{token}/pause", monkeypatch, "pressroom.web.pause.pause_by_token"):
        assert answered(browser.get, "/releases/?q=floods") == 200
        assert answered(browser.get, f"/unsubscribe/{token}") == 200
        assert answered(browser.post, f"/unsubscribe/{token}") == 200


def test_stops_that_wait_keep_no_reader_and_no_form_waiting(active: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, token = active.browser, active.token
    with waiting(browser, f"/unsubscribe/{token}", monkeypatch, "pressroom.web.unsubscribe.stop"):
        assert answered(browser.get, "/releases/?q=bridges") == 200
        assert answered(browser.post, f"/preferences/{token}/pause") == 200
