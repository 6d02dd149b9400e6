"""What stands where in a digest: each item once, by the reader's own topics, partners and changes last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pressroom.models.announcements import Change
from pressroom.models.runs import Item, OfferedItem
from pressroom.models.words import Words

CHANGED = (Change.REVISED, Change.WITHDRAWN)
# From so many items on, a reader of everything gets them by topic, and every reader a list of what is inside.
MANY = 5


@dataclass(frozen=True, slots=True)
class Section:
    """Items under one heading, in the order they are read. Without a name they stand alone, under no heading.

    `says_why`: the heading is the reader's own choice, so that its items need not name it again.
    """

    name: str
    offered: tuple[OfferedItem, ...]
    says_why: bool = False
    introduction: str = ""


def arrange(
    offered: Sequence[OfferedItem],
    choices: Sequence[str],
    own_publisher: str,
    words: Words,
    chosen_lead: OfferedItem | None = None,
) -> list[Section]:
    """Return the sections of a digest for a reader with these choices, by name and in order.

    `offered` is in reading order. A lead that an editor has chosen stands first, under no heading. Then own releases
    come by the reader's topics, then partners', then what was revised or withdrawn.
    """
    if len(offered) == 1:
        return [Section("", tuple(offered))]
    ordered = [one for one in offered if one is not chosen_lead]
    changed = sorted((one for one in ordered if is_changed(one)), key=lambda one: CHANGED.index(one.item.change))
    news = [one for one in ordered if not is_changed(one)]
    partners = [one for one in news if is_partners(one.item, own_publisher)]
    own = [one for one in news if not is_partners(one.item, own_publisher)]
    sections = [Section("", (chosen_lead,))] if chosen_lead else []
    sections += _by_heading(own, choices, words, by_topic=len(offered) >= MANY)
    if partners:
        sections.append(Section(words.gettext("From our partners"), tuple(partners)))
    if changed:
        introduction = words.gettext("Changes to what we sent you before.")
        sections.append(Section(words.gettext("Revised and withdrawn"), tuple(changed), introduction=introduction))
    return sections


def lead(offered: Sequence[OfferedItem], own_publisher: str) -> OfferedItem:
    """Return the item that names the digest: new before changed, own before partners', then as read (`offered` is)."""
    return min(offered, key=lambda one: _standing(one, own_publisher))


def weightiest(offered: Sequence[OfferedItem], most: int, lead: OfferedItem, own_publisher: str) -> list[OfferedItem]:
    """Return the `most` items that a long digest keeps: the lead, what has changed, our own, then partners'.

    `offered` is in reading order, and so is what is returned.
    """
    ordered = sorted(
        offered,
        key=lambda one: (one is not lead, not is_changed(one), is_partners(one.item, own_publisher)),
    )
    return in_reading_order(ordered[:most])


def is_changed(offered: OfferedItem) -> bool:
    return offered.item.change in CHANGED


def _standing(one: OfferedItem, own_publisher: str) -> tuple[bool, bool, int]:
    return is_changed(one), is_partners(one.item, own_publisher), _rank(one.item)


def in_reading_order(offered: Iterable[OfferedItem]) -> list[OfferedItem]:
    """Return collections first, then reports, then the rest; newest first each, undated last."""
    newest_first = sorted(
        offered,
        key=lambda one: (one.item.own_date, max(one.item.nos, default=0), one.item.release),
        reverse=True,
    )
    return sorted(newest_first, key=lambda one: _rank(one.item))


def in_readers_order(offered: OfferedItem, choices: Sequence[str]) -> OfferedItem:
    """Return the item with its reasons in the order in which the reader holds `choices`; those dropped come last."""
    if len(offered.reasons) < 2:
        return offered
    places = {name: place for place, name in enumerate(choices)}
    return replace(offered, reasons=tuple(sorted(offered.reasons, key=lambda name: places.get(name, len(places)))))


def is_partners(item: Item, own_publisher: str) -> bool:
    return item.publisher not in ("", own_publisher)


def chosen(offered: OfferedItem) -> list[str]:
    """Return the names of the choices that the item matches; "everything" has none."""
    return [name for name in offered.reasons if name]


def _by_heading(own: Sequence[OfferedItem], choices: Sequence[str], words: Words, *, by_topic: bool) -> list[Section]:
    """Group by the first choice that matches; what only "everything" matches, by its own first topic."""
    groups: dict[str, list[OfferedItem]] = {name: [] for name in choices if name}
    rest: list[OfferedItem] = []
    for one in own:
        topics = one.item.topics if by_topic else ()
        heading = next(iter([*chosen(one), *topics]), "")
        (groups.setdefault(heading, []) if heading else rest).append(one)
    sections = [Section(name, tuple(group), says_why=name in choices) for name, group in groups.items() if group]
    if rest:
        sections.append(Section(words.gettext("Also released") if sections else "", tuple(rest)))
    return sections


def _rank(item: Item) -> int:
    return {"collection": 0, "report": 1}.get(item.kind, 2)
