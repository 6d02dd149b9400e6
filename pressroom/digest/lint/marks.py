"""Whether a template left a mark of its own in the mail, or escaped a text twice.

A release may be called “{{x}} {% raw %}”. So a mark counts only where no fact holds it and goes on as the mail does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pressroom.digest.lint.known import LONGEST_COMPARISON, compared
from pressroom.digest.lint.mail import ADDRESS, HTML, TEXT, Cause, Mail, Piece
from pressroom.models.text import shown

# Of our own templates, and of the services whose templates may have been copied from.
_FOREIGN = r"\*\|[^|\n]{1,80}\|\*|\$\{[^{}\n]{1,80}\}|<%[^<>]{0,80}%>"
_MARK = re.compile(
    r"\{\{(?:[^{}]{0,80}\}\})?|\}\}|\{%(?:[^{}%]{0,80}%\})?|%\}|\{#(?:[^{}#]{0,80}#\})?|%\(\w+\)[sdif]|"
    rf"{_FOREIGN}|\[\[[^\[\]\n]{{1,80}}\]\]|%[^\W\d][\w\u0300-\u036f]*%"
)
HALF = 2
"""The length of an opening or a closing mark alone."""
_ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6}|#x[0-9a-f]{1,6});", re.IGNORECASE)
# Style sheets may close two braces, and a percentage, at once.
_MARK_IN_STYLE = re.compile(rf"\{{\{{|\{{%|{_FOREIGN}")
_PERCENT_ENCODED = re.compile("%[0-9a-f]{2}", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def template_marks(mail: Mail) -> Iterator[Cause]:
    page = mail.page
    said = [Piece(f"the header “{name}”", value) for name, value in mail.message.headers]
    said.append(Piece(TEXT, mail.text))
    said += [Piece(HTML, text) for text in (*(text.words for text in page.texts), *page.elsewhere)]
    said += [Piece(HTML, attribute.value) for attribute in page.attributes]
    yield from _left(mail, said, _MARK)
    yield from _left(mail, [Piece(HTML, text) for text in (*page.styles, *page.comments)], _MARK_IN_STYLE)
    for where, _, rest in _unexplained(mail, said, _ESCAPED):
        yield Cause(
            f"escaped {where}",
            f"In {where} a reader sees {shown(rest)}, as a text was escaped (its special signs rewritten) twice; take "
            "one “escape” or “e” out of the template.",
        )
    yield from _controls(mail)


def _controls(mail: Mail) -> Iterator[Cause]:
    """Look for signs that steer machines and show nothing, as they were written and as escapes bring them about."""
    page = mail.page
    values = [attribute.value for attribute in page.attributes]
    said = [Piece(TEXT, mail.message.text), Piece(HTML, mail.message.html)]
    said += [Piece(HTML, text) for text in (*(text.words for text in page.texts), *page.elsewhere, *values)]
    for where, text in said:
        for sign in dict.fromkeys(_CONTROL.findall(text)):
            if not mail.has_sign(sign):
                yield Cause(
                    f"control {where} {sign}",
                    f"In {where} stands the control character U+{ord(sign):04X}, which shows nothing and may spoil "
                    "what follows; take it out of the template.",
                )


def _left(mail: Mail, said: Iterable[Piece], mark: re.Pattern[str]) -> Iterator[Cause]:
    for where, found, rest in _unexplained(mail, said, mark):
        whole = found if len(found) > HALF else rest
        yield Cause(
            f"{where} {whole}",
            f"In {where} stands the mark {shown(whole)} of a template, which nothing has filled in; mend the template "
            "that writes it.",
        )


def _unexplained(mail: Mail, said: Iterable[Piece], mark: re.Pattern[str]) -> Iterator[tuple[str, str, str]]:
    """Yield where a mark stands that is in no fact, the mark, and how the text goes on from its beginning."""
    seen = set()
    for where, text in said:
        if not mark.search(text):
            continue
        text = compared(text)
        for found in mark.finditer(text):
            rest = text[found.start() : found.start() + LONGEST_COMPARISON]
            is_encoded = mark is _ESCAPED or _PERCENT_ENCODED.match(rest)
            if (where, rest) in seen or (is_encoded and _is_in_address(text, found.start())):
                continue
            seen.add((where, rest))
            if not mail.facts.explain(rest, found[0][:HALF]):
                yield where, found[0], rest


def _is_in_address(text: str, place: int) -> bool:
    """Whether a web address holds this place: “%20” is at home there, and “&amp;” may have been entered in it."""
    return bool(ADDRESS.search(text, text.rfind(" ", 0, place) + 1, place))
