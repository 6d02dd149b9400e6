"""Releases that come together and belong together are one item: the collection leads, then a report, then the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from pressroom.digest.sections import CHANGED, in_reading_order
from pressroom.models.release import Kind, RelationKind
from pressroom.models.runs import Item, OfferedItem

JOINING = frozenset((RelationKind.PART_OF, RelationKind.SUMMARY_OF, RelationKind.TRANSLATION_OF, RelationKind.LAUNCHES))
DERIVED = (RelationKind.SUMMARY_OF, RelationKind.TRANSLATION_OF)


def joined(offered: Sequence[OfferedItem]) -> list[OfferedItem]:
    """Return the items with those that belong to another put under it (`also`), in reading order.

    What was revised or withdrawn stays by itself: its note is about that one release.
    """
    ties = [_ties(one.item) for one in offered]
    wholes = frozenset().union(*(one.wholes for one in ties))
    gathers = any(one.title is not None for one in ties)
    alone: list[OfferedItem] = []
    groups: list[list[tuple[OfferedItem, _Ties]]] = []
    for one, tie in zip(offered, ties, strict=True):
        is_gathered = gathers and (tie.edition or tie.title is not None)
        is_tied = tie.collection or tie.wholes or tie.id in wholes or is_gathered  # hardly any item is
        if not is_tied or one.item.change in CHANGED:
            alone.append(one)
            continue
        related = [group for group in groups if any(_belong_together(tie, other) for _, other in group)]
        groups = [group for group in groups if group not in related]
        groups.append([(one, tie), *(other for group in related for other in group)])
    return in_reading_order([*alone, *(_as_one([one for one, _ in group]) for group in groups)])


def _as_one(group: Sequence[OfferedItem]) -> OfferedItem:
    if len(group) == 1:
        return group[0]
    lead, *rest = sorted(in_reading_order(group), key=lambda one: _is_derived(one.item, group))
    # Numbered parts are read in their order, whatever their dates; what has no number keeps its place before them.
    also = sorted(rest, key=lambda one: one.item.part or 0)
    reasons = dict.fromkeys(name for one in (lead, *also) for name in one.reasons)
    return replace(lead, reasons=tuple(reasons), also=tuple(one.item for one in also))


def _is_derived(item: Item, group: Sequence[OfferedItem]) -> bool:
    """Whether it is a summary or a translation of another in the group, which leads before it. A collection leads."""
    originals = {target for kind, target in item.relations if kind in DERIVED}
    return item.kind != Kind.COLLECTION and any(one.item.id in originals for one in group)


class _Ties(NamedTuple):
    """What joins an item to others: what it is part of, and what is part of it.

    `wholes` are the ids of what it says that it belongs to; a collection gathers by `title`, and by series and edition.
    """

    id: str
    collection: str
    edition: tuple[str, str] | None
    wholes: frozenset[str]
    title: str | None


def _ties(item: Item) -> _Ties:
    return _Ties(
        id=item.id,
        collection=item.collection,
        edition=(item.series, item.edition) if item.series and item.edition else None,
        wholes=frozenset([target for kind, target in item.relations if kind in JOINING]),
        title=item.title if item.kind == Kind.COLLECTION else None,
    )


def _belong_together(one: _Ties, other: _Ties) -> bool:
    if one.collection and one.collection == other.collection:
        return True
    return _is_under(one, other) or _is_under(other, one)


def _is_under(part: _Ties, whole: _Ties) -> bool:
    """Whether `part` says that it belongs to `whole`, or `whole` is the collection of the part's series and edition."""
    if whole.id in part.wholes:
        return True
    if whole.title is None:
        return False
    return part.collection == whole.title or bool(part.edition and part.edition == whole.edition)
