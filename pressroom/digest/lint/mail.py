"""The mail as the checks see it: parsed once, its addresses gathered, the facts beside it."""

from __future__ import annotations

import re
from functools import cached_property
from typing import NamedTuple
from urllib.parse import unquote

from pressroom.delivery.mime import encode
from pressroom.digest.lint.known import Facts, Known, texts_of
from pressroom.digest.lint.page import read, without_controls
from pressroom.errors import InvalidFieldError
from pressroom.models.runs import Message

ADDRESS = re.compile(r"(?:https?://|mailto:)\S+")
# What may close a sentence or a bracket behind an address in running text.
CLOSING = ".,;:!?)]}>'\"’”»…"
_NO_WIDTH = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_TAG = re.compile(r"<[^<>\n]*>")  # the pieces of a mail are joined by line breaks
HTML, TEXT = "the formatted part", "the plain-text part"


class Cause(NamedTuple):
    """One reason for a finding; causes with the same `key` are one."""

    key: str
    words: str


class Piece(NamedTuple):
    """A text that the mail holds, and where, as a sentence names it."""

    where: str
    text: str


class Mail:
    def __init__(self, message: Message, known: Known) -> None:
        self.message = message
        self.known = known
        self.page = read(message.html)
        self.text = without_controls(message.text)
        self.octets: bytes | None = None
        """The mail as it travels; None where it cannot be written, and `refusal` says why."""
        self.refusal = ""
        try:
            self.octets = encode(message)
        except InvalidFieldError as error:
            self.refusal = str(error)
        except UnicodeEncodeError:
            self.refusal = "it holds half a character, which UTF-8 has no place for"

    @cached_property
    def facts(self) -> Facts:
        """Made only when it is asked for: most mails give no occasion."""
        recipient = self.known.recipient
        own = texts_of(recipient.name, recipient.address, recipient.choices)
        return Facts([*self.known.facts, *self.known.notes, *own])

    @cached_property
    def facts_but_notes(self) -> Facts:
        """The facts without what an editor's note says."""
        recipient = self.known.recipient
        return Facts([*self.known.facts, *texts_of(recipient.name, recipient.address, recipient.choices)])

    def has_sign(self, sign: str) -> bool:
        """Whether a fact holds a sign that comparing leaves out."""
        given = (*self.known.facts, *self.known.notes, *texts_of(self.known.recipient))
        return any(sign in text for text in given)

    @cached_property
    def text_links(self) -> set[str]:
        """The addresses in the text part, each with and without the signs that may close a sentence behind it."""
        found = set(ADDRESS.findall(self.text))
        return found | {address.rstrip(CLOSING) for address in found}

    @cached_property
    def pieces(self) -> list[Piece]:
        """All that the mail says: headers, the text part, and the HTML's texts, attributes and comments, decoded."""
        page = self.page
        said = [Piece(f"the header “{name}”", value) for name, value in self.message.headers]
        said.append(Piece(TEXT, self.text))
        said += [Piece(HTML, text.words) for text in page.texts]
        said += [Piece(HTML, text) for text in (*page.elsewhere, *page.comments, *page.styles)]
        said += [Piece(HTML, attribute.value) for attribute in page.attributes]
        return said

    @cached_property
    def everything(self) -> str:
        """All pieces in one text, once as they are and once more with percent-encoding undone."""
        said = "\n".join(dict.fromkeys(piece.text for piece in self.pieces))
        return f"{said}\n{unquote(said)}"

    @cached_property
    def glued(self) -> str:
        """All pieces and the running text in small letters, without tags and signs of no width that break up a word."""
        running = self.page.running_text()
        said = f"{self.everything}\n{running}\n{unquote(running)}"
        bare = _TAG.sub("", said)
        return _NO_WIDTH.sub("", f"{said}\n{bare}\n{unquote(bare)}").lower()

    @cached_property
    def words(self) -> str:
        """What a reader may read, headers included, in one line."""
        texts = [text.words for text in self.page.texts]
        values = [value for _, value in self.message.headers]
        spoken = [value for _, name, value in self.page.attributes if name in ("alt", "title", "aria-label")]
        return " ".join("\n".join([*values, self.text, *texts, *self.page.elsewhere, *spoken]).split())

    def header(self, name: str) -> list[str]:
        """Return the values of all headers of this name."""
        return [value for found, value in self.message.headers if found.lower() == name.lower()]

    def is_said_in_html(self, address: str) -> bool:
        """Whether the HTML names an address in its text, without making it a link."""
        return any(address in text.words for text in self.page.texts)

    def where_is(self, text: str) -> str:
        """Return in words where a text stands first."""
        return next(
            (piece.where for piece in self.pieces if text in f"{piece.text}\n{unquote(piece.text)}"), "the mail"
        )
