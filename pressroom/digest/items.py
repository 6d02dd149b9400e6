"""Releases to the items that a run freezes."""

from __future__ import annotations

from collections.abc import Sequence

from pressroom.digest.selection import Offer
from pressroom.links import Links
from pressroom.models.announcements import Announcement, Change
from pressroom.models.release import Release
from pressroom.models.runs import Item


def make_item(
    release: Release,
    offer: Offer,
    announcements: Sequence[Announcement],
    replacement: Release | None,
    links: Links,
) -> Item:
    """Return what a digest says of `release`: `announcements` are those that `offer` pays, for their notes."""
    if replacement is not None and not replacement.is_public:
        replacement = None  # R9: it is named once it is out
    return Item(
        release=release.pk,
        change=offer.change,
        nos=offer.nos,
        title=release.title,
        url=links.landing(release),
        kind=release.kind,
        language=release.language,
        id=release.id or "",
        relations=tuple((one.kind.value, one.target) for one in release.relations),
        subtitle=release.subtitle,
        summary=release.summary,
        own_date=str(release.own_date or ""),
        access=release.access,
        publisher=release.publisher,
        series=release.series.name if release.series else "",
        edition=release.edition,
        collection=release.collection,
        part=release.part,
        part_count=release.part_count,
        authors=tuple(author.name for author in release.authors),
        partners=release.partners,
        formats=tuple((file.format, file.size) for file in release.files),
        topics=tuple(topic.name for topic in release.topics),
        notes=_notes(release, offer, announcements),
        replacement_title=replacement.title if replacement else "",
        replacement_url=links.landing(replacement) if replacement else "",
    )


def _notes(release: Release, offer: Offer, announcements: Sequence[Announcement]) -> tuple[str, ...]:
    if offer.change is Change.WITHDRAWN:
        return (release.withdrawn_reason,)
    return tuple(one.note for one in announcements if one.change is Change.REVISED and one.note)
