"""Which compression of an answer a reader takes."""

from __future__ import annotations

from functools import lru_cache

from pressroom.codings import CODINGS

PLAIN = "identity"


@lru_cache(256)
def accepted(header: bytes) -> tuple[str, ...]:
    """Return the codings of an Accept-Encoding header that we have, the most wanted first (RFC 9110 §12.5.3).

    Who takes nothing that we have gets the plain one.
    """
    wanted = {name.removeprefix("x-"): weight for name, weight in weights_in(header).items()}
    others = wanted.get("*")
    weights = {name: wanted.get(name, others or 0) for name in CODINGS}
    weights[PLAIN] = wanted.get(PLAIN, 0.0001 if others is None else others)
    ranked = sorted((name for name in weights if weights[name]), key=lambda name: -weights[name])
    return tuple(ranked) or (PLAIN,)


def weights_in(header: bytes) -> dict[str, float]:
    """Return what a list of names asks for, in lower case, each with how much it is wanted (RFC 9110 §12.4.2)."""
    wanted: dict[str, float] = {}
    for part in header.decode("latin-1").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        wanted[name] = _weight(parameters)
    return wanted


def _weight(parameters: list[str]) -> float:
    """Return how much a coding is wanted, 0 to 1; not at all where nobody can tell."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0), 1)
            except ValueError:
                return 0
    return 1
