"""The catalogue: the only place with SQL, a file per noun. `Store` is its one door."""

from pressroom.storage.store import Store

__all__ = ["Store"]
