"""Relations as people write them: KIND=ID."""

from __future__ import annotations

from collections.abc import Iterable

from pressroom.errors import InvalidFieldError
from pressroom.models.release import Relation, RelationKind, Release
from pressroom.models.text import clean_address
from pressroom.storage import Store


def relations_of(store: Store, texts: Iterable[str], own: Release | None = None) -> tuple[Relation, ...]:
    """Return the relations written as KIND=ID; the other release must be in the catalogue, and another than `own`.

    Raises InvalidFieldError and ReleaseNotFoundError.
    """
    relations = []
    for text in filter(None, map(clean_address, texts)):
        kind, _, reference = text.partition("=")
        if kind not in list(RelationKind):
            raise InvalidFieldError(
                "relation", f"“{text}” is unknown", f"write KIND=ID, KIND out of {', '.join(RelationKind)}"
            )
        relations.append(Relation(RelationKind(kind), store.releases.get(reference).id or ""))
    if own is not None and any(one.target == own.id for one in relations):
        raise InvalidFieldError("relation", "names the release itself", "name another one")
    return tuple(relations)
