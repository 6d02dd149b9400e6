"""What is new in a feed for who has an earlier state of it."""

from __future__ import annotations

from collections.abc import Iterable

from pressroom.models.feeds import ARCHIVE, FeedDocument, Format
from pressroom.storage import Store
from pressroom.syndication.slices import parse_slices


def note_state(store: Store, document: FeedDocument) -> None:
    """Remember which entries stand in a live document that is published; without any there is nothing to go on from."""
    form = None if document.path.startswith(ARCHIVE) else Format.of(document.path)
    if form and (slices := parse_slices(document.content, form)):
        store.feed_files.add_state(document, slices.digests())


def only_new(store: Store, path: str, content: bytes, etags: Iterable[str]) -> bytes | None:
    """Return `content`, the feed at `path`, with those entries only that are new or changed since an earlier state.

    `etags`, unquoted, are those of the states that its reader has; where none is known any more, this is None.
    """
    form, states = Format.of(path), store.feed_files.states(path, etags)
    slices = parse_slices(content, form) if form and states else None
    return slices.without(states[0]).whole if slices else None
