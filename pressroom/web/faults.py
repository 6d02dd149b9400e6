"""What is wrong with a form, in words that lead to the field (WCAG 2.2, 3.3.1 and 3.3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong, by the id of the field that a summary leads to."""

    by_field: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_field)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.by_field.items())

    def of(self, field: str) -> str:
        """Return what is wrong with one field, "" where nothing is."""
        return self.by_field.get(field, "")


NO_FAULTS = Faults()
