"""The texts of a mail, in parts: what many mails share, and the gaps that each fills in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """What many texts share: runs of pieces, with a gap between each two runs.

    Others keep what they make of it, and know it again by being the same object.
    """

    runs: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A text: a form whose gaps are filled. One that nobody shares is a form without gaps (`whole`)."""

    form: Form
    gaps: tuple[str, ...] = ()

    @classmethod
    def whole(cls, text: str) -> Body:
        return cls(Form(((text,),)))

    def __str__(self) -> str:
        first, *others = self.form.runs
        filled = zip(self.gaps, others, strict=True)
        return "".join(chain(first, chain.from_iterable((gap, *run) for gap, run in filled)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Body) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))
