"""The tools of a site for who only looks at it."""

from __future__ import annotations

from pressroom.storage import Store
from pressroom.tools import Tools


class Looking(Tools):
    """Opens the catalogue without the host of the site, which ids would adopt as long as none has been given."""

    def open_store(self, busy_seconds: float | None = None) -> Store:
        return Store.open(self.catalogue, busy_seconds=busy_seconds)
