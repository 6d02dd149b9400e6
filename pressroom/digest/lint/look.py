"""How text in a mail is seen: in which colours, how large, and whether a style hides it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from pressroom.digest.lint.css import Style
from pressroom.models.colours import BLACK, FAINTEST, WHITE, Colour, colour, in_words, is_clear

SMALLEST_TEXT = 1.0
"""In pixels: what is no larger is there for machines."""
FAR_BEFORE, FAR_BEHIND = -500.0, 2_000.0
"""In pixels, from where text would stand: half a mail's width, by which some are centred, is less."""

_NUMBER = re.compile(r"(\d*\.?\d+)\s*(px|pt|em|rem|%|)")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0, "": 1.0}
_LENGTH = re.compile(r"([-+]?\d*\.?\d+(?:e\d+)?)(px|pt|pc|in|cm|mm|r?em|ex|ch|vw|vh|%|)")
# Of a screen of 1,000 pixels and a mail of 600, in letters of 16: only what is far off counts.
_ROUGHLY = {"px": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 38, "mm": 3.8, "vw": 10, "vh": 10, "": 1}
_HIDDEN_BY_WORD = frozenset(
    {("display", "none"), ("visibility", "hidden"), ("visibility", "collapse"), ("mso-hide", "all"),
     ("content-visibility", "hidden")}
)  # fmt: skip
_MARGINS = frozenset({"margin", "margin-left", "margin-right", "margin-top"})
_PLACES = frozenset({"left", "right", "top", "bottom", "inset"})
_OF_THE_MAIL, _OF_ITSELF = 6.0, 1.0
"""Pixels of one per cent: of the width around, or where columns and boxes are moved by their own size."""

PROPERTIES = frozenset(
    {"color", "-webkit-text-fill-color", "background", "background-color", "background-image", "font-size", "font",
     "text-shadow", "background-clip", "-webkit-background-clip", "max-height", "max-width", "width", "height",
     "opacity", "filter", "text-indent", "position", "transform", "-webkit-transform", "scale", "translate",
     "clip-path", "-webkit-clip-path", "clip", "overflow", "overflow-x", "overflow-y", "display", "visibility",
     "mso-hide", "content-visibility", "text-overflow", *_MARGINS, *_PLACES}
)  # fmt: skip
"""All that says how text is seen, or whether."""


class Look(NamedTuple):
    """How text is seen: None is a colour that is not known.

    `hidden_by` is the declaration that hides it for good, `clear_by` the one that makes its letters transparent. What a
    rule of a style sheet colours (`ruled`) may be coloured otherwise by one that is not understood.
    """

    ink: Colour | None = BLACK
    paper: Colour | None = WHITE
    size: float = 16.0
    hidden_by: str = ""
    clear_by: str = ""
    ruled: frozenset[str] = frozenset()

    @property
    def unseen_by(self) -> str:
        """The declaration for which nobody sees the text; empty where it is seen."""
        if self.is_hidden:
            return self.hidden_by or self.clear_by or f"font-size:{self.size:g}px"
        return f"color:{in_words(self.ink)}" if self.ink and self.ink == self.paper else ""

    @property
    def is_hidden(self) -> bool:
        """Whether something other than its colours hides the text."""
        return bool(self.hidden_by or self.clear_by) or self.size <= SMALLEST_TEXT


@lru_cache(maxsize=4_096)  # a mail has a handful of styles, and all mails of a run have the same
def styled(look: Look, style: Style) -> Look:
    """Return how text looks in an element with this style, in what has the look given."""
    said = {name: value for name, value, _ in style}
    # Letters may be cut out of their background, or be their own shadow.
    is_painted = "text-shadow" in said or "text" in (said.get("background-clip"), said.get("-webkit-background-clip"))
    for name, value, is_of_a_rule in style:
        if value == "inherit":
            continue
        if name in ("color", "background", "background-color"):
            what = frozenset({"ink" if name == "color" else "paper"})
            look = look._replace(ruled=look.ruled | what if is_of_a_rule else look.ruled - what)
        if name in ("color", "-webkit-text-fill-color"):
            clear = f"{name}:{value}" if is_clear(value) and not is_painted else ""
            look = look._replace(ink=colour(value), clear_by=clear)
        elif name in ("background", "background-color"):
            look = look._replace(paper=_paper(value, look.paper))
        elif name == "background-image" and value != "none":
            look = look._replace(paper=None)
        elif name == "font-size":
            look = look._replace(size=_size(value, look.size))
        elif name == "font":
            look = look._replace(size=_size_of_font(value, look.size))
    return look._replace(hidden_by=look.hidden_by or next(_hiding(said), ""))


def _paper(value: str, below: Colour | None) -> Colour | None:
    if value == "none" or is_clear(value):
        return below
    known = [found for found in map(colour, [value, *value.split()]) if found]
    return known[0] if known and "(" not in value.replace("rgb(", "").replace("rgba(", "") else None


def _size(value: str, outer: float) -> float:
    """Return a size in pixels; one in words is a visible one."""
    number = _NUMBER.fullmatch(value)
    if not number:
        return 16.0
    amount, unit = float(number[1]), number[2]
    if unit in ("em", "%"):
        return outer * (amount if unit == "em" else amount / 100)
    return amount * _PIXELS[unit]


def _size_of_font(value: str, outer: float) -> float:
    sizes = [part.partition("/")[0] for part in value.split()]
    known = [size for size in sizes if re.fullmatch(r"\d*\.?\d+(px|pt|em|rem|%)|0", size)]
    return _size(known[0], outer) if known else 16.0


def _hiding(said: Mapping[str, str]) -> Iterator[str]:
    """Yield the declarations by which a style hides what is in it."""
    position = said.get("position", "static")
    for name, value in said.items():
        hides = (
            (name, value) in _HIDDEN_BY_WORD
            or (name == "max-height" and _is_at_most(0, value))
            or (name == "opacity" and _is_at_most(FAINTEST, value))
            or (name == "filter" and re.search(r"opacity\(\s*0*\.?0+%?\s*\)", value) is not None)
            or (name == "text-indent" and _is_far(value, _OF_THE_MAIL))
            or (name in _MARGINS and _is_far(value, _OF_ITSELF))
            or (name in _PLACES and position != "static" and _is_far(value, _OF_THE_MAIL))
            or (name in ("transform", "-webkit-transform", "scale", "translate") and _is_nothing_left(name, value))
            or (name in ("clip-path", "-webkit-clip-path") and _is_clipped(value))
            or (name == "clip" and position in ("absolute", "fixed") and _is_cut(value))
            or (name in ("width", "height", "max-width") and _is_folded(name, value, said))
        )
        if hides:
            yield f"{name}:{value}"


def _is_at_most(most: float, value: str) -> bool:
    number = _NUMBER.fullmatch(value)
    return number is not None and float(number[1]) / (100 if number[2] == "%" else 1) <= most


def _lengths(value: str, percent: float = _OF_THE_MAIL) -> list[float]:
    """Return the lengths in a value, roughly in pixels."""
    pixels = {**_ROUGHLY, "%": percent}
    return [float(amount) * pixels.get(unit, 16) for amount, unit in _LENGTH.findall(value)]


def _is_far(value: str, percent: float) -> bool:
    return any(length <= FAR_BEFORE or length >= FAR_BEHIND for length in _lengths(value, percent))


def _is_nothing_left(name: str, value: str) -> bool:
    """Whether a transformation leaves no breadth or height, turns the edge to the reader, or moves far away."""
    if name in ("scale", "translate"):
        value = f"{name}({value.replace(' ', ',')})"
    for function, inner in re.findall(r"([a-z]+(?:3d)?)\(([^()]*)\)", value):
        numbers = [float(amount) for amount, _ in _LENGTH.findall(inner)]
        if function in ("scale", "scalex", "scaley", "scale3d") and any(abs(one) < FAINTEST for one in numbers[:2]):
            return True
        if function in ("translate", "translatex", "translatey", "translate3d") and _is_far(inner, _OF_ITSELF):
            return True
        if function in ("rotatex", "rotatey") and numbers and numbers[0] % 180 == 90 and inner.endswith("deg"):
            return True
        if function == "matrix" and len(numbers) == 6 and numbers[0] * numbers[3] == numbers[1] * numbers[2]:
            return True
    return False


def _is_clipped(value: str) -> bool:
    """Whether a clip path leaves nothing: edges moved in until they meet, a circle of no size, points in one place."""
    function, _, inner = value.partition("(")
    if function == "inset":
        parts = [float(part) for part in re.findall(r"(\d*\.?\d+)%", inner.partition("round")[0])]
        if not parts:
            return False
        top, right, bottom, left = (parts * 4)[:4] if len(parts) != 3 else (*parts, parts[1])
        return top + bottom >= 100 or left + right >= 100
    if function in ("circle", "ellipse"):
        return _lengths(inner.partition("at")[0])[:1] == [0.0]
    return function == "polygon" and len({" ".join(point.split()) for point in inner.rstrip(")").split(",")}) < 3


def _is_cut(value: str) -> bool:
    """Whether “clip:rect(top, right, bottom, left)” leaves nothing, or a single pixel."""
    sides = _lengths(value) if value.startswith("rect(") and "auto" not in value else []
    return len(sides) == 4 and (sides[2] - sides[0] <= SMALLEST_TEXT or sides[1] - sides[3] <= SMALLEST_TEXT)


def _is_folded(name: str, value: str, said: Mapping[str, str]) -> bool:
    """Whether a box has no room and shows nothing beyond its edges; padding or a least size give it room."""
    sizes = _lengths(value)
    # A cell of no breadth but cut with "…" takes the room that the others leave.
    if len(sizes) != 1 or not 0 <= sizes[0] <= SMALLEST_TEXT or "text-overflow" in said:
        return False
    side = name.removeprefix("max-")
    room = ["padding", f"min-{side}", *(f"padding-{edge}" for edge in _edges(side))]
    overflow = " ".join(said.get(one, "") for one in ("overflow", "overflow-x", "overflow-y")).split()
    has_room = any(length > SMALLEST_TEXT for one in room for length in _lengths(said.get(one, "")))
    return not has_room and any(word in ("hidden", "clip") for word in overflow)


def _edges(side: str) -> tuple[str, str]:
    return ("top", "bottom") if side == "height" else ("left", "right")
