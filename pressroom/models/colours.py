"""Colours as style sheets write them, and how well one is read on another."""

from __future__ import annotations

import re
from functools import lru_cache

Colour = tuple[int, int, int]

LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3, level AA. Large text would do with 3; we ask the same of it, as a brand has one ink for both."""

FAINTEST = 0.05
"""Of what is less opaque nothing is seen."""

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
_NAMES = {
    "aqua": "#00ffff", "black": "#000000", "blue": "#0000ff", "fuchsia": "#ff00ff", "gray": "#808080",
    "green": "#008000", "grey": "#808080", "lime": "#00ff00", "maroon": "#800000", "navy": "#000080",
    "olive": "#808000", "purple": "#800080", "red": "#ff0000", "silver": "#c0c0c0", "teal": "#008080",
    "white": "#ffffff", "yellow": "#ffff00",
}  # fmt: skip
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:\s*[,/]\s*(?:1(?:\.0*)?|100%))?\s*\)")

_ALPHA = re.compile(r"[a-z]+\((?:(?:[^(),/]*,){3}|[^()/]*/)\s*(\d*\.?\d+)(%?)\s*\)")


def colour(text: str) -> Colour | None:
    """Return the colour that is meant; None where it is unknown, or lets another shine through."""
    text = text.strip().lower()
    text = _NAMES.get(text, text)
    if re.fullmatch("#[0-9a-f]{3}", text):
        text = "#" + "".join(2 * digit for digit in text[1:])
    if re.fullmatch("#[0-9a-f]{6}", text):
        return hex_colour(text)
    parts = _RGB.fullmatch(text)
    return (int(parts[1]), int(parts[2]), int(parts[3])) if parts else None


def is_clear(text: str) -> bool:
    """Whether nothing is seen in this colour: it is transparent, or very nearly."""
    text = text.strip().lower()
    if text == "transparent":
        return True
    if digits := re.fullmatch("#(?:[0-9a-f]{6}([0-9a-f]{2})|[0-9a-f]{3}([0-9a-f]))", text):
        return int(digits[1] or 2 * digits[2], 16) <= FAINTEST * 255
    parts = _ALPHA.fullmatch(text)
    return parts is not None and float(parts[1]) / (100 if parts[2] else 1) <= FAINTEST


def hex_colour(text: str) -> Colour:
    """Return the colour of `#rrggbb`."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def in_words(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


@lru_cache(maxsize=256)
def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2, 1.4.3)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (min(octet, 255) / 255 for octet in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
