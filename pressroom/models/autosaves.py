"""A form of a release as somebody left it: typed, and not saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Autosave:
    """What was typed into a form: the values of each field, as they were.

    `release` is the row of the release that the form is about, None for one that is not there yet; `version` is that
    of the release when the form was opened.
    """

    key: str
    user: int
    release: int | None
    version: int
    fields: Mapping[str, Sequence[str]]
    saved_at: datetime
    user_name: str = ""
    slug: str = ""

    @property
    def title(self) -> str:
        return next(iter(self.fields.get("title", ())), "").strip()
