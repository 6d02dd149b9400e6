"""Templates as a stream of pieces: texts, and facts that come later.

Jinja compiles a template to a generator. Here a late fact that is shown comes out of it as itself. Whatever gathers the
stream into one text (a filter block, a macro, a set block) meets the late fact and fails, so that nothing is ever done
to a text in which some other text stands for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from types import CodeType
from typing import Any

from jinja2 import Environment, Template
from jinja2 import nodes as ast
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from markupsafe import escape

from pressroom.caches import for_a_round
from pressroom.rendering.late import Late, LateNumber, Unknown, is_text

Piece = str | Late | LateNumber

PARTS = "parts that are kept"
"""The name under which a context has a `KeptParts`; no template can say it, for its blanks."""
SMALL = 160
"""Letters up to which texts beside each other are joined: each that stands alone costs a line end in the mail."""


MOST_COMPILED = 500
_COMPILED: dict[tuple[str, str | None, str | None], CodeType] = {}
"""By source, name and file: every environment has the same options and filters."""


class StreamingEnvironment(Environment):
    """An environment whose templates can be read as a stream of pieces."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.tests["string"] = is_text

    def make_globals(self, d: MutableMapping[str, Any] | None) -> dict[str, Any]:
        """Return the names that every template knows, those of now: Jinja's chain of mappings is slow to look through.

        What is put among the environment's later, no template that is loaded already gets to know.
        """
        return self.globals | dict(d or {})

    def compile(
        self,
        source: str | ast.Template,
        name: str | None = None,
        filename: str | None = None,
        raw: bool = False,
        defer_init: bool = False,
    ) -> Any:
        """Compile a template once in a process, however often the templates of a site are read."""
        compiled: Callable[..., Any] = super().compile
        if raw or defer_init or not isinstance(source, str):
            return compiled(source, name, filename, raw, defer_init)
        key = source, name, filename
        if (code := _COMPILED.get(key)) is None:
            if len(_COMPILED) >= MOST_COMPILED:
                _COMPILED.clear()
            code = _COMPILED[key] = compiled(source, name, filename)
        return code

    def shown_in_html(self, value: object) -> object:
        if type(value) is str:
            return _escaped(value)
        if isinstance(value, Unknown):
            return value.then(escape) if isinstance(value, Late) else value
        return escape(value)

    def shown_in_text(self, value: object) -> object:
        return value if isinstance(value, Unknown) else str(value)

    def included(self, name: str, parent: str, context: Context, local: Mapping[str, Any]) -> Iterable[object]:
        """Return what the template `name` comes to where `parent` includes it."""
        parts = context.parent.get(PARTS)
        if parts is not None and (kept := parts.included(name, context, local)) is not None:
            pieces: Iterable[object] = kept
            return pieces
        return stream(self.get_template(name, parent), context, local)


class _StreamingCode(CodeGenerator):
    """Has the stream of a template hold what is shown and what is included as the environment gives it."""

    def _output_child_pre(self, node: ast.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.buffer is not None or frame.eval_ctx.volatile:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write(f"environment.shown_in_{'html' if frame.eval_ctx.autoescape else 'text'}(")

    def visit_Include(self, node: ast.Include, frame: Frame) -> None:  # noqa: N802 (Jinja calls it so)
        name = node.template.value if isinstance(node.template, ast.Const) else None
        if frame.buffer is not None or node.ignore_missing or not node.with_context or not isinstance(name, str):
            super().visit_Include(node, frame)
        else:
            local = self.dump_local_context(frame)
            self.writeline(f"yield from environment.included({name!r}, {self.name!r}, context, {local})", node)


StreamingEnvironment.code_generator_class = _StreamingCode


@for_a_round(4_096)
def _escaped(text: str) -> str:
    """Return a text for HTML: most are colours and names that come again and again."""
    return str(escape(text))


def stream(template: Template, context: Context, local: Mapping[str, Any]) -> Iterator[object]:
    """Return what an included template comes to, with all that the including one knows."""
    return template.root_render_func(template.new_context(context.get_all(), True, local))


def merged(pieces: Iterable[Any], longest: int = SMALL) -> tuple[Piece, ...]:
    """Return the same text in fewer pieces; one over `longest` stays by itself, since others may have the same one."""
    pieces = list(pieces)
    if longest == sys.maxsize:
        with suppress(TypeError):  # something in it comes later
            return ("".join(pieces),)
    done: list[Piece] = []
    small: list[str] = []
    for piece in pieces:
        if isinstance(piece, str) and len(piece) <= longest:
            small.append(piece)
            continue
        if small:
            done.append("".join(small))
            small = []
        done.append(piece)
    if small:
        done.append("".join(small))
    return tuple(done)
