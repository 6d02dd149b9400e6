"""Releases that come together and belong together are one item: the collection leads, then a report, then the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pressroom.digest.sections import CHANGED, in_reading_order
from pressroom.models.release import Kind, RelationKind
from pressroom.models.runs import Item, OfferedItem

JOINING = frozenset((RelationKind.PART_OF, RelationKind.SUMMARY_OF, RelationKind.TRANSLATION_OF, RelationKind.LAUNCHES))
DERIVED = (RelationKind.SUMMARY_OF, RelationKind.TRANSLATION_OF)


def joined(offered: Sequence[OfferedItem]) -> list[OfferedItem]:
    """Return the items with those that belong to another put under it (`also`), in reading order.

    What was revised or withdrawn stays by itself: its note is about that one release.
    """
    groups: list[list[OfferedItem]] = []
    for one in offered:
        if one.item.change in CHANGED:
            groups.append([one])
            continue
        related = [group for group in groups if any(_belong_together(one.item, other.item) for other in group)]
        groups = [group for group in groups if group not in related]
        groups.append([one, *(other for group in related for other in group)])
    return [_as_one(group) for group in groups]


def _as_one(group: Sequence[OfferedItem]) -> OfferedItem:
    lead, *rest = sorted(in_reading_order(group), key=lambda one: _is_derived(one.item, group))
    # Numbered parts are read in their order, whatever their dates; what has no number keeps its place before them.
    also = sorted(rest, key=lambda one: one.item.part or 0)
    reasons = dict.fromkeys(name for one in (lead, *also) for name in one.reasons)
    return replace(lead, reasons=tuple(reasons), also=tuple(one.item for one in also))


def _is_derived(item: Item, group: Sequence[OfferedItem]) -> bool:
    """Whether it is a summary or a translation of another in the group, which leads before it. A collection leads."""
    originals = {target for kind, target in item.relations if kind in DERIVED}
    return item.kind != Kind.COLLECTION and any(one.item.id in originals for one in group)


def _belong_together(one: Item, other: Item) -> bool:
    if one.change in CHANGED or other.change in CHANGED:
        return False
    if one.collection and one.collection == other.collection:
        return True
    return any(_is_under(part, whole) for part, whole in ((one, other), (other, one)))


def _is_under(part: Item, whole: Item) -> bool:
    """Whether `part` says that it belongs to `whole`, or `whole` is the collection of the part's series and edition."""
    if any(kind in JOINING and target == whole.id for kind, target in part.relations):
        return True
    if whole.kind != Kind.COLLECTION:
        return False
    return part.collection == whole.title or bool(
        part.series and part.edition and (part.series, part.edition) == (whole.series, whole.edition)
    )
