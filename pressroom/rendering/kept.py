"""Included parts of templates that are filled once for all mails that have the same facts: the items of a digest."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Template
from jinja2.runtime import Context
from jinja2.utils import Namespace, missing

from pressroom.rendering.late import LateNumber, LateUsedError
from pressroom.rendering.names import COUNTER, WORDS, NamesIn
from pressroom.rendering.pieces import PARTS, Piece, merged

MOST = 4_096
"""Parts that are kept; beyond, keeping begins anew."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A template that depends on facts alone, each given by name and type, and what it sets for what it includes."""

    template: Template
    facts: tuple[tuple[str, type], ...]
    own: tuple[str, ...]
    has_parts: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """A part as it was filled with `values`, which stay here, so that no other object gets their ids."""

    values: tuple[object, ...]
    pieces: tuple[Piece, ...]
    count: LateNumber


class KeptParts:
    """The included parts that read nothing but `facts`, given by name and type, and the counter of links.

    A fact is known again by being the same object, and must never change. A part that reads anything else, or includes
    what does, is filled each time.
    """

    def __init__(self, names: NamesIn, facts: Mapping[str, type]) -> None:
        self._names, self._facts = names, facts
        self._sources: dict[str, _Source | None] = {}
        self._parts: dict[tuple[object, ...], _Part] = {}

    def included(self, name: str, context: Context, local: Mapping[str, Any]) -> Iterable[Piece] | None:
        """Return the pieces of the template `name` in a context; None if they may depend on more than facts."""
        if name not in self._sources:
            self._sources[name] = self._source(name)
        if (source := self._sources[name]) is None:
            return None
        around = context.get_all()
        values = [around[WORDS[0]]]
        for fact, kind in source.facts:
            value = _value(fact, local, around)
            if type(value) is not kind:
                return None
            values.append(value)
        counter = _value(COUNTER, local, around)
        if not _counts(counter) or _knows_any(source.own, local, around):
            return None
        key = (name, *map(id, values))
        try:
            part = self._parts.get(key) or self._keep(key, source, values, around)
        except LateUsedError:  # it does more with the numbers of links than count on
            self._sources[name] = None
            return None
        return part.pieces if counter is missing else _counted(part, counter)

    def _source(self, name: str) -> _Source | None:
        names = self._names.of(name)
        if names is None or not names.read - {COUNTER} <= self._facts.keys():
            return None
        facts = tuple((fact, self._facts[fact]) for fact in names.read - {COUNTER})
        return _Source(names.template, facts, tuple(names.own - names.read), names.has_parts)

    def _keep(self, key: tuple[object, ...], source: _Source, values: list[object], around: Mapping[str, Any]) -> _Part:
        if len(self._parts) >= MOST:
            self._parts.clear()
        counter = Namespace(count=LateNumber())
        known = {name: around[name] for name in (*WORDS, PARTS)}
        known |= {fact: value for (fact, _), value in zip(source.facts, values[1:], strict=True)}
        stream = source.template.root_render_func(source.template.new_context(known | {COUNTER: counter}))
        pieces = merged(stream) if source.has_parts else merged(stream, sys.maxsize)
        part = self._parts[key] = _Part(tuple(values), pieces, counter.count)
        return part


def _value(name: str, local: Mapping[str, Any], around: Mapping[str, Any]) -> Any:
    value = local.get(name, missing)
    return around.get(name, missing) if value is missing else value


def _knows_any(names: Iterable[str], local: Mapping[str, Any], around: Mapping[str, Any]) -> bool:
    for name in names:  # noqa: SIM110 (`any` takes three times as long, for every item of every mail)
        if name in around or (name in local and local[name] is not missing):
            return True
    return False


def _counts(counter: object) -> bool:
    """Whether links can be numbered on from `counter`, or need not be."""
    return counter is missing or (isinstance(counter, Namespace) and type(counter.count) in (int, LateNumber))


def _counted(part: _Part, counter: Namespace) -> list[Piece]:
    """Return the pieces of a part with its links numbered on from `counter`, which goes on behind them."""
    first = counter.count
    counter["count"] = part.count.known(first)
    return [_numbered(piece, first) if isinstance(piece, LateNumber) else piece for piece in part.pieces]


def _numbered(piece: LateNumber, first: Any) -> Piece:
    number: int | LateNumber = piece.known(first)
    return str(number) if isinstance(number, int) else number
