"""The language of a page that no link tells it of: the one among ours that the browser asks for, else the site's."""

from __future__ import annotations

from functools import lru_cache

from pressroom.tools import Tools


def language_asked(tools: Tools, header: bytes) -> str:
    """Return the tag of the words for an Accept-Language header (RFC 9110 §12.5.4)."""
    return tools.translations.nearest(*wanted(header), tools.settings.site.language)


@lru_cache(256)
def wanted(header: bytes) -> tuple[str, ...]:
    """Return the languages of an Accept-Language header, the most wanted first; “any” says nothing."""
    weights: dict[str, float] = {}
    for part in header.decode("latin-1").split(","):
        tag, _, parameter = (piece.strip() for piece in part.partition(";"))
        if tag and tag != "*" and len(tag) < 36:  # RFC 5646 §4.4.1
            weights.setdefault(tag, _weight(parameter))
    ranked = sorted((tag for tag in weights if weights[tag] > 0), key=lambda tag: -weights[tag])
    return tuple(ranked)


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
