"""A run that goes out, and somebody who watches it, without the seconds that it takes to sign in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

from pressroom.models.staff import Role
from pressroom.signing import new_token
from pressroom.staff.users import hash_of_token
from pressroom.tools import Tools
from tests.running import Service


def set_state(site: Path, state: str) -> None:
    with Tools.of(site).open_store() as store, store.atomic():
        store.write("UPDATE runs SET state = ?", (state,))


@contextmanager
def watching(service: Service, session: str) -> Iterator[HTTPResponse]:
    place = urlsplit(service.url)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=30)
    connection.request("GET", "/desk/digests/1/progress", headers={"cookie": f"desk={session}"})
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def cookie_of_somebody(site: Path, role: Role = Role.PUBLISHER) -> str:
    """Return what the browser of somebody keeps who has signed in just now, a publisher if no role is named."""
    tools, now = Tools.of(site), datetime.now(UTC).replace(microsecond=0)
    token = new_token()
    with tools.open_store() as store, store.atomic():
        pia = store.staff.add("Pia", role, now)
        store.staff.set_up(pia.pk, "x", "x")
        store.sessions.add(hash_of_token(token), pia.pk, "a test", now)
    return token
