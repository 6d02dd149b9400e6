"""Whether everybody can read the mail: images with words, contrast, headings in order, nothing hidden."""

from __future__ import annotations

from collections.abc import Iterator

from pressroom.digest.lint.look import Look
from pressroom.digest.lint.mail import Cause, Mail
from pressroom.digest.lint.page import start_tag
from pressroom.models.colours import LEAST_CONTRAST, contrast, in_words
from pressroom.models.text import clean_line, shown


def alt_text(mail: Mail) -> Iterator[Cause]:
    for image in mail.page.named("img"):
        if "alt" not in image.attrib:
            quoted = start_tag(image)
            yield Cause(
                quoted,
                f"The image {quoted} has no “alt” text for those who cannot see it; say there what it shows, or write "
                'alt="" if it is decoration.',
            )


def low_contrast(mail: Mail) -> Iterator[Cause]:
    for text, look in mail.page.texts:
        if not (look.unseen_by or look.ruled):
            yield from _too_weak(text, look, "")


def low_contrast_in_the_dark(mail: Mail) -> Iterator[Cause]:
    if not mail.page.is_whole:  # almost all colours there are those of rules
        return
    on_light = {(look.ink, look.paper) for _, look in mail.page.texts}
    for text, look in mail.page.dark_texts:
        if not look.is_hidden and (look.ink, look.paper) not in on_light:
            yield from _too_weak(text, look, " on dark screens")


def _too_weak(text: str, look: Look, where: str) -> Iterator[Cause]:
    if look.ink and look.paper and contrast(look.ink, look.paper) < LEAST_CONTRAST:
        yield Cause(
            f"{look.ink} on {look.paper}{where}",
            f"The text {shown(text)} in {in_words(look.ink)} on {in_words(look.paper)} has a contrast of "
            f"{_cut(contrast(look.ink, look.paper))}:1{where}, too weak to be read easily; choose colours of at least "
            f"{LEAST_CONTRAST}:1.",
        )


def _cut(ratio: float) -> str:
    """Return a ratio to one decimal, cut so that 4.49 does not read as 4.5."""
    return f"{int(ratio * 10) / 10}"


def heading_order(mail: Mail) -> Iterator[Cause]:
    headings = [
        (int(str(element.tag)[1]), shown(clean_line("".join(map(str, element.itertext())))))
        for element in mail.page.named("h1", "h2", "h3", "h4", "h5", "h6")
    ]
    mains = [words for level, words in headings if level == 1]
    if len(mains) != 1:
        yield Cause(
            "number",
            f"The mail has {len(mains)} main headings (h1){': ' if mains else ''}{', '.join(mains[:3])}, by which "
            "screen readers find their way; give it exactly one.",
        )
    if headings and headings[0][0] != 1:
        level, words = headings[0]
        yield Cause("first", f"The first heading, {words}, is of level {level}; let the main heading (h1) come first.")
    before = 1
    for level, words in headings:
        if level > before + 1:
            yield Cause(
                f"skip {before} {level}",
                f"The heading {words} is of level {level} but follows one of level {before}; make it level "
                f"{before + 1}, as screen readers take the gap for something missing.",
            )
        before = level


def hidden(mail: Mail) -> Iterator[Cause]:
    for text, look in mail.page.texts:
        if by := look.unseen_by:
            yield Cause(
                f"{by} {text}",
                f"The text {shown(text)} is hidden from the reader (“{by}”), for which Gmail and others refuse a mail; "
                "show it or take it out of the template.",
            )
