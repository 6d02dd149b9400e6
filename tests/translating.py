"""Finds the words of the product for translators: in the code, where they are marked, and in the templates."""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
WORDS = ROOT / "templates" / "words"
TEMPLATE = WORDS / "pressroom.pot"
KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None}
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.mjml", "jinja2")]
OPTIONS = {"jinja2": {"encoding": "utf-8", "trimmed": "true", "silent": "false"}}
HEAD = """\
# Words of Pressroom.
# Copy pressroom.pot to LANGUAGE.po beside it, translate, and put it into templates/words/ of a site.
# docs/languages.md tells how.
#"""


@cache
def extracted() -> Catalog:
    """Return the template for translators, in the order of the messages."""
    catalogue = Catalog(project="Pressroom", charset="utf-8", header_comment=HEAD)
    for folder in ("pressroom", "templates"):
        found = extract_from_dir(
            ROOT / folder,
            method_map=METHODS,
            options_map={pattern: OPTIONS.get(method, {}) for pattern, method in METHODS},
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        )
        for _file, _line, message, comments, _ in found:
            catalogue.add(message, auto_comments=comments)
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """Return a catalogue as its file holds it: in a fixed order, without places, dates and tools."""
    content = BytesIO()
    write_po(content, catalogue, width=100, no_location=True, sort_output=True)
    lines = re.sub(
        rb'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Report-Msgid-Bugs-To|Last-Translator|Language-Team|'
        rb"Project-Id-Version): .*\n",
        b"",
        content.getvalue(),
        flags=re.MULTILINE,
    )
    return lines.replace(b'#, fuzzy\nmsgid ""\nmsgstr ""\n', b'msgid ""\nmsgstr ""\n')


def brought_up_to_date(file: Path) -> bytes:
    """Return a translation with what is new left open and what is gone left out."""
    with file.open("rb") as opened:
        catalogue = read_po(opened, locale=file.stem)
    catalogue.update(extracted(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return written(catalogue)
