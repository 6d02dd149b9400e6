"""What is worked out once for all mails of a round of digests, and let go of after it: a service runs for years."""

from __future__ import annotations

from collections.abc import Callable
from functools import _lru_cache_wrapper, lru_cache
from typing import Any, TypeVar

T = TypeVar("T")

_kept: list[_lru_cache_wrapper[Any]] = []


def for_a_round(most: int) -> Callable[[Callable[..., T]], _lru_cache_wrapper[T]]:
    """Keep up to `most` results of a function, those that were asked for last, until `let_go`."""

    def keep(function: Callable[..., T]) -> _lru_cache_wrapper[T]:
        _kept.append(kept := lru_cache(most)(function))
        return kept

    return keep


def let_go() -> None:
    """Forget all that was kept for a round. Any thread may say so at any time."""
    for one in _kept:
        one.cache_clear()
