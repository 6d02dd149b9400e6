"""Templates: found in the site's folder first, then in the package, then in the checkout; MJML compiled once each.

Autoescape is on for every template but text ones (`.txt`), and an unknown name in a template is an error, so that a
misspelt fact never becomes a gap in a mail. Whatever is wrong with a template is told with its file and line.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from markupsafe import Markup

from pressroom.errors import TemplateBrokenError
from pressroom.files import files_below
from pressroom.models.words import ENGLISH, Words
from pressroom.rendering.folders import as_read, template_folders
from pressroom.rendering.kept import KeptParts
from pressroom.rendering.late import Late, LateUsedError
from pressroom.rendering.names import NamesIn
from pressroom.rendering.pieces import PARTS, Piece, StreamingEnvironment, merged

# What a template of a site can do wrong while it is filled; anything else is a fault of ours and stays one.
_FAULTS = (
    TemplateError, ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
# The elements of MJML 4 and 5 that our compiler knows. It lets any other through, as if it were HTML.
_ELEMENTS = (
    "accordion", "accordion-element", "accordion-text", "accordion-title", "all", "attributes", "body", "breakpoint",
    "button", "carousel", "carousel-image", "class", "column", "divider", "font", "group", "head", "hero", "image",
    "include", "navbar", "navbar-link", "preview", "raw", "section", "social", "social-element", "spacer", "style",
    "table", "text", "title", "wrapper",
)  # fmt: skip


class _Folder(BaseLoader):
    """A folder of templates as it was when it was looked at: what is saved, broken or deleted later changes nothing.

    A file that cannot be used is told when it is asked for, by its own name and not by that of what includes it.
    """

    def __init__(self, folder: Path) -> None:
        self.files = as_read(files_below(folder))
        self._places = {str(path.relative_to(folder)): path for path in self.files}

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        if template not in self._places:
            raise TemplateNotFound(template)
        path = self._places[template]
        content = self.files[path]
        if isinstance(content, OSError):
            why = (content.strerror or str(content)).lower()
            raise TemplateBrokenError(str(path), None, f"it cannot be read ({why})") from content
        try:
            return content.decode().replace("\r\n", "\n"), str(path), lambda: True
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            raise TemplateBrokenError(str(path), line, "it is not UTF-8; save it as UTF-8") from error

    def list_templates(self) -> list[str]:
        return [*self._places]


class Templates:
    """The templates of a site, as they are now. `site` is its folder; its `templates/`, where there are any, win."""

    def __init__(self, site: Path | None = None) -> None:
        folders = [_Folder(folder) for folder in template_folders(site)]
        self.files = {path: content for folder in folders for path, content in folder.files.items()}
        """All that was read, the words beside the templates too."""
        self.environment = StreamingEnvironment(
            loader=ChoiceLoader(folders),
            extensions=["jinja2.ext.i18n"],
            auto_reload=False,
            autoescape=lambda name: not (name or "").endswith(".txt"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )
        self.environment.policies["ext.i18n.trimmed"] = True
        self.environment.filters |= {"fonts": font_stack, "wrapped": _wrapped_now_or_later}
        self._names = NamesIn(self.environment)
        self._mjml: dict[str, Template] = {}

    def render(self, name: str, words: Words = ENGLISH, /, **facts: Any) -> str:
        """Return the template `name` ("feeds/entry.html") filled with `facts`, its own words in those of `words`."""
        try:
            return self.environment.get_template(name).render(facts | words.for_templates)
        except _FAULTS as error:
            raise _in_words(name, error) from error

    def render_mjml(self, name: str, words: Words = ENGLISH, /, **facts: Any) -> str:
        """Return the HTML of the MJML template `name` ("email/digest.mjml") filled with `facts`.

        The MJML, with its Jinja tags inside `mj-text`, `mj-raw` and attributes, is compiled to HTML once; facts are
        filled in, escaped, afterwards, so that no text from a release is ever read as MJML.
        """
        facts |= words.for_templates
        try:
            return self._compiled(name).render(facts)
        except _FAULTS as error:
            raise self._where_it_is_written(name, facts, error) from error

    def check(self, name: str) -> None:
        """Raise TemplateBrokenError for a template that cannot be compiled, whatever facts it would get."""
        try:
            (self._compiled if name.endswith(".mjml") else self.environment.get_template)(name)
        except _FAULTS as error:
            raise _in_words(name, error) from error

    def keep(self, facts: Mapping[str, type]) -> KeptParts:
        """Return what keeps the included parts that depend on nothing but these facts, given by name and type."""
        return KeptParts(self._names, facts)

    def pieces(self, name: str, words: Words, parts: KeptParts, /, **facts: Any) -> tuple[Piece, ...]:
        """Return what `render`, or of MJML `render_mjml`, would return, in pieces; late facts come as themselves.

        Raises LateUsedError where a template does more than show them, or cannot be filled at all.
        """
        try:
            template = self._compiled(name) if name.endswith(".mjml") else self.environment.get_template(name)
            context = template.new_context(facts | words.for_templates | {PARTS: parts})
            return merged(template.root_render_func(context))
        except _FAULTS as error:
            raise LateUsedError from error

    def fingerprint(self, prefix: str) -> str:
        """Return a hash of every template below `prefix` ("feeds/"): it changes when one of them does."""
        digest = hashlib.sha256()
        for name in sorted(self.environment.list_templates(filter_func=lambda name: name.startswith(prefix))):
            source, _ = self._source(name)
            digest.update(f"{name}\0{source}\0".encode())
        return digest.hexdigest()

    def _compiled(self, name: str) -> Template:
        if name not in self._mjml:
            self._mjml[name] = self._compile(name)
        return self._mjml[name]

    def _compile(self, name: str) -> Template:
        from mjml import mjml2html

        source, path = self._source(name)
        self.environment.get_template(name)  # tells a fault in the Jinja tags by its line, which MJML would lose
        _refuse_unknown_elements(source, path)
        self._refuse_mjml_in_parts(source, path)
        try:
            html = mjml2html(source, fonts={})  # no fonts: the compiler would fetch some from a remote host
        except ValueError as error:
            raise TemplateBrokenError(path, _line_of(source, str(error)), str(error)) from error
        return self.environment.from_string(html)

    def _refuse_mjml_in_parts(self, source: str, place: str) -> None:
        """Refuse MJML in what a template includes: it is put in when the rest is HTML already."""
        for part in re.finditer(r'{%-?\s*include\s+"([^"]+)"', _without_comments(source)):
            try:
                text, path = self._source(part[1])
            except TemplateNotFound as error:
                line = source.count("\n", 0, part.start()) + 1
                raise TemplateBrokenError(place, line, _asks_in_vain(part[1])) from error
            if element := re.search(r"<mj-[\w-]+", _without_comments(text)):
                line = _without_comments(text).count("\n", 0, element.start()) + 1
                raise TemplateBrokenError(
                    path, line, f"{element[0]}> in an included part stays as it is; write HTML here"
                )
            self._refuse_mjml_in_parts(text, path)

    def _where_it_is_written(self, name: str, facts: dict[str, Any], error: Exception) -> TemplateBrokenError:
        """Word an error of compiled MJML by the line of its source, which fails at the same place when filled."""
        try:
            self.environment.get_template(name).render(facts)
        except _FAULTS as same:
            return _in_words(name, same)
        return _in_words(name, error)

    def _source(self, name: str) -> tuple[str, str]:
        """Return the text of a template and the file it stands in."""
        loader = self.environment.loader
        assert loader is not None
        source, path, _ = loader.get_source(self.environment, name)
        return source, path or name


@lru_cache(maxsize=64)
def font_stack(fonts: str) -> Markup:
    """Return a list of font names that is safe in a style attribute and in a style sheet: single quotes only."""
    return Markup(re.sub(r"[^\w\s,.'-]", "", fonts.replace('"', "'")))  # nothing is left to escape


def wrapped(text: str, columns: int = 72) -> str:
    """Return `text` in lines of at most `columns`, breaking only at blanks; no-break spaces become plain ones."""
    if columns > 0 and not text[:1].isspace() and not _UNEVEN.search(text):
        lines = [*_lines(text, columns)]
    else:
        lines = textwrap.wrap(text, columns, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).replace("\xa0", " ")


# Blanks in a row, at the end or other than plain ones, with which `textwrap` has rules of its own, as at the begin.
_UNEVEN = re.compile(r"[\t-\r]| (?:\s|$)")


def _lines(text: str, columns: int) -> Iterator[str]:
    """Yield the lines of a text with single blanks, as `textwrap` does, which takes twenty times as long."""
    begin = 0
    while len(text) - begin > columns:
        end = text.rfind(" ", begin, begin + columns + 1)
        if end < 0 and (end := text.find(" ", begin + columns)) < 0:
            break
        yield text[begin:end]
        begin = end + 1
    yield text[begin:]


def _wrapped_now_or_later(text: str | Late, columns: int = 72) -> str | Late:
    return text.then(partial(wrapped, columns=columns)) if isinstance(text, Late) else wrapped(text, columns)


def _without_comments(source: str) -> str:
    """Return a template without its comments, every line in its place."""
    return re.sub(r"<!--.*?-->|{#.*?#}", lambda found: "\n" * found[0].count("\n"), source, flags=re.DOTALL)


def _refuse_unknown_elements(source: str, path: str) -> None:
    source = _without_comments(source)
    for element in re.finditer(r"<mj-([\w-]+)", source):
        if element[1] not in _ELEMENTS:
            line = source.count("\n", 0, element.start()) + 1
            raise TemplateBrokenError(path, line, f"MJML knows no element <mj-{element[1]}>")


def _line_of(source: str, message: str) -> int | None:
    """Return the line at which the compiler stopped, when its message names a position in bytes."""
    position = re.search(r"position (\d+):\d+", message)
    return source.encode()[: int(position[1])].count(b"\n") + 1 if position else None


def _in_words(name: str, error: Exception) -> TemplateBrokenError:
    if isinstance(error, TemplateBrokenError):
        return error
    if isinstance(error, TemplateNotFound):
        path, line = _place_of(error)
        if path:
            return TemplateBrokenError(path, line, _asks_in_vain(str(error.name)))
        return TemplateBrokenError(str(error.name or name), None, "it does not exist")
    if isinstance(error, TemplateSyntaxError):
        return TemplateBrokenError(error.filename or error.name or name, error.lineno, error.message or "bad syntax")
    path, line = _place_of(error)
    why = "there is not enough memory for what it makes" if isinstance(error, MemoryError) else str(error)
    return TemplateBrokenError(path or name, line, why or type(error).__name__)


def _asks_in_vain(part: str) -> str:
    return f"it asks for “{part}”, which does not exist"


def _place_of(error: Exception) -> tuple[str, int | None]:
    """Return file and line of the innermost template in the traceback; Jinja marks the frames it made."""
    path, line, trace = "", None, error.__traceback__
    while trace:
        if "__jinja_exception__" in trace.tb_frame.f_globals and not trace.tb_frame.f_code.co_filename.startswith("<"):
            path, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return path, line
