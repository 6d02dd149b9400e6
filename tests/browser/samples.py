"""The digests that are looked at, made by the real templates."""

from __future__ import annotations

from functools import cache

from pressroom.models.runs import Message, OfferedItem
from tests.builders import an_offered_item
from tests.digest.samples import another, composed, nine, the_reader

SIZES = [1, 9, 40]
WIDTHS = [320, 600, 1280]


@cache
def digest_of(number: int) -> Message:
    """Return a digest of one item, of nine with every fact that it can show, or of those and more."""
    return composed(*offered(number), reader=the_reader())


def offered(number: int) -> list[OfferedItem]:
    return nine()[:1] if number == 1 else [*nine(), *(another(n) for n in range(number - 9))]


@cache
def digest_with_a_long_word(number: int) -> Message:
    """Return a digest that is led by a title of one word of 300 letters."""
    long = an_offered_item("Digital trends", title="Donaudampfschiff" * 18 + "fahrtskapitä", kind="collection")
    return composed(long, *offered(number)[: number - 1], reader=the_reader())
