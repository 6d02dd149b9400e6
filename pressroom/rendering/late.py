"""Facts that a template is filled without: each of many messages puts its own in their place.

A template that only shows such a fact is filled once for all of them. One that does more with it (compares it, cuts it,
counts its letters) would have to know it, and is told so: LateUsedError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn


class LateUsedError(BaseException):
    """A template has done with a late fact what only a known one allows.

    No Exception: Jinja's own tests (`is sequence`) take one for an answer, and go on.
    """


class Unknown:
    """What may be shown and nothing else."""

    __slots__ = ()

    def _refuse(self, *_: object) -> NoReturn:
        raise LateUsedError

    def __getattr__(self, name: str) -> NoReturn:
        raise LateUsedError

    # What a text or a number would answer, and this would answer otherwise.
    __str__ = __repr__ = __format__ = __bool__ = __int__ = __float__ = __index__ = _refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = _refuse
    __len__ = __iter__ = __getitem__ = __contains__ = _refuse
    __add__ = __radd__ = __mul__ = __rmul__ = __mod__ = __rmod__ = _refuse


class Late(Unknown):
    """The fact at `place` among those of a message, put through `steps`.

    A template may also ask whether there is any, which `is_there` says for all messages, and put it through a filter
    that takes late facts (`then`).
    """

    __slots__ = ("_is_there", "_place", "_steps")

    def __init__(self, place: int, is_there: bool = True, steps: tuple[Callable[[str], str], ...] = ()) -> None:
        self._place, self._is_there, self._steps = place, is_there, steps

    def __bool__(self) -> bool:  # type: ignore[override]  # what is unknown otherwise answers nothing
        return self._is_there

    def then(self, step: Callable[[str], str]) -> Late:
        return Late(self._place, self._is_there, (*self._steps, step))

    def known(self, facts: Sequence[str]) -> str:
        """Return what is shown in its place in the message that has these facts."""
        said = facts[self._place]
        for step in self._steps:
            said = step(said)
        return said


class LateNumber(Unknown):
    """A number that is known later, but for what is added to it: that of a link in a text part."""

    __slots__ = ("_added",)

    def __init__(self, added: int = 0) -> None:
        self._added = added

    def __add__(self, more: object) -> LateNumber:  # type: ignore[override]  # as above
        if type(more) is not int:
            raise LateUsedError
        return LateNumber(self._added + more)

    def known(self, number: Any) -> Any:
        """Return the number that it is, counted from `number`, which may be late itself."""
        return number + self._added


def is_text(value: object) -> bool:
    """Whether a value is a text: Jinja's test `string`, to which a late one would be none."""
    if isinstance(value, Unknown):
        raise LateUsedError
    return isinstance(value, str)
